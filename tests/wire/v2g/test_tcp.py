from __future__ import annotations

import random
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st
from v2g_frames import ACK, EV, FIN, RST, STATION, SYN, Recorder, Wire, tcp

from portwatt.model.capture import Frame
from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.ethernet import Segment, parse_ethernet
from portwatt.wire.v2g.tcp import TcpConnection
from portwatt.wire.v2g.v2gtp import build_v2gtp


def exchange(wire: Wire, count: int = 4) -> list[bytes]:
    """Requests and responses of growing length; the payloads in order."""
    payloads = [bytes([n]) * (n + 3) for n in range(2 * count)]
    for n, payload in enumerate(payloads):
        wire.send(build_v2gtp(0x8001, payload), ev=n % 2 == 0)
    return payloads


def taken(frames: list[Frame]) -> tuple[list[bytes], TcpConnection]:
    connection: TcpConnection | None = None
    found: list[bytes] = []
    for frame in frames:
        segment = parse_ethernet(frame.data)
        assert isinstance(segment, Segment)
        connection = connection or TcpConnection(segment)
        found += [message.payload for message in connection.receive(segment, frame.number, frame.at)]
    assert connection is not None
    return found, connection


def recorded() -> tuple[Recorder, Wire]:
    recorder = Recorder()
    wire = Wire(recorder)
    wire.open()
    return recorder, wire


def test_plain_conversation_over_the_end_of_the_sequence_numbers() -> None:
    recorder, wire = recorded()
    payloads = exchange(wire)
    wire.end(FIN | ACK, ev=True)
    found, connection = taken(recorder.frames)
    assert found == payloads
    assert connection.client == EV
    ev, station = connection.side(EV), connection.side(STATION)
    assert ev.opened is not None
    assert ev.opened.number == 1
    assert station.accepted is not None
    assert station.accepted.number == 2
    assert ev.finished is not None
    assert (ev.repeats, station.repeats, ev.holes, station.holes, ev.faults) == (0, 0, [], [], [])


def test_retransmission_is_told_and_not_taken_twice() -> None:
    recorder, wire = recorded()
    message = build_v2gtp(0x8001, b"abc")
    wire.send(message, ev=True)
    number = wire.again(message, ev=True)
    found, connection = taken(recorder.frames)
    assert found == [b"abc"]
    assert [mark.number for mark in connection.side(EV).repeated] == [number]


def test_keep_alive_is_no_retransmission() -> None:
    recorder, wire = recorded()
    wire.send(build_v2gtp(0x8001, b"abc"), ev=True)
    recorder.add(tcp(EV, STATION, wire.next[0] - 1, wire.next[1], ACK, b"c"))
    found, connection = taken(recorder.frames)
    assert found == [b"abc"]
    assert connection.side(EV).repeats == 0


def test_order_is_restored() -> None:
    recorder, wire = recorded()
    payloads = exchange(wire, 3)
    frames = recorder.frames
    frames[3], frames[5] = frames[5], frames[3]
    found, connection = taken(frames)
    assert sorted(found) == sorted(payloads)
    assert connection.side(EV).holes == []


def test_hole_of_the_capture_is_skipped_once_the_other_side_has_the_bytes() -> None:
    recorder, wire = recorded()
    wire.send(build_v2gtp(0x8001, b"one"), ev=True)
    wire.send(build_v2gtp(0x8001, b"two"), ev=True, lost=True)
    wire.send(build_v2gtp(0x8001, b"answer"), ev=False)
    number = wire.send(build_v2gtp(0x8001, b"three"), ev=True)
    found, connection = taken(recorder.frames)
    assert found == [b"one", b"answer", b"three"]
    assert [mark.number for mark in connection.side(EV).holes] == [number]


def test_hole_inside_a_message_loses_that_message_only() -> None:
    recorder, wire = recorded()
    message = build_v2gtp(0x8001, bytes(100))
    wire.send(message[:40], ev=True)
    wire.send(message[40:80], ev=True, lost=True)
    wire.send(message[80:], ev=True)
    wire.send(build_v2gtp(0x8001, b"answer"), ev=False)
    wire.send(build_v2gtp(0x8001, b"next"), ev=True)
    found, connection = taken(recorder.frames)
    assert found == [b"answer", b"next"]
    assert "40 bytes are missing" in connection.side(EV).faults[0].text


def test_reset_and_who_sent_it() -> None:
    recorder = Recorder()
    recorder.add(tcp(EV, STATION, 5, 0, SYN))
    recorder.add(tcp(STATION, EV, 0, 6, RST | ACK))
    _, connection = taken(recorder.frames)
    assert connection.client == EV
    assert connection.side(STATION).reset is not None
    assert connection.side(EV).reset is None


def test_capture_that_begins_in_the_middle() -> None:
    recorder, wire = recorded()
    payloads = exchange(wire)
    found, connection = taken(recorder.frames[3:])
    assert found == payloads
    assert connection.client is None


def test_what_waits_is_bounded() -> None:
    recorder, wire = recorded()
    wire.send(build_v2gtp(0x8001, bytes(3000)), ev=True, lost=True)
    for _ in range(300):
        wire.send(build_v2gtp(0x8001, bytes(1400)), ev=True)
    found, connection = taken([f for f in recorder.frames if f.number != 3])
    assert len(found) == 300
    assert len(connection.side(EV).holes) == 1


def test_new_syn_between_the_same_ports_is_another_connection() -> None:
    recorder, wire = recorded()
    exchange(wire)
    _, connection = taken(recorder.frames)
    segment = parse_ethernet(tcp(EV, STATION, 99, 0, SYN))
    assert isinstance(segment, Segment)
    assert connection.begins_anew(segment)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_flips_cuts_and_reorders_raise_nothing_else(chance: random.Random) -> None:
    recorder, wire = recorded()
    exchange(wire, 6)
    frames = [bytearray(frame.data) for frame in recorder.frames]
    for _ in range(chance.randrange(8)):
        frame = frames[chance.randrange(len(frames))]
        frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
    chance.shuffle(frames)
    connections: dict[frozenset[object], TcpConnection] = {}
    for number, data in enumerate(islice(frames, chance.randrange(len(frames) + 1)), start=1):
        try:
            segment = parse_ethernet(bytes(data))
        except V2gError:
            continue
        if isinstance(segment, Segment):
            key = frozenset((segment.source, segment.target))
            connection = connections.setdefault(key, TcpConnection(segment))
            connection.receive(segment, number, recorder.at)
