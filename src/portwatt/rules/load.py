"""Load points: what each may draw at worst, what it could use now, and what a hub's grid limit leaves for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from portwatt.ids import EvseId, StationId, TransactionId, station_of
from portwatt.model.pack import SwapStation
from portwatt.model.plan import Activity, ActivityKind, PackCharge, PowerStep
from portwatt.model.station import Evse
from portwatt.model.truck import accepts
from portwatt.rules.fit import Misfit, mate
from portwatt.state import HubState
from portwatt.state.limits import LoadLimit
from portwatt.state.stations import StationState
from portwatt.state.transactions import TransactionState
from portwatt.units import Power, SoC

_FULL = SoC(10_000)
_UNTOLD = LoadLimit()


class LoadPoint(Struct, frozen=True, gc=False):
    """A load point that may draw now: an EVSE with a running transaction, or a swap station as a whole. Whole watts.

    `nameplate`: most it can draw by its plate. `accepted`: what it was last told and accepted, and no more than that.
    `worst`: most it may
    draw. `demand`: what it could use; `planned`: the plan in force counts on it.
    """

    station: StationId
    evse: EvseId | None
    transaction: TransactionId | None
    limit: LoadLimit
    held: StationState
    nameplate: int
    accepted: int
    worst: int
    demand: int
    planned: bool
    since: datetime

    @property
    def name(self) -> str:
        return self.evse or self.station


def committed(state: HubState) -> Power:
    """Most that all charging of the hub may draw, by what stations accepted and what is on its way to them."""
    return Power(sum(_worst_of(state, name).w for name in _drawing(state)))


def load_points(state: HubState) -> list[LoadPoint]:
    """Every load point that may draw now, oldest transaction first."""
    charging = [
        point for plate in state.hub.evse_by_id.values() if (point := _charging_point(state, plate)) is not None
    ]
    now = _pack_charges_now(state)
    swapping = [
        _swap_point(state, station, held, now)
        for station in state.hub.swap_stations
        if (held := state.stations.get(station.id)) is not None and held.ever_connected
    ]
    return sorted(charging + swapping, key=lambda p: (p.since, p.name))


def fill(demands: Sequence[int], budget: int) -> list[int]:
    """Water-filling: a budget over demands so that nobody gets more than he asks, and nobody who gets less than he
    asks gets less than another. Whole watts; the sum never exceeds the budget."""
    given = [0] * len(demands)
    left = max(0, budget)
    order = sorted(range(len(demands)), key=lambda i: demands[i])
    for position, i in enumerate(order):
        given[i] = min(demands[i], left // (len(order) - position))
        left -= given[i]
    return given


def step_at(profile: Sequence[PowerStep], at: datetime) -> Power:
    """The power of a profile at a moment; before its first step, none."""
    power = Power(0)
    for step in profile:
        if step.start > at:
            break
        power = step.power
    return power


def _drawing(state: HubState) -> Iterator[str]:
    for evse in state.hub.evse_by_id:
        if state.evses[evse].transaction is not None:
            yield evse
    for station in state.hub.swap_stations:
        held = state.stations.get(station.id)
        if held is not None and held.ever_connected:
            yield station.id


def _worst_of(state: HubState, name: str) -> Power:
    evse = state.hub.evse_by_id.get(EvseId(name))
    if evse is not None:
        return state.limits.get(name, _UNTOLD).worst(evse.max_power)
    station = state.hub.station_by_id[StationId(name)]
    assert isinstance(station, SwapStation)
    return state.limits.get(name, _UNTOLD).worst(station.max_power)


def _charging_point(state: HubState, plate: Evse) -> LoadPoint | None:
    running = state.evses[plate.id].transaction
    if running is None:
        return None
    transaction = state.transactions[running]
    station = station_of(plate.id)
    limit = state.limits.get(plate.id, _UNTOLD)
    told = limit.transaction if limit.transaction is not None else limit.default
    demand, planned = _charge_demand(state, plate, transaction)
    return LoadPoint(
        station=station,
        evse=plate.id,
        transaction=running,
        limit=limit,
        held=state.stations.get(station) or StationState(),
        nameplate=plate.max_power.w,
        accepted=plate.max_power.w if told is None else min(told.w, plate.max_power.w),
        worst=limit.worst(plate.max_power).w,
        demand=demand,
        planned=planned,
        since=transaction.started_at,
    )


def _swap_point(state: HubState, station: SwapStation, held: StationState, now: dict[EvseId, PackCharge]) -> LoadPoint:
    limit = state.limits.get(station.id, _UNTOLD)
    plate = station.max_power
    demand, planned = _pack_demand(state, station, now)
    return LoadPoint(
        station=station.id,
        evse=None,
        transaction=None,
        limit=limit,
        held=held,
        nameplate=plate.w,
        accepted=plate.w if limit.default is None else min(limit.default.w, plate.w),
        worst=limit.worst(plate).w,
        demand=min(demand, plate.w),
        planned=planned,
        since=state.at,
    )


def _charge_demand(state: HubState, plate: Evse, transaction: TransactionState) -> tuple[int, bool]:
    """What a truck can take here now, and no more than the plan gives it while the plan's time for it runs.

    After that time it is behind its plan, and catches up as fast as it goes. Whose token was refused gets nothing, also
    at a station that started all the same.
    """
    if transaction.refused:
        return 0, False
    known = state.trucks.get(transaction.truck) if transaction.truck is not None else None
    truck = state.hub.truck_by_id.get(transaction.truck) if transaction.truck is not None else None
    if truck is None or known is None:
        return plate.max_power.w, False
    model = state.hub.model_by_id[truck.model]
    fit = mate(state.hub, model, plate)
    most = min(plate.max_power if isinstance(fit, Misfit) else fit.power, accepts(model, transaction.soc or known.soc))
    activity = charge_activity(known.queue, plate.id)
    if activity is None:
        return most.w, False
    began = known.started_at if known.queue[0] is activity and known.started_at is not None else transaction.started_at
    planned_time = state.at - (began - activity.window.start)
    if planned_time >= activity.window.end or not activity.profile:
        return most.w, True
    return min(most.w, step_at(activity.profile, planned_time).w), True


def charge_activity(activities: Sequence[Activity], evse: EvseId) -> Activity | None:
    """The first charge at an EVSE among a truck's activities."""
    return next((a for a in activities if a.kind is ActivityKind.CHARGE and a.evse == evse), None)


def _pack_charges_now(state: HubState) -> dict[EvseId, PackCharge]:
    """What the plan in force has for each slot: the charge of this moment, otherwise the next."""
    found: dict[EvseId, PackCharge] = {}
    for charge in state.plan.pack_charges if state.plan is not None else ():
        if charge.window.end > state.at:
            known = found.get(charge.slot)
            if known is None or charge.window.start < known.window.start:
                found[charge.slot] = charge
    return found


def _pack_demand(state: HubState, station: SwapStation, now: dict[EvseId, PackCharge]) -> tuple[int, bool]:
    """Slots whose pack the plan has an hour for wait for it; every other pack that is not full charges."""
    slot_power = state.hub.family_by_id[station.family].slot_power.w
    demand, planned = 0, False
    for slot in station.slots:
        charge = now.get(slot)
        if charge is not None:
            planned = True
            demand += step_at(charge.profile, state.at).w if state.at in charge.window else 0
            continue
        pack = state.evses[slot].pack
        known = state.packs.get(pack) if pack is not None else None
        if known is not None and known.soc < _FULL:
            demand += slot_power
    return demand, planned
