"""What the plan asks of stations: reservations before trucks come, swaps when they do, an end when others wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count

from portwatt.commands import (
    AnyCommand,
    CancelReservation,
    RequestBatterySwap,
    RequestStopTransaction,
    ReserveEvse,
    TriggerMessage,
)
from portwatt.events import ActivityStarted, AnyEvent, ClockTicked, EvseStatus, StationConnected
from portwatt.ids import EvseId, ReservationId, TruckId, station_of
from portwatt.model.pack import SwapStation
from portwatt.model.plan import Activity, ActivityKind
from portwatt.rules.authorise import charging_elsewhere
from portwatt.rules.limit import minute_passed
from portwatt.state import HubState
from portwatt.state.stations import in_service
from portwatt.state.swaps import OPEN_SWAPS, SwapState, SwapStatus
from portwatt.state.transactions import running
from portwatt.units import SoC

HELD_AFTER = timedelta(minutes=15)
"""How long past its planned start a reservation is kept for a truck that is late."""
UNDER_WAY = timedelta(minutes=10)
"""A swap that began within this time, by a card at the station perhaps, is the one that is meant."""
_GONE = (SwapStatus.REFUSED, SwapStatus.TIMED_OUT)


def ask_stations(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """Reservations, cancellations, swaps asked again and transactions to end: with a new plan, and once a minute.

    Numbers for reservations and swaps count up from `state.next_number` within one go.
    """
    if isinstance(event, ClockTicked) and not minute_passed(before, state):
        return ()
    numbers = count(state.next_number)
    asked_again = _swaps_again(state, numbers) if isinstance(event, ClockTicked) else ()
    return [*_cancellations(state), *_reservations(state, numbers), *asked_again, *_ends(state)]


def request_swap(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """The swap station is asked when the truck says it has begun to swap: it is there."""
    assert isinstance(event, ActivityStarted)
    known = state.trucks.get(event.truck)
    activity = known.current if known is not None else None
    if activity is None or activity.id != event.activity or not _at_swap_station(activity):
        return ()
    swap = _last_swap(state, event.truck)
    if swap is not None and swap.status in OPEN_SWAPS and swap.began_at > state.at - UNDER_WAY:
        return ()
    return (_swap(state, event.truck, activity, state.next_number),)


def ask_status(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """A station that comes back without booting is asked how its EVSEs are: what it said last may be long ago."""
    assert isinstance(event, StationConnected)
    known = state.hub.station_by_id.get(event.station)
    held = before.stations.get(event.station)
    if known is None or held is None or held.booted_at is None:
        return ()
    evses = known.slots if isinstance(known, SwapStation) else tuple(e.id for e in known.evses)
    return [TriggerMessage(station=event.station, message="StatusNotification", evse=evse) for evse in evses]


def _ahead(state: HubState, truck: TruckId) -> tuple[Activity, ...]:
    return (*state.trucks[truck].queue, *state.todo.get(truck, ()))


def _reservations(state: HubState, numbers: Iterator[int]) -> Iterator[ReserveEvse]:
    """One for each EVSE that is free and will be wanted soon: for the truck that is planned there first."""
    pending = {p.command.evse for p in state.commands.values() if isinstance(p.command, ReserveEvse)}
    held = {r.evse for r in state.reservations.values()} | pending
    soonest: dict[EvseId, tuple[Activity, TruckId]] = {}
    for truck in sorted(state.trucks):
        for activity in _ahead(state, truck):
            if activity.kind is not ActivityKind.CHARGE or activity.evse is None:
                continue
            if activity.window.start - state.hub.planning.reserve_before > state.at:
                break
            first = soonest.get(activity.evse)
            if first is None or activity.window.start < first[0].window.start:
                soonest[activity.evse] = (activity, truck)
    for evse, (activity, truck) in soonest.items():
        until = activity.window.start + HELD_AFTER
        if evse in held or until <= state.at or not _can_be_reserved(state, evse, truck):
            continue
        token = state.hub.truck_by_id[truck].token
        number = ReservationId(next(numbers))
        yield ReserveEvse(
            station=station_of(evse), evse=evse, reservation=number, token=token, truck=truck, until=until
        )


def _can_be_reserved(state: HubState, evse: EvseId, truck: TruckId) -> bool:
    known = state.evses.get(evse)
    return (
        known is not None
        and known.status is EvseStatus.AVAILABLE
        and known.transaction is None
        and in_service(state, evse)
        and not state.trucks[truck].unavailable
    )


def _cancellations(state: HubState) -> Iterator[CancelReservation]:
    """Reservations for charges that are no longer planned, or for trucks that charge already."""
    pending = {p.command.reservation for p in state.commands.values() if isinstance(p.command, CancelReservation)}
    for number, held in sorted(state.reservations.items(), key=lambda entry: entry[0]):
        station = state.stations.get(station_of(held.evse))
        if number in pending or station is None or not station.connected:
            continue
        ahead = _ahead(state, held.truck) if held.truck in state.trucks else ()
        if not any(a.kind is ActivityKind.CHARGE and a.evse == held.evse for a in ahead):
            yield CancelReservation(station=station_of(held.evse), reservation=number)


def _at_swap_station(activity: Activity) -> bool:
    return activity.kind is ActivityKind.SWAP and activity.station is not None


def _swaps_again(state: HubState, numbers: Iterator[int]) -> Iterator[RequestBatterySwap]:
    """A truck that stands at a swap station, and whose swap was refused or ran out, is asked for once more."""
    for truck, known in sorted(state.trucks.items(), key=lambda entry: entry[0]):
        activity = known.current
        if activity is None or not _at_swap_station(activity) or known.started_at is None:
            continue
        swap = _last_swap(state, truck)
        if swap is not None and swap.began_at >= known.started_at and swap.status in _GONE:
            yield _swap(state, truck, activity, next(numbers))


def _last_swap(state: HubState, truck: TruckId) -> SwapState | None:
    theirs = (s for s in state.swaps.values() if s.truck == truck)
    return max(theirs, key=lambda s: (s.began_at, s.request_id), default=None)


def _swap(state: HubState, truck: TruckId, activity: Activity, number: int) -> RequestBatterySwap:
    assert activity.station is not None
    token = state.hub.truck_by_id[truck].token
    return RequestBatterySwap(station=activity.station, token=token, truck=truck, request_id=number)


def _ends(state: HubState) -> Iterator[RequestStopTransaction]:
    """A truck that has what the plan gives it, where the next one is due. Otherwise the driver unplugs when he goes."""
    pending = {p.command.transaction for p in state.commands.values() if isinstance(p.command, RequestStopTransaction)}
    for name, transaction in sorted(running(state), key=lambda entry: entry[0]):
        truck = transaction.truck
        if truck is None or truck not in state.trucks or transaction.pack is not None or name in pending:
            continue
        planned = next((a for a in state.trucks[truck].queue if a.evse == transaction.evse), None)
        if planned is None or (transaction.soc or SoC(0)) < planned.soc_after:
            continue
        if _next_is_due(state, transaction.evse, truck) and state.stations[transaction.station].connected:
            yield RequestStopTransaction(station=transaction.station, transaction=name)


def _next_is_due(state: HubState, evse: EvseId, truck: TruckId) -> bool:
    for other in state.trucks:
        if other == truck or charging_elsewhere(state, other, None) is not None:
            continue
        for activity in _ahead(state, other):
            if activity.evse == evse and activity.window.start <= state.at:
                return True
    return False
