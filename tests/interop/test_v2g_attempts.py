from __future__ import annotations

from typing import Any

from v2g_frames import EV, FIN, RST, STATION, SYN, Recorder, Wire, homeplug, slac, tcp

from portwatt.interop.v2g_attempts import V2gListener
from portwatt.interop.v2g_evidence import V2gEvidence
from portwatt.model.capture import Frame
from portwatt.wire.exi.bits import ExiError
from portwatt.wire.exi.v2g import Dialect, V2gMessage
from portwatt.wire.v2g.ethernet import Endpoint
from portwatt.wire.v2g.v2gtp import build_v2gtp


class Spelled:
    """A decoder for tests of the layers below: payloads spell the name of the message."""

    def decode(self, dialect: Dialect, data: bytes) -> V2gMessage:
        if not data.isalpha():
            raise ExiError("these are no letters")
        body: dict[str, Any] = {"ResponseCode": "OK"} if data.endswith(b"Res") else {}
        return V2gMessage(dialect, data.decode(), b"", {}, body)

    def recognise(self, data: bytes) -> Dialect | None:
        return Dialect.ISO2


def heard(frames: list[Frame]) -> tuple[list[V2gEvidence], tuple[str, ...]]:
    listener = V2gListener(Spelled())
    found = [evidence for frame in frames for evidence in listener.take(frame)]
    return [*found, *listener.close()], listener.remarks


def talk(wire: Wire, *names: str) -> None:
    for name in names:
        wire.send(build_v2gtp(0x8001, f"{name}Req".encode()), ev=True, after=0.1)
        wire.send(build_v2gtp(0x8001, f"{name}Res".encode()), ev=False, after=0.05)


def test_one_attempt_from_slac_to_the_end() -> None:
    recorder = Recorder()
    recorder.slac()
    recorder.sdp()
    wire = Wire(recorder)
    wire.open()
    talk(wire, "SessionSetup", "SessionStop")
    wire.end(FIN | 16, ev=True)
    ((evidence,), remarks) = heard(recorder.frames)
    assert [e.name for e in evidence.exchanges] == ["SessionSetup", "SessionStop"]
    assert evidence.exchanges[0].delay is not None
    assert round(evidence.exchanges[0].delay.total_seconds(), 3) == 0.05
    assert len(evidence.slac) == 19
    assert evidence.connection is not None
    assert evidence.connection.opened is not None
    assert evidence.connection.ev_left is not None
    assert evidence.connection.station_left is None
    assert remarks == ()


def test_slac_that_begins_again_is_a_second_attempt_even_with_the_same_run_id() -> None:
    recorder = Recorder()
    recorder.slac(*("param_req", "param_cnf", "start", "sound", "atten_ind"))
    recorder.wait(2)
    recorder.slac()
    found, _ = heard(recorder.frames)
    assert [len(evidence.slac) for evidence in found] == [5, 19]


def test_repeated_param_req_is_one_attempt() -> None:
    recorder = Recorder()
    for _ in range(5):
        recorder.slac("param_req")
    assert len(heard(recorder.frames)[0]) == 1


def test_sdp_after_a_conversation_is_another_attempt() -> None:
    recorder = Recorder()
    recorder.sdp()
    wire = Wire(recorder)
    wire.open()
    talk(wire, "SessionSetup", "SessionStop")
    recorder.sdp()
    again = Wire(recorder, Endpoint(EV.address, 50001))
    again.open()
    talk(again, "SessionSetup")
    found, _ = heard(recorder.frames)
    assert [len(evidence.exchanges) for evidence in found] == [2, 1]


def test_knock_at_another_port_while_talking_is_no_attempt() -> None:
    recorder = Recorder()
    recorder.sdp()
    wire = Wire(recorder)
    wire.open()
    talk(wire, "SessionSetup")
    recorder.add(tcp(Endpoint(EV.address, 50009), Endpoint(STATION.address, 80), 1, 0, SYN))
    recorder.add(tcp(Endpoint(STATION.address, 80), Endpoint(EV.address, 50009), 0, 2, RST | 16))
    talk(wire, "ServiceDiscovery")
    ((evidence,), _) = heard(recorder.frames)
    assert [e.name for e in evidence.exchanges] == ["SessionSetup", "ServiceDiscovery"]


def test_refused_connection() -> None:
    recorder = Recorder()
    recorder.sdp()
    recorder.add(tcp(EV, STATION, 1, 0, SYN))
    recorder.add(tcp(STATION, EV, 0, 2, RST | 16))
    ((evidence,), _) = heard(recorder.frames)
    assert evidence.connection is not None
    assert evidence.connection.refused is not None


def test_word_of_an_earlier_connection_does_not_break_the_one_under_way() -> None:
    recorder = Recorder()
    recorder.sdp()
    wire = Wire(recorder)
    wire.open()
    talk(wire, "SessionSetup")
    stale = build_v2gtp(0x8001, b"SessionStopRes")
    recorder.add(tcp(Endpoint(STATION.address, 4000), Endpoint(EV.address, 4001), 9, 9, FIN | 16, stale))
    talk(wire, "ServiceDiscovery")
    ((evidence,), _) = heard(recorder.frames)
    assert len(evidence.exchanges) == 2


def test_end_of_an_earlier_session_at_the_beginning() -> None:
    recorder = Recorder()
    stale = build_v2gtp(0x8001, b"SessionStopRes")
    recorder.add(tcp(STATION, EV, 9, 9, FIN | 16, stale))
    recorder.slac("param_req")
    first, second = heard(recorder.frames)[0]
    assert first.is_tail
    assert not second.is_tail


def test_capture_that_begins_in_a_conversation() -> None:
    recorder = Recorder()
    wire = Wire(recorder)
    talk(wire, "CurrentDemand", "CurrentDemand")
    ((evidence,), _) = heard(recorder.frames)
    assert len(evidence.exchanges) == 2
    assert not evidence.is_tail


def test_other_vehicles_slac_during_a_session_is_left_out_and_counted() -> None:
    recorder = Recorder()
    recorder.slac()
    recorder.sdp()
    wire = Wire(recorder)
    wire.open()
    talk(wire, "SessionSetup")
    other = bytearray(slac("param_req"))
    other[6:12] = b"\x02\x99\x99\x99\x99\x99"
    recorder.add(bytes(other))
    talk(wire, "ServiceDiscovery")
    found, remarks = heard(recorder.frames)
    assert len(found) == 1
    assert remarks == ("1 × SLAC message of another vehicle heard over the line, left out",)


def test_key_set_by_the_station_begins_nothing() -> None:
    recorder = Recorder()
    recorder.add(homeplug(0x6008, bytes(40), from_ev=False))
    recorder.add(homeplug(0x6009, bytes(20), from_ev=False))
    assert heard(recorder.frames) == ([], ())


def test_broken_frames_are_counted() -> None:
    recorder = Recorder()
    recorder.add(bytes(5))
    assert heard(recorder.frames)[1][0].startswith("1 × broken frame left out")


def test_unreadable_message_is_kept_as_such() -> None:
    recorder = Recorder()
    wire = Wire(recorder)
    wire.open()
    talk(wire, "SessionSetup")
    number = wire.send(build_v2gtp(0x8001, b"\x00\x01"), ev=True)
    ((evidence,), _) = heard(recorder.frames)
    assert [(broken.number, broken.from_ev) for broken in evidence.broken] == [(number, True)]
