"""Generated problems: a hub's day of any size, from a seed. For tests, benchmarks and comparison with other planners.

Figures are of the order of the published ones (trucks of 282 to 350 kWh, 1.2 to 1.6 kWh per loaded kilometre, swaps in
five minutes, EVSEs of 250 to 600 kW); places, trains and moves are invented.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from portwatt.ids import (
    ContainerId,
    EvseId,
    FallbackId,
    HubId,
    MoveId,
    PackFamilyId,
    PackId,
    PlaceId,
    PlanId,
    StationId,
    TrainId,
    TruckId,
    TruckModelId,
    activity_number,
    evse_id,
)
from portwatt.model.connector import Adapter, ConnectorStandard
from portwatt.model.container import Container, check_digit
from portwatt.model.fallback import Fallback, FallbackKind
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.pack import PackFamily
from portwatt.model.place import Leg, Place, PlaceKind
from portwatt.model.plan import Activity, ActivityKind, PackCharge, Plan, PowerStep
from portwatt.model.station import Connector, VoltageWindow
from portwatt.model.tariff import Band, BandName
from portwatt.model.truck import CurvePoint, TruckModel
from portwatt.planning.problem import (
    EvseOffer,
    OpenMove,
    PackInSlot,
    PlanningProblem,
    SwapOffer,
    TrainOption,
    TrainRoom,
    TruckStart,
)
from portwatt.planning.score import deliveries
from portwatt.units import Consumption, Distance, Energy, EnergyPrice, Money, Power, SoC, Window

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
FAMILY = PackFamilyId("back-of-cab-282")

_SITES = (
    ("quay", PlaceKind.QUAY, 0, 0),
    ("quay-2", PlaceKind.QUAY, 6, 1),
    ("yard", PlaceKind.RAIL_YARD, 8, 12),
    ("warehouse", PlaceKind.WAREHOUSE, 22, 6),
    ("warehouse-2", PlaceKind.WAREHOUSE, 3, 25),
    ("park", PlaceKind.CHARGING, 7, 10),
    ("swap-park", PlaceKind.CHARGING, 2, 4),
    ("depot", PlaceKind.DEPOT, 5, 8),
)
"""Name, kind, and position in kilometres on an invented map."""


class Size(Struct, frozen=True):
    """How big a case is, and how hard."""

    moves: int = 100
    trucks: int = 30
    evses: int = 8
    swap_stations: int = 1
    trains: int = 8
    hours: int = 24
    grid_kw: int = 6_000
    shuttles: int = 2
    slots: int = 8
    packs: int = 7


def day(size: Size, seed: int) -> PlanningProblem:
    """A whole problem of that size; the same seed gives the same problem."""
    chance = Random(seed)  # noqa: S311 - a test case, not a secret
    horizon = Window(START, START + timedelta(hours=size.hours))
    trains = _trains(chance, size)
    families = (PackFamily(FAMILY, Energy.kwh(282), Power.kw(250), SoC.percent(90)),)
    return PlanningProblem(
        plan=PlanId(f"case-{seed}"),
        hub=HubId("case"),
        horizon=horizon,
        places=_places(),
        legs=_legs(),
        models=_models(),
        trucks=tuple(_truck(chance, n, horizon) for n in range(size.trucks)),
        moves=tuple(_move(chance, n, size, trains) for n in range(size.moves)),
        grid=(PowerStep(START, Power.kw(size.grid_kw)),),
        bands=_bands(horizon),
        families=families,
        evses=tuple(_evse(chance, n) for n in range(size.evses)),
        swap_stations=tuple(_swap_station(chance, n, size) for n in range(size.swap_stations)),
        fallbacks=_fallbacks(size),
        odds=(
            HandshakeOdds(ConnectorStandard.CCS2, ConnectorStandard.CCS2, 0.95),
            HandshakeOdds(ConnectorStandard.GBT_DC, ConnectorStandard.CHAOJI, 0.85),
        ),
        train_room=tuple(TrainRoom(t.train, 2 + size.moves // 2) for t in trains),
    )


def _places() -> tuple[Place, ...]:
    return tuple(Place(PlaceId(name), name, kind, handling=timedelta(minutes=8)) for name, kind, _, _ in _SITES)


def _legs() -> tuple[Leg, ...]:
    """Between all places: straight lines, 1.3 times as long on the road, 40 km/h."""
    found: list[Leg] = []
    for one, _, x, y in _SITES:
        for other, _, u, v in _SITES:
            if one != other:
                km = round(1.3 * ((x - u) ** 2 + (y - v) ** 2) ** 0.5, 1)
                duration = timedelta(seconds=round(km * 90))
                found.append(Leg(PlaceId(one), PlaceId(other), Distance.km(km), duration))
    return tuple(found)


def _models() -> tuple[TruckModel, ...]:
    def curve(most_kw: float) -> tuple[CurvePoint, ...]:
        points = ((0, 0.6), (10, 1.0), (70, 1.0), (80, 0.7), (100, 0.15))
        return tuple(CurvePoint(SoC.percent(soc), Power.kw(most_kw * share)) for soc, share in points)

    def model(name: str, kwh: float, inlet: ConnectorStandard, most_kw: float, rate: float) -> TruckModel:
        swaps = name == "swapper"
        return TruckModel(
            id=TruckModelId(name),
            battery=Energy.kwh(kwh),
            inlets=(inlet,),
            curve=curve(most_kw),
            voltage=VoltageWindow(500, 750),
            consumption_loaded=Consumption.kwh_per_km(rate),
            consumption_empty=Consumption.kwh_per_km(rate * 0.65),
            adapters=(Adapter(ConnectorStandard.GBT_DC, inlet),) if inlet is ConnectorStandard.CHAOJI else (),
            family=FAMILY if swaps else None,
        )

    return (
        model("swapper", 282, ConnectorStandard.GBT_DC, 250, 1.4),
        model("ccs", 350, ConnectorStandard.CCS2, 350, 1.2),
        model("chaoji", 350, ConnectorStandard.CHAOJI, 600, 1.6),
    )


def _truck(chance: Random, number: int, horizon: Window) -> TruckStart:
    name = TruckId(f"T{number:03}")
    model = ("swapper", "ccs", "chaoji")[number % 3]
    late = chance.random() < 0.2
    begin = horizon.start + timedelta(hours=4 if late else 0)
    pause = Window(begin + timedelta(hours=6), begin + timedelta(hours=6, minutes=30))
    return TruckStart(
        id=name,
        model=TruckModelId(model),
        place=PlaceId(chance.choice(("depot", "depot", "park", "quay"))),
        soc=SoC(chance.randrange(3_500, 10_000)),
        ready_at=begin,
        shift_end=min(horizon.end, begin + timedelta(hours=chance.choice((12, 20, 24)))),
        pack=PackId(f"P-{name}") if model == "swapper" else None,
        breaks=(pause,) if chance.random() < 0.3 else (),
    )


def _trains(chance: Random, size: Size) -> list[TrainOption]:
    every = size.hours * 3_600 // (size.trains + 1)
    return [
        TrainOption(TrainId(f"X{n}"), START + timedelta(seconds=every * (n + 1) + chance.randrange(-1_200, 1_200)))
        for n in range(size.trains)
    ]


def _move(chance: Random, number: int, size: Size, trains: list[TrainOption]) -> OpenMove:
    outbound = chance.random() < 0.6 and bool(trains)
    elsewhere = chance.choice(("quay", "quay-2", "warehouse", "warehouse-2"))
    owner = f"PWTU{number % 1_000_000:06}"
    container = Container(parse(owner), teu=chance.choice((1, 2, 2)))
    name = MoveId(f"M{number:04}")
    if outbound:
        first = chance.randrange(len(trains))
        choices = tuple(trains[first : first + 3])
        lead = timedelta(minutes=chance.randrange(90, 600))
        release = max(START, choices[0].cut_off - lead)
        origin, yard = PlaceId(elsewhere), PlaceId("yard")
        return OpenMove(name, container, origin, yard, release, choices[0].cut_off, choices)
    release = START + timedelta(seconds=chance.randrange(max(1, (size.hours - 6) * 3_600)))
    due = release + timedelta(minutes=chance.randrange(120, 480))
    return OpenMove(name, container, PlaceId("yard"), PlaceId(elsewhere), release, due)


def _evse(chance: Random, number: int) -> EvseOffer:
    standard, amperes, kilowatts = (
        (ConnectorStandard.GBT_DC, 600, 360),
        (ConnectorStandard.CCS2, 500, 350),
        (ConnectorStandard.CHAOJI, 800, 600),
    )[number % 3]
    at = chance.randrange(20) * 3_600
    closed = (Window(START + timedelta(seconds=at), START + timedelta(seconds=at + 5_400)),)
    return EvseOffer(
        id=evse_id(StationId(f"S{number // 2 + 1}"), number % 2 + 1),
        place=PlaceId("park"),
        connectors=(Connector(standard, amperes),),
        max_power=Power.kw(kilowatts),
        voltage=VoltageWindow(200, 1_000),
        closed=closed if chance.random() < 0.3 else (),
    )


def _swap_station(chance: Random, number: int, size: Size) -> SwapOffer:
    name = StationId(f"W{number + 1}")
    slots = tuple(evse_id(name, n + 1) for n in range(size.slots))
    packs = tuple(
        PackInSlot(PackId(f"P-{name}-{n}"), EvseId(slots[n]), SoC(chance.randrange(3_000, 10_000)))
        for n in range(min(size.packs, size.slots))
    )
    place = PlaceId("swap-park" if number % 2 == 0 else "park")
    return SwapOffer(name, place, FAMILY, 1, slots, packs, timedelta(minutes=5), Power.kw(1_500))


def _bands(horizon: Window) -> tuple[Band, ...]:
    day_of = ((0, BandName.VALLEY, 0.35), (8, BandName.PEAK, 1.05), (11, BandName.FLAT, 0.7), (18, BandName.PEAK, 1.05))
    starts = [
        (START + timedelta(days=days, hours=hour), name, price)
        for days in range(horizon.length.days + 1)
        for hour, name, price in day_of
    ]
    starts.append((horizon.end + timedelta(days=1), BandName.FLAT, 0.7))
    return tuple(
        Band(Window(start, min(until, horizon.end)), name, EnergyPrice.per_kwh(price))
        for (start, name, price), (until, _, _) in pairwise(starts)
        if start < horizon.end
    )


def _fallbacks(size: Size) -> tuple[Fallback, ...]:
    if not size.shuttles:
        return ()
    return (
        Fallback(FallbackId("diesel"), FallbackKind.DIESEL_SHUTTLE, size.shuttles, Money.cny(120), Money.cny(6)),
        Fallback(
            FallbackId("other-swaps"),
            FallbackKind.THIRD_PARTY_SWAP,
            1,
            per_use=Money.cny(380),
            place=PlaceId("warehouse"),
            family=FAMILY,
        ),
    )


def parse(first_ten: str) -> ContainerId:
    """A container number with its check digit."""
    return ContainerId(f"{first_ten}{check_digit(first_ten)}")


def later(
    problem: PlanningProblem, plan: Plan, now: datetime, frozen: timedelta = timedelta(minutes=10)
) -> PlanningProblem:
    """What the hub would ask at `now` if all went as planned: what is under way or starts within `frozen` stays."""
    delivered = {m for m, at in deliveries(plan).items() if at <= now}
    routes = {route.truck: route.activities for route in plan.routes}
    uses = tuple(u for u in plan.fallbacks if u.window.start < now + frozen and u.window.end > now)
    return replace(
        problem,
        plan=PlanId(f"{plan.id}+"),
        horizon=Window(now, problem.horizon.end),
        trucks=tuple(_truck_later(t, routes.get(t.id, ()), now, now + frozen) for t in problem.trucks),
        moves=tuple(m for m in problem.moves if m.id not in delivered),
        grid=(PowerStep(now, problem.grid[0].power), *(s for s in problem.grid if s.start > now)),
        fixed_fallbacks=uses,
        swap_stations=tuple(_packs_later(problem, plan, offer, now) for offer in problem.swap_stations),
        in_force=plan,
    )


def _truck_later(truck: TruckStart, route: tuple[Activity, ...], now: datetime, until: datetime) -> TruckStart:
    done = [a for a in route if a.window.end <= now]
    fixed = [a for a in route if a.window.end > now and a.window.start < until]
    if fixed and fixed[-1].kind is ActivityKind.WAIT and fixed[-1].window.end > until:
        fixed.pop()
    place, soc, pack, carrying = truck.place, truck.soc, truck.pack, truck.carrying
    for activity in done:
        place, soc = activity.place, activity.soc_after
        if activity.kind is ActivityKind.SWAP:
            pack = activity.pack
        elif activity.kind is ActivityKind.LOAD:
            carrying = activity.move
        elif activity.kind is ActivityKind.UNLOAD:
            carrying = None
    return replace(
        truck,
        place=place,
        soc=soc,
        pack=pack,
        carrying=carrying,
        fixed=tuple(fixed),
        ready_at=fixed[0].window.start if fixed else max(now, truck.ready_at),
        next_number=max([1, *(activity_number(a.id) + 1 for a in (*done, *fixed))]),
    )


def _packs_later(problem: PlanningProblem, plan: Plan, offer: SwapOffer, now: datetime) -> SwapOffer:
    fitted = {truck.id: truck.pack for truck in problem.trucks}
    packs = {pack.pack: (pack.slot, pack.soc) for pack in offer.packs}
    swaps = [
        (a.window.start, route.truck, a)
        for route in plan.routes
        for a in route.activities
        if a.kind is ActivityKind.SWAP and a.window.end <= now
    ]
    for _, truck, swap in sorted(swaps, key=lambda one: one[:2]):
        returned, fitted[truck] = fitted[truck], swap.pack
        if swap.station == offer.id and swap.pack is not None:
            slot, _ = packs.pop(swap.pack)
            if returned is not None:
                taken = {s for s, _ in packs.values()}
                packs[returned] = (next((s for s in offer.slots if s not in taken), slot), swap.soc_before)
    capacity = problem.family_by_id[offer.family].capacity
    for charge in plan.pack_charges:
        if charge.pack in packs and charge.window.start < now:
            slot, _ = packs[charge.pack]
            packs[charge.pack] = (slot, _soc_at(charge, capacity, now))
    return replace(offer, packs=tuple(PackInSlot(name, slot, soc) for name, (slot, soc) in sorted(packs.items())))


def _soc_at(charge: PackCharge, capacity: Energy, now: datetime) -> SoC:
    if charge.window.end <= now:
        return charge.soc_after
    ends = [*(step.start for step in charge.profile[1:]), charge.window.end]
    stored = charge.soc_before.of(capacity)
    for step, end in zip(charge.profile, ends, strict=True):
        if step.start < now:
            stored = stored + step.power.over(min(end, now) - step.start)
    return SoC.from_energy(stored, capacity)
