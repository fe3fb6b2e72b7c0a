"""Which facts make the plan in force doubtful, and in which words a person is told so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from portwatt.commands import DispatchTruck, OrderFallback, Outcome, RequestBatterySwap
from portwatt.events import (
    ActivityEnded,
    CommandAnswered,
    ContainerReleased,
    Event,
    EvseStatus,
    EvseStatusChanged,
    FallbackEnded,
    GridLimitChanged,
    MoveRequested,
    MoveWithdrawn,
    PairJudged,
    ReturnedToService,
    StationConnected,
    StationDisconnected,
    SwapTimedOut,
    TakenOutOfService,
    TrainCancelled,
    TrainDeparted,
    TrainForecastReceived,
    TruckAvailable,
    TruckUnavailable,
)
from portwatt.state import moves
from portwatt.units import SoC, local_time

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState

NOTICEABLE = timedelta(minutes=5)
"""A train's estimate has to move by this much before a plan is made anew."""
LATE = timedelta(minutes=10)
"""A truck has to end an activity this much after its time before a plan is made anew."""

SHORT = SoC(500)
"""A truck has to have this much less than planned before a plan is made anew."""


def reason(before: HubState, after: HubState, event: Event) -> str | None:
    """Why this event asks for a new plan, or None."""
    judge = _JUDGES.get(type(event))
    return judge(before, after, event) if judge else None


def _forecast(before: HubState, after: HubState, event: TrainForecastReceived) -> str | None:
    old, new = before.trains.get(event.train), after.trains.get(event.train)
    if old is None or new is None:
        return None
    for earlier, later in ((old.cut_off, new.cut_off), (old.available, new.available)):
        if earlier is not None and later is not None and abs(later - earlier) >= NOTICEABLE:
            minutes = round((later - earlier).total_seconds() / 60)
            return f"train {new.run.number} is now expected {abs(minutes)} min {'later' if minutes > 0 else 'earlier'}"
    return None


def _departed(before: HubState, after: HubState, event: TrainDeparted) -> str | None:
    left = sum(1 for m, old in before.moves.items() if old.train == event.train and after.moves[m] != old)
    return f"train {event.train} left without {left} containers" if left else None


def _status(before: HubState, after: HubState, event: EvseStatusChanged) -> str | None:
    bad = (EvseStatus.FAULTED, EvseStatus.UNAVAILABLE)
    if event.evse is None:
        return f"station {event.station} is {event.status.value}" if event.status in bad else None
    old = before.evses.get(event.evse)
    was_bad = old is None or old.status in bad
    if (event.status in bad) == was_bad:
        return None
    return f"EVSE {event.evse} is {'out' if event.status in bad else 'back'}"


def _answered(before: HubState, after: HubState, event: CommandAnswered) -> str | None:
    pending = before.commands.get(event.id)
    if pending is None or event.outcome is Outcome.ACCEPTED:
        return None
    match pending.command:
        case DispatchTruck(truck=truck):
            return f"truck {truck} did not take its order"
        case OrderFallback(fallback=fallback, move=move):
            return f"{fallback} did not take move {move}"
        case RequestBatterySwap(station=station, truck=truck):
            return f"swap station {station} refused truck {truck}"
        case _:
            return None


def _activity(before: HubState, after: HubState, event: ActivityEnded) -> str | None:
    truck = before.trucks.get(event.truck)
    activity = next((a for a in truck.queue if a.id == event.activity), None) if truck else None
    if activity is None:
        return None
    if not event.done:
        return f"truck {event.truck} gave up: {event.detail or activity.kind.value}"
    short = activity.soc_after.bp - event.soc.bp
    if short >= SHORT.bp:
        return f"truck {event.truck} has {round(short / 100)} % less than planned"
    late = event.ended_at - activity.window.end
    return f"truck {event.truck} is {round(late.total_seconds() / 60)} min late" if late >= LATE else None


def _released(before: HubState, after: HubState, event: ContainerReleased) -> str | None:
    move = before.move_of.get(event.container)
    if move is None:
        return None
    release = moves.release_of(after, after.moves[move])
    if release == moves.release_of(before, before.moves[move]):
        return None
    said = f"container {event.container} is released"
    return f"{said} for {local_time(release, after.hub.timezone)}" if release is not None else said


def _back(before: HubState, after: HubState, event: StationConnected) -> str | None:
    """A station that was away and nobody planned meanwhile: the plan in force never did without it."""
    known, asked_at = before.stations.get(event.station), before.replanning.asked_at
    if known is not None and known.since is not None and (asked_at is None or asked_at < known.since):
        return None
    return f"station {event.station} is connected"


def _says(template: str) -> Callable[[HubState, HubState, Any], str]:
    return lambda before, after, event: template.format(e=event)


_JUDGES: Mapping[type[Event], Callable[[HubState, HubState, Any], str | None]] = {
    TrainForecastReceived: _forecast,
    TrainCancelled: _says("train {e.train} was cancelled"),
    TrainDeparted: _departed,
    EvseStatusChanged: _status,
    StationConnected: _back,
    StationDisconnected: _says("station {e.station} is not connected"),
    TakenOutOfService: _says("{e.station} was taken out of service"),
    ReturnedToService: _says("{e.station} is back in service"),
    PairJudged: lambda before, after, event: f"pairs were judged: {event.judgement.kind.value}",
    GridLimitChanged: _says("the grid limit is now {e.limit.as_kw:.0f} kW"),
    SwapTimedOut: _says("a swap at {e.station} timed out"),
    MoveRequested: _says("new moves"),
    MoveWithdrawn: _says("move {e.move} was withdrawn"),
    ContainerReleased: _released,
    ActivityEnded: _activity,
    TruckUnavailable: _says("truck {e.truck} is out: {e.reason}"),
    TruckAvailable: _says("truck {e.truck} is back"),
    CommandAnswered: _answered,
    FallbackEnded: lambda before, after, event: None if event.done else f"{event.fallback} gave up move {event.move}",
}
