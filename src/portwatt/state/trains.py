"""Trains: the timetable, what is estimated, what has happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.commands import CommitArrival
from portwatt.events import TrainArrived, TrainCancelled, TrainDeparted, TrainForecastReceived, TrainScheduled
from portwatt.ids import TrainId
from portwatt.model.train import CallTime, TrainRun
from portwatt.state import moves
from portwatt.state.keeping import KEEP, without

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState


class Commitment(Struct, frozen=True):
    """What the rail platform was told last about a train: containers that will make the cut-off, and that may not."""

    on_time: int
    at_risk: int
    at: datetime


class TrainState(Struct, frozen=True):
    """A run with its estimates. `cut_off` and `available`: what holds now, following the estimates."""

    run: TrainRun
    cut_off: datetime | None
    available: datetime | None
    arrived: bool = False
    departed: bool = False
    cancelled: bool = False
    forecast_at: datetime | None = None
    source: str = ""
    committed: Commitment | None = None


def on_scheduled(state: HubState, event: TrainScheduled) -> HubState:
    call = event.train.call
    train = TrainState(event.train, call.cut_off, call.available)
    return state.having(trains=state.trains.set(event.train.id, train))


def on_forecast(state: HubState, event: TrainForecastReceived) -> HubState:
    """Where no cut-off or availability is given it moves with the estimate; a cut-off never before its plan."""
    known = state.trains.get(event.train)
    if known is None:
        return state
    call = known.run.call
    arrival = replace(call.arrival, estimated=event.arrival) if event.arrival else call.arrival
    departure = replace(call.departure, estimated=event.departure) if event.departure else call.departure
    changed = replace(
        known,
        run=replace(known.run, call=replace(call, arrival=arrival, departure=departure)),
        cut_off=event.cut_off or _later(call.cut_off, departure) or known.cut_off,
        available=event.available or _shifted(call.available, arrival) or known.available,
        forecast_at=event.at,
        source=event.source,
    )
    return state.having(trains=state.trains.set(event.train, changed))


def on_arrived(state: HubState, event: TrainArrived) -> HubState:
    known = state.trains.get(event.train)
    if known is None:
        return state
    call = known.run.call
    arrival = replace(call.arrival, actual=event.arrived_at)
    changed = replace(
        known,
        run=replace(known.run, call=replace(call, arrival=arrival)),
        available=_shifted(call.available, arrival) or known.available,
        arrived=True,
    )
    return state.having(trains=state.trains.set(event.train, changed))


def on_departed(state: HubState, event: TrainDeparted) -> HubState:
    known = state.trains.get(event.train)
    if known is None:
        return state
    call = known.run.call
    run = replace(known.run, call=replace(call, departure=replace(call.departure, actual=event.departed_at)))
    state = state.having(trains=state.trains.set(event.train, replace(known, run=run, departed=True)))
    return moves.train_gone(state, event.train)


def on_cancelled(state: HubState, event: TrainCancelled) -> HubState:
    known = state.trains.get(event.train)
    if known is None:
        return state
    state = state.having(trains=state.trains.set(event.train, replace(known, cancelled=True)))
    return moves.train_gone(state, event.train)


def on_committed(state: HubState, command: CommitArrival, at: datetime) -> HubState:
    known = state.trains.get(command.train)
    if known is None:
        return state
    said = Commitment(command.on_time, command.at_risk, at)
    return state.having(trains=state.trains.set(command.train, replace(known, committed=said)))


def on_hour(state: HubState, at: datetime) -> HubState:
    """Let go of runs whose last time here is long past and that no move in the state refers to."""
    used = {train for known in state.moves.values() for train in _trains_of(known)}
    old = [name for name, train in state.trains.items() if _last_time(train) < at - KEEP and name not in used]
    return state.having(trains=without(state.trains, old)) if old else state


def _trains_of(known: moves.MoveState) -> tuple[TrainId | None, ...]:
    move = known.move
    return (known.train, move.from_train, *(choice.train for choice in move.trains))


def _last_time(train: TrainState) -> datetime:
    call = train.run.call
    times = (call.arrival.best, call.departure.best, train.cut_off, train.available)
    return max(time for time in times if time is not None)


def takes_until(state: HubState, train: TrainId) -> datetime | None:
    """Until when a container can still be delivered for a train; None: it is gone, cancelled or unknown."""
    known = state.trains.get(train)
    if known is None or known.departed or known.cancelled:
        return None
    return known.cut_off


def _shifted(planned: datetime | None, time: CallTime) -> datetime | None:
    return None if planned is None else planned + (time.best - time.planned)


def _later(planned: datetime | None, time: CallTime) -> datetime | None:
    return None if planned is None else planned + max(timedelta(0), time.best - time.planned)
