"""TCP put together again: order restored, retransmissions told, holes of the capture skipped (RFC 9293)."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.wire.v2g.ethernet import Endpoint, Segment
from portwatt.wire.v2g.stream import StreamFault, StreamMessage, V2gtpStream

_MODULUS = 1 << 32
_MAX_WAITING = 1 << 18
"""Bytes kept while a hole may still be filled."""
_MAX_NOTED = 200
"""Frames of one kind of trouble that are remembered; their count goes on."""


class Mark(Struct, frozen=True):
    """A frame and its time."""

    number: int
    at: datetime


class TcpSide:
    """One direction: what `endpoint` sent."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.mac = b""
        self.stream = V2gtpStream()
        self.opened: Mark | None = None
        """Its first SYN."""
        self.accepted: Mark | None = None
        """Its SYN with ACK: it listens."""
        self.finished: Mark | None = None
        self.reset: Mark | None = None
        self.repeated: list[Mark] = []
        """Frames that carried bytes already seen; `repeats` counts them all."""
        self.repeats = 0
        self.holes: list[Mark] = []
        """Frames before which bytes are missing that the other side acknowledged: the capture lost them."""
        self.segments = 0
        """Those with bytes in them."""
        self._next: int | None = None
        self._acknowledged: int | None = None
        self._waiting: dict[int, tuple[bytes, int, datetime]] = {}

    @property
    def faults(self) -> list[StreamFault]:
        return self.stream.faults

    def acknowledge(self, number: int) -> None:
        """The other side has all bytes before this sequence number."""
        self._acknowledged = number

    def take(self, segment: Segment, number: int, at: datetime) -> list[StreamMessage]:
        """The messages that this segment completes."""
        start = segment.sequence
        if segment.syn:
            self._next = (start + 1) % _MODULUS
            return []
        data = segment.payload
        if not data:
            return []
        self.segments += 1
        if self._next is None:
            self._next = start
        ahead = _distance(self._next, start)
        if ahead + len(data) <= 0:
            self._repeat(len(data) == 1 and ahead == -1, number, at)
            return []
        if ahead < 0:
            data, start = data[-ahead:], self._next
        self._waiting[start] = (data, number, at)
        return self._drain(number, at)

    def _repeat(self, keep_alive: bool, number: int, at: datetime) -> None:
        if keep_alive:  # RFC 9293, section 3.8.4: one byte already acknowledged, on purpose
            return
        self.repeats += 1
        if len(self.repeated) < _MAX_NOTED:
            self.repeated.append(Mark(number, at))

    def _drain(self, number: int, at: datetime) -> list[StreamMessage]:
        found: list[StreamMessage] = []
        while self._waiting:
            assert self._next is not None
            expected = self._next
            start = min(self._waiting, key=lambda sequence: _distance(expected, sequence))
            ahead = _distance(expected, start)
            if ahead > 0 and not self._given_up(ahead):
                break
            data, seen, when = self._waiting.pop(start)
            if ahead > 0:
                if len(self.holes) < _MAX_NOTED:
                    self.holes.append(Mark(number, at))
                self.stream.cut(number, at, f"{ahead} bytes are missing in the capture")
            elif ahead < 0:
                data = data[-ahead:]
            if data:
                self._next = (expected + max(ahead, 0) + len(data)) % _MODULUS
                found += self.stream.feed(data, max(seen, number), max(when, at))
        return found

    def _given_up(self, ahead: int) -> bool:
        """Whether the bytes before what waits will not come any more: the receiver has them, or too much waits."""
        assert self._next is not None
        received = self._acknowledged is not None and _distance(self._next, self._acknowledged) >= ahead
        return received or sum(len(data) for data, _, _ in self._waiting.values()) > _MAX_WAITING


class TcpConnection:
    """Both directions of a connection; `sides[0]` sent the first segment seen."""

    def __init__(self, segment: Segment) -> None:
        self.sides = (TcpSide(segment.source), TcpSide(segment.target))
        self.first: Mark | None = None
        self.last: Mark | None = None

    def side(self, endpoint: Endpoint) -> TcpSide:
        return self.sides[0] if endpoint == self.sides[0].endpoint else self.sides[1]

    def begins_anew(self, segment: Segment) -> bool:
        """Whether this segment opens another connection between the same ports."""
        opening = segment.syn and not segment.ack
        side = self.side(segment.source)
        return opening and side.segments > 0

    def receive(self, segment: Segment, number: int, at: datetime) -> list[StreamMessage]:
        """Take the next segment in the order of the capture; the messages its sender completed with it."""
        mark = Mark(number, at)
        self.first = self.first or mark
        self.last = mark
        sender, other = self.side(segment.source), self.side(segment.target)
        sender.mac = segment.mac
        if segment.syn and segment.ack:
            sender.accepted = sender.accepted or mark
        elif segment.syn:
            sender.opened = sender.opened or mark
        if segment.ack:
            other.acknowledge(segment.acknowledged)
        if segment.rst:
            sender.reset = sender.reset or mark
            return []
        if segment.payload:
            sender.reset = None  # it talks on: the reset was meant for another connection, or sent by a modem
        if segment.fin:
            sender.finished = sender.finished or mark
        return sender.take(segment, number, at)

    @property
    def client(self) -> Endpoint | None:
        """Who opened it, where the capture holds a SYN; an answer with RST alone counts too."""
        for side, other in (self.sides, self.sides[::-1]):
            if side.opened or other.accepted:
                return side.endpoint
        return None

    @property
    def tls(self) -> bool:
        return any(side.stream.tls for side in self.sides)


def _distance(origin: int, sequence: int) -> int:
    """How far a sequence number lies ahead, on the circle of 32 bits (RFC 9293, section 3.4)."""
    return (sequence - origin + _MODULUS // 2) % _MODULUS - _MODULUS // 2
