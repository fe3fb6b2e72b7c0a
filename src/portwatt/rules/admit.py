"""Where a truck can charge or swap right now, best first; and for every other outlet, why not, in words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import EvseId, PackId, PlaceId, StationId, TruckId
from portwatt.model.pack import SwapStation
from portwatt.model.station import Evse
from portwatt.model.truck import Truck, accepts
from portwatt.rules.authorise import charging_elsewhere, reserved_for
from portwatt.rules.fit import Misfit, mate_now, swap_misfit
from portwatt.state import HubState
from portwatt.state.packs import PackState
from portwatt.state.stations import EvseState, in_service, station_in_service
from portwatt.units import Energy, Power, SoC, local_time


class Obstacle(StrEnum):
    """Why an outlet cannot be taken, for machines."""

    DOES_NOT_FIT = "does_not_fit"
    BARRED_PAIR = "barred_pair"
    OUT_OF_SERVICE = "out_of_service"
    OCCUPIED = "occupied"
    RESERVED = "reserved"
    LIMIT_NOT_CONFIRMED = "limit_not_confirmed"
    NO_FULL_PACK = "no_full_pack"
    CHARGING = "charging"
    """The truck is plugged in elsewhere."""


class Offer(Struct, frozen=True):
    """An outlet the truck can take now. `power`: what it can take there; a swap has a `pack` instead, and its SoC."""

    station: StationId
    place: PlaceId
    evse: EvseId | None = None
    power: Power | None = None
    pack: PackId | None = None
    soc: SoC | None = None


class Refused(Struct, frozen=True):
    """An outlet the truck cannot take now. `next_at`: when it is expected to be free, where that is known."""

    station: StationId
    evse: EvseId | None
    obstacle: Obstacle
    why: str
    next_at: datetime | None = None


class Admission(Struct, frozen=True):
    """`offers` best first: at the truck's place before elsewhere, swaps with the fullest pack and charges with the most
    power. `refused` in the order of the hub file; `say` is one sentence for the driver."""

    truck: TruckId
    offers: tuple[Offer, ...]
    refused: tuple[Refused, ...]
    say: str


def admit(state: HubState, truck: TruckId, at: datetime) -> Admission:
    """What a truck can take at `at` (UTC). Raises KeyError for a truck the hub does not have."""
    plate, known = state.hub.truck_by_id[truck], state.trucks[truck]
    answers: list[Offer | Refused] = [
        _evse(state, station.place, station.id, evse, plate) for station in state.hub.stations for evse in station.evses
    ]
    answers += [_swap(state, station, plate, at) for station in state.hub.swap_stations]
    offers = [a for a in answers if isinstance(a, Offer)]
    refused = [a for a in answers if isinstance(a, Refused)]
    offers.sort(key=lambda o: (o.place != known.place, -(o.soc or SoC(0)).bp, -(o.power or Power(0)).w, o.station))
    return Admission(truck, tuple(offers), tuple(refused), _say(truck, offers, refused))


def _evse(state: HubState, place: PlaceId, station: StationId, evse: Evse, truck: Truck) -> Offer | Refused:
    model = state.hub.model_by_id[truck.model]
    fit = mate_now(state, model, evse)
    if isinstance(fit, Misfit):
        obstacle = Obstacle.BARRED_PAIR if fit.barred else Obstacle.DOES_NOT_FIT
        return Refused(station, evse.id, obstacle, f"{evse.id}: {fit.why}")
    busy = charging_elsewhere(state, truck.id, evse.id)
    if busy is not None:
        where = state.transactions[busy].evse
        return Refused(station, evse.id, Obstacle.CHARGING, f"truck {truck.id} is plugged in at {where}")
    held = state.evses.get(evse.id, EvseState())
    if not in_service(state, evse.id):
        why = held.out_of_service or held.error_code or "not connected or out of order"
        return Refused(station, evse.id, Obstacle.OUT_OF_SERVICE, f"{evse.id} is out of service: {why}")
    if held.transaction is not None:
        return _occupied(state, station, evse.id, held)
    holder = reserved_for(state, evse.id)
    if holder is not None and holder != truck.id:
        until = max(r.until for r in state.reservations.values() if r.evse == evse.id)
        return Refused(station, evse.id, Obstacle.RESERVED, f"{evse.id} is reserved for truck {holder}", until)
    limit = state.limits.get(evse.id)
    if limit is None or limit.default is None:
        return Refused(station, evse.id, Obstacle.LIMIT_NOT_CONFIRMED, f"{evse.id} has not confirmed its limit yet")
    power = min(fit.power, accepts(model, state.trucks[truck.id].soc))
    return Offer(station, place, evse=evse.id, power=power)


def _occupied(state: HubState, station: StationId, evse: EvseId, held: EvseState) -> Refused:
    transaction = state.transactions.get(held.transaction) if held.transaction is not None else None
    truck = transaction.truck if transaction is not None else None
    queue = state.trucks[truck].queue if truck is not None and truck in state.trucks else ()
    end = next((a.window.end for a in queue if a.evse == evse), None)
    until = f" until about {local_time(end, state.hub.timezone)}" if end is not None else ""
    who = f"truck {truck}" if truck is not None else "a transaction"
    return Refused(station, evse, Obstacle.OCCUPIED, f"{evse} is occupied by {who}{until}", end)


def _swap(state: HubState, station: SwapStation, truck: Truck, at: datetime) -> Offer | Refused:
    model = state.hub.model_by_id[truck.model]
    misfit = swap_misfit(model, station)
    if misfit is not None:
        return Refused(station.id, None, Obstacle.DOES_NOT_FIT, f"{station.id}: {misfit.why}")
    if not station_in_service(state, station.id):
        held = state.stations.get(station.id)
        why = held.out_of_service if held is not None and held.out_of_service else "not connected"
        return Refused(station.id, None, Obstacle.OUT_OF_SERVICE, f"{station.id} is out of service: {why}")
    ready = state.hub.family_by_id[station.family].ready_soc
    packs = _packs(state, station)
    full = [(name, pack) for name, pack in packs if pack.soc >= ready]
    if not full:
        next_at = _next_full(state, station, packs, at)
        when = f", the next in about {round((next_at - at).total_seconds() / 60)} min" if next_at is not None else ""
        why = f"{station.id} has no pack at {ready.as_percent:.0f} % or more{when}"
        return Refused(station.id, None, Obstacle.NO_FULL_PACK, why, next_at)
    name, pack = max(full, key=lambda p: (p[1].soc, p[0]))
    return Offer(station.id, station.place, pack=name, soc=pack.soc)


def _packs(state: HubState, station: SwapStation) -> list[tuple[PackId, PackState]]:
    found = []
    for slot in station.slots:
        name = state.evses[slot].pack if in_service(state, slot) else None
        pack = state.packs.get(name) if name is not None else None
        if name is not None and pack is not None and pack.family == station.family:
            found.append((name, pack))
    return found


def _next_full(
    state: HubState, station: SwapStation, packs: list[tuple[PackId, PackState]], at: datetime
) -> datetime | None:
    """When the fullest pack will be ready if its slot gives it full power: the earliest there can be one."""
    family = state.hub.family_by_id[station.family]
    if not packs or family.slot_power.w <= 0:
        return None
    fullest = max(pack.soc for _, pack in packs)
    missing: Energy = family.ready_soc.of(family.capacity) - fullest.of(family.capacity)
    return at + missing.time_at(family.slot_power)


def _say(truck: TruckId, offers: list[Offer], refused: list[Refused]) -> str:
    if offers:
        best = offers[0]
        power = best.power or Power(0)
        what = f"{power.as_kw:.0f} kW" if best.soc is None else f"a pack at {best.soc.as_percent:.0f} %"
        return f"Truck {truck}: go to {best.evse or best.station}, {what}."
    if not refused:
        return f"Truck {truck}: this hub has nothing to charge or swap at."
    waiting = [r for r in refused if r.next_at is not None]
    if not waiting:
        return f"Truck {truck}: nothing is free. {refused[0].why}."
    first = min(waiting, key=lambda r: (r.next_at, r.station))
    return f"Truck {truck}: nothing is free. {first.why}; that is the next."
