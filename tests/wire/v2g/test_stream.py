from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from portwatt.wire.v2g.stream import V2gtpStream
from portwatt.wire.v2g.v2gtp import build_v2gtp

AT = datetime(2026, 11, 23, tzinfo=UTC)


@given(st.lists(st.binary(max_size=40), max_size=8), st.data())
def test_messages_come_out_however_the_bytes_are_cut(payloads: list[bytes], data: st.DataObject) -> None:
    stream = V2gtpStream()
    content = b"".join(build_v2gtp(0x8001, payload) for payload in payloads)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    found = []
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(content)], strict=True), start=1):
        found += stream.feed(content[start:end], number, AT)
    assert [message.payload for message in found] == payloads or stream.faults
    if not stream.faults:
        assert all(1 <= message.first <= message.last for message in found)


def test_message_over_two_frames_names_both() -> None:
    stream = V2gtpStream()
    content = build_v2gtp(0x8001, b"abcdef")
    assert stream.feed(content[:9], 4, AT) == []
    (message,) = stream.feed(content[9:], 7, AT)
    assert (message.first, message.last, message.payload) == (4, 7, b"abcdef")


def test_head_in_a_frame_of_its_own() -> None:
    stream = V2gtpStream()
    content = build_v2gtp(0x8001, b"abcdef")
    assert stream.feed(content[:8], 1, AT) == []
    assert len(stream.feed(content[8:], 2, AT)) == 1


def test_stream_finds_its_feet_at_the_next_head() -> None:
    stream = V2gtpStream()
    assert stream.feed(b"nonsense, no head", 1, AT) == []
    assert stream.feed(b"more of it", 2, AT) == []
    assert [m.payload for m in stream.feed(build_v2gtp(0x8001, b"x"), 3, AT)] == [b"x"]
    assert [fault.number for fault in stream.faults] == [1]


def test_cut_message_does_not_swallow_the_next() -> None:
    stream = V2gtpStream()
    assert stream.feed(build_v2gtp(0x8001, b"abcdef")[:-2], 1, AT) == []
    assert [m.payload for m in stream.feed(build_v2gtp(0x8001, b"x"), 2, AT)] == [b"x"]
    assert [fault.text for fault in stream.faults] == ["a new message begins before the one under way is whole"]


def test_tls_stays_opaque() -> None:
    stream = V2gtpStream()
    assert stream.feed(b"\x16\x03\x01\x00\x05hello", 1, AT) == []
    assert stream.tls
    assert stream.faults == []
