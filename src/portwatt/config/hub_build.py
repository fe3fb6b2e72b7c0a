"""A hub file that is right, as the value the rest of the house knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from portwatt.config import hub_file as f
from portwatt.config.draft import series
from portwatt.config.hub_checks import minute_of, names, tokens
from portwatt.config.roads import completed
from portwatt.ids import (
    EvseId,
    FallbackId,
    FleetId,
    HubId,
    IdToken,
    PackFamilyId,
    PackId,
    PlaceId,
    StationId,
    TruckId,
    TruckModelId,
    evse_id,
)
from portwatt.model.certificate import Certificate
from portwatt.model.connector import Adapter
from portwatt.model.fallback import Fallback
from portwatt.model.grid import GridLimit
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.hub import Hub, PlanningRules
from portwatt.model.pack import BatteryPack, PackFamily, SwapStation
from portwatt.model.place import Leg, Place
from portwatt.model.station import ChargingStation, Connector, Evse, VoltageWindow
from portwatt.model.tariff import BandPeriod, Season, Tariff
from portwatt.model.truck import CurvePoint, DailyShift, Truck, TruckModel
from portwatt.units import Consumption, Distance, Energy, EnergyPrice, Money, Power, SoC, whole


def build(file: f.HubFile) -> Hub:
    """The hub of a file that passed every check."""
    models = {m.id: m for m in file.models}
    trucks = [(truck, models[truck.model].family) for truck in file.trucks]
    return Hub(
        id=HubId(file.id),
        name=file.name,
        timezone=file.timezone,
        grid=GridLimit(Power.kw(file.grid.connection_kw), Power.kw(file.grid.other_load_kw)),
        tariff=_tariff(file.tariff),
        places=tuple(_place(p) for p in file.places),
        legs=completed(leg for entry in file.legs for leg in _legs(entry)),
        stations=tuple(station for s in file.stations for station in _stations(s)),
        swap_stations=tuple(station for s in file.swap_stations for station in _swap_stations(s)),
        families=tuple(_family(p) for p in file.families),
        packs=(
            *(_pack(p) for p in file.packs),
            *(pack for s in file.swap_stations for pack in _stock(s)),
            *(pack for truck, family in trucks for pack in _fitted(truck, family)),
        ),
        models=tuple(_model(m) for m in file.models),
        trucks=tuple(t for truck, family in trucks for t in _trucks(truck, family, file.timezone)),
        fallbacks=tuple(_fallback(b) for b in file.fallbacks),
        odds=tuple(_odds(h) for h in file.handshakes),
        certificates=tuple(_certificate(c) for c in file.certificates),
        planning=_planning(file.planning),
        commissioning=file.commissioning.state,
        commissioning_basis=file.commissioning.basis,
    )


def _minutes(value: float) -> timedelta:
    return timedelta(seconds=whole(value * 60))


def _tariff(t: f.TariffEntry) -> Tariff:
    seasons = tuple(
        Season(
            months=tuple(s.months),
            periods=tuple(BandPeriod(minute_of(p.start), minute_of(p.end), p.band) for p in s.periods),
        )
        for s in t.seasons
    )
    return Tariff(
        id=t.id,
        document=t.document,
        timezone=t.timezone,
        seasons=seasons,
        multipliers=dict(t.multipliers),
        floating=_per_kwh(t.floating_per_kwh, t.currency),
        fixed=_per_kwh(t.fixed_per_kwh, t.currency),
        basis=t.basis,
        verified=t.verified,
    )


def _per_kwh(value: float, currency: str) -> EnergyPrice:
    return EnergyPrice(whole(Decimal(str(value)) * 1_000_000), currency)


def _place(p: f.PlaceEntry) -> Place:
    return Place(PlaceId(p.id), p.name or p.id, p.kind, p.lat, p.lon, _minutes(p.handling_minutes), p.basis)


def _legs(leg: f.LegEntry) -> Iterator[Leg]:
    origin, destination = PlaceId(leg.origin), PlaceId(leg.destination)
    distance, duration = Distance.km(leg.distance_km), _minutes(leg.minutes)
    yield Leg(origin, destination, distance, duration)
    if leg.both_ways:
        yield Leg(destination, origin, distance, duration)


def _stations(s: f.StationEntry) -> Iterator[ChargingStation]:
    evses = [evse for evse in s.evses for _ in range(evse.count)]
    for name in names(s):
        station = StationId(name)
        yield ChargingStation(
            id=station,
            place=PlaceId(s.place),
            evses=tuple(_evse(evse_id(station, n), e) for n, e in enumerate(evses, start=1)),
            vendor=s.vendor,
            model=s.model,
        )


def _evse(name: EvseId, e: f.EvseEntry) -> Evse:
    connectors = tuple(Connector(c.standard, c.max_a) for c in e.connectors)
    return Evse(name, connectors, Power.kw(e.max_power_kw), VoltageWindow(e.voltage_low_v, e.voltage_high_v))


def _swap_stations(s: f.SwapStationEntry) -> Iterator[SwapStation]:
    for name in names(s):
        station = StationId(name)
        yield SwapStation(
            id=station,
            place=PlaceId(s.place),
            family=PackFamilyId(s.family),
            slots=tuple(evse_id(station, n) for n in range(1, s.slots + 1)),
            lanes=s.lanes,
            swap_time=_minutes(s.swap_minutes),
            max_power=Power.kw(s.max_power_kw),
            vendor=s.vendor,
            model=s.model,
        )


def _family(p: f.FamilyEntry) -> PackFamily:
    return PackFamily(
        PackFamilyId(p.id), Energy.kwh(p.capacity_kwh), Power.kw(p.slot_power_kw), SoC.percent(p.ready_soc_percent)
    )


def _pack(p: f.PackEntry) -> BatteryPack:
    slot = EvseId(p.slot) if p.slot else None
    return BatteryPack(PackId(p.id), PackFamilyId(p.family), SoC.percent(p.soc_percent), slot)


def _stock(s: f.SwapStationEntry) -> Iterator[BatteryPack]:
    family, soc = PackFamilyId(s.family), SoC.percent(s.packs_soc_percent)
    for name in names(s):
        for n in range(1, s.packs + 1):
            yield BatteryPack(PackId(f"{name}-P{n}"), family, soc, evse_id(StationId(name), n))


def _socs(truck: f.TruckEntry) -> list[SoC]:
    """States of charge at the start: of a series they rise evenly from the first to the last."""
    count = truck.count or 1
    last = truck.soc_percent if truck.soc_to_percent is None else truck.soc_to_percent
    step = (last - truck.soc_percent) / (count - 1) if count > 1 else 0.0
    return [SoC.percent(truck.soc_percent + n * step) for n in range(count)]


def _pack_names(truck: f.TruckEntry, family: str | None) -> list[PackId | None]:
    """Names of the packs in a series of trucks."""
    if family is None:
        return [None] * (truck.count or 1)
    if truck.pack is not None:
        return [PackId(name) for name in series(truck.pack, truck.count, truck.first)]
    return [PackId(f"{name}-P") for name in names(truck)]


def _fitted(truck: f.TruckEntry, family: str | None) -> Iterator[BatteryPack]:
    """Packs a file does not list because they are just those of its trucks."""
    if family is None or truck.pack is not None:
        return
    for name, soc in zip(_pack_names(truck, family), _socs(truck), strict=True):
        if name is not None:
            yield BatteryPack(name, PackFamilyId(family), soc)


def _curve_point(point: f.CurveEntry) -> CurvePoint:
    return CurvePoint(SoC.percent(point.soc_percent), Power.kw(point.power_kw))


def _model(m: f.ModelEntry) -> TruckModel:
    return TruckModel(
        id=TruckModelId(m.id),
        battery=Energy.kwh(m.battery_kwh),
        inlets=tuple(m.inlets),
        curve=tuple(_curve_point(point) for point in m.curve),
        voltage=VoltageWindow(m.voltage_low_v, m.voltage_high_v),
        consumption_loaded=Consumption.kwh_per_km(m.consumption_loaded_kwh_per_km),
        consumption_empty=Consumption.kwh_per_km(m.consumption_empty_kwh_per_km),
        adapters=tuple(Adapter(a.plug, a.inlet) for a in m.adapters),
        family=PackFamilyId(m.family) if m.family else None,
        basis=m.basis,
    )


def _shift(truck: f.TruckEntry, timezone: str) -> DailyShift | None:
    """An end that is not after the start is on the next day."""
    if truck.shift_start is None or truck.shift_end is None:
        return None
    start, end = minute_of(truck.shift_start), minute_of(truck.shift_end)
    return DailyShift(start, end if end > start else end + 1440, timezone)


def _trucks(truck: f.TruckEntry, family: str | None, timezone: str) -> Iterator[Truck]:
    rows = zip(names(truck), tokens(truck), _socs(truck), _pack_names(truck, family), strict=True)
    for name, token, soc, pack in rows:
        yield Truck(
            id=TruckId(name),
            model=TruckModelId(truck.model),
            fleet=FleetId(truck.fleet),
            token=IdToken(token),
            place=PlaceId(truck.place),
            soc=soc,
            shift=_shift(truck, timezone),
            reserve=SoC.percent(truck.reserve_soc_percent),
            pack=pack,
        )


def _fallback(b: f.FallbackEntry) -> Fallback:
    return Fallback(
        id=FallbackId(b.id),
        kind=b.kind,
        capacity=b.capacity,
        per_use=Money.cny(b.per_use_cny),
        per_km=Money.cny(b.per_km_cny),
        place=PlaceId(b.place) if b.place else None,
        family=PackFamilyId(b.family) if b.family else None,
        certificate=b.certificate,
    )


def _odds(h: f.HandshakeEntry) -> HandshakeOdds:
    return HandshakeOdds(h.plug, h.inlet, h.success, _minutes(h.retry_minutes), h.barred, h.basis)


def _certificate(c: f.CertificateEntry) -> Certificate:
    return Certificate(
        requirement=c.requirement,
        stations=tuple(StationId(name) for name in c.stations),
        number=c.number,
        issuer=c.issuer,
        evidence=c.evidence,
        valid_from=c.valid_from,
        valid_to=c.valid_to,
        basis=c.basis,
    )


def _planning(p: f.PlanningEntry) -> PlanningRules:
    return PlanningRules(
        slot=timedelta(minutes=p.slot_minutes),
        budget=timedelta(seconds=p.budget_seconds),
        frozen=_minutes(p.frozen_minutes),
        settle=_minutes(p.settle_minutes),
        horizon=timedelta(hours=p.horizon_hours),
        reserve_before=_minutes(p.reserve_before_minutes),
    )
