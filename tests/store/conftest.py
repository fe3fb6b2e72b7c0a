"""What the tests of the store share: a small hub, a short story of events, and all three stores to hold it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import postgres_server
import pytest
from postgres_server import Postgres

from portwatt.commands import Outcome, Replan, RequestBatterySwap, ReserveEvse
from portwatt.events import (
    AnyEvent,
    ClockTicked,
    CommandAnswered,
    CommandIssued,
    EvseStatus,
    EvseStatusChanged,
    HeartbeatReceived,
    HubOpened,
    MoveRequested,
    PlanAdopted,
    StationConnected,
    TrainForecastReceived,
    TrainScheduled,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    TruckReported,
)
from portwatt.ids import (
    ActivityId,
    CommandId,
    ContainerId,
    EvseId,
    FleetId,
    HubId,
    IdToken,
    MoveId,
    PackFamilyId,
    PackId,
    PlaceId,
    PlanId,
    ReservationId,
    StationId,
    TrainId,
    TransactionId,
    TruckId,
    TruckModelId,
)
from portwatt.model.connector import ConnectorStandard
from portwatt.model.container import Container
from portwatt.model.grid import GridLimit
from portwatt.model.hub import Hub
from portwatt.model.move import Move, TrainChoice
from portwatt.model.pack import BatteryPack, PackFamily, SwapStation
from portwatt.model.place import Place, PlaceKind
from portwatt.model.plan import Activity, ActivityKind, Plan, Route
from portwatt.model.station import ChargingStation, Connector, Evse, VoltageWindow
from portwatt.model.tariff import BandName, BandPeriod, Season, Tariff
from portwatt.model.train import Call, CallTime, Direction, TrainRun
from portwatt.model.truck import CurvePoint, DailyShift, Truck, TruckModel
from portwatt.state import HubState, apply, opened
from portwatt.store.memory import MemoryStore
from portwatt.store.sql_log import SqlStore
from portwatt.units import Consumption, Energy, EnergyPrice, Power, SoC, Window

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
HUB = HubId("ningbo")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    yield from postgres_server.served()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
async def sql_store(address: str) -> AsyncIterator[SqlStore]:
    store = SqlStore(address, lock_wait=0.2)
    yield store
    await store.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MemoryStore | SqlStore]:
    """Every store there is: what holds for one holds for all."""
    kind = request.param
    if kind == "memory":
        yield MemoryStore()
        return
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    sql = SqlStore(server.new_database() if server else str(tmp_path / "hub.db"), lock_wait=0.2)
    yield sql
    await sql.close()


# ── a hub and its story ─────────────────────────────────────────────────────────────────────────────────────────────

A1, B1 = EvseId("A/1"), EvseId("B/1")
STATION, SWAPPER = StationId("A"), StationId("B")
TRUCK, TOKEN, PACK = TruckId("T1"), IdToken("token-1"), PackId("P1")
QUAY, YARD = PlaceId("quay"), PlaceId("yard")
TRAIN, MOVE = TrainId("X8101/23"), MoveId("M1")


@pytest.fixture(scope="session")
def hub() -> Hub:
    volts = VoltageWindow(200, 1000)
    family = PackFamily(PackFamilyId("F"), Energy.kwh(282), Power.kw(240), SoC.percent(90))
    curve = (CurvePoint(SoC(0), Power.kw(350)), CurvePoint(SoC(10_000), Power.kw(50)))
    use = Consumption.kwh_per_km(1.6)
    model = TruckModel(
        TruckModelId("MODEL"), Energy.kwh(282), (ConnectorStandard.GBT_DC,), curve, volts, use, use, family=family.id
    )
    day = Season(tuple(range(1, 13)), (BandPeriod(0, 1440, BandName.FLAT),))
    price = EnergyPrice.per_kwh(0.6)
    return Hub(
        id=HUB,
        name="宁波 Ningbo",
        timezone="Asia/Shanghai",
        grid=GridLimit(Power.kw(2000)),
        tariff=Tariff("flat", "test", "Asia/Shanghai", (day,), {BandName.FLAT: 1.0}, price, EnergyPrice(0)),
        places=(Place(QUAY, "Quay", PlaceKind.QUAY), Place(YARD, "Yard", PlaceKind.RAIL_YARD)),
        legs=(),
        stations=(
            ChargingStation(
                STATION, QUAY, (Evse(A1, (Connector(ConnectorStandard.GBT_DC, 400),), Power.kw(350), volts),)
            ),
        ),
        swap_stations=(SwapStation(SWAPPER, QUAY, family.id, (B1,), 1, timedelta(minutes=5), Power.kw(500)),),
        families=(family,),
        packs=(BatteryPack(PACK, family.id, SoC.percent(50), B1),),
        models=(model,),
        trucks=(
            Truck(TRUCK, model.id, FleetId("F"), TOKEN, QUAY, SoC.percent(60), DailyShift(480, 1200, "Asia/Shanghai")),
        ),
    )


def _plan(number: int, at: datetime) -> Plan:
    window = Window(at, at + timedelta(hours=1))
    drive = Activity(ActivityId(f"{TRUCK}/{number}"), ActivityKind.WAIT, window, QUAY, SoC.percent(60), SoC.percent(60))
    return Plan(PlanId(f"plan-{number}"), HUB, window, (Route(TRUCK, (drive,)),), planner="by hand")


def _day(hub: Hub, begin: datetime, number: int) -> Iterator[AnyEvent]:
    """One of everything the read model knows, named by `number`."""
    at = (begin + timedelta(seconds=s) for s in itertools.count())
    transaction = TransactionId(f"A:{number}")
    moment = CallTime(begin + timedelta(hours=4))
    call = Call(YARD, moment, moment, cut_off=begin + timedelta(hours=3))
    train, move, container = TrainId(f"{TRAIN}-{number}"), MoveId(f"{MOVE}-{number}"), ContainerId("CSQU3054383")
    yield StationConnected(at=next(at), station=STATION, version="ocpp2.1")
    now = next(at)
    yield EvseStatusChanged(at=now, station=STATION, evse=A1, status=EvseStatus.AVAILABLE, reported_at=now)
    yield TrainScheduled(at=next(at), train=TrainRun(train, "X8101", "海铁", Direction.OUTBOUND, call, 100))
    choice = (TrainChoice(train, begin + timedelta(hours=3)),)
    due = begin + timedelta(hours=3)
    yield MoveRequested(at=next(at), move=Move(move, Container(container), QUAY, YARD, begin, due, choice))
    yield TrainForecastReceived(at=next(at), train=train, source="rail", departure=begin + timedelta(hours=5))
    now = next(at)
    yield TransactionStarted(
        at=now,
        station=STATION,
        evse=A1,
        transaction=transaction,
        token=TOKEN,
        truck=TRUCK,
        meter_start=Energy(0),
        reported_at=now,
    )
    now = next(at)
    yield TransactionUpdated(
        at=now,
        station=STATION,
        transaction=transaction,
        reported_at=now,
        seq_no=1,
        meter=Energy.kwh(20),
        power=Power.kw(300),
        soc=SoC.percent(70),
    )
    yield CommandIssued(at=next(at), id=CommandId(f"replan-{number}"), command=Replan(reasons=("late train",)))
    yield PlanAdopted(at=next(at), plan=_plan(number, begin), reasons=("late train",), changes=())
    yield CommandAnswered(at=next(at), id=CommandId(f"replan-{number}"), outcome=Outcome.ACCEPTED)
    swap = RequestBatterySwap(station=SWAPPER, token=TOKEN, truck=TRUCK, request_id=number)
    yield CommandIssued(at=next(at), id=CommandId(f"swap-{number}"), command=swap)
    now = next(at)
    yield TransactionEnded(
        at=now,
        station=STATION,
        transaction=transaction,
        reported_at=now,
        seq_no=2,
        meter_stop=Energy.kwh(40),
        reason="Local",
    )
    reserve = ReserveEvse(
        station=STATION, evse=A1, reservation=ReservationId(number), token=TOKEN, truck=TRUCK, until=due
    )
    yield CommandIssued(at=next(at), id=CommandId(f"reserve-{number}"), command=reserve)
    yield CommandAnswered(at=next(at), id=CommandId(f"reserve-{number}"), outcome=Outcome.ACCEPTED)
    now = next(at)
    yield TruckReported(at=now, truck=TRUCK, reported_at=now, soc=SoC.percent(80), lat=29.9, lon=121.8)
    yield HeartbeatReceived(at=next(at), station=STATION)
    yield ClockTicked(at=next(at) + timedelta(hours=4))  # the reservation runs out: a row goes


@pytest.fixture(scope="session")
def story(hub: Hub) -> Callable[[int], list[AnyEvent]]:
    """`story(days)`: the first events of a hub's log, as many days as wanted."""

    def tell(days: int) -> list[AnyEvent]:
        events: list[AnyEvent] = [HubOpened(at=START, hub=hub)]
        for number in range(1, days + 1):
            events += _day(hub, START + timedelta(days=number), number)
        return events

    return tell


def _after(state: HubState | None, events: list[AnyEvent]) -> HubState:
    for event in events:
        if state is None:
            assert isinstance(event, HubOpened)
            state = opened(event)
        else:
            state = apply(state, event)
    assert state is not None
    return state


@pytest.fixture(scope="session")
def after() -> Callable[[HubState | None, list[AnyEvent]], HubState]:
    """`after(state, events)`: the state some events lead to; None where the first opens the hub."""
    return _after
