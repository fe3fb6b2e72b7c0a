"""What a rule is given, and what rules share: how long was waited, what ended an attempt, how a finding is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from portwatt.interop.finding import Finding, Side
from portwatt.interop.gbt_record import GbtRecord, Track
from portwatt.interop.gbt_stages import GbtStage
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.editions import EditionGuess
from portwatt.wire.gbt27930.identifier import Address
from portwatt.wire.gbt27930.tables import GbtTables

CHARGING_AMPERES: Final = 1.0
"""Current from which energy counts as flowing; measurements at rest wander by a few tenths."""
_SLACK: Final = 0.95
"""A side that complains of a time-out measured it with its own clock, from an instant the bus does not show."""

SIDE_OF: Final = {Address.CHARGER: Side.STATION, Address.BMS: Side.EV}


class Case(Struct, frozen=True):
    """One attempt and what is known about it. `timed`: the times of the log can be used."""

    record: GbtRecord
    tables: GbtTables
    guess: EditionGuess
    timed: bool

    @property
    def charged(self) -> bool:
        """Whether energy flowed."""
        return peak_current(self.record) >= CHARGING_AMPERES or delivered(self.record) > 0

    def limit(self, name: str) -> timedelta:
        return self.tables.limits[name]

    def went_past(self, stage: GbtStage) -> bool:
        """Whether the attempt got beyond a stage into another, other than by ending."""
        reached = [mark.stage for mark in self.record.marks if mark.stage is not GbtStage.END]
        return bool(reached) and reached[-1] > stage

    @property
    def broke_off(self) -> Message | None:
        """The first message that stops the attempt or says that it failed."""
        return earliest(self.record.first(code) for code in ("BST", "CST", "BEM", "CEM"))

    def horizon(self, side: Side) -> datetime:
        """Until when a side's messages may be expected: its own error message is no excuse, any other end is."""
        own = "CEM" if side is Side.STATION else "BEM"
        stop = earliest(self.record.first(code) for code in ("BST", "CST", "BEM", "CEM") if code != own)
        return self.record.end if stop is None else stop.at

    def waited(self, side: Side, since: Message | None, message: Message | None, limit: timedelta) -> timedelta | None:
        """How long a side's message was waited for when that was too long; None when it was in time or nothing can be
        said."""
        if since is None or not self.timed:
            return None
        if message is not None:
            wait = message.at - since.at
            return wait if wait > limit else None
        wait = self.horizon(side) - since.at
        return wait if wait > limit * _SLACK else None


def earliest(messages: Iterable[Message | None]) -> Message | None:
    """The message with the lowest frame number; None among none."""
    return min((m for m in messages if m is not None), key=lambda m: m.number, default=None)


def finding(
    rule: str, blame: tuple[Side, float], evidence: tuple[Message, ...], text: str, remedy: str, *, quirk: bool = False
) -> Finding:
    """A finding whose frames and time are those of its messages. `blame`: the side responsible, and how surely."""
    frames = tuple(dict.fromkeys(number for m in evidence for number in (m.first, m.number)))
    return Finding(rule, *blame, frames, text, remedy, evidence[0].at if evidence else None, quirk=quirk)


def seconds(span: timedelta) -> str:
    """A length of time in words: "0.25 s", "62 s"."""
    value = span.total_seconds()
    return f"{round(value, 2 if abs(value) < 20 else None):g} s"


def peak_current(record: GbtRecord) -> float:
    """The greatest charging current either side measured, in amperes; charging is negative on the wire."""
    return max((-(_low(record.tracks.get(code), name) or 0.0) for code, name in _MEASURED), default=0.0)


_MEASURED: Final = (("CCS", "output_current"), ("BCS", "measured_current"))


def _low(track: Track | None, name: str) -> int | float | None:
    peaks = None if track is None else track.peaks.get(name)
    return None if peaks is None else peaks[0].number_of(name)


def delivered(record: GbtRecord) -> float:
    """Kilowatt-hours the charger says it gave (CSD); 0 when it says nothing."""
    last = record.tracks.get("CSD")
    return 0.0 if last is None else float(last.last.number_of("energy") or 0.0)
