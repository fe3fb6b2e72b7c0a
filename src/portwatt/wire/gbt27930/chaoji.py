"""ChaoJi, committee draft of 2021: a draft profile. Off unless a caller makes a `ChaojiDraft` and feeds it.

Source: chaoji_draft.json, facts from the committee draft; the final GB/T 27930-2023 B-class differs and is not public.
Its PDU formats 0x01 and 0x02 are CRM and BRM in the 2011 and 2015 editions, so the profile is chosen before reading and
never guessed. That the first byte of a message is its parameter group (PGI) is an assumption of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from portwatt.wire.gbt27930.identifier import Address, Identifier
from portwatt.wire.gbt27930.tables import GbtTableError

_PACKET: Final = 7


class DraftFormat(IntEnum):
    """PDU formats of the draft."""

    LONG = 0x01
    RELIABLE = 0x02
    UNRELIABLE = 0x03
    CONTROL = 0x04


class DraftMessage(Struct, frozen=True):
    """One message of the draft. `name`: what the draft calls its parameter group, None when it has none such."""

    sender: Address
    format: DraftFormat
    pgi: int
    name: str | None
    payload: bytes
    number: int
    status: str = "draft"


class _Facts(Struct, frozen=True):
    status: str
    pgi: dict[str, str]
    timers: dict[str, Any]


class _Growing(Struct):
    frames: int
    size: int
    parts: dict[int, bytes]


class ChaojiDraft:
    """Puts messages of the draft together. Raises GbtTableError when the facts' text cannot be read."""

    def __init__(self, facts_json: str) -> None:
        try:
            facts = msgspec.json.decode(facts_json, type=_Facts)
            self._names = dict(_groups(facts.pgi))
        except (msgspec.MsgspecError, ValueError) as error:
            raise GbtTableError(f"chaoji_draft.json: {error}") from None
        self.status: Final = facts.status
        self.timers: Final[Mapping[str, Any]] = facts.timers
        self._growing: dict[int, _Growing] = {}

    def receive(self, number: int, can_id: int, data: bytes) -> DraftMessage | None:
        """The message this frame ends, if any; raises nothing for 29-bit identifiers."""
        parts = Identifier.of(can_id & 0x1FFF_FFFF)
        known = parts.source in Address.__members__.values() and parts.pf in DraftFormat.__members__.values()
        if not known or not data:
            return None
        sender, form = Address(parts.source), DraftFormat(parts.pf)
        if form is not DraftFormat.LONG:
            return self._message(sender, form, data, number)
        return self._long(sender, data, number)

    def _long(self, sender: Address, data: bytes, number: int) -> DraftMessage | None:
        """Frame 0 announces frames (1 byte) and bytes (2 bytes, low first); the others carry seven bytes each."""
        if data[0] == 0:
            if len(data) >= 4:
                self._growing[sender] = _Growing(data[1], data[2] | data[3] << 8, {})
            return None
        growing = self._growing.get(sender)
        if growing is None or data[0] >= max(growing.frames, 2):
            return None
        growing.parts[data[0]] = data[1:]
        if len(growing.parts) < -(-growing.size // _PACKET):
            return None
        del self._growing[sender]
        payload = b"".join(part for _, part in sorted(growing.parts.items()))[: growing.size]
        return self._message(sender, DraftFormat.LONG, payload, number)

    def _message(self, sender: Address, form: DraftFormat, payload: bytes, number: int) -> DraftMessage | None:
        if not payload:
            return None
        return DraftMessage(sender, form, payload[0], self._names.get(payload[0]), payload, number)


def _groups(table: Mapping[str, str]) -> list[tuple[int, str]]:
    """Parameter groups by number; "0x41..0x44" names four."""
    found = []
    for key, name in table.items():
        low, _, high = key.partition("..")
        found += [(pgi, name) for pgi in range(int(low, 16), int(high or low, 16) + 1)]
    return found
