"""Reservations a station has accepted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from portwatt.commands import ReserveEvse
from portwatt.events import ClockTicked, ReservationEnded, TransactionStarted
from portwatt.ids import EvseId, IdToken, ReservationId, TruckId, station_of

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState


class ReservationState(Struct, frozen=True):
    evse: EvseId
    token: IdToken
    truck: TruckId
    until: datetime


def on_accepted(state: HubState, command: ReserveEvse) -> HubState:
    held = ReservationState(command.evse, command.token, command.truck, command.until)
    return state.having(reservations=state.reservations.set(command.reservation, held))


def remove(state: HubState, reservation: ReservationId) -> HubState:
    if reservation not in state.reservations:
        return state
    return state.having(reservations=state.reservations.delete(reservation))


def on_ended(state: HubState, event: ReservationEnded) -> HubState:
    return remove(state, event.reservation)


def on_started(state: HubState, event: TransactionStarted) -> HubState:
    """A reservation is used up by the transaction that names it, or that its truck starts at its EVSE (a start need not
    name it)."""
    for reservation, held in list(state.reservations.items()):
        mine = held.evse == event.evse and event.truck is not None and held.truck == event.truck
        if mine or (reservation == event.reservation and station_of(held.evse) == event.station):
            state = remove(state, reservation)
    return state


def on_tick(state: HubState, event: ClockTicked) -> HubState:
    """A reservation runs out by the clock whether or not the station says so (1.6 never does)."""
    for reservation, held in list(state.reservations.items()):
        if held.until <= event.at:
            state = remove(state, reservation)
    return state
