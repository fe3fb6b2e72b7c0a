"""V2GTP: the head before every message (DIN SPEC 70121, ISO 15118-2 clause 7.8.3, ISO 15118-20; v2g_facts)."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct as Layout

from msgspec import Struct

from portwatt.wire.v2g.errors import V2gError

HEAD_LENGTH = 8
MAX_LENGTH = 1 << 20
"""Largest payload believed, bytes; the longest real one (a contract certificate chain) has some ten thousand."""
_HEAD = Layout(">BBHI")
_VERSION, _INVERSE = 0x01, 0xFE


class PayloadType(IntEnum):
    """What a V2GTP payload is. In a session of ISO 15118-20, EXI is the protocol negotiation only."""

    EXI = 0x8001
    MAIN_20 = 0x8002
    AC_20 = 0x8003
    DC_20 = 0x8004
    ACDP_20 = 0x8005
    WPT_20 = 0x8006
    SCHEDULE_20 = 0x8101
    METERING_20 = 0x8102
    ACDP_STATUS_20 = 0x8103
    PARKING_20 = 0x8104
    SDP_REQUEST = 0x9000
    SDP_RESPONSE = 0x9001
    SDP_REQUEST_WIRELESS = 0x9002
    SDP_RESPONSE_WIRELESS = 0x9003


class V2gtpMessage(Struct, frozen=True):
    """One payload; `kind` is the number on the wire, which may be no PayloadType."""

    kind: int
    payload: bytes


def parse_head(data: bytes) -> tuple[int, int]:
    """(payload type, payload length) of the eight bytes of a head. Raises V2gError."""
    if len(data) < HEAD_LENGTH:
        raise V2gError(f"a V2GTP head has {HEAD_LENGTH} bytes, {len(data)} are there")
    version, inverse, kind, length = _HEAD.unpack_from(data)
    if (version, inverse) != (_VERSION, _INVERSE):
        raise V2gError(f"a V2GTP head begins with 01 FE, here is {version:02X} {inverse:02X}")
    if length > MAX_LENGTH:
        raise V2gError(f"a V2GTP payload of {length} bytes is beyond belief")
    return kind, length


def parse_v2gtp(data: bytes) -> V2gtpMessage:
    """The one message of a datagram. Raises V2gError where it is cut or something follows it."""
    kind, length = parse_head(data)
    if len(data) != HEAD_LENGTH + length:
        raise V2gError(f"the V2GTP head says {length} bytes, {len(data) - HEAD_LENGTH} follow")
    return V2gtpMessage(kind, data[HEAD_LENGTH:])


def build_v2gtp(kind: int, payload: bytes) -> bytes:
    """The bytes of a message."""
    return _HEAD.pack(_VERSION, _INVERSE, kind, len(payload)) + payload
