"""What is kept of an attempt while its frames pass: a few messages of each kind, counts, gaps, extremes.

The rules read this record and never the frames, so that memory does not grow with the length of a capture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec import field as made

from portwatt.interop.gbt_stages import STAGE_OF, GbtStage, StageMark
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.decoder import Layouts
from portwatt.wire.gbt27930.negotiation import VersionOffer
from portwatt.wire.gbt27930.transport import LapsedMessage

MAX_KEPT: Final = 64
"""Variants, gaps and lapses kept of each kind."""
SILENCE: Final = timedelta(seconds=1)
"""A bus without any frame for so long is a hole: in every stage something is sent four times a second."""
CURVE_STEP: Final = timedelta(seconds=1)
MAX_CURVE: Final = 20_000

_WATCHED: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "CRM": lambda p: p[:1],
    "BRO": lambda p: p[:1],
    "CRO": lambda p: p[:1],
    "BSM": lambda p: p[5:7],
    "CCS": lambda p: p[6:7],
    **dict.fromkeys(("BST", "CST", "BEM", "CEM", "CHM", "BHM", "CML", "BCP", "CTS", "BSD", "CSD"), lambda p: p),
}
"""Messages whose content matters each time it changes, and the part that matters."""

_PEAKS: Final[Mapping[str, tuple[str, ...]]] = {
    "BCL": ("demand_voltage", "demand_current"),
    "CCS": ("output_voltage", "output_current"),
    "BCS": ("measured_voltage", "measured_current"),
}


class Gap(Struct, frozen=True):
    """Two messages of a kind that lie further apart than is allowed, or two neighbouring frames of a silent bus."""

    start: datetime
    end: datetime
    frames: tuple[int, int]

    @property
    def length(self) -> timedelta:
        return self.end - self.start


class Track(Struct):
    """All messages of one kind. `variants`: the first message of each content that matters; `peaks`: for each value
    the messages where it was lowest and highest; `widest`: the longest time between two in a row."""

    code: str
    first: Message
    last: Message
    count: int = 0
    lengths: dict[int, Message] = made(default_factory=dict)
    variants: dict[bytes, Message] = made(default_factory=dict)
    gaps: list[Gap] = made(default_factory=list)
    peaks: dict[str, tuple[Message, Message]] = made(default_factory=dict)
    spare_zero: Message | None = None
    """The first whose bits without meaning are not all ones."""
    spare_zero_count: int = 0
    steady: timedelta = timedelta()
    """Time between messages, pauses left out."""
    steps: int = 0
    after_stop: int = 0
    """How many came after the vehicle's BST, and the first of them."""
    first_after_stop: Message | None = None

    @property
    def period(self) -> timedelta | None:
        """Mean time between two in a row, pauses left out."""
        return self.steady / self.steps if self.steps else None


class GbtRecord(Struct):
    """One attempt. `channel` and `from_start`: whether the log holds what came before (False: it begins within)."""

    first_number: int
    first_at: datetime
    channel: str = ""
    from_start: bool = True
    retry: bool = False
    """Another attempt on the same bus came before."""
    last_number: int = 0
    last_at: datetime | None = None
    frames: int = 0
    backward: int = 0
    """Frames whose time lies before that of the frame ahead of them."""
    tracks: dict[str, Track] = made(default_factory=dict)
    order: list[str] = made(default_factory=list)
    """Codes in the order of their first message."""
    offers: list[VersionOffer] = made(default_factory=list)
    lapses: list[tuple[str, LapsedMessage]] = made(default_factory=list)
    holes: list[Gap] = made(default_factory=list)
    marks: list[StageMark] = made(default_factory=list)
    curve: list[tuple[datetime, float | None, float | None, float | None]] = made(default_factory=list)
    soc: float | None = None
    cut_off: bool = True
    """The log ends with this attempt: what is missing may have come later."""

    @property
    def end(self) -> datetime:
        return self.last_at or self.first_at

    @property
    def stage(self) -> GbtStage | None:
        """The furthest stage reached."""
        return self.marks[-1].stage if self.marks else None

    def reached(self, stage: GbtStage) -> bool:
        return self.stage is not None and self.stage >= stage

    def first(self, code: str) -> Message | None:
        """The first message of a kind."""
        track = self.tracks.get(code)
        return None if track is None else track.first

    def first_with(self, code: str, field: str, *values: int) -> Message | None:
        """The first message of a watched kind whose field has one of these values."""
        track = self.tracks.get(code)
        for message in () if track is None else track.variants.values():
            if message.values.get(field) in values:
                return message
        return None

    def has(self, *codes: str) -> bool:
        return all(code in self.tracks for code in codes)


class Keeper:
    """Adds messages to a record. `limits`: longest time between two of a kind; `spare`: its bits without meaning, by
    code and length."""

    def __init__(self, layouts: Layouts) -> None:
        self._steady = {
            code: _PAUSE_PERIODS * timedelta(milliseconds=table.period_ms)
            for code, table in layouts.tables.messages.items()
        }
        limits = layouts.tables.limits
        self._limits = {code: max(step, limits["GEN"]) for code, step in self._steady.items()}
        self._limits.update({code: limits[f"{code}_RX"] for code in ("BCL", "CCS", "BCS", "BSM")})
        self._layouts = layouts
        self._masks: dict[tuple[str, int], int] = {}

    def frame(self, record: GbtRecord, number: int, at: datetime) -> None:
        """A frame between the two sides, of whatever kind."""
        before = record.last_at
        record.frames += 1
        if before is not None:
            if at < before:
                record.backward += 1
            elif at - before > SILENCE and len(record.holes) < MAX_KEPT:
                record.holes.append(Gap(before, at, (record.last_number, number)))
        record.last_at, record.last_number = at, number

    def message(self, record: GbtRecord, message: Message) -> None:
        """A message, whole."""
        track = record.tracks.get(message.code)
        if track is None:
            track = record.tracks[message.code] = Track(message.code, message, message)
            record.order.append(message.code)
        else:
            self._interval(track, message)
        track.last = message
        track.count += 1
        self._stage(record, message)
        self._content(track, message)
        if "BST" in record.tracks and message.code in ("BCL", "CCS"):
            track.after_stop += 1
            track.first_after_stop = track.first_after_stop or message
        if message.code in ("CCS", "BCS"):
            _sample(record, message)

    def _interval(self, track: Track, message: Message) -> None:
        step = message.at - track.last.at
        if step <= self._steady[message.code]:
            track.steady += step
            track.steps += 1
        if step > self._limits[message.code] and len(track.gaps) < MAX_KEPT:
            track.gaps.append(Gap(track.last.at, message.at, (track.last.number, message.number)))

    def _stage(self, record: GbtRecord, message: Message) -> None:
        stage = STAGE_OF.get(message.code)
        if stage is None:
            return
        if not record.marks or stage > record.marks[-1].stage:
            record.marks.append(StageMark(stage, message.at, message.first))
        record.marks[-1].extend(message.at, message.number)

    def _content(self, track: Track, message: Message) -> None:
        payload = message.payload
        if len(payload) not in track.lengths and len(track.lengths) < MAX_KEPT:
            track.lengths[len(payload)] = message
        watched = _WATCHED.get(message.code)
        if watched is not None:
            part = watched(payload)
            if part not in track.variants and len(track.variants) < MAX_KEPT:
                track.variants[part] = message
        key = (message.code, len(payload))
        mask = self._masks.get(key)
        if mask is None:
            mask = self._masks[key] = self._layouts.by_code[message.code].spare_bits(len(payload))
        if mask and int.from_bytes(payload, "little") & mask != mask:
            track.spare_zero = track.spare_zero or message
            track.spare_zero_count += 1
        for name in _PEAKS.get(message.code, ()):
            _peak(track, name, message)


_PAUSE_PERIODS: Final = 4
"""Messages further apart than so many periods are a pause, and no sign of the sender's pace."""


def _peak(track: Track, name: str, message: Message) -> None:
    value = message.number_of(name)
    if value is None:
        return
    known = track.peaks.get(name)
    if known is None:
        track.peaks[name] = (message, message)
        return
    low, high = known
    if value < (low.number_of(name) or 0):
        track.peaks[name] = (message, high)
    elif value > (high.number_of(name) or 0):
        track.peaks[name] = (low, message)


def _sample(record: GbtRecord, message: Message) -> None:
    """A point of the curve, at most one a second; charging current is shown positive."""
    if message.code == "BCS":
        soc = message.number_of("soc")
        record.soc = record.soc if soc is None else float(soc)
        if "CCS" in record.tracks:
            return
        volts, amperes = message.number_of("measured_voltage"), message.number_of("measured_current")
    else:
        volts, amperes = message.number_of("output_voltage"), message.number_of("output_current")
    # Values that stay None until known, and a curve that ends when it is full, keep memory flat.
    due = not record.curve or message.at - record.curve[-1][0] >= CURVE_STEP
    if due and len(record.curve) < MAX_CURVE:
        record.curve.append((message.at, volts, None if amperes is None else -amperes or 0.0, record.soc))
