from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from v2g_frames import EV, STATION, sdp_request, sdp_response, udp

from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.ethernet import Datagram, Endpoint, parse_ethernet
from portwatt.wire.v2g.sdp import SdpRequest, SdpResponse, parse_sdp
from portwatt.wire.v2g.v2gtp import build_v2gtp


def parsed(data: bytes) -> SdpRequest | SdpResponse | None:
    datagram = parse_ethernet(data)
    assert isinstance(datagram, Datagram)
    return parse_sdp(datagram)


@pytest.mark.parametrize("tls", [False, True])
def test_request_and_response(tls: bool) -> None:
    assert parsed(sdp_request(tls)) == SdpRequest(tls)
    assert parsed(sdp_response(tls)) == SdpResponse(STATION, tls)


def test_other_ports_are_nothing() -> None:
    assert parsed(udp(EV, STATION, b"dns")) is None


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (0x9000, b"\x10", "has 2 bytes, here are 1"),
        (0x9000, b"\x20\x00", "here is 20"),
        (0x9001, bytes(19), "has 20 bytes, here are 19"),
    ],
)
def test_what_is_wrong_is_said(kind: int, body: bytes, said: str) -> None:
    with pytest.raises(V2gError, match=said):
        parsed(udp(EV, Endpoint(STATION.address, 15118), build_v2gtp(kind, body)))


@given(st.binary(max_size=60))
def test_garbage_raises_nothing_else(data: bytes) -> None:
    try:
        parsed(udp(EV, Endpoint(STATION.address, 15118), data))
    except V2gError as error:
        assert str(error)  # noqa: PT017
