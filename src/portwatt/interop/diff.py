"""Where a bad session parts from a good one: the parameters that differ before, and the step at which they part.

Both are laid out as turns: all messages of one kind in a row. A number is held against the range it has in the same
turn of the other, so measurements that wander differ only where they never meet; words against all words of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeAlias

from msgspec import Struct

from portwatt.interop.gbt_attempts import gather
from portwatt.interop.v2g_attempts import V2gListener
from portwatt.interop.v2g_conversation import Decoder as ExiDecoder
from portwatt.interop.v2g_evidence import Said, V2gEvidence, quantity
from portwatt.model.capture import Bus, Frame
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.decoder import Decoder, Layouts

_MAX_WORDS = 32
"""Different words kept of one field."""
_PRIVATE = frozenset({"EVCCID", "SessionID", "vin", "pack_serial", "MeterID", "EVSETimeStamp", "DateTimeNow"})
"""Differ between any two sessions and say nothing, or say who it was."""

Value: TypeAlias = str | int | float


class Turn(Struct):
    """All messages of one kind in a row. `words` and `ranges`: what each field held, by its path."""

    name: str
    first: int
    last: int
    count: int = 0
    words: dict[str, set[str]] = {}
    ranges: dict[str, tuple[float, float]] = {}

    def add(self, fields: Iterable[tuple[str, Value]], number: int) -> None:
        """One more message, whose last frame this is."""
        self.count += 1
        self.last = number
        for path, value in fields:
            if isinstance(value, str):
                known = self.words.setdefault(path, set())
                if len(known) < _MAX_WORDS:
                    known.add(value)
            else:
                low, high = self.ranges.get(path, (value, value))
                self.ranges[path] = (min(low, value), max(high, value))


class Difference(Struct, frozen=True):
    """A field that differs within a turn both have. `good` and `bad`: what it held, "absent" where it was not there."""

    turn: str
    field: str
    good: str
    bad: str
    good_frame: int
    bad_frame: int


class Parting(Struct, frozen=True):
    """The step at which the two go different ways. `after`: the last turn both have; None for one that had ended."""

    after: str
    good: str | None
    bad: str | None
    good_frame: int | None
    bad_frame: int | None


class Comparison(Struct, frozen=True):
    """Differences in the order of the session, up to where the two part; `parting` None: they have the same turns."""

    differences: tuple[Difference, ...]
    parting: Parting | None

    @property
    def same(self) -> bool:
        return not self.differences and self.parting is None


def diff(good: Iterable[Frame], bad: Iterable[Frame], layouts: Layouts, decoder: ExiDecoder | None) -> Comparison:
    """Hold the attempt that went furthest in one capture against that of another. Each is gone through up to twice.

    `layouts`: tables of GB/T 27930; `decoder`: EXI codecs of CCS2, None where their schemas are not at hand.
    """
    return compare(turns(good, layouts, decoder), turns(bad, layouts, decoder))


def turns(frames: Iterable[Frame], layouts: Layouts, decoder: ExiDecoder | None) -> list[Turn]:
    """Lay out the attempt that went furthest: over CCS2 where the capture has one, over GB/T 27930 otherwise."""
    furthest: list[Turn] = []
    for evidence in _attempts(frames, decoder):
        found = [] if evidence.is_tail else turns_of(evidence)
        furthest = found if len(found) > len(furthest) else furthest
    return furthest or _turns_gbt(frames, layouts)


def _attempts(frames: Iterable[Frame], decoder: ExiDecoder | None) -> Iterator[V2gEvidence]:
    listener = V2gListener(decoder)
    for frame in frames:
        if frame.bus is Bus.ETHERNET:
            yield from listener.take(frame)
    yield from listener.close()


def compare(good: Sequence[Turn], bad: Sequence[Turn]) -> Comparison:
    """Hold turn against turn, until one side has another one or none."""
    found: list[Difference] = []
    after = ""
    for ours, theirs in zip_longest(good, bad):
        if ours is None or theirs is None or ours.name != theirs.name:
            return Comparison(tuple(found), _parting(after, ours, theirs))
        found += _differences(ours, theirs)
        after = ours.name
    return Comparison(tuple(found), None)


def _parting(after: str, good: Turn | None, bad: Turn | None) -> Parting:
    return Parting(
        after,
        good.name if good else None,
        bad.name if bad else None,
        good.first if good else None,
        bad.first if bad else None,
    )


def _differences(good: Turn, bad: Turn) -> Iterator[Difference]:
    for path in dict.fromkeys([*good.words, *good.ranges, *bad.words, *bad.ranges]):
        words = good.words.get(path, set()), bad.words.get(path, set())
        ranges = good.ranges.get(path), bad.ranges.get(path)
        if words[0] != words[1] or _apart(*ranges):
            here, there = _said(words[0], ranges[0]), _said(words[1], ranges[1])
            yield Difference(good.name, path, here, there, good.first, bad.first)


def _apart(good: tuple[float, float] | None, bad: tuple[float, float] | None) -> bool:
    if good is None or bad is None:
        return good is not bad
    return good[1] < bad[0] or bad[1] < good[0]


def _said(words: set[str], span: tuple[float, float] | None) -> str:
    told = sorted(words)
    if span is not None:
        told.append(f"{span[0]:g}" if span[0] == span[1] else f"{span[0]:g} to {span[1]:g}")
    return ", ".join(told) or "absent"


def turns_of(evidence: V2gEvidence) -> list[Turn]:
    """Exchanges of one name in a row are one turn of requests and one of responses."""
    found: list[Turn] = []
    open_turns: dict[str, Turn] = {}
    before = ""
    for exchange in evidence.exchanges:
        if exchange.name != before:
            before, open_turns = exchange.name, {}
        for said in (exchange.request, exchange.response):
            if said is None:
                continue
            turn = open_turns.get(said.message.name)
            if turn is None:
                turn = open_turns[said.message.name] = Turn(said.message.name, said.last, said.last)
                found.append(turn)
            turn.add(_flat(said), said.last)
    return found


def _flat(said: Said) -> Iterator[tuple[str, Value]]:
    if said.message.name == "SessionSetupReq":
        yield "protocol", said.message.dialect.label
    waiting: list[tuple[str, Any]] = [("", said.message.body)]
    while waiting:
        path, value = waiting.pop()
        amount = quantity(value)
        if amount is not None:
            yield path, amount
            if isinstance(value.get("Unit"), str):
                yield f"{path}/unit", value["Unit"]
        elif isinstance(value, Mapping):
            inner = [(f"{path}/{key}" if path else key, part) for key, part in value.items() if key not in _PRIVATE]
            waiting += reversed(inner)
        elif isinstance(value, list):
            waiting += [(path, part) for part in reversed(value)]
        elif isinstance(value, bool):
            yield path, "true" if value else "false"
        elif isinstance(value, (str, int)):
            yield path, value


def _turns_gbt(frames: Iterable[Frame], layouts: Layouts) -> list[Turn]:
    """Each kind of message is one turn, in the order of its first: both sides send without waiting for one another."""
    attempts = gather(frames, layouts).attempts
    if not attempts:
        return []
    record = max((attempt.record for attempt in attempts), key=lambda record: len(record.order))
    decoder = Decoder(layouts)
    found: dict[str, Turn] = {}
    for frame in frames:
        within = record.first_number <= frame.number <= record.last_number
        if not within or frame.bus is not Bus.CAN or frame.channel != record.channel or frame.can_id is None:
            continue
        message = decoder.receive(frame.number, frame.at, frame.can_id, frame.data)
        if isinstance(message, Message):
            turn = found.get(message.code)
            if turn is None:
                turn = found[message.code] = Turn(message.code, message.number, message.number)
            turn.add(_values(message), message.number)
    return list(found.values())


def _values(message: Message) -> Iterator[tuple[str, Value]]:
    for name, value in message.values.items():
        if name not in _PRIVATE and isinstance(value, (str, int, float)):
            yield name, value
