from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from v2g_frames import ACK, EV, EV_MAC, FIN, RST, STATION, SYN, sdp_request, slac, tcp, udp

from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.ethernet import Datagram, HomePlug, Segment, parse_ethernet


def test_tcp_segment() -> None:
    segment = parse_ethernet(tcp(EV, STATION, 7, 9, SYN | ACK, b"abc") + bytes(6))
    assert isinstance(segment, Segment)
    assert (segment.source, segment.target, segment.mac) == (EV, STATION, EV_MAC)
    assert (segment.sequence, segment.acknowledged, segment.payload) == (7, 9, b"abc")
    assert (segment.syn, segment.ack, segment.fin, segment.rst) == (True, True, False, False)


def test_flags_of_the_end() -> None:
    segment = parse_ethernet(tcp(EV, STATION, 7, 9, FIN | RST))
    assert isinstance(segment, Segment)
    assert (segment.syn, segment.ack, segment.fin, segment.rst) == (False, False, True, True)


def test_udp_datagram_without_its_padding() -> None:
    datagram = parse_ethernet(udp(EV, STATION, b"xyz") + bytes(20))
    assert datagram == Datagram(EV, STATION, b"xyz", EV_MAC)


def test_homeplug() -> None:
    frame = parse_ethernet(slac("param_req"))
    assert isinstance(frame, HomePlug)
    assert frame.source == EV_MAC


def test_vlan_tags_and_extension_headers_are_stepped_over() -> None:
    plain = udp(EV, STATION, b"xyz")
    tagged = plain[:12] + b"\x81\x00\x00\x05" + plain[12:]
    assert parse_ethernet(tagged) == parse_ethernet(plain)
    payload = plain[54:]
    head = plain[14:18] + (len(payload) + 8).to_bytes(2, "big") + b"\x00" + plain[21:54]
    extended = plain[:14] + head + b"\x11\x00" + bytes(6) + payload
    assert parse_ethernet(extended) == parse_ethernet(plain)


@pytest.mark.parametrize("kind", [b"\x08\x00", b"\x08\x06", b"\x88\xcc"])
def test_what_ccs2_does_not_use_is_nothing(kind: bytes) -> None:
    assert parse_ethernet(bytes(12) + kind + bytes(40)) is None


@pytest.mark.parametrize("frame", [tcp(EV, STATION, 7, 9, SYN, b"abcdef"), sdp_request(), udp(EV, STATION, b"")])
def test_every_cut_is_an_error_of_ours(frame: bytes) -> None:
    for length in range(len(frame)):
        with pytest.raises(V2gError):
            parse_ethernet(frame[:length])


@given(st.binary(max_size=120))
def test_garbage_raises_nothing_else(data: bytes) -> None:
    for frame in (data, bytes(12) + b"\x86\xdd" + data, tcp(EV, STATION, 1, 1, ACK, b"")[:54] + data):
        try:
            parse_ethernet(frame)
        except V2gError as error:
            assert str(error)  # noqa: PT017
