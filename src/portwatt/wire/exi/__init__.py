"""EXI 1.0 (W3C Recommendation, second edition), schema-informed and bit-packed, as V2G uses it.

A codec is built from the texts of XML Schema documents; nothing here knows a message by name. What it reads is

    ExiMessage(namespace="urn:iso:15118:2:2013:MsgDef", name="V2G_Message", body={...})

`body` is made of plain Python values, keyed by the local names of the schema, in the order of the document:

    element with children      dict; a child that may occur more than once is always a list, even of one;
                               an optional child that is absent has no key
    element without content    empty dict (SessionStopReq of DIN 70121, CableCheckReq in its first part)
    attribute                  key with "@" before its name: {"@Id": "id1"}
    text beside attributes     key "$": {"@Id": "id1", "$": "DE-8AA-1A2B3C4D5-9"}
    text beside children       key "$": list of str (mixed content of XML signatures)
    substitution groups        keyed by the element that is there: {"DC_EVSEStatus": {...}}, {"SessionSetupReq": {...}}
    xs:boolean                 bool
    every integer              int
    enumeration                str, the word of the schema: "OK", "FAILED_SequenceError", "EVSE_Shutdown"
    string, anyURI, ID         str
    hexBinary, base64Binary    bytes: SessionID, EVCCID, certificates

For rules, `portwatt.wire.exi.v2g` peels off what the three families wrap differently:

    V2gMessage(dialect=Dialect.ISO2, name="CurrentDemandReq", session_id=b"...", header={"SessionID": b"..."}, body={
        "DC_EVStatus": {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 52},
        "EVTargetCurrent": {"Multiplier": -1, "Unit": "A", "Value": 1250},
        "ChargingComplete": False,
        "EVTargetVoltage": {"Multiplier": 0, "Unit": "V", "Value": 400},
    })
    V2gMessage(dialect=Dialect.SAP, name="supportedAppProtocolReq", session_id=b"", header={}, body={
        "AppProtocol": [{"ProtocolNamespace": "urn:din:70121:2012:MsgDef", "VersionNumberMajor": 2,
                         "VersionNumberMinor": 0, "SchemaID": 1, "Priority": 1}],
    })
    V2gMessage(dialect=Dialect.ISO20_DC, name="DC_ChargeLoopReq", session_id=b"...", header={...}, body={
        "MeterInfoRequested": False, "EVPresentVoltage": {"Exponent": 0, "Value": 400},
        "Scheduled_DC_CLReqControlMode": {...},
    })

`physical(body["EVTargetCurrent"])` gives 125.0 for the physical values of all three families (Multiplier and Value,
or Exponent and Value), in the unit beside it. Calls, in the order of a session:

    codecs = load_v2g()                                  # portwatt.gateways.v2g_schemas; cached, grammars built lazily
    request = codecs.decode(Dialect.SAP, payload)        # V2gMessage; raises ExiError (a PeerError) with `.bit`
    dialect = dialect_of("urn:iso:15118:2:2013:MsgDef")  # Dialect.ISO2, or None where nobody knows it
    dialect = codecs.recognise(payload)                   # or without the negotiation: SAP, DIN, ISO2 or None
    message = codecs.decode(dialect, payload)
    codecs.encode(message)                               # the same bytes

ISO 15118-20 has one dialect for each V2GTP payload type: 0x8002 ISO20_COMMON, 0x8003 ISO20_AC, 0x8004 ISO20_DC.

Not understood, and refused with ExiError by bit: events that leave the schema (an element missing, foreign or of
another xsi:type), elements of foreign namespaces in XML signatures, options in the header, EXI fragments. Nothing of
that is in any message of a V2G session; fragments are what signatures are computed over, never what is sent. Text
between children of one element keeps its order among texts, not among the children.
"""
