"""Version negotiation before the handshake: PDU format 0x3C, eight bytes.

Source: chaoji_draft.json `version_msg` ("gbt2015plus"), a public description of 27930.2-2024, not the paid standard. It
does not say in which order the three version bytes stand; both orders are read, and the one that makes sense is kept.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Final

from msgspec import Struct

from portwatt.wire.gbt27930.identifier import Address

_LENGTH: Final = 8
NEGOTIATED: Final = "2.0"
"""The version that 27930.2-2024 stands for; 1.1 sends both back to the 2015 handshake."""


class NegotiationResult(IntEnum):
    CONTINUE = 0
    SUCCESS = 1
    FAIL = 2


class VersionOffer(Struct, frozen=True):
    """What a side offers or answers. `result` is None where the byte has another value."""

    sender: Address
    result: NegotiationResult | None
    version: str
    can_type: int
    pilot_version: int
    transport_version: int
    number: int
    at: datetime


def read_offer(source: int, data: bytes, number: int, at: datetime) -> VersionOffer | None:
    """The offer in a frame of `source` (an Address); None when it is too short to hold one."""
    if len(data) < _LENGTH - 1:
        return None
    known = data[1] in NegotiationResult.__members__.values()
    return VersionOffer(
        Address(source),
        NegotiationResult(data[1]) if known else None,
        _version(data[2:5]),
        data[0],
        data[5],
        data[6],
        number,
        at,
    )


def write_offer(result: NegotiationResult, version: str) -> bytes:
    """The payload of an offer or answer on CAN 2.0, in the order of the handshake's version field."""
    major, _, minor = version.partition(".")
    return bytes((0, result, int(minor), int(major) & 0xFF, int(major) >> 8, 1, 1, 0xFF))


def _version(three: bytes) -> str:
    """As in CHM (minor, major low byte first); major first when that reads as 0.x."""
    major, minor = three[1] | three[2] << 8, three[0]
    return f"{major}.{minor}" if major else f"{three[0]}.{three[1]}"
