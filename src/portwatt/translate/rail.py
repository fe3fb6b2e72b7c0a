"""What the rail platform says of trains, as facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from portwatt.errors import NotFoundError, UsageError
from portwatt.events import TrainArrived, TrainCancelled, TrainDeparted, TrainForecastReceived
from portwatt.ids import TrainId
from portwatt.state import HubState
from portwatt.state.trains import TrainState
from portwatt.units import as_utc

MOVED: Final = timedelta(seconds=60)
"""An estimate that moves by less is no news (facts formats.json, practice of DB InfraGO: forecasts from 60 s on)."""


class TrainForecast(Struct, frozen=True, kw_only=True):
    """Estimates for one run from one source; None: not said. Times carry their zone."""

    train: TrainId
    source: str
    arrival: datetime | None = None
    departure: datetime | None = None
    cut_off: datetime | None = None
    available: datetime | None = None


def forecast(state: HubState, told: TrainForecast, at: datetime) -> tuple[TrainForecastReceived, ...]:
    """The forecast as a fact; nothing when no time in it moves by a minute, or the train has left or was cancelled.

    Raises NotFoundError for a train the hub does not know, UsageError for a time without a zone or a departure before
    the arrival.
    """
    known = _known(state, told.train)
    times = {name: getattr(told, name) for name in ("arrival", "departure", "cut_off", "available")}
    said = {name: as_utc(moment) for name, moment in times.items() if moment is not None}
    believed = {
        "arrival": known.run.call.arrival.best,
        "departure": known.run.call.departure.best,
        "cut_off": known.cut_off,
        "available": known.available,
    }
    if "arrival" in said and "departure" in said and said["departure"] < said["arrival"]:
        raise UsageError(f"train {told.train} cannot leave at {said['departure']} before it comes at {said['arrival']}")
    if known.departed or known.cancelled or not any(_moves(believed[name], moment) for name, moment in said.items()):
        return ()
    return (TrainForecastReceived(at=at, train=told.train, source=told.source, **said),)


def arrived(state: HubState, train: TrainId, moment: datetime, at: datetime) -> tuple[TrainArrived, ...]:
    """The train is here; told again it is no news. Raises NotFoundError, UsageError as `forecast` does."""
    if _known(state, train).arrived:
        return ()
    return (TrainArrived(at=at, train=train, arrived_at=as_utc(moment)),)


def departed(state: HubState, train: TrainId, moment: datetime, at: datetime) -> tuple[TrainDeparted, ...]:
    """The train has left; told again it is no news. Raises NotFoundError, UsageError as `forecast` does."""
    if _known(state, train).departed:
        return ()
    return (TrainDeparted(at=at, train=train, departed_at=as_utc(moment)),)


def cancelled(state: HubState, train: TrainId, reason: str, at: datetime) -> tuple[TrainCancelled, ...]:
    """The train does not run; told again it is no news. Raises NotFoundError."""
    if _known(state, train).cancelled:
        return ()
    return (TrainCancelled(at=at, train=train, reason=reason),)


def _moves(believed: datetime | None, told: datetime) -> bool:
    return believed is None or abs(told - believed) >= MOVED


def _known(state: HubState, train: TrainId) -> TrainState:
    known = state.trains.get(train)
    if known is None:
        raise NotFoundError(f"hub {state.hub.id} knows no train {train}; schedule it first")
    return known
