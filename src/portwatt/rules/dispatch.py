"""Orders to trucks: the next stretch of the plan, when it is due, or earlier where nothing speaks against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from portwatt.commands import AnyCommand, DispatchTruck
from portwatt.events import AnyEvent, EvseStatus
from portwatt.ids import EvseId, MoveId, StationId, TruckId
from portwatt.model.plan import Activity, ActivityKind
from portwatt.model.truck import on_duty
from portwatt.planning.groups import begins, next_group
from portwatt.rules.load import charge_activity
from portwatt.state import HubState
from portwatt.state.moves import MoveStatus, release_of
from portwatt.state.replanning import may_order
from portwatt.state.stations import in_service, station_in_service
from portwatt.state.swaps import OPEN_SWAPS
from portwatt.state.trucks import TruckState
from portwatt.units import SoC, Window

EARLIEST = timedelta(minutes=30)
"""A truck that is free is sent this much before its time at most: what is further off stays the planner's."""
TOLERANCE = timedelta(minutes=2)
"""A charge or swap may begin this much before its time even where others are about."""


def dispatch(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """An order for every truck that has nothing to do and something planned.

    While a new plan is being computed nothing is ordered but what that plan will hold too. Two trucks are never sent to
    one EVSE or swap station ahead of their time in the same go.
    """
    orders: list[DispatchTruck] = []
    taken: set[str] = set()
    for truck, todo in sorted(state.todo.items(), key=_name):
        known = state.trucks.get(truck)
        if not todo or known is None or known.queue or known.unavailable:
            continue
        group = next_group(todo)
        if _due(state, truck, known, group, taken):
            orders.append(DispatchTruck(truck=truck, activities=_from_now(group, state.at)))
            taken.add(group[-1].evse or group[-1].station or "")
    return orders


def _name(entry: tuple[TruckId, Sequence[Activity]]) -> TruckId:
    """Trucks by name: a map of the state has an order of its own on every machine."""
    return entry[0]


def _due(state: HubState, truck: TruckId, known: TruckState, group: Sequence[Activity], taken: set[str]) -> bool:
    start = begins(group)
    if state.at < start - EARLIEST or not may_order(state, truck, group[-1].id):
        return False
    if known.carrying is None and not on_duty(state.hub.truck_by_id[truck].shift, state.at):
        return False
    if not _in_step(known, group) or not _can_be_done(state, known, group):
        return False
    return state.at >= start or _may_begin_early(state, truck, group, start - state.at, taken)


def _from_now(group: Sequence[Activity], at: datetime) -> tuple[Activity, ...]:
    """The group with the waiting at its front cut off at `at`."""
    found = list(group)
    for i, activity in enumerate(found):
        if activity.kind is not ActivityKind.WAIT:
            break
        if activity.window.end > at:
            found[i] = replace(activity, window=Window(min(activity.window.start, at), at))
    return tuple(found)


def _in_step(known: TruckState, group: Sequence[Activity]) -> bool:
    """Whether the truck stands where the group begins; if not, the next plan finds it where it is."""
    first = group[0]
    return known.place == (first.origin if first.kind is ActivityKind.DRIVE else first.place)


def _can_be_done(state: HubState, known: TruckState, group: Sequence[Activity]) -> bool:
    """Whether the end of the group is possible as things stand. What is not waits for the next plan."""
    last = group[-1]
    if not _energy_for(known.soc, group):
        return False
    match last.kind:
        case ActivityKind.LOAD:
            return known.carrying is None and _fetchable(state, last.move, _arrival(group, state.at))
        case ActivityKind.UNLOAD:
            return known.carrying == last.move
        case ActivityKind.CHARGE:
            return last.evse is not None and in_service(state, last.evse)
        case ActivityKind.SWAP:
            return last.station is None or station_in_service(state, last.station)
        case ActivityKind.DRIVE | ActivityKind.WAIT:
            return True


def _energy_for(soc: SoC, group: Iterable[Activity]) -> bool:
    used = sum(a.soc_before.bp - a.soc_after.bp for a in group if a.kind is ActivityKind.DRIVE)
    return soc.bp >= used


def _arrival(group: Sequence[Activity], at: datetime) -> datetime:
    """When the last activity of a group begins if it is ordered now: waiting ends when it was planned to."""
    for activity in group[:-1]:
        at = max(at, activity.window.end) if _waits(activity, group) else at + _length(activity)
    return at


def _waits(activity: Activity, group: Sequence[Activity]) -> bool:
    """Whether an activity is waiting within a group; at its front it is cut off."""
    return activity.kind is ActivityKind.WAIT and activity.window.start >= begins(group)


def _length(activity: Activity) -> timedelta:
    return timedelta(0) if activity.kind is ActivityKind.WAIT else activity.window.length


def _fetchable(state: HubState, move: MoveId | None, arrival: datetime) -> bool:
    known = state.moves.get(move) if move is not None else None
    if known is None or known.status is not MoveStatus.OPEN:
        return False
    release = release_of(state, known)
    return release is not None and release <= arrival


def _may_begin_early(
    state: HubState, truck: TruckId, group: Sequence[Activity], early: timedelta, taken: set[str]
) -> bool:
    last = group[-1]
    if last.kind is ActivityKind.CHARGE and last.evse is not None:
        return early <= TOLERANCE or (last.evse not in taken and _evse_free(state, last.evse, truck, last))
    if last.kind is ActivityKind.SWAP and last.station is not None:
        return early <= TOLERANCE or (last.station not in taken and _swap_free(state, last.station, truck, last))
    return True


def _evse_free(state: HubState, evse: EvseId, truck: TruckId, charge: Activity) -> bool:
    """Whether an EVSE is free, and nobody else is on his way to it or planned there before this charge."""
    known = state.evses[evse]
    if known.transaction is not None or known.status not in (EvseStatus.AVAILABLE, EvseStatus.RESERVED):
        return False
    if any(r.evse == evse and r.truck != truck for r in state.reservations.values()):
        return False
    for other in state.trucks:
        if other == truck:
            continue
        theirs = charge_activity((*state.trucks[other].queue, *state.todo.get(other, ())), evse)
        if theirs is not None and theirs.window.start < charge.window.start:
            return False
    return True


def _swap_free(state: HubState, station: StationId, truck: TruckId, swap: Activity) -> bool:
    """Whether no swap is going on or planned earlier, and the pack meant for this truck is in its slot and full."""
    if any(s.station == station and s.status in OPEN_SWAPS for s in state.swaps.values()):
        return False
    for other, known in state.trucks.items():
        ahead = (*known.queue, *state.todo.get(other, ()))
        if other != truck and any(a.station == station and a.window.start < swap.window.start for a in ahead):
            return False
    pack = state.packs.get(swap.pack) if swap.pack is not None else None
    family = state.hub.family_by_id.get(pack.family) if pack is not None and pack.family is not None else None
    return pack is not None and family is not None and pack.slot is not None and pack.soc >= family.ready_soc
