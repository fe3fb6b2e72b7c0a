"""Which events are news for a person at the screen, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from portwatt.commands import OrderFallback
from portwatt.events import (
    ActivityEnded,
    AuthorizationDecided,
    CommandIssued,
    Event,
    EvseStatus,
    EvseStatusChanged,
    FallbackEnded,
    GridLimitChanged,
    HubRestarted,
    PlanAdopted,
    PlanRejected,
    ReturnedToService,
    StationDisconnected,
    SwapTimedOut,
    TakenOutOfService,
    TrainCancelled,
    TrainForecastReceived,
    TruckUnavailable,
)
from portwatt.ids import HubId
from portwatt.state import HubState
from portwatt.state.reasons import NOTICEABLE

_MOST_NAMED = 2


class News(Struct, frozen=True):
    """Something a person should see: when, at which hub, how grave, in words."""

    at: datetime
    hub: HubId
    text: str
    bad: bool


def news_of(state: HubState, event: Event) -> News | None:
    """The news in an event, told with the state after it; None: there is none."""
    tell = _TELL.get(type(event))
    told = tell(state, event) if tell else None
    return News(event.at, state.hub.id, told[0], told[1]) if told else None


_Told = tuple[str, bool]


def _adopted(state: HubState, event: PlanAdopted) -> _Told:
    why = _some(event.reasons) or "first plan"
    if not event.changes:
        return f"new plan, nothing moves: {why}", False
    count = f"{len(event.changes)} change{'s' if len(event.changes) > 1 else ''}"
    return f"new plan, {count}: {why}. So {_some(tuple(c.what for c in event.changes))}", False


def _rejected(state: HubState, event: PlanRejected) -> _Told:
    return f"a new plan was not adopted: {event.detail}", True


def _forecast(state: HubState, event: TrainForecastReceived) -> _Told | None:
    known = state.trains.get(event.train)
    if known is None:
        return None
    late = max(time.best - time.planned for time in (known.run.call.arrival, known.run.call.departure))
    minutes = round(late.total_seconds() / 60)
    return (f"train {known.run.number} is {minutes} min late ({event.source})", True) if late >= NOTICEABLE else None


def _status(state: HubState, event: EvseStatusChanged) -> _Told | None:
    if event.status is not EvseStatus.FAULTED:
        return None
    why = " ".join(part for part in (event.error_code, event.info) if part)
    return f"{event.evse or event.station} is faulted" + (f": {why}" if why else ""), True


def _issued(state: HubState, event: CommandIssued) -> _Told | None:
    command = event.command
    if not isinstance(command, OrderFallback):
        return None
    return f"{command.fallback} is asked to carry move {command.move}", True


def _refused(state: HubState, event: AuthorizationDecided) -> _Told | None:
    return None if event.accepted else (f"{event.station} showed {event.token}: refused, {event.reason}", True)


def _activity(state: HubState, event: ActivityEnded) -> _Told | None:
    return None if event.done else (f"truck {event.truck} gave up: {event.detail}", True)


def _fallback(state: HubState, event: FallbackEnded) -> _Told | None:
    return None if event.done else (f"{event.fallback} gave up move {event.move}: {event.detail}", True)


def _some(parts: tuple[str, ...]) -> str:
    """The first of them, and how many more there are."""
    more = len(parts) - _MOST_NAMED
    return "; ".join(parts[:_MOST_NAMED]) + (f"; {more} more" if more > 0 else "")


def _says(template: str, bad: bool = True) -> Callable[[HubState, Any], _Told]:
    return lambda state, event: (template.format(e=event), bad)


_TELL: Mapping[type[Event], Callable[[HubState, Any], _Told | None]] = {
    PlanAdopted: _adopted,
    PlanRejected: _rejected,
    TrainForecastReceived: _forecast,
    TrainCancelled: _says("train {e.train} is cancelled: {e.reason}"),
    EvseStatusChanged: _status,
    StationDisconnected: _says("station {e.station} is not connected: {e.reason}"),
    TakenOutOfService: _says("{e.station} was taken out of service: {e.reason}"),
    ReturnedToService: _says("{e.station} is back in service", bad=False),
    GridLimitChanged: _says("the grid limit is now {e.limit.as_kw:.0f} kW: {e.reason}"),
    SwapTimedOut: _says("a swap at {e.station} timed out"),
    TruckUnavailable: _says("truck {e.truck} is out: {e.reason}"),
    ActivityEnded: _activity,
    FallbackEnded: _fallback,
    CommandIssued: _issued,
    AuthorizationDecided: _refused,
    HubRestarted: _says("the hub came up again on its log", bad=False),
}
