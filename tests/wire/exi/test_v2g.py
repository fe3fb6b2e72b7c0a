from __future__ import annotations

from pathlib import Path

import exificient
import msgspec
import pytest

from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.wire.exi.bits import ExiError
from portwatt.wire.exi.codec import ExiMessage
from portwatt.wire.exi.v2g import Dialect, V2gMessage, dialect_of, physical

SESSION = bytes.fromhex("0011223344556677")
STOP = V2gMessage(Dialect.ISO2, "SessionStopReq", SESSION, {"SessionID": SESSION}, {"ChargingSession": "Terminate"})
DEMAND = V2gMessage(
    Dialect.DIN,
    "CurrentDemandReq",
    SESSION,
    {"SessionID": SESSION},
    {
        "DC_EVStatus": {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 52},
        "EVTargetCurrent": {"Multiplier": -1, "Unit": "A", "Value": 1250},
        "ChargingComplete": False,
        "EVTargetVoltage": {"Multiplier": 0, "Unit": "V", "Value": 400},
    },
)
LOOP = V2gMessage(
    Dialect.ISO20_DC,
    "DC_ChargeLoopReq",
    SESSION,
    {"SessionID": SESSION, "TimeStamp": 1_750_000_000},
    {
        "MeterInfoRequested": False,
        "EVPresentVoltage": {"Exponent": -1, "Value": 4002},
        "Scheduled_DC_CLReqControlMode": {
            "EVTargetCurrent": {"Exponent": 0, "Value": 125},
            "EVTargetVoltage": {"Exponent": 0, "Value": 400},
        },
    },
)
AGREED = V2gMessage(
    Dialect.SAP, "supportedAppProtocolRes", b"", {}, {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}
)
MESSAGES = (STOP, DEMAND, LOOP, AGREED)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_messages_of_every_family_have_one_shape(message: V2gMessage) -> None:
    codecs = load_v2g()
    assert codecs.decode(message.dialect, codecs.encode(message)) == message


@pytest.mark.skipif(not exificient.available(), reason="needs Java and the archive in the package iso15118")
def test_exificient_reads_what_we_write(tmp_path: Path) -> None:
    codecs = load_v2g()
    schemas = exificient.schemas_in(tmp_path)
    encoded = [(message.dialect, codecs.encode(message)) for message in MESSAGES]
    for (dialect, data), theirs in zip(encoded, exificient.run(schemas, encoded), strict=True):
        assert not isinstance(theirs, str), theirs
        assert exificient.differences(theirs, codecs.codec(dialect).decode(data).body) == []


def test_the_root_tells_the_families_of_one_payload_type_apart() -> None:
    codecs = load_v2g()
    assert [codecs.recognise(codecs.encode(message)) for message in (AGREED, DEMAND, STOP)] == [
        Dialect.SAP,
        Dialect.DIN,
        Dialect.ISO2,
    ]
    assert codecs.recognise(b"") is None
    assert codecs.recognise(b"\x80\xff\xff\xff") is None


def test_namespaces_name_dialects() -> None:
    assert dialect_of("urn:din:70121:2012:MsgDef") is Dialect.DIN
    assert dialect_of("urn:iso:std:iso:15118:-20:DC") is Dialect.ISO20_DC
    assert dialect_of("urn:iso:15118:2:2010:MsgDef") is None
    assert Dialect.ISO20_DC.label == Dialect.ISO20_COMMON.label == "ISO 15118-20"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ({"Multiplier": -1, "Unit": "V", "Value": 4003}, 400.3),
        ({"Multiplier": 2, "Unit": "W", "Value": 55}, 5500.0),
        ({"Exponent": -3, "Value": -5}, -0.005),
        ({"Multiplier": 0, "Value": 7}, 7.0),
    ],
)
def test_physical_values(value: dict[str, int], number: float) -> None:
    assert physical(value) == number


def test_a_root_that_is_no_message_is_refused() -> None:
    codecs = load_v2g()
    codec = codecs.codec(Dialect.ISO2)
    part = codec.encode(
        ExiMessage(STOP.dialect.value.replace("Def", "DataTypes"), "DC_EVStatus", DEMAND.body["DC_EVStatus"])
    )
    with pytest.raises(ExiError, match="The root is DC_EVStatus; a message of ISO 15118-2 is wrapped"):
        codecs.decode(Dialect.ISO2, part)
    empty = codec.encode(ExiMessage(STOP.dialect.value, "V2G_Message", {"Header": STOP.header, "Body": {}}))
    with pytest.raises(ExiError, match="body of V2G_Message is empty"):
        codecs.decode(Dialect.ISO2, empty)
    plain = codecs.codec(Dialect.ISO20_DC).encode(ExiMessage("http://www.w3.org/2000/09/xmldsig#", "KeyName", "x"))
    with pytest.raises(ExiError, match="KeyName is an element of ISO 15118-20 but no message"):
        codecs.decode(Dialect.ISO20_DC, plain)


def test_words_of_another_family_cannot_be_written() -> None:
    wrong = msgspec.structs.replace(STOP, body={"ChargingSession": "Stop"})
    with pytest.raises(ExiError, match="ChargingSession cannot be 'Stop'; it is one of Terminate, Pause"):
        load_v2g().encode(wrong)
