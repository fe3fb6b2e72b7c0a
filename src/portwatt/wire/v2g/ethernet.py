"""Ethernet frames taken apart as far as CCS2 needs: HomePlug management messages, UDP and TCP over IPv6.

Written out by hand because these few offsets are all that is read: building the objects of a general packet library
costs several times as much, and it fails in as many ways as it has classes.
"""

from __future__ import annotations

from struct import Struct as Layout

from msgspec import Struct

from portwatt.wire.v2g.errors import V2gError

HOMEPLUG = 0x88E1
IPV6 = 0x86DD
_VLAN = (0x8100, 0x88A8)
_HOP_BY_HOP, _TCP, _UDP, _ROUTING, _DESTINATION = 0, 6, 17, 43, 60
_EXTENSIONS = (_HOP_BY_HOP, _ROUTING, _DESTINATION)
_SHORT = Layout(">H")
_UDP_HEAD = Layout(">HHHH")
_TCP_HEAD = Layout(">HHIIBBH")


class HomePlug(Struct, frozen=True):
    """A HomePlug AV management message; `payload` begins at its version."""

    source: bytes
    target: bytes
    payload: bytes


class Endpoint(Struct, frozen=True):
    """An IPv6 address (16 bytes) and a port."""

    address: bytes
    port: int


class Datagram(Struct, frozen=True):
    """One UDP datagram. `mac`: Ethernet address it came from."""

    source: Endpoint
    target: Endpoint
    payload: bytes
    mac: bytes


class Segment(Struct, frozen=True):
    """One TCP segment (RFC 9293, section 3.1). `mac`: Ethernet address it came from."""

    source: Endpoint
    target: Endpoint
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes
    mac: bytes

    @property
    def syn(self) -> bool:
        return bool(self.flags & 0x02)

    @property
    def ack(self) -> bool:
        return bool(self.flags & 0x10)

    @property
    def fin(self) -> bool:
        return bool(self.flags & 0x01)

    @property
    def rst(self) -> bool:
        return bool(self.flags & 0x04)


def parse_ethernet(data: bytes) -> HomePlug | Datagram | Segment | None:
    """What an Ethernet frame carries; None where it is nothing CCS2 uses (ARP, IPv4, ICMPv6, fragments).

    Raises V2gError where the frame is cut or its lengths contradict each other.
    """
    if len(data) < 14:
        raise V2gError(f"an Ethernet frame of {len(data)} bytes is cut off; its head alone has 14")
    offset = 12
    (kind,) = _SHORT.unpack_from(data, offset)
    while kind in _VLAN:
        offset += 4
        if len(data) < offset + 2:
            raise V2gError("the Ethernet frame ends inside its VLAN tag")
        (kind,) = _SHORT.unpack_from(data, offset)
    start = offset + 2
    if kind == HOMEPLUG:
        return HomePlug(data[6:12], data[:6], data[start:])
    return _ipv6(data, start) if kind == IPV6 else None


def _ipv6(data: bytes, start: int) -> Datagram | Segment | None:
    """RFC 8200, sections 3 and 4: the fixed head, then extension headers in any order."""
    if len(data) < start + 40:
        raise V2gError("the IPv6 packet ends inside its head")
    (length,) = _SHORT.unpack_from(data, start + 4)
    end = start + 40 + length
    if end > len(data):
        raise V2gError(f"the IPv6 packet says {length} bytes, {len(data) - start - 40} are there")
    source, target = data[start + 8 : start + 24], data[start + 24 : start + 40]
    following, at = data[start + 6], start + 40
    while following in _EXTENSIONS:
        if at + 8 > end:
            raise V2gError("the IPv6 packet ends inside an extension header")
        following, at = data[at], at + 8 + 8 * data[at + 1]
    if following == _UDP:
        return _datagram(data[at:end], source, target, data[6:12])
    return _segment(data[at:end], source, target, data[6:12]) if following == _TCP else None


def _datagram(body: bytes, source: bytes, target: bytes, mac: bytes) -> Datagram:
    if len(body) < 8:
        raise V2gError("the UDP datagram ends inside its head")
    from_port, to_port, length, _ = _UDP_HEAD.unpack_from(body)
    if not 8 <= length <= len(body):
        raise V2gError(f"the UDP datagram says {length} bytes, {len(body)} are there")
    return Datagram(Endpoint(source, from_port), Endpoint(target, to_port), body[8:length], mac)


def _segment(body: bytes, source: bytes, target: bytes, mac: bytes) -> Segment:
    if len(body) < 20:
        raise V2gError("the TCP segment ends inside its head")
    from_port, to_port, sequence, acknowledged, offset, flags, _ = _TCP_HEAD.unpack_from(body)
    head = (offset >> 4) * 4
    if not 20 <= head <= len(body):
        raise V2gError(f"the TCP segment says a head of {head} bytes, it has {len(body)} in all")
    return Segment(
        Endpoint(source, from_port), Endpoint(target, to_port), sequence, acknowledged, flags, body[head:], mac
    )
