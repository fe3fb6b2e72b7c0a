"""Frames of one bus to messages: single frames at once, long ones when their last packet is in. Never raises.

One decoder a bus (a log of two interfaces needs two). Frames of other identifiers are counted and left alone.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final, TypeAlias

from portwatt.wire.gbt27930.codec import Layout, Message
from portwatt.wire.gbt27930.identifier import (
    LONG_PRIORITY,
    MANAGEMENT,
    TRANSFER,
    VERSION,
    WITHOUT_PRIORITY,
    Address,
    identifier,
)
from portwatt.wire.gbt27930.negotiation import VersionOffer, read_offer
from portwatt.wire.gbt27930.tables import GbtTables
from portwatt.wire.gbt27930.transport import LapsedMessage, LongMessage, Observer

Item: TypeAlias = Message | VersionOffer | LapsedMessage

MAX_FOREIGN: Final = 256
"""Foreign identifiers told apart; more are counted together under -1."""


class Layouts:
    """The layouts of all messages, by identifier without its priority and by (PDU format, sender). Shared freely."""

    def __init__(self, tables: GbtTables) -> None:
        self.tables = tables
        self.by_code: Final = {code: Layout(table) for code, table in tables.messages.items()}
        self.by_id: Final = {layout.table.can_id & WITHOUT_PRIORITY: layout for layout in self.by_code.values()}
        self.by_format: Final = {(one.table.pf, one.table.sender): one for one in self.by_code.values()}


class Decoder:
    """Takes frames in the order of the log."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._by_id = layouts.by_id
        self._observer = Observer()
        self._special = {
            identifier(pf, sender, LONG_PRIORITY) & WITHOUT_PRIORITY: (pf, sender)
            for pf in (MANAGEMENT, TRANSFER, VERSION)
            for sender in Address
        }
        self.foreign: Counter[int] = Counter()
        """Frames that are none of ours, by identifier."""

    def receive(self, number: int, at: datetime, can_id: int, data: bytes) -> Item | None:
        """What this frame brings to an end: a message, an offer, or a long message that failed; often nothing."""
        key = can_id & WITHOUT_PRIORITY
        layout = self._by_id.get(key)
        if layout is not None:
            return Message(layout.code, data, layout.read(data), number, at, number)
        special = self._special.get(key)
        if special is None:
            known = can_id in self.foreign or len(self.foreign) < MAX_FOREIGN
            self.foreign[can_id if known else -1] += 1
            return None
        pf, sender = special
        if pf == TRANSFER:
            whole = self._observer.packet(sender, data, number, at)
            return None if whole is None else self._message(whole)
        if pf == MANAGEMENT:
            return self._observer.management(sender, data, number, at)
        return read_offer(sender, data, number, at)

    def finish(self) -> list[LapsedMessage]:
        """The log is over: long messages that were left open."""
        return self._observer.finish()

    def code_of(self, lapsed: LapsedMessage) -> str:
        """The message a failed transfer was to carry; its PDU format in hexadecimal when there is none such."""
        layout = self._layouts.by_format.get((lapsed.pf, lapsed.sender))
        return f"0x{lapsed.pf:02X}" if layout is None else layout.code

    def _message(self, whole: LongMessage) -> Message | None:
        layout = self._layouts.by_format.get((whole.pf, whole.sender))
        if layout is None:
            return None
        return Message(layout.code, whole.payload, layout.read(whole.payload), whole.last, whole.at, whole.first)
