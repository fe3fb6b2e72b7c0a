"""Who may draw power or swap a pack where: the answer to a token shown at a station.

Operators' tokens are not known here; only trucks of the hub file are let in.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from portwatt.ids import EvseId, IdToken, StationId, TransactionId, TruckId
from portwatt.model.pack import SwapStation
from portwatt.model.station import ChargingStation
from portwatt.model.truck import Truck
from portwatt.rules.fit import Misfit, mate_now, swap_misfit
from portwatt.state import HubState
from portwatt.state.stations import in_service, station_in_service


class Verdict(StrEnum):
    """What was decided, for machines; `Authorization.reason` says it to people."""

    ACCEPTED = "accepted"
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105
    UNKNOWN_STATION = "unknown_station"
    OUT_OF_SERVICE = "out_of_service"
    DOES_NOT_FIT = "does_not_fit"
    BARRED_PAIR = "barred_pair"
    RESERVED = "reserved"
    CONCURRENT_TX = "concurrent_tx"
    """OCPP AuthorizationStatus ConcurrentTx: the token is in use in another transaction."""
    LIMIT_NOT_CONFIRMED = "limit_not_confirmed"
    """The station has not acknowledged the limit that holds the grid connection; it is asked again at once."""


class Authorization(Struct, frozen=True):
    accepted: bool
    truck: TruckId | None
    reason: str
    """Empty when accepted."""
    verdict: Verdict


def authorise(state: HubState, station: StationId, evse: EvseId | None, token: IdToken) -> Authorization:
    """Whether a token may start something at an EVSE (None: at any outlet of the station that would do)."""
    truck = state.hub.truck_by_token.get(token)
    if truck is None:
        return Authorization(False, None, f"the token {token} belongs to no truck of this hub", Verdict.UNKNOWN_TOKEN)
    known = state.hub.station_by_id.get(station)
    if known is None:
        return _refuse(truck, Verdict.UNKNOWN_STATION, f"station {station} is not in the hub file")
    busy = charging_elsewhere(state, truck.id, evse)
    if busy is not None:
        text = f"truck {truck.id} is already charging at {state.transactions[busy].evse}"
        return _refuse(truck, Verdict.CONCURRENT_TX, text)
    if isinstance(known, SwapStation):
        return _for_swap(state, known, truck)
    outlets = [e.id for e in known.evses] if evse is None else [evse]
    answers = [_for_evse(state, known, outlet, truck) for outlet in outlets]
    return next((a for a in answers if a.accepted), answers[0])


def charging_elsewhere(state: HubState, truck: TruckId, evse: EvseId | None) -> TransactionId | None:
    """A transaction a truck has running, other than at `evse`; None: it has none."""
    for where in state.hub.evse_by_id:
        held = state.evses[where]
        if held.transaction is None or where == evse:
            continue
        transaction = state.transactions.get(held.transaction)
        if transaction is not None and transaction.truck == truck and transaction.pack is None:
            return held.transaction
    return None


def reserved_for(state: HubState, evse: EvseId) -> TruckId | None:
    """The truck an EVSE is kept for now."""
    held = (r for r in state.reservations.values() if r.evse == evse and r.until > state.at)
    first = min(held, key=lambda r: (r.until, r.truck), default=None)
    return first.truck if first is not None else None


def _for_evse(state: HubState, station: ChargingStation, evse: EvseId, truck: Truck) -> Authorization:
    plate = next((e for e in station.evses if e.id == evse), None)
    if plate is None:
        return _refuse(truck, Verdict.UNKNOWN_STATION, f"{evse} is not in the hub file")
    if not in_service(state, evse):
        return _refuse(truck, Verdict.OUT_OF_SERVICE, f"{evse} is not in service")
    fit = mate_now(state, state.hub.model_by_id[truck.model], plate)
    if isinstance(fit, Misfit):
        return _refuse(truck, Verdict.BARRED_PAIR if fit.barred else Verdict.DOES_NOT_FIT, f"{evse}: {fit.why}")
    holder = reserved_for(state, evse)
    if holder is not None and holder != truck.id:
        return _refuse(truck, Verdict.RESERVED, f"{evse} is reserved for truck {holder}")
    limit = state.limits.get(evse)
    if limit is None or limit.default is None:
        return _refuse(truck, Verdict.LIMIT_NOT_CONFIRMED, f"{evse}: limit not yet confirmed, try again in a moment")
    return Authorization(True, truck.id, "", Verdict.ACCEPTED)


def _for_swap(state: HubState, station: SwapStation, truck: Truck) -> Authorization:
    misfit = swap_misfit(state.hub.model_by_id[truck.model], station)
    if misfit is not None:
        return _refuse(truck, Verdict.DOES_NOT_FIT, f"{station.id}: {misfit.why}")
    if not station_in_service(state, station.id):
        return _refuse(truck, Verdict.OUT_OF_SERVICE, f"{station.id} is not in service")
    return Authorization(True, truck.id, "", Verdict.ACCEPTED)


def _refuse(truck: Truck, verdict: Verdict, reason: str) -> Authorization:
    return Authorization(False, truck.id, reason, verdict)
