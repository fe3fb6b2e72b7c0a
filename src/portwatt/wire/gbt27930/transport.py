"""Long messages: J1939-21 connection mode as an observer of the bus sees it, and as a speaker cuts it.

Source: SAE J1939-21 clauses 5.4.7 and 5.10; GB/T 27930-2015 clause 6.5 (facts.json, `transport`).
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.wire.gbt27930.codec import MAX_LENGTH
from portwatt.wire.gbt27930.identifier import LONG_PRIORITY, MANAGEMENT, TRANSFER, Address, identifier

PACKET: Final = 7
"""Bytes a packet carries after its number."""
SHORTEST: Final = 9
"""Bytes: whatever is shorter goes in one frame."""
_FRAME: Final = 8


class Control(IntEnum):
    """First byte of a management frame."""

    REQUEST = 0x10
    CLEAR = 0x11
    ACKNOWLEDGE = 0x13
    BROADCAST = 0x20
    """Announces packets nobody clears; GB/T 27930 does without. Read all the same."""
    ABORT = 0xFF


class Lapse(StrEnum):
    """What can go wrong with a long message."""

    UNANSWERED = "unanswered"
    """Never cleared, and nothing was sent."""
    INCOMPLETE = "incomplete"
    """Cleared or begun, but not all packets came."""
    ABORTED = "aborted"
    UNACKNOWLEDGED = "unacknowledged"
    """All packets came; the receiver never said so."""
    MALFORMED = "malformed"
    """The announcement contradicts itself or the standard."""


class LongMessage(Struct, frozen=True):
    """A long message put together. `resent`: packets that came twice; `clears`: clearances the receiver gave."""

    pf: int
    sender: Address
    payload: bytes
    first: int
    last: int
    started: datetime
    at: datetime
    clears: int = 1
    resent: int = 0


class LapsedMessage(Struct, frozen=True):
    """A long message that went wrong. `missing`: packet numbers; `by` and `reason`: who aborted, and the code given."""

    lapse: Lapse
    pf: int
    sender: Address
    size: int
    first: int
    last: int
    started: datetime
    at: datetime
    missing: tuple[int, ...] = ()
    by: Address | None = None
    reason: int | None = None


class _Open(Struct):
    """A connection under way."""

    pf: int
    sender: Address
    size: int
    packets: int
    first: int
    last: int
    started: datetime
    at: datetime
    parts: dict[int, bytes]
    cleared: int = 0
    resent: int = 0
    broadcast: bool = False
    whole: bool = False
    """Put together, waits for the acknowledgement."""


class Observer:
    """Follows the long messages of both directions of one bus.

    Losses are what they look like: a packet nobody saw may still have reached the receiver, so a message acknowledged
    with packets missing is INCOMPLETE for us and says nothing about the link.
    """

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}

    def management(self, source: int, data: bytes, number: int, at: datetime) -> LapsedMessage | None:
        """Take a management frame of `source` (an Address); what it shows to have gone wrong, if anything."""
        sender = Address(source)
        if len(data) < _FRAME:
            return None
        control, pf = data[0], data[6]
        if control in (Control.REQUEST, Control.BROADCAST):
            return self._announced(sender, data, number, at)
        # Everything else is said by the receiver of the connection, except an abort, which either may send.
        connection = self._open.get(sender.peer)
        if control == Control.ABORT:
            if connection is None or connection.pf != pf or connection.whole:
                own = self._open.get(sender)
                connection = own if own is not None and own.pf == pf and not own.whole else None
            return None if connection is None else self._aborted(connection, sender, data[1], number, at)
        if connection is None or connection.pf != pf:
            return None
        connection.last, connection.at = number, at
        if control == Control.CLEAR:
            connection.cleared += data[1] > 0
        elif control == Control.ACKNOWLEDGE:
            del self._open[connection.sender]
            return None if connection.whole else _lapsed(connection, Lapse.INCOMPLETE)
        return None

    def packet(self, source: int, data: bytes, number: int, at: datetime) -> LongMessage | None:
        """Take a packet of `source`; the message, when this was its last missing packet."""
        connection = self._open.get(source)
        if connection is None or len(data) < 2 or not 1 <= data[0] <= connection.packets:
            return None
        if data[0] in connection.parts:
            connection.resent += 1
        connection.parts[data[0]] = data[1:]
        connection.last, connection.at = number, at
        if connection.whole or len(connection.parts) < connection.packets:
            return None
        payload = b"".join(connection.parts[i] for i in range(1, connection.packets + 1))[: connection.size]
        connection.whole = True
        if connection.broadcast:
            del self._open[source]
        return LongMessage(
            connection.pf,
            connection.sender,
            payload,
            connection.first,
            number,
            connection.started,
            at,
            connection.cleared,
            connection.resent,
        )

    def finish(self) -> list[LapsedMessage]:
        """The recording is over: what was left open."""
        left = [_lapsed(connection, _lapse(connection)) for connection in self._open.values()]
        self._open.clear()
        return left

    def _announced(self, sender: Address, data: bytes, number: int, at: datetime) -> LapsedMessage | None:
        """A new message; the sender has one connection at a time, so an older one is over."""
        size, packets, pf = data[1] | data[2] << 8, data[3], data[6]
        older = self._open.pop(sender, None)
        lapsed = None if older is None else _lapsed(older, _lapse(older))
        opened = _Open(pf, sender, size, packets, number, number, at, at, {}, broadcast=data[0] == Control.BROADCAST)
        if not 0 < size <= MAX_LENGTH or packets != -(-size // PACKET):
            return lapsed or _lapsed(opened, Lapse.MALFORMED)
        self._open[sender] = opened
        return lapsed

    def _aborted(self, connection: _Open, by: Address, reason: int, number: int, at: datetime) -> LapsedMessage:
        del self._open[connection.sender]
        connection.last, connection.at = number, at
        return _lapsed(connection, Lapse.ABORTED, by, reason)


def _lapse(connection: _Open) -> Lapse:
    if connection.whole:
        return Lapse.UNACKNOWLEDGED
    return Lapse.INCOMPLETE if connection.cleared or connection.parts else Lapse.UNANSWERED


def _lapsed(connection: _Open, lapse: Lapse, by: Address | None = None, reason: int | None = None) -> LapsedMessage:
    missing = tuple(i for i in range(1, connection.packets + 1) if i not in connection.parts)
    return LapsedMessage(
        lapse,
        connection.pf,
        connection.sender,
        connection.size,
        connection.first,
        connection.last,
        connection.started,
        connection.at,
        missing,
        by,
        reason,
    )


def _management(control: Control, middle: bytes, pf: int) -> bytes:
    return bytes((control, *middle, 0x00, pf, 0x00))


def request(pf: int, size: int) -> bytes:
    """Payload that announces a message of `size` bytes and lets the receiver clear all packets at once."""
    return _management(Control.REQUEST, bytes((size & 0xFF, size >> 8, -(-size // PACKET), 0xFF)), pf)


def clear(pf: int, count: int, first: int = 1) -> bytes:
    """Payload that clears `count` packets from number `first`; 0 asks the sender to wait."""
    return _management(Control.CLEAR, bytes((count, first, 0xFF, 0xFF)), pf)


def acknowledge(pf: int, size: int) -> bytes:
    """Payload that says the whole message came."""
    return _management(Control.ACKNOWLEDGE, bytes((size & 0xFF, size >> 8, -(-size // PACKET), 0xFF)), pf)


def abort(pf: int, reason: int = 3) -> bytes:
    """Payload that gives a message up. `reason`: 1 busy, 2 no resources, 3 time-out (J1939-21 table 7)."""
    return _management(Control.ABORT, bytes((reason, 0xFF, 0xFF, 0xFF)), pf)


def packets(payload: bytes) -> list[bytes]:
    """The packets of a message, the last filled with ones. Raises UsageError when it is too long or needs none."""
    if not SHORTEST <= len(payload) <= MAX_LENGTH:
        raise UsageError(f"a long message has {SHORTEST} to {MAX_LENGTH} bytes, not {len(payload)}")
    cut = (payload[i : i + PACKET] for i in range(0, len(payload), PACKET))
    return [bytes((number, *part.ljust(PACKET, b"\xff"))) for number, part in enumerate(cut, start=1)]


def management_id(sender: Address) -> int:
    """The identifier of management frames: 0x1CEC56F4 from the BMS, 0x1CECF456 from the charger."""
    return identifier(MANAGEMENT, sender, LONG_PRIORITY)


def packet_id(sender: Address) -> int:
    """The identifier of packets: 0x1CEB56F4 from the BMS, 0x1CEBF456 from the charger."""
    return identifier(TRANSFER, sender, LONG_PRIORITY)
