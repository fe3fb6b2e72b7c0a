"""Frames of CCS2 built: what `ethernet`, `slac` and `sdp` take apart. Checksums are right, so that other tools agree.

Source: HomePlug AV management head; ISO 15118-3 annex A (places of fields as in `slac`, others zero); RFC 8200, 768 and
9293; v2g_facts for SDP.
"""

from __future__ import annotations

import struct
from typing import Final

from portwatt.wire.v2g.ethernet import HOMEPLUG, IPV6, Endpoint
from portwatt.wire.v2g.sdp import SDP_PORT
from portwatt.wire.v2g.slac import Slac
from portwatt.wire.v2g.v2gtp import PayloadType, build_v2gtp

FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16
ALL_NODES: Final = Endpoint(bytes.fromhex("ff02" + "00" * 13 + "01"), SDP_PORT)
_TCP, _UDP = 6, 17
_GROUPS: Final = 58
"""Groups of carriers whose attenuation is told."""
_SOUNDS: Final = 10


class Machine:
    """One side on the line: its Ethernet address (6 bytes), and the link-local address made of it (RFC 4291)."""

    def __init__(self, mac: bytes) -> None:
        self.mac = mac
        self.address = b"\xfe\x80" + bytes(6) + bytes((mac[0] ^ 2,)) + mac[1:3] + b"\xff\xfe" + mac[3:]

    def at(self, port: int) -> Endpoint:
        return Endpoint(self.address, port)


def build_slac(kind: Slac, ev: Machine, station: Machine, run_id: bytes, *, attenuation: int = 12) -> bytes:
    """A SLAC message of the matching. `attenuation`: dB, in all groups. Raises KeyError for a kind outside of it."""
    head, broadcast = b"\0\0", b"\xff" * 6
    ends = bytes(17) + ev.mac + bytes(17) + station.mac
    timing = bytes((_SOUNDS, 6, 1))
    bodies = {
        Slac.PARAM_REQ: head + run_id,
        Slac.PARAM_CNF: broadcast + timing + ev.mac + head + run_id,
        Slac.START_ATTEN_CHAR_IND: head + timing + ev.mac + run_id,
        Slac.SOUND_IND: head + bytes(17) + bytes((_SOUNDS - 1,)) + run_id + bytes(24),
        Slac.ATTEN_CHAR_IND: head
        + ev.mac
        + run_id
        + bytes(34)
        + bytes((_SOUNDS, _GROUPS))
        + bytes([attenuation]) * _GROUPS,
        Slac.ATTEN_CHAR_RSP: head + ev.mac + run_id + bytes(34) + b"\0",
        Slac.MATCH_REQ: head + struct.pack("<H", 62) + ends + run_id + bytes(8),
        Slac.MATCH_CNF: head + struct.pack("<H", 86) + ends + run_id + bytes(32),
    }
    source, target = (ev, station) if kind.from_ev else (station, ev)
    to = broadcast if kind in (Slac.PARAM_REQ, Slac.START_ATTEN_CHAR_IND, Slac.SOUND_IND) else target.mac
    return to + source.mac + struct.pack(">H", HOMEPLUG) + b"\x01" + struct.pack("<H", kind) + b"\0\0" + bodies[kind]


def build_sdp_request(ev: Machine, port: int, *, tls: bool) -> bytes:
    """The vehicle's question, from this UDP port, to all nodes."""
    body = build_v2gtp(PayloadType.SDP_REQUEST, bytes((_security(tls), 0)))
    return build_udp(ev.mac, b"\x33\x33\0\0\0\x01", ev.at(port), ALL_NODES, body)


def build_sdp_response(station: Machine, ev: Machine, ev_port: int, listens: int, *, tls: bool) -> bytes:
    """The station's answer: it listens on this TCP port."""
    body = station.address + listens.to_bytes(2, "big") + bytes((_security(tls), 0))
    payload = build_v2gtp(PayloadType.SDP_RESPONSE, body)
    return build_udp(station.mac, ev.mac, station.at(SDP_PORT), ev.at(ev_port), payload)


def build_udp(mac: bytes, to_mac: bytes, source: Endpoint, target: Endpoint, payload: bytes) -> bytes:
    """An Ethernet frame with one UDP datagram over IPv6."""
    body = struct.pack(">HHHH", source.port, target.port, 8 + len(payload), 0) + payload
    # RFC 768: a checksum that comes to zero is sent as all ones.
    checked = _checksum(source.address, target.address, _UDP, body) or 0xFFFF
    return _ipv6(mac, to_mac, _UDP, source, target, body[:6] + checked.to_bytes(2, "big") + body[8:])


def build_tcp(
    macs: tuple[bytes, bytes],
    source: Endpoint,
    target: Endpoint,
    numbers: tuple[int, int],
    flags: int,
    payload: bytes = b"",
) -> bytes:
    """An Ethernet frame with one TCP segment. `macs`: from, to; `numbers`: sequence, acknowledged."""
    sequence, acknowledged = (number % 2**32 for number in numbers)
    head = struct.pack(">HHIIBBHHH", source.port, target.port, sequence, acknowledged, 0x50, flags, 65535, 0, 0)
    checked = _checksum(source.address, target.address, _TCP, head + payload)
    return _ipv6(*macs, _TCP, source, target, head[:16] + checked.to_bytes(2, "big") + head[18:] + payload)


def _ipv6(mac: bytes, to_mac: bytes, protocol: int, source: Endpoint, target: Endpoint, body: bytes) -> bytes:
    head = struct.pack(">IHBB", 0x60000000, len(body), protocol, 64)
    return to_mac + mac + struct.pack(">H", IPV6) + head + source.address + target.address + body


def _checksum(source: bytes, target: bytes, protocol: int, body: bytes) -> int:
    """RFC 8200, section 8.1: over a pseudo head and the body."""
    data = source + target + struct.pack(">II", len(body), protocol) + body
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _security(tls: bool) -> int:
    return 0x00 if tls else 0x10
