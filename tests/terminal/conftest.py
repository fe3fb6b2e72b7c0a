"""Hubs in the middle of a day, made of the events a running hub would have recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from portwatt.commands import DispatchTruck
from portwatt.config.hub import load_hub
from portwatt.events import (
    ActivityEnded,
    ActivityStarted,
    AnyEvent,
    CommandIssued,
    PlanAdopted,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from portwatt.gateways.tables import equipped, read_moves, read_trains, read_trucks
from portwatt.ids import station_of
from portwatt.model.plan import Activity, ActivityKind
from portwatt.planning.day import DayRequest, PlannedDay, begins, plan_day, state_of
from portwatt.runtime.clock import VirtualClock
from portwatt.state import HubState, apply, fold
from portwatt.units import Energy

EXAMPLES = Path(__file__).parents[2] / "examples"


class Loop:
    """A hub loop as the view sees one: a state that moves on, and listeners that are told."""

    def __init__(self, state: HubState, now: datetime) -> None:
        self.state = state
        self.fault = ""
        self.clock = VirtualClock(now)
        self.listeners: list[Callable[[Sequence[AnyEvent], HubState], None]] = []

    def listen(self, listener: Callable[[Sequence[AnyEvent], HubState], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, *events: AnyEvent) -> None:
        for event in events:
            self.state = apply(self.state, event)
        for listener in list(self.listeners):
            listener(events, self.state)


def lived(day: PlannedDay, until: datetime) -> HubState:
    """The state at a moment of a day that goes exactly to plan."""
    start = day.problem.horizon.start
    events: list[AnyEvent] = [PlanAdopted(at=start, plan=day.plan, reasons=("new moves",), changes=())]
    for route in day.plan.routes:
        begun = tuple(a for a in route.activities if a.window.start <= until)
        if begun:
            order = DispatchTruck(truck=route.truck, activities=begun)
            events.append(CommandIssued(at=start, id=f"dispatch {route.truck}", command=order))
    done = [e for r in day.plan.routes for a in r.activities for e in _happenings(day, r.truck, a) if e.at <= until]
    return fold([*events, *sorted(done, key=lambda e: e.at)], state_of(day.request, start))


def _happenings(day: PlannedDay, truck: str, activity: Activity) -> Iterator[AnyEvent]:
    start, end = activity.window.start, activity.window.end
    yield ActivityStarted(at=start, truck=truck, activity=activity.id, started_at=start)
    if activity.kind is ActivityKind.CHARGE and activity.evse is not None:
        station, name = station_of(activity.evse), f"{station_of(activity.evse)}:{activity.id}"
        yield TransactionStarted(
            at=start,
            station=station,
            evse=activity.evse,
            transaction=name,
            token="T",
            truck=truck,
            meter_start=Energy(0),
            reported_at=start,
        )
        power = activity.profile[0].power
        half = (end - start) / 2
        yield TransactionUpdated(
            at=start + half,
            station=station,
            transaction=name,
            reported_at=start + half,
            seq_no=1,
            meter=power.over(half),
            power=power,
        )
        yield TransactionEnded(
            at=end,
            station=station,
            transaction=name,
            reported_at=end,
            seq_no=2,
            meter_stop=power.over(2 * half),
            reason="Local",
        )
    yield ActivityEnded(at=end, truck=truck, activity=activity.id, ended_at=end, soc=activity.soc_after)


@pytest.fixture(scope="session")
def planned() -> PlannedDay:
    hub = load_hub(EXAMPLES / "dry-port.toml")
    hub = equipped(hub, read_trucks(EXAMPLES / "trucks.csv", hub))
    trains = read_trains(EXAMPLES / "trains.csv", hub)
    request = DayRequest(hub, trains, read_moves(EXAMPLES / "moves.csv", hub, trains))
    return plan_day(request, begins(request), timedelta(seconds=1), seed=7)


@pytest.fixture(scope="session")
def morning(planned: PlannedDay) -> HubState:
    """The example hub at 9 in the morning."""
    return lived(planned, planned.problem.horizon.start + timedelta(hours=9))


@pytest.fixture
def loops(morning: HubState) -> dict[str, Loop]:
    """Three hubs at the same hour."""
    return {
        name: Loop(morning.having(hub=replace(morning.hub, id=name)), morning.at) for name in ("EAST", "NORTH", "SOUTH")
    }
