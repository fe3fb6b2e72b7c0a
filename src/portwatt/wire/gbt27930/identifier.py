"""The 29 bits of an identifier: priority (3), reserved and data page (0), PDU format, destination, source.

Source: GB/T 27930-2015 clause 6 (facts.json, `id_layout`); SAE J1939-21 PDU1.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from msgspec import Struct

from portwatt.errors import UsageError


class Address(IntEnum):
    """Who speaks. GB/T 27930-2015 table 2."""

    CHARGER = 0x56
    BMS = 0xF4

    @property
    def peer(self) -> Address:
        return Address.BMS if self is Address.CHARGER else Address.CHARGER


MANAGEMENT: Final = 0xEC
"""PDU format of a frame that opens, clears, acknowledges or aborts a long message (J1939-21 TP.CM)."""
TRANSFER: Final = 0xEB
"""PDU format of a frame that carries seven bytes of a long message (J1939-21 TP.DT)."""
VERSION: Final = 0x3C
"""PDU format of version negotiation (27930.2-2024 and the ChaoJi draft)."""
LONG_PRIORITY: Final = 7

WITHOUT_PRIORITY: Final = 0x03FF_FFFF
MAX_PRIORITY: Final = 7


class Identifier(Struct, frozen=True):
    """An identifier in its parts; the reserved bit and the data page are 0 in this standard."""

    priority: int
    pf: int
    destination: int
    source: int
    page: int = 0
    """Reserved bit and data page, 0 to 3."""

    @classmethod
    def of(cls, can_id: int) -> Identifier:
        """The parts of a 29-bit identifier. Raises UsageError when it has more bits."""
        if not 0 <= can_id < 1 << 29:
            raise UsageError(f"the identifier {can_id:#x} does not fit into 29 bits; give an extended CAN identifier")
        return cls(can_id >> 26, can_id >> 16 & 0xFF, can_id >> 8 & 0xFF, can_id & 0xFF, page=can_id >> 24 & 0b11)

    @property
    def can_id(self) -> int:
        return self.priority << 26 | self.page << 24 | self.pf << 16 | self.destination << 8 | self.source


def identifier(pf: int, sender: Address, priority: int) -> int:
    """The 29 bits of what `sender` tells its peer."""
    return Identifier(priority, pf, sender.peer, sender).can_id
