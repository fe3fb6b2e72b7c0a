"""Charging profiles installed in a station, and the limit they make together.

Source: OCPP 1.6 section 3.13 and OCPP 2.0.1 part 2 block K (from memory of the texts, not copied). Per purpose the
highest stack level that says something now leads; a TxProfile takes the place of a TxDefaultProfile; a default for one
EVSE takes the place of one for all; the lowest of the remaining limits holds. Limits are in watts: these stations
offer direct current and refuse amperes, as a station may that names only W in ChargingScheduleChargingRateUnit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from msgspec import Struct

from portwatt.units import Power


class Purpose(Enum):
    """Which power a profile limits; the values are the names of OCPP 2.x."""

    STATION_MAX = "ChargingStationMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class Step(Struct, frozen=True):
    """From this offset after the start of the schedule on, this limit."""

    offset: timedelta
    limit: Power


class Profile(Struct, frozen=True):
    """One profile with one schedule. `transaction` is the station's own key of the transaction of a TxProfile.

    `start` None: the schedule starts with the transaction (kind Relative). `recurs`: its period (kind Recurring).
    """

    id: int
    stack_level: int
    purpose: Purpose
    steps: tuple[Step, ...]
    start: datetime | None = None
    duration: timedelta | None = None
    recurs: timedelta | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction: str | None = None

    def _anchor(self, started: datetime | None, at: datetime) -> datetime | None:
        """Start of the schedule that is running at a moment."""
        anchor = self.start if self.start is not None else started
        if anchor is not None and self.recurs is not None and anchor <= at:
            anchor += (at - anchor) // self.recurs * self.recurs
        return anchor

    def limit(self, started: datetime | None, at: datetime) -> Power | None:
        """What it says at a moment of a transaction that started then; None: nothing."""
        if (self.valid_from is not None and at < self.valid_from) or (
            self.valid_to is not None and at >= self.valid_to
        ):
            return None
        anchor = self._anchor(started, at)
        if anchor is None or at < anchor:
            return None
        offset = at - anchor
        if self.duration is not None and offset >= self.duration:
            return None
        said = [step.limit for step in self.steps if step.offset <= offset]
        return said[-1] if said else None

    def next_step(self, started: datetime | None, at: datetime) -> datetime | None:
        """When it may say something else than at this moment."""
        moments = [moment for moment in (self.valid_from, self.valid_to) if moment is not None]
        anchor = self._anchor(started, at)
        if anchor is not None:
            moments += [anchor, *(anchor + step.offset for step in self.steps)]
            if self.duration is not None:
                moments.append(anchor + self.duration)
            if self.recurs is not None:
                moments.append(anchor + self.recurs)
        return min((moment for moment in moments if moment > at), default=None)

    def overlaps(self, other: Profile) -> bool:
        """Whether both are valid at some moment."""
        starts_late = self.valid_from is not None and other.valid_to is not None and self.valid_from >= other.valid_to
        ends_early = other.valid_from is not None and self.valid_to is not None and other.valid_from >= self.valid_to
        return not (starts_late or ends_early)


class Criteria(Struct, frozen=True):
    """Which profiles to clear; None: any."""

    id: int | None = None
    outlet: int | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None


STATION: Final = 0
"""Outlet number of the whole station."""


class ChargingProfiles:
    """Profiles by outlet: EVSE number, or 0 for the station."""

    def __init__(self) -> None:
        self._installed: list[tuple[int, Profile]] = []

    def __len__(self) -> int:
        return len(self._installed)

    def install(self, outlet: int, profile: Profile) -> None:
        """Add a profile; one with the same id, or the same purpose, stack level and place, makes room for it."""
        self._installed = [
            (number, other)
            for number, other in self._installed
            if other.id != profile.id and not (number == outlet and _same_rank(other, profile))
        ]
        self._installed.append((outlet, profile))

    def rival(self, outlet: int, profile: Profile) -> bool:
        """Whether a profile of another id with the same purpose and stack level is valid at the same time there
        (OCPP 2.x: DuplicateProfile)."""
        return any(
            number == outlet and other.id != profile.id and _same_rank(other, profile) and other.overlaps(profile)
            for number, other in self._installed
        )

    def clear(self, criteria: Criteria) -> bool:
        """Drop what matches; tell whether anything did."""
        kept = [(number, profile) for number, profile in self._installed if not _matches(criteria, number, profile)]
        found = len(kept) < len(self._installed)
        self._installed = kept
        return found

    def forget_transaction(self, transaction: str) -> None:
        """A transaction is over, and its profiles with it."""
        self._installed = [(n, p) for n, p in self._installed if p.transaction != transaction]

    def outlet_limit(self, outlet: int, started: datetime | None, at: datetime) -> Power | None:
        """What one outlet may give to its transaction; None: as much as it can."""
        if not self._installed:
            return None
        for number, purpose in ((outlet, Purpose.TX), (outlet, Purpose.TX_DEFAULT), (STATION, Purpose.TX_DEFAULT)):
            said = self._leading(number, purpose, started, at)
            if said is not None:
                return said
        return None

    def station_limit(self, at: datetime) -> Power | None:
        """What the whole station may draw; None: as much as it can."""
        return self._leading(STATION, Purpose.STATION_MAX, None, at) if self._installed else None

    def _leading(self, outlet: int, purpose: Purpose, started: datetime | None, at: datetime) -> Power | None:
        said = [
            (profile.stack_level, limit)
            for number, profile in self._installed
            if number == outlet and profile.purpose is purpose and (limit := profile.limit(started, at)) is not None
        ]
        return max(said)[1] if said else None

    def next_step(self, at: datetime, started: Mapping[int, datetime | None]) -> datetime | None:
        """When a limit may change by itself; `started` by outlet."""
        moments = []
        for number, profile in self._installed:
            starts = [started.get(number)] if number != STATION else [*started.values(), None]
            moments += [m for start in starts if (m := profile.next_step(start, at)) is not None]
        return min(moments, default=None)


def _same_rank(one: Profile, other: Profile) -> bool:
    return (one.purpose, one.stack_level, one.transaction) == (other.purpose, other.stack_level, other.transaction)


def _matches(criteria: Criteria, outlet: int, profile: Profile) -> bool:
    if criteria.id is not None:
        return profile.id == criteria.id
    return (
        criteria.outlet in (None, outlet)
        and criteria.purpose in (None, profile.purpose)
        and criteria.stack_level in (None, profile.stack_level)
    )
