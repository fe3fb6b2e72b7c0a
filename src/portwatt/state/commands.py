"""Commands issued and not yet answered, and what their fate does to the nouns."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from portwatt.commands import (
    AnyCommand,
    CancelReservation,
    ClearChargingProfile,
    CommitArrival,
    DispatchTruck,
    OrderFallback,
    Outcome,
    Replan,
    RequestBatterySwap,
    RequestStartTransaction,
    ReserveEvse,
    SetChargingProfile,
)
from portwatt.events import CommandAnswered, CommandIssued
from portwatt.state import limits, moves, replanning, reservations, swaps, trains, trucks

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState


class PendingCommand(Struct, frozen=True):
    command: AnyCommand
    issued_at: datetime


def on_issued(state: HubState, event: CommandIssued) -> HubState:
    command = event.command
    state = state.having(commands=state.commands.set(event.id, PendingCommand(command, event.at)))
    match command:
        case SetChargingProfile():
            return limits.on_issued(state, event.id, command)
        case DispatchTruck():
            return trucks.on_dispatched(state, command, event.at)
        case RequestBatterySwap():
            return _numbered(swaps.on_requested(state, command, event.at), command.request_id)
        case ReserveEvse():
            return _numbered(state, command.reservation)
        case RequestStartTransaction():
            return _numbered(state, command.remote_start_id)
        case OrderFallback():
            return moves.on_fallback_ordered(state, command)
        case CommitArrival():
            return trains.on_committed(state, command, event.at)
        case Replan():
            return replanning.on_issued(state, event, command)
        case _:
            return state


def on_answered(state: HubState, event: CommandAnswered) -> HubState:
    pending = state.commands.get(event.id)
    if pending is None:
        return state
    state = state.having(commands=state.commands.delete(event.id))
    command = pending.command
    accepted = event.outcome is Outcome.ACCEPTED
    match command:
        case SetChargingProfile():
            return limits.on_answered(state, event, command)
        case ClearChargingProfile() if accepted:
            return limits.on_cleared(state, command)
        case ReserveEvse() if accepted:
            return reservations.on_accepted(state, command)
        case CancelReservation() if accepted:
            return reservations.remove(state, command.reservation)
        case RequestBatterySwap():
            return swaps.on_answered(state, command, event.outcome, event.detail, event.at)
        case DispatchTruck() if not accepted:
            return trucks.on_dispatch_failed(state, command, event.detail)
        case OrderFallback() if not accepted:
            return moves.on_fallback_refused(state, command)
        case Replan():
            return replanning.on_answered(state, event, command)
        case _:
            return state


def _numbered(state: HubState, number: int) -> HubState:
    return state.having(next_number=max(state.next_number, number + 1))
