"""What goes wrong on a day and when: drawn once, before the day begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from portwatt.simulator.chance import Chance
from portwatt.simulator.scenario import Scenario, Span

_DAY = timedelta(days=1)


class TroubleKind(StrEnum):
    DROP_OFF = "drop_off"
    """A station loses its socket and comes back with what it queued."""
    EVSE_FAULT = "evse_fault"
    BREAKDOWN = "breakdown"
    """A truck stands still."""


class Trouble(Struct, frozen=True, order=True):
    """One thing that goes wrong, from `at` for `lasts`; `target` is a station, an EVSE or a truck."""

    at: datetime
    kind: TroubleKind
    target: str
    lasts: timedelta


def troubles(scenario: Scenario, chance: Chance, length: timedelta) -> tuple[Trouble, ...]:
    """All troubles of a day of this length, in order. Rates are per day; one target is in one trouble at a time."""
    rules = scenario.disturbance
    stations = list(scenario.hub.station_by_id)
    rows: tuple[tuple[TroubleKind, list[str], float, Span], ...] = (
        (TroubleKind.DROP_OFF, list(stations), rules.drop_offs_per_station, rules.drop_off_minutes),
        (TroubleKind.EVSE_FAULT, list(scenario.hub.evse_by_id), rules.faults_per_evse, rules.fault_minutes),
        (
            TroubleKind.BREAKDOWN,
            [t.id for t in scenario.hub.trucks],
            rules.breakdowns_per_truck,
            rules.breakdown_minutes,
        ),
    )
    found = [
        trouble
        for kind, targets, rate, span in rows
        for target in targets
        for trouble in _of_target(scenario.start, length, (kind, target, rate, span), chance)
    ]
    return tuple(sorted(found))


def _of_target(
    start: datetime, length: timedelta, row: tuple[TroubleKind, str, float, Span], chance: Chance
) -> Iterator[Trouble]:
    """Exponential gaps between the end of one and the start of the next: nothing remembers the last time."""
    kind, target, rate, span = row
    if rate <= 0:
        return
    stream = chance.stream(kind.value, target)
    at = timedelta(0)
    while True:
        at += timedelta(seconds=round(stream.expovariate(rate) * _DAY.total_seconds()))
        if at >= length:
            return
        lasts = timedelta(seconds=round(60 * stream.uniform(span.least, span.most)))
        yield Trouble(start + at, kind, target, lasts)
        at += lasts
