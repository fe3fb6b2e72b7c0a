"""What readers get. Powers are in kW, energy in kWh, states of charge in percent, times in UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from portwatt.ids import EvseId, MoveId, TrainId, TransactionId, TruckId, number_of
from portwatt.kpi.trains import TrainStanding
from portwatt.model.pack import SwapStation
from portwatt.model.plan import Activity
from portwatt.model.station import ChargingStation
from portwatt.rules.admit import Admission
from portwatt.state import HubState
from portwatt.state.limits import nameplate
from portwatt.state.moves import release_of


class HubOut(BaseModel):
    """One hub in one line. `commissioning` is the announced scheme's state with what it rests on."""

    id: str
    name: str
    timezone: str
    commissioning: str
    commissioning_basis: str
    at: datetime
    seq: int
    healthy: bool
    fault: str
    grid_limit_kw: float
    site_load_kw: float
    tariff: str
    tariff_basis: str
    tariff_verified: bool


class EvseOut(BaseModel):
    """One EVSE. `limit_kw`: most it may draw now; None: it was never told, the nameplate holds."""

    id: str
    number: int
    standards: list[str]
    max_kw: float
    status: str
    error_code: str
    out_of_service: str
    transaction: str | None
    truck: str | None
    power_kw: float
    soc_percent: float | None
    limit_kw: float | None


class SlotOut(BaseModel):
    """One slot of a swap station; `pack` None: empty."""

    id: str
    number: int
    status: str
    pack: str | None
    soc_percent: float | None
    power_kw: float


class StationOut(BaseModel):
    """A charging station (with `evses`) or a swap station (with `slots`)."""

    id: str
    kind: str
    place: str
    connected: bool
    version: str
    vendor: str
    model: str
    firmware: str
    since: datetime | None
    heard_at: datetime | None
    clock_drift_s: float
    out_of_service: str
    protocol_faults: int
    evses: list[EvseOut] = []
    slots: list[SlotOut] = []
    lanes: int | None = None
    packs_ready: int | None = None


class ActivityOut(BaseModel):
    """One activity of a plan or order."""

    id: str
    kind: str
    start: datetime
    end: datetime
    place: str
    origin: str | None
    move: str | None
    evse: str | None
    station: str | None
    soc_before_percent: float
    soc_after_percent: float


class TruckOut(BaseModel):
    id: str
    fleet: str
    model: str
    place: str
    lat: float | None
    lon: float | None
    soc_percent: float
    heard_at: datetime
    carrying: str | None
    pack: str | None
    unavailable: str
    activity: ActivityOut | None
    started_at: datetime | None
    ordered: list[ActivityOut]
    planned: int
    """Activities the plan holds for it beyond those ordered."""


class TrainOut(BaseModel):
    """One run; times are what is believed now, the planned ones beside them."""

    id: str
    number: str
    service: str
    corridor: str
    direction: str
    yard: str
    arrival: datetime
    arrival_planned: datetime
    departure: datetime
    departure_planned: datetime
    cut_off: datetime | None
    available: datetime | None
    arrived: bool
    departed: bool
    cancelled: bool
    source: str
    containers: int
    delivered: int
    on_the_way: int
    open: int
    at_risk: int
    late: int


class MoveOut(BaseModel):
    """One container's way. `planned_delivery` None: the plan in force does not carry it; `why` says so."""

    id: str
    container: str
    teu: int
    consignment: str | None
    origin: str
    destination: str
    release: datetime | None
    due: datetime
    status: str
    train: str | None
    booked_train: str | None
    truck: str | None
    fallback: str | None
    loaded_at: datetime | None
    delivered_at: datetime | None
    planned_delivery: datetime | None
    missed: bool
    why: str


class TransactionOut(BaseModel):
    id: str
    station: str
    evse: str
    truck: str | None
    pack: str | None
    token: str
    started_at: datetime
    ended_at: datetime | None
    energy_kwh: float
    power_kw: float
    soc_percent: float | None
    reason: str
    missing_messages: int


class OfferOut(BaseModel):
    """An outlet a truck can take now: an EVSE with the power there, or a pack that is full enough."""

    station: str
    place: str
    evse: str | None
    power_kw: float | None
    pack: str | None
    pack_soc_percent: float | None


class RefusedOut(BaseModel):
    """An outlet a truck cannot take now, why, and when it is expected to be free where that is known."""

    station: str
    evse: str | None
    obstacle: str
    why: str
    next_at: datetime | None


class AdmissionOut(BaseModel):
    """Where a truck can charge or swap now, best first; for the rest, why not; `say` is one sentence for the driver."""

    truck: str
    offers: list[OfferOut]
    refused: list[RefusedOut]
    say: str


class RouteOut(BaseModel):
    truck: str
    activities: list[ActivityOut]


class PlanOut(BaseModel):
    """The plan in force as it was adopted."""

    id: str
    planner: str
    adopted_at: datetime | None
    horizon_start: datetime
    horizon_end: datetime
    routes: list[RouteOut]
    fallbacks: list[dict[str, str | datetime | float]]
    rebookings: list[dict[str, str | None]]
    unserved: list[dict[str, str]]
    reasons_waiting: list[str]
    computing: bool


def hub_out(state: HubState, fault: str) -> HubOut:
    hub = state.hub
    return HubOut(
        id=hub.id,
        name=hub.name,
        timezone=hub.timezone,
        commissioning=hub.commissioning,
        commissioning_basis=hub.commissioning_basis,
        at=state.at,
        seq=state.seq,
        healthy=not fault,
        fault=fault,
        grid_limit_kw=state.grid_limit.as_kw,
        site_load_kw=state.totals.load.as_kw,
        tariff=hub.tariff.id,
        tariff_basis=hub.tariff.basis,
        tariff_verified=hub.tariff.verified,
    )


def station_out(state: HubState, station: ChargingStation | SwapStation) -> StationOut:
    known = state.stations.get(station.id)
    swap = isinstance(station, SwapStation)
    slots = [_slot(state, slot) for slot in station.slots] if isinstance(station, SwapStation) else []
    return StationOut(
        id=station.id,
        kind="swap" if swap else "charging",
        place=station.place,
        connected=known.connected if known else False,
        version=known.version if known else "",
        vendor=(known.vendor if known else "") or station.vendor,
        model=(known.model if known else "") or station.model,
        firmware=known.firmware if known else "",
        since=known.since if known else None,
        heard_at=known.heard_at if known else None,
        clock_drift_s=known.drift.total_seconds() if known else 0.0,
        out_of_service=known.out_of_service if known else "",
        protocol_faults=known.faults if known else 0,
        evses=[_evse(state, e.id) for e in station.evses] if isinstance(station, ChargingStation) else [],
        slots=slots,
        lanes=station.lanes if isinstance(station, SwapStation) else None,
        packs_ready=_ready(state, station) if isinstance(station, SwapStation) else None,
    )


def _evse(state: HubState, evse: EvseId) -> EvseOut:
    plate, known = state.hub.evse_by_id[evse], state.evses[evse]
    transaction = state.transactions.get(known.transaction) if known.transaction else None
    limit = state.limits.get(evse)
    told = limit is not None and (limit.default is not None or limit.transaction is not None)
    return EvseOut(
        id=evse,
        number=number_of(evse),
        standards=[c.standard.value for c in plate.connectors],
        max_kw=plate.max_power.as_kw,
        status=known.status.value,
        error_code=known.error_code,
        out_of_service=known.out_of_service,
        transaction=known.transaction,
        truck=transaction.truck if transaction else None,
        power_kw=transaction.power.as_kw if transaction else 0.0,
        soc_percent=transaction.soc.as_percent if transaction and transaction.soc else None,
        limit_kw=limit.worst(nameplate(state, evse)).as_kw if limit is not None and told else None,
    )


def _slot(state: HubState, slot: EvseId) -> SlotOut:
    known = state.evses[slot]
    pack = state.packs.get(known.pack) if known.pack else None
    transaction = state.transactions.get(known.transaction) if known.transaction else None
    return SlotOut(
        id=slot,
        number=number_of(slot),
        status=known.status.value,
        pack=known.pack,
        soc_percent=pack.soc.as_percent if pack else None,
        power_kw=transaction.power.as_kw if transaction else 0.0,
    )


def _ready(state: HubState, station: SwapStation) -> int:
    floor = state.hub.family_by_id[station.family].ready_soc
    held = (state.evses[slot].pack for slot in station.slots)
    return sum(1 for pack in held if pack is not None and pack in state.packs and state.packs[pack].soc >= floor)


def activity_out(activity: Activity) -> ActivityOut:
    return ActivityOut(
        id=activity.id,
        kind=activity.kind.value,
        start=activity.window.start,
        end=activity.window.end,
        place=activity.place,
        origin=activity.origin,
        move=activity.move,
        evse=activity.evse,
        station=activity.station,
        soc_before_percent=activity.soc_before.as_percent,
        soc_after_percent=activity.soc_after.as_percent,
    )


def truck_out(state: HubState, truck: TruckId) -> TruckOut:
    plate, known = state.hub.truck_by_id[truck], state.trucks[truck]
    current = known.current
    return TruckOut(
        id=truck,
        fleet=plate.fleet,
        model=plate.model,
        place=known.place,
        lat=known.lat,
        lon=known.lon,
        soc_percent=known.soc.as_percent,
        heard_at=known.heard_at,
        carrying=known.carrying,
        pack=known.pack,
        unavailable=known.unavailable,
        activity=activity_out(current) if current else None,
        started_at=known.started_at,
        ordered=[activity_out(a) for a in known.queue],
        planned=len(state.todo.get(truck, ())),
    )


def train_out(state: HubState, train: TrainId, standing: TrainStanding) -> TrainOut:
    known = state.trains[train]
    run, call = known.run, known.run.call
    return TrainOut(
        id=train,
        number=run.number,
        service=run.service,
        corridor=run.corridor,
        direction=run.direction.value,
        yard=call.yard,
        arrival=call.arrival.best,
        arrival_planned=call.arrival.planned,
        departure=call.departure.best,
        departure_planned=call.departure.planned,
        cut_off=known.cut_off,
        available=known.available,
        arrived=known.arrived,
        departed=known.departed,
        cancelled=known.cancelled,
        source=known.source,
        containers=standing.containers,
        delivered=standing.delivered,
        on_the_way=standing.on_the_way,
        open=standing.open,
        at_risk=standing.at_risk,
        late=standing.late,
    )


def move_out(state: HubState, move: MoveId, planned: datetime | None, why: str) -> MoveOut:
    known = state.moves[move]
    order = known.move
    return MoveOut(
        id=move,
        container=order.container.id,
        teu=order.container.teu,
        consignment=order.container.consignment,
        origin=order.origin,
        destination=order.destination,
        release=release_of(state, known),
        due=order.due,
        status=known.status.value,
        train=known.train,
        booked_train=order.trains[0].train if order.trains else None,
        truck=known.truck,
        fallback=known.fallback,
        loaded_at=known.loaded_at,
        delivered_at=known.delivered_at,
        planned_delivery=planned,
        missed=known.missed,
        why=why,
    )


def transaction_out(state: HubState, transaction: TransactionId) -> TransactionOut:
    known = state.transactions[transaction]
    return TransactionOut(
        id=transaction,
        station=known.station,
        evse=known.evse,
        truck=known.truck,
        pack=known.pack,
        token=known.token,
        started_at=known.started_at,
        ended_at=known.ended_at,
        energy_kwh=known.energy.as_kwh,
        power_kw=known.power.as_kw,
        soc_percent=known.soc.as_percent if known.soc else None,
        reason=known.reason,
        missing_messages=len(known.missing),
    )


def admission_out(found: Admission) -> AdmissionOut:
    return AdmissionOut(
        truck=found.truck,
        offers=[
            OfferOut(
                station=offer.station,
                place=offer.place,
                evse=offer.evse,
                power_kw=offer.power.as_kw if offer.power else None,
                pack=offer.pack,
                pack_soc_percent=offer.soc.as_percent if offer.soc else None,
            )
            for offer in found.offers
        ],
        refused=[
            RefusedOut(station=r.station, evse=r.evse, obstacle=r.obstacle.value, why=r.why, next_at=r.next_at)
            for r in found.refused
        ],
        say=found.say,
    )


def plan_out(state: HubState) -> PlanOut | None:
    plan = state.plan
    if plan is None:
        return None
    return PlanOut(
        id=plan.id,
        planner=plan.planner,
        adopted_at=state.replanning.adopted_at,
        horizon_start=plan.horizon.start,
        horizon_end=plan.horizon.end,
        routes=[RouteOut(truck=r.truck, activities=[activity_out(a) for a in r.activities]) for r in plan.routes],
        fallbacks=[
            {
                "move": use.move,
                "fallback": use.fallback,
                "start": use.window.start,
                "end": use.window.end,
                "cost": float(use.cost.amount),
                "reason": use.reason,
            }
            for use in plan.fallbacks
        ],
        rebookings=[
            {"move": r.move, "from_train": r.from_train, "to_train": r.to_train, "reason": r.reason}
            for r in plan.rebookings
        ],
        unserved=[{"move": u.move, "reason": u.reason.value, "detail": u.detail} for u in plan.unserved],
        reasons_waiting=list(state.replanning.reasons),
        computing=state.replanning.computing is not None,
    )


def why_unserved(state: HubState) -> dict[MoveId, str]:
    """For moves the plan in force leaves: the planner's sentence."""
    return {u.move: u.detail for u in state.plan.unserved} if state.plan is not None else {}
