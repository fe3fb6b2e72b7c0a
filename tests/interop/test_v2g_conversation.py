from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from v2g_frames import START

from portwatt.interop.v2g_conversation import Conversation
from portwatt.wire.exi.v2g import Dialect, V2gMessage
from portwatt.wire.v2g.stream import StreamMessage


class Packed:
    """A decoder for tests: the payload is the message in JSON."""

    def decode(self, dialect: Dialect, data: bytes) -> V2gMessage:
        name, body = msgspec.json.decode(data)
        return V2gMessage(dialect, name, b"", {}, body)

    def recognise(self, data: bytes) -> Dialect | None:
        return Dialect.SAP if b"supported" in data else Dialect.DIN


class Talk:
    def __init__(self) -> None:
        self.heard = Conversation(Packed())
        self.at = START
        self.number = 0

    def send(self, name: str, body: dict[str, Any], after: float = 0.05, kind: int = 0x8001) -> None:
        self.at += timedelta(seconds=after)
        self.number += 1
        payload = msgspec.json.encode([name, body])
        self.heard.hear(StreamMessage(kind, payload, self.number, self.number, self.at), name.endswith("Req"))

    def loop(self, count: int, amperes: int = 100) -> None:
        for n in range(count):
            self.send("CurrentDemandReq", {"EVErrorCode": "NO_ERROR", "EVRESSSOC": 50})
            current = {"Multiplier": 0, "Value": amperes + n % 3}
            self.send("CurrentDemandRes", {"ResponseCode": "OK", "EVSEPresentCurrent": current})


def negotiated(namespace: str) -> Talk:
    talk = Talk()
    talk.send("supportedAppProtocolReq", {"AppProtocol": [{"SchemaID": 7, "ProtocolNamespace": namespace}]})
    talk.send("supportedAppProtocolRes", {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 7})
    return talk


def test_dialect_is_what_was_negotiated() -> None:
    talk = negotiated(Dialect.ISO2.value)
    talk.send("SessionSetupReq", {})
    assert talk.heard.exchanges[-1].request is not None
    assert talk.heard.exchanges[-1].request.message.dialect is Dialect.ISO2


def test_payload_type_tells_the_dialects_of_20() -> None:
    talk = negotiated("urn:iso:std:iso:15118:-20:DC")
    talk.send("SessionSetupReq", {}, kind=0x8002)
    talk.send("DC_ChargeLoopReq", {}, kind=0x8004)
    dialects = [e.request.message.dialect for e in talk.heard.exchanges[1:] if e.request]
    assert dialects == [Dialect.ISO20_COMMON, Dialect.ISO20_DC]


def test_private_protocol_stays_opaque() -> None:
    talk = negotiated("urn:tesla:din:2018:MsgDef")
    talk.send("SessionSetupReq", {})
    talk.send("ACDP_VehiclePositioningReq", {}, kind=0x8005)
    assert talk.heard.opaque == 2


def test_response_without_request_and_request_without_response() -> None:
    talk = Talk()
    talk.send("CableCheckRes", {"ResponseCode": "OK"})
    talk.send("PreChargeReq", {})
    talk.send("PreChargeReq", {})
    talk.send("PreChargeRes", {"ResponseCode": "OK"})
    shape = [(e.name, e.request is not None, e.response is not None) for e in talk.heard.exchanges]
    assert shape == [("CableCheck", False, True), ("PreCharge", True, False), ("PreCharge", True, True)]


def test_long_loop_is_thinned_and_counted() -> None:
    talk = Talk()
    talk.loop(5000)
    assert len(talk.heard.exchanges) == 200
    assert talk.heard.counts["CurrentDemand"] == 5000
    numbers = [e.frames[0] for e in talk.heard.exchanges]
    assert numbers == sorted(numbers)
    assert (numbers[0], numbers[-1]) == (1, 9999)


def test_what_is_out_of_the_ordinary_survives_the_thinning() -> None:
    talk = Talk()
    talk.loop(500)
    talk.send("CurrentDemandReq", {"EVErrorCode": "NO_ERROR", "EVRESSSOC": 50})
    talk.send("CurrentDemandRes", {"ResponseCode": "OK"}, after=0.9)
    slow = talk.number
    talk.loop(500)
    assert any(slow in exchange.frames for exchange in talk.heard.exchanges)
    assert len(talk.heard.exchanges) < 210


def test_curve_is_bounded_and_reaches_to_the_end() -> None:
    talk = Talk()
    talk.loop(9000)
    assert len(talk.heard.curve) <= 2000
    assert talk.heard.curve[0][2] == 100
    assert talk.at - talk.heard.curve[-1][0] < timedelta(seconds=5)


def test_without_schemas_messages_are_counted() -> None:
    heard = Conversation(None)
    heard.hear(StreamMessage(0x8001, b"x", 1, 1, START), True)
    assert (heard.opaque, heard.exchanges) == (1, [])
