"""How much each load point was told it may draw: what the grid limit is reckoned with.

A load point is an EVSE of a charging station, or a swap station as a whole. What counts is the worst it may draw:
what it has accepted, and whatever is on the way to it and may have arrived.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.commands import ClearChargingProfile, Outcome, SetChargingProfile
from portwatt.ids import CommandId, StationId
from portwatt.model.pack import SwapStation
from portwatt.units import Power

if TYPE_CHECKING:
    from portwatt.events import CommandAnswered
    from portwatt.state.hub_state import HubState


class InFlight(Struct, frozen=True):
    """A limit on its way."""

    command: CommandId
    limit: Power
    for_transaction: bool


class LoadLimit(Struct, frozen=True):
    """`default`: accepted for any transaction (swap station: for the station); `transaction`: for the one running.

    None: never told, so only the nameplate bounds it.
    """

    default: Power | None = None
    transaction: Power | None = None
    in_flight: tuple[InFlight, ...] = ()
    failures: int = 0
    """Limits in a row that were not accepted."""
    failed_at: datetime | None = None
    unsure: bool = False
    """The last limit was not answered: what is kept here is a bound, and the load point may hold itself to less."""

    def worst(self, nameplate: Power) -> Power:
        """Most the load point may draw while a transaction runs."""
        accepted = self.transaction if self.transaction is not None else self.default
        if accepted is None:
            return nameplate
        return min(nameplate, max(accepted, *(f.limit for f in self.in_flight)) if self.in_flight else accepted)


def load_point(command: SetChargingProfile | ClearChargingProfile) -> str:
    """The name under which a command's load point stands in `HubState.limits`."""
    return command.evse if command.evse is not None else command.station


def nameplate(state: HubState, point: str) -> Power:
    """Most a load point can draw by its plate."""
    evse = state.hub.evse_by_id.get(point)  # type: ignore[call-overload]
    if evse is not None:
        power: Power = evse.max_power
        return power
    station = state.hub.station_by_id.get(StationId(point))
    return station.max_power if isinstance(station, SwapStation) else Power(0)


def on_issued(state: HubState, command_id: CommandId, command: SetChargingProfile) -> HubState:
    point = load_point(command)
    known = state.limits.get(point, LoadLimit())
    flight = InFlight(command_id, command.limit, command.transaction is not None)
    return state.having(limits=state.limits.set(point, replace(known, in_flight=(*known.in_flight, flight))))


def on_answered(state: HubState, event: CommandAnswered, command: SetChargingProfile) -> HubState:
    """Accepted: in force. Refused, or never sent: what was in force stays. No answer: the higher of both counts.

    The answer about a transaction that is over, or has not been heard of, says nothing about the next one.
    """
    point = load_point(command)
    known = state.limits.get(point, LoadLimit())
    known = replace(known, in_flight=tuple(f for f in known.in_flight if f.command != event.id))
    if event.outcome is Outcome.ACCEPTED:
        known = replace(known, failures=0, failed_at=None, unsure=False)
    else:
        unsure = known.unsure or event.outcome is Outcome.TIMED_OUT
        known = replace(known, failures=known.failures + 1, failed_at=event.at, unsure=unsure)
    if command.transaction is None:
        known = replace(known, default=_after(event.outcome, known.default, known.default, command.limit))
    elif _holds(state, command):
        effective = known.default if known.transaction is None else known.transaction
        known = replace(known, transaction=_after(event.outcome, known.transaction, effective, command.limit))
    return state.having(limits=state.limits.set(point, known))


def _after(outcome: Outcome, before: Power | None, effective: Power | None, limit: Power) -> Power | None:
    if outcome is Outcome.ACCEPTED:
        return limit
    if outcome is not Outcome.TIMED_OUT or effective is None:
        return before
    return max(effective, limit)


def _holds(state: HubState, command: SetChargingProfile) -> bool:
    evse = state.evses.get(command.evse) if command.evse is not None else None
    return evse is not None and evse.transaction == command.transaction


def on_cleared(state: HubState, command: ClearChargingProfile) -> HubState:
    """Profiles are gone: only the nameplate bounds the load point."""
    point = load_point(command)
    known = state.limits.get(point, LoadLimit())
    return state.having(limits=state.limits.set(point, replace(known, default=None, transaction=None)))


def on_transaction_over(state: HubState, point: str) -> HubState:
    """A TxProfile ends with its transaction (OCPP 2.0.1 K01.FR.37, 1.6 section 3.13.1)."""
    known = state.limits.get(point)
    if known is None:
        return state
    rest = tuple(f for f in known.in_flight if not f.for_transaction)
    return state.having(
        limits=state.limits.set(point, replace(known, transaction=None, in_flight=rest, failures=0, unsure=False))
    )
