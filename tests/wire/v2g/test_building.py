"""What is built is taken apart again as it was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.interop.twin_v2g_script import MATCHING
from portwatt.wire.v2g.building import (
    Machine,
    build_sdp_request,
    build_sdp_response,
    build_slac,
    build_tcp,
)
from portwatt.wire.v2g.ethernet import Datagram, HomePlug, Segment, parse_ethernet
from portwatt.wire.v2g.sdp import SdpRequest, SdpResponse, parse_sdp
from portwatt.wire.v2g.slac import Slac, parse_slac

EV, STATION = Machine(bytes.fromhex("020000000001")), Machine(bytes.fromhex("020000000002"))
NUMBER = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("kind", dict.fromkeys(MATCHING))
def test_slac(kind: Slac) -> None:
    packet = parse_ethernet(build_slac(kind, EV, STATION, b"12345678", attenuation=9))
    assert isinstance(packet, HomePlug)
    message = parse_slac(packet)
    assert message is not None
    assert (message.kind, message.run_id) == (kind, b"12345678")
    assert message.source == (EV if kind.from_ev else STATION).mac
    assert message.attenuation == (9.0 if kind is Slac.ATTEN_CHAR_IND else None)


@pytest.mark.parametrize("tls", [True, False])
def test_sdp(tls: bool) -> None:
    asked = parse_ethernet(build_sdp_request(EV, 50_001, tls=tls))
    answered = parse_ethernet(build_sdp_response(STATION, EV, 50_001, 61_000, tls=tls))
    assert isinstance(asked, Datagram)
    assert isinstance(answered, Datagram)
    assert parse_sdp(asked) == SdpRequest(tls)
    assert parse_sdp(answered) == SdpResponse(STATION.at(61_000), tls)


@given(NUMBER, NUMBER, st.integers(0, 63), st.binary(max_size=60))
def test_tcp(sequence: int, acknowledged: int, flags: int, payload: bytes) -> None:
    data = build_tcp((EV.mac, STATION.mac), EV.at(1), STATION.at(2), (sequence, acknowledged), flags, payload)
    expected = Segment(EV.at(1), STATION.at(2), sequence, acknowledged, flags, payload, EV.mac)
    assert parse_ethernet(data) == expected


@given(st.binary(max_size=61))
def test_checksum_holds(payload: bytes) -> None:
    """RFC 8200, section 8.1: the sum over pseudo head and body, checksum included, is all ones."""
    data = build_tcp((EV.mac, STATION.mac), EV.at(1), STATION.at(2), (1, 2), 16, payload)
    body = data[54:]
    whole = data[22:54] + len(body).to_bytes(4, "big") + (6).to_bytes(4, "big") + body + b"\0" * (len(body) % 2)
    total = sum(int.from_bytes(whole[i : i + 2], "big") for i in range(0, len(whole), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF


def test_link_local_address_from_mac() -> None:
    assert EV.address.hex() == "fe80000000000000000000fffe000001"
