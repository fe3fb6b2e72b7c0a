"""V2GTP messages cut out of a byte stream, one direction of one connection."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.v2gtp import HEAD_LENGTH, PayloadType, parse_head

_TLS_RECORDS = frozenset(range(20, 25))
"""Content types of TLS records (RFC 8446, appendix B.1)."""
_KNOWN = frozenset(PayloadType)


class StreamMessage(Struct, frozen=True):
    """A whole V2GTP message. `first` and `last`: frames it began and ended in; `at`: when the last of it was seen."""

    kind: int
    payload: bytes
    first: int
    last: int
    at: datetime


class StreamFault(Struct, frozen=True):
    """Bytes that are no V2GTP, or a message that was cut off."""

    number: int
    at: datetime
    text: str


class V2gtpStream:
    """Takes the bytes of one direction in order; finds its feet again at the next head after a fault."""

    def __init__(self) -> None:
        self.tls = False
        self.faults: list[StreamFault] = []
        self._buffer = bytearray()
        self._first = 0
        self._lost = False
        self._started = False

    def feed(self, data: bytes, number: int, at: datetime) -> list[StreamMessage]:
        """The messages these bytes complete; `number` and `at` are those of the frame that brought them."""
        if not self._started:
            self._started = True
            self.tls = len(data) > 2 and data[0] in _TLS_RECORDS and data[1] == 3
        if self.tls:
            return []
        if (self._buffer or self._lost) and _begins(data):
            self.cut(number, at, "a new message begins before the one under way is whole")
            self._lost = False
        if self._lost:
            return []
        if not self._buffer:
            self._first = number
        self._buffer += data
        return self._messages(number, at)

    def cut(self, number: int, at: datetime, reason: str) -> None:
        """Bytes are missing: drop what is under way, and wait for the next head."""
        if self._buffer:
            self.faults.append(StreamFault(number, at, reason))
        self._buffer.clear()
        self._lost = True

    def _messages(self, number: int, at: datetime) -> list[StreamMessage]:
        found: list[StreamMessage] = []
        while len(self._buffer) >= HEAD_LENGTH:
            try:
                kind, length = parse_head(bytes(self._buffer[:HEAD_LENGTH]))
            except V2gError as error:
                self.cut(number, at, str(error))
                break
            end = HEAD_LENGTH + length
            if len(self._buffer) < end:
                break
            found.append(StreamMessage(kind, bytes(self._buffer[HEAD_LENGTH:end]), self._first, number, at))
            del self._buffer[:end]
            self._first = number
        return found


def _begins(data: bytes) -> bool:
    """Whether a segment starts with the head of a message: stacks write a message, or its head, at once."""
    try:
        return parse_head(data[:HEAD_LENGTH])[0] in _KNOWN
    except V2gError:
        return False
