"""Which requests of a station were served already, so that a request sent again gets its first reply again.

The caller keeps one ledger per station for as long as the process lives; conversations come and go with their sockets.
"""

from collections import OrderedDict
from typing import Final

import msgspec

SURVIVES_RECONNECT: Final = frozenset(
    {
        "StartTransaction",
        "StopTransaction",
        "MeterValues",
        "TransactionEvent",
        "BatterySwap",
        "NotifyEvent",
        "ReservationStatusUpdate",
    }
)
"""Requests whose content says which fact they are. The others mean something new after a reconnect, and a station that
counts its message ids from one after a restart sends them with the same id and the same text again."""

DEFAULT_CAPACITY: Final = 256


class Entry(msgspec.Struct):
    """One request: what it was (hash of its frame), on which connection, and the reply once there is one."""

    fingerprint: int
    action: str
    connection: int
    reply: str | None = None


class MessageLedger:
    """The last requests of one station by message id, at most `capacity` of them; the oldest are forgotten first."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._connections = 0

    def open_connection(self) -> int:
        """Return the number of a new connection."""
        self._connections += 1
        return self._connections

    def find(self, message_id: str, fingerprint: int, connection: int) -> Entry | None:
        """Return the entry of the very same request, or None when it has to be served as a new one."""
        entry = self._entries.get(message_id)
        if entry is None or entry.fingerprint != fingerprint:
            return None
        return entry if entry.connection == connection or entry.action in SURVIVES_RECONNECT else None

    def begin(self, message_id: str, entry: Entry) -> None:
        """Note a request handed to its handler."""
        self._entries.pop(message_id, None)
        self._entries[message_id] = entry
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def forget(self, message_id: str) -> None:
        """Drop a request that was refused: sent again, it deserves a new try."""
        self._entries.pop(message_id, None)

    def unanswered(self, message_id: str) -> Entry | None:
        """Return the entry of a request that was handed over and has no reply yet."""
        entry = self._entries.get(message_id)
        return entry if entry is not None and entry.reply is None else None
