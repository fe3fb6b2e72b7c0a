"""A day planned away from any running hub: what a person brings as tables, folded into a state, planned and checked.

Nothing is connected on paper, so every station, EVSE and slot of the hub file is taken to work, each pack to stand
where the file puts it. The state is made of the same events a running hub would have recorded, so that the day goes
through the same door to the planner as any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.events import (
    AnyEvent,
    EvseStatus,
    EvseStatusChanged,
    HubOpened,
    MoveRequested,
    StationConnected,
    TrainScheduled,
)
from portwatt.model.hub import Hub
from portwatt.model.move import Move
from portwatt.model.plan import Plan
from portwatt.model.train import TrainRun
from portwatt.planning.build import problem_from
from portwatt.planning.checker import check
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.score import Score, score
from portwatt.planning.violations import Violation
from portwatt.state import HubState, fold

ON_PAPER = "on paper"
"""What stands for the OCPP version of a station that is only assumed to work."""


class DayRequest(Struct, frozen=True):
    """A hub, its trucks included, and the day it is asked to plan."""

    hub: Hub
    trains: tuple[TrainRun, ...]
    moves: tuple[Move, ...]


class PlannedDay(Struct, frozen=True):
    """The answer with everything it rests on."""

    request: DayRequest
    problem: PlanningProblem
    plan: Plan
    violations: tuple[Violation, ...]
    score: Score


def plan_day(request: DayRequest, now: datetime, budget: timedelta, seed: int) -> PlannedDay:
    """The day from `now` on. Raises UsageError, naming every fault, when what is asked cannot be planned at all."""
    problem = problem_from(state_of(request, now), now)
    answer = plan(problem, budget, seed)
    return PlannedDay(request, problem, answer, check(problem, answer), score(problem, answer))


def begins(request: DayRequest) -> datetime:
    """Local midnight, as UTC, of the first day anything is to be fetched: when planning starts if nobody says so.

    Without a move the first train's day counts. Raises UsageError when there is neither.
    """
    moments = [m.release for m in request.moves] or [t.call.arrival.planned for t in request.trains]
    if not moments:
        raise UsageError("there is nothing to plan: no move and no train is given")
    zone = ZoneInfo(request.hub.timezone)
    first = min(moments).astimezone(zone).date()
    return datetime.combine(first, time(), zone).astimezone(UTC)


def state_of(request: DayRequest, now: datetime) -> HubState:
    """What a hub would believe at `now` that had been told the request and whose stations had all come up."""
    return fold(_told(request, now))


def _told(request: DayRequest, now: datetime) -> Iterator[AnyEvent]:
    hub = request.hub
    yield HubOpened(at=now, hub=hub)
    holds = {p.slot for p in hub.packs if p.slot is not None}
    for station in hub.station_by_id:
        yield StationConnected(at=now, station=station, version=ON_PAPER)
    for charging in hub.stations:
        for evse in charging.evses:
            yield EvseStatusChanged(
                at=now, station=charging.id, evse=evse.id, status=EvseStatus.AVAILABLE, reported_at=now
            )
    for swap in hub.swap_stations:
        for slot in swap.slots:
            status = EvseStatus.OCCUPIED if slot in holds else EvseStatus.AVAILABLE
            yield EvseStatusChanged(at=now, station=swap.id, evse=slot, status=status, reported_at=now)
    yield from (TrainScheduled(at=now, train=train) for train in request.trains)
    yield from (MoveRequested(at=now, move=move) for move in request.moves)
