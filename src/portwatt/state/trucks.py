"""Trucks: where each one is, how full, what it is doing and what it was told to do next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.commands import DispatchTruck
from portwatt.events import ActivityEnded, ActivityStarted, TruckAvailable, TruckReported, TruckUnavailable
from portwatt.ids import ActivityId, MoveId, PackId, PlaceId, TruckId, activity_number
from portwatt.model.plan import Activity, ActivityKind
from portwatt.model.truck import Truck
from portwatt.state import moves
from portwatt.units import SoC

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState


class TruckState(Struct, frozen=True):
    """A truck. `queue`: activities ordered and not ended, the first of which may be under way (`started_at`)."""

    place: PlaceId
    """Where it is, or was last before the drive under way."""
    soc: SoC
    heard_at: datetime
    pack: PackId | None = None
    queue: tuple[Activity, ...] = ()
    started_at: datetime | None = None
    ordered_at: datetime | None = None
    carrying: MoveId | None = None
    done: int = 0
    """Number of the last activity ended or given up; the planner counts on from the last it ordered."""
    last_number: int = 0
    """Number of the last activity ordered."""
    free_at: datetime | None = None
    """When its last activity ended."""
    unavailable: str = ""
    """Why it cannot be used; empty: it can."""
    until: datetime | None = None
    lat: float | None = None
    lon: float | None = None

    @property
    def current(self) -> Activity | None:
        return self.queue[0] if self.queue and self.started_at is not None else None


def fresh(truck: Truck, at: datetime) -> TruckState:
    """A truck as the hub file delivers it."""
    return TruckState(place=truck.place, soc=truck.soc, heard_at=at, pack=truck.pack)


def on_reported(state: HubState, event: TruckReported) -> HubState:
    known = state.trucks.get(event.truck)
    if known is None:
        return state
    changed = replace(
        known,
        heard_at=event.at,
        soc=event.soc or known.soc,
        place=event.place or known.place,
        lat=known.lat if event.lat is None else event.lat,
        lon=known.lon if event.lon is None else event.lon,
    )
    return _set(state, event.truck, changed)


def on_dispatched(state: HubState, command: DispatchTruck, at: datetime) -> HubState:
    """From the moment it is ordered it is no longer the plan's to change."""
    known = state.trucks.get(command.truck)
    if known is None:
        return state
    ordered = {activity.id for activity in command.activities}
    rest = tuple(a for a in state.todo.get(command.truck, ()) if a.id not in ordered)
    changed = replace(
        known,
        queue=(*known.queue, *command.activities),
        last_number=max((known.last_number, *(activity_number(a.id) for a in command.activities))),
        ordered_at=at,
    )
    return _set(state.having(todo=state.todo.set(command.truck, rest)), command.truck, changed)


def on_dispatch_failed(state: HubState, command: DispatchTruck, detail: str) -> HubState:
    """The truck did not take the order: what was not begun is nobody's, and the truck cannot be counted on."""
    known = state.trucks.get(command.truck)
    if known is None:
        return state
    ordered = {a.id for a in command.activities}
    kept = tuple(a for a in known.queue if a.id not in ordered)
    changed = replace(known, queue=kept, unavailable=detail or "did not take the order")
    return _set(state, command.truck, changed)


def on_activity_started(state: HubState, event: ActivityStarted) -> HubState:
    known = state.trucks.get(event.truck)
    if known is None or event.activity not in (a.id for a in known.queue):
        return state
    state = _end_before(state, event.truck, event.activity, event.started_at)
    known = state.trucks[event.truck]
    return _set(state, event.truck, replace(known, started_at=event.started_at, heard_at=event.at))


def on_activity_ended(state: HubState, event: ActivityEnded) -> HubState:
    known = state.trucks.get(event.truck)
    activity = next((a for a in known.queue if a.id == event.activity), None) if known else None
    if known is None or activity is None:
        return state
    if event.done:
        state = _end_before(state, event.truck, event.activity, event.ended_at)
        return _end(state, event.truck, activity, event.ended_at, event.soc)
    # Given up: the rest of the order falls with it, since each activity starts where the one before ends.
    changed = replace(
        known,
        queue=(),
        started_at=None,
        soc=event.soc,
        heard_at=event.at,
        free_at=event.ended_at,
        done=known.last_number,
    )
    return _set(state, event.truck, changed)


def on_unavailable(state: HubState, event: TruckUnavailable) -> HubState:
    known = state.trucks.get(event.truck)
    if known is None:
        return state
    return _set(state, event.truck, replace(known, unavailable=event.reason or "unavailable", until=event.until))


def on_available(state: HubState, event: TruckAvailable) -> HubState:
    known = state.trucks.get(event.truck)
    if known is None:
        return state
    changed = replace(
        known,
        unavailable="",
        until=None,
        place=event.place,
        soc=event.soc,
        heard_at=event.at,
        free_at=event.at,
    )
    return _set(state, event.truck, changed)


def on_tick(state: HubState, at: datetime) -> HubState:
    """A truck that said until when it is out is back then, where it was, if nobody has said so before."""
    back = {name: known for name, known in state.trucks.items() if known.until is not None and known.until <= at}
    for name, known in back.items():
        state = _set(state, name, replace(known, unavailable="", until=None, free_at=known.until))
    return state


def _end_before(state: HubState, truck: TruckId, activity: ActivityId, at: datetime) -> HubState:
    """The word that earlier activities ended was lost; that a later one began or ended proves that they did."""
    while (first := state.trucks[truck].queue[0]).id != activity:
        state = _end(state, truck, first, at, first.soc_after)
    return state


def _end(state: HubState, truck: TruckId, activity: Activity, at: datetime, soc: SoC) -> HubState:
    known = state.trucks[truck]
    carrying = known.carrying
    if activity.kind is ActivityKind.LOAD and activity.move is not None:
        carrying = activity.move
        state = moves.loaded(state, activity.move, truck, at)
    elif activity.kind is ActivityKind.UNLOAD and activity.move is not None:
        carrying = None
        state = moves.delivered(state, activity.move, at)
    changed = replace(
        known,
        queue=tuple(a for a in known.queue if a.id != activity.id),
        started_at=None,
        place=activity.place,
        soc=soc,
        heard_at=state.at,
        carrying=carrying,
        done=activity_number(activity.id),
        free_at=at,
    )
    return _set(state, truck, changed)


def _set(state: HubState, truck: TruckId, value: TruckState) -> HubState:
    return state.having(trucks=state.trucks.set(truck, value))
