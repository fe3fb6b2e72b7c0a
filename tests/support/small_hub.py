"""A hub small enough to reckon by hand, and the first events of its log, for the tests of model, state and rules.

Two charging stations of two EVSEs (CCS2 and GB/T, 350 kW each), a swap station of four slots, four trucks: t1 and t2
charge by CCS2, t3 by GB/T, t4 swaps.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from portwatt.commands import AnyCommand, Outcome, SetChargingProfile
from portwatt.events import (
    AnyEvent,
    CommandAnswered,
    EvseStatus,
    EvseStatusChanged,
    HubOpened,
    MoveRequested,
    StationBooted,
    StationConnected,
    TrainScheduled,
)
from portwatt.ids import (
    CommandId,
    ContainerId,
    EvseId,
    FallbackId,
    FleetId,
    HubId,
    IdToken,
    MoveId,
    PackFamilyId,
    PackId,
    PlaceId,
    StationId,
    TrainId,
    TruckId,
    TruckModelId,
    evse_id,
    station_of,
)
from portwatt.model.connector import ConnectorStandard
from portwatt.model.container import Container
from portwatt.model.fallback import Fallback, FallbackKind
from portwatt.model.grid import GridLimit
from portwatt.model.hub import Hub
from portwatt.model.move import Move, TrainChoice
from portwatt.model.pack import BatteryPack, PackFamily, SwapStation
from portwatt.model.place import Leg, Place, PlaceKind
from portwatt.model.station import ChargingStation, Connector, Evse, VoltageWindow
from portwatt.model.tariff import BandName, BandPeriod, Season, Tariff
from portwatt.model.train import Call, CallTime, Direction, TrainRun
from portwatt.model.truck import CurvePoint, SingleShift, Truck, TruckModel
from portwatt.runtime.step import step
from portwatt.state import HubState, fold
from portwatt.units import Consumption, Distance, Energy, EnergyPrice, Money, Power, SoC, Window

START = datetime(2026, 11, 23, tzinfo=UTC)
QUAY, YARD, CHARGING = PlaceId("quay"), PlaceId("yard"), PlaceId("charging")
KINDS = {QUAY: PlaceKind.QUAY, YARD: PlaceKind.RAIL_YARD, CHARGING: PlaceKind.CHARGING}
CCS, GBT, SWAP = StationId("ccs"), StationId("gbt"), StationId("swap")
CCS1, CCS2 = evse_id(CCS, 1), evse_id(CCS, 2)
GBT1, GBT2 = evse_id(GBT, 1), evse_id(GBT, 2)
SLOTS = tuple(evse_id(SWAP, n) for n in range(1, 5))
T1, T2, T3, T4 = (TruckId(f"t{n}") for n in range(1, 5))
FAMILY = PackFamilyId("heavy")
OUT1, OUT2, IN1 = TrainId("out1"), TrainId("out2"), TrainId("in1")
SHUTTLE = FallbackId("shuttle")
EVSE_POWER = Power.kw(350)
VOLTS = VoltageWindow(500, 800)


def minutes(n: float) -> datetime:
    """A moment, in minutes after the start."""
    return START + timedelta(minutes=n)


def token(truck: TruckId) -> IdToken:
    return IdToken(f"token-{truck}")


def tariff(timezone: str = "Asia/Shanghai") -> Tariff:
    periods = (
        BandPeriod(0, 480, BandName.VALLEY),
        BandPeriod(480, 1080, BandName.FLAT),
        BandPeriod(1080, 1440, BandName.PEAK),
    )
    return Tariff(
        id="test",
        document="made up",
        timezone=timezone,
        seasons=(Season(tuple(range(1, 13)), periods),),
        multipliers={BandName.VALLEY: 0.5, BandName.FLAT: 1.0, BandName.PEAK: 1.6},
        floating=EnergyPrice.per_kwh(0.6),
        fixed=EnergyPrice.per_kwh(0.1),
    )


def model(name: str, inlet: ConnectorStandard, family: PackFamilyId | None = None) -> TruckModel:
    curve = tuple(CurvePoint(SoC.percent(s), Power.kw(p)) for s, p in ((0, 200), (20, 300), (60, 300), (100, 20)))
    return TruckModel(
        id=TruckModelId(name),
        battery=Energy.kwh(300),
        inlets=(inlet,),
        curve=curve,
        voltage=VoltageWindow(550, 750),
        consumption_loaded=Consumption.kwh_per_km(1.6),
        consumption_empty=Consumption.kwh_per_km(1.0),
        family=family,
    )


def truck(name: TruckId, model_name: str, pack: PackId | None = None) -> Truck:
    return Truck(
        id=name,
        model=TruckModelId(model_name),
        fleet=FleetId("fleet"),
        token=token(name),
        place=QUAY,
        soc=SoC.percent(50),
        shift=SingleShift(Window(START, START + timedelta(hours=24))),
        pack=pack,
    )


def station(name: StationId, standard: ConnectorStandard, evses: int = 2) -> ChargingStation:
    return ChargingStation(
        id=name,
        place=CHARGING,
        evses=tuple(
            Evse(evse_id(name, n), (Connector(standard, 600),), EVSE_POWER, VOLTS) for n in range(1, evses + 1)
        ),
    )


def hub(grid_kw: float = 2_000) -> Hub:
    """The hub; `grid_kw` is what charging may draw."""
    socs = (100, 95, 40)
    return Hub(
        id=HubId("test"),
        name="Test hub",
        timezone="Asia/Shanghai",
        grid=GridLimit(Power.kw(grid_kw)),
        tariff=tariff(),
        places=tuple(
            Place(p, p, k)
            for p, k in ((QUAY, PlaceKind.QUAY), (YARD, PlaceKind.RAIL_YARD), (CHARGING, PlaceKind.CHARGING))
        ),
        legs=tuple(
            Leg(a, b, Distance.km(10), timedelta(minutes=20))
            for a in (QUAY, YARD, CHARGING)
            for b in (QUAY, YARD, CHARGING)
            if a != b
        ),
        stations=(station(CCS, ConnectorStandard.CCS2), station(GBT, ConnectorStandard.GBT_DC)),
        swap_stations=(SwapStation(SWAP, CHARGING, FAMILY, SLOTS, 1, timedelta(minutes=5), Power.kw(400)),),
        families=(PackFamily(FAMILY, Energy.kwh(280), Power.kw(120), SoC.percent(90)),),
        packs=(
            *(
                BatteryPack(PackId(f"p{n}"), FAMILY, SoC.percent(s), slot)
                for n, (s, slot) in enumerate(zip(socs, SLOTS[:3], strict=True), 1)
            ),
            BatteryPack(PackId("p4"), FAMILY, SoC.percent(50)),
        ),
        models=(
            model("ccs", ConnectorStandard.CCS2),
            model("gbt", ConnectorStandard.GBT_DC),
            model("swapper", ConnectorStandard.GBT_DC, FAMILY),
        ),
        trucks=(truck(T1, "ccs"), truck(T2, "ccs"), truck(T3, "gbt"), truck(T4, "swapper", PackId("p4"))),
        fallbacks=(Fallback(SHUTTLE, FallbackKind.DIESEL_SHUTTLE, 2, per_km=Money.cny(5)),),
    )


def train(name: TrainId, cut_off: float, direction: Direction = Direction.OUTBOUND) -> TrainRun:
    """A run that departs (outbound) or arrives 60 min after its cut-off, in minutes after the start."""
    time = CallTime(minutes(cut_off + 60))
    outbound = direction is Direction.OUTBOUND
    call = Call(YARD, time, time, minutes(cut_off) if outbound else None, None if outbound else minutes(cut_off + 90))
    return TrainRun(name, name, "service", direction, call, 100)


def move(name: str, trains: Iterable[tuple[TrainId, float]] = (), **changes: object) -> Move:
    """A container from the quay to the yard, released at the start; trains with their cut-offs in minutes."""
    choices = tuple(TrainChoice(t, minutes(c)) for t, c in trains)
    known = Move(
        id=MoveId(name),
        container=Container(ContainerId(f"C-{name}")),
        origin=QUAY,
        destination=YARD,
        release=START,
        due=choices[0].due if choices else minutes(600),
        trains=choices,
    )
    return replace(known, **changes)


def evses_up(*evses: EvseId, at: datetime = START) -> list[AnyEvent]:
    return [
        EvseStatusChanged(at=at, station=station_of(e), evse=e, status=EvseStatus.AVAILABLE, reported_at=at)
        for e in evses
    ]


def up(*stations: StationId, at: datetime = START) -> list[AnyEvent]:
    """Stations that connect and boot."""
    found: list[AnyEvent] = []
    for name in stations:
        found.append(StationConnected(at=at, station=name, version="ocpp2.1"))
        found.append(StationBooted(at=at, station=name, vendor="v", model="m"))
    return found


def morning() -> list[AnyEvent]:
    """Opened, trains and moves known, every station connected, booted and available; no rule has run."""
    slots = [
        EvseStatusChanged(at=START, station=SWAP, evse=s, status=EvseStatus.OCCUPIED, reported_at=START) for s in SLOTS
    ]
    return [
        HubOpened(at=START, hub=hub()),
        TrainScheduled(at=START, train=train(OUT1, 240)),
        TrainScheduled(at=START, train=train(OUT2, 480)),
        TrainScheduled(at=START, train=train(IN1, 120, Direction.INBOUND)),
        MoveRequested(at=START, move=move("m1", ((OUT1, 240), (OUT2, 480)))),
        MoveRequested(at=START, move=move("m2", ((OUT1, 240), (OUT2, 480)))),
        MoveRequested(at=START, move=move("m3", origin=YARD, destination=QUAY, from_train=IN1)),
        *up(CCS, GBT, SWAP),
        *evses_up(CCS1, CCS2, GBT1, GBT2),
        *slots,
    ]


def in_the_morning() -> HubState:
    """The state of `morning`, every EVSE's idle limit of 0 W acknowledged."""
    first, *rest = morning()
    return settled(fold([first]), rest)


def settled(state: HubState, events: Iterable[AnyEvent]) -> HubState:
    """The state after events, every limit asked for on the way accepted at once."""
    waiting = list(events)
    while waiting:
        state, commands = run(state, waiting)
        waiting = [
            CommandAnswered(at=state.at, id=name, outcome=Outcome.ACCEPTED)
            for name, c in commands
            if isinstance(c, SetChargingProfile)
        ]
    return state


def run(state: HubState, events: Iterable[AnyEvent]) -> tuple[HubState, list[tuple[CommandId, AnyCommand]]]:
    """The state after events, with the commands the rules gave."""
    done = step(state, events)
    return done.state, list(done.commands)
