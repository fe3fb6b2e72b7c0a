"""A day's events of one hub, made up from a seed: the mix the benchmarks of the fold and the store are run on.

Per half minute: each outlet reports its transaction (an hour long), a quarter of the trucks say where they are, some
end one activity and start the next, load limits are set and answered, the clock ticks. Every five minutes a plan is
adopted, every quarter of an hour the trains have a new forecast. The hub is that of a scenario file.
"""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from portwatt.commands import DispatchTruck, Outcome, SetChargingProfile
from portwatt.events import (
    ActivityEnded,
    ActivityStarted,
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
    MoveId,
    PlanId,
    TrainId,
    TransactionId,
    TruckId,
    station_of,
)
from portwatt.model.container import Container
from portwatt.model.hub import Hub
from portwatt.model.move import Move, TrainChoice
from portwatt.model.plan import Activity, ActivityKind, Plan, Route
from portwatt.model.train import Call, CallTime, Direction, TrainRun
from portwatt.model.truck import Truck
from portwatt.simulator.scenario import load_scenario
from portwatt.units import Energy, Power, SoC, Window

TRAINS, MOVES = 14, 500
STEP = timedelta(seconds=30)
STEPS_OF_A_TRANSACTION = 120
KINDS = (ActivityKind.DRIVE, ActivityKind.LOAD, ActivityKind.DRIVE, ActivityKind.UNLOAD)


class Day:
    """The events, in order, without end; the same for the same seed."""

    def __init__(self, hub: Hub, start: datetime, seed: int = 7) -> None:
        self.hub = hub
        self._chance = random.Random(seed)
        self._at = start
        self._numbers = itertools.count(1)
        self._ordered: Counter[TruckId] = Counter()
        self._done: Counter[TruckId] = Counter()
        self._transactions: dict[EvseId, tuple[TransactionId, int]] = {}

    def events(self) -> Iterator[AnyEvent]:
        yield HubOpened(at=self._at, hub=self.hub)
        for station in self.hub.station_by_id:
            yield StationConnected(at=self._at, station=station, version="ocpp2.1")
        for evse in self._outlets():
            status = EvseStatus.AVAILABLE
            yield EvseStatusChanged(
                at=self._at, station=station_of(evse), evse=evse, status=status, reported_at=self._at
            )
        yield from self._freight()
        for step in itertools.count():
            self._at += STEP
            yield from self._half_minute(step)

    def _outlets(self) -> list[EvseId]:
        return [*self.hub.evse_by_id, *(slot for station in self.hub.swap_stations for slot in station.slots)]

    def _freight(self) -> Iterator[AnyEvent]:
        yard, quay = self.hub.places[3].id, self.hub.places[0].id
        for number in range(TRAINS):
            leaves = CallTime(self._at + timedelta(hours=4 + number))
            call = Call(yard, leaves, leaves, cut_off=leaves.planned - timedelta(hours=1))
            run = TrainRun(TrainId(f"X{number}"), f"X{number}", "block", Direction.OUTBOUND, call, 100)
            yield TrainScheduled(at=self._at, train=run)
        for number in range(MOVES):
            train = TrainId(f"X{number % TRAINS}")
            due = self._at + timedelta(hours=3 + number % TRAINS)
            container = Container(ContainerId(f"CSQU{number:07}"))
            choice = (TrainChoice(train, due),)
            yield MoveRequested(
                at=self._at, move=Move(MoveId(f"M{number}"), container, quay, yard, self._at, due, choice)
            )

    def _half_minute(self, step: int) -> Iterator[AnyEvent]:
        for evse in self._outlets():
            yield self._transaction(evse)
        for truck in self._chance.sample(self.hub.trucks, len(self.hub.trucks) // 4):
            at, soc = self._at, SoC(self._chance.randrange(2_000, 10_000))
            yield TruckReported(at=at, truck=truck.id, reported_at=at, soc=soc, lat=29.9, lon=121.8)
        for truck in self._chance.sample(self.hub.trucks, 4):
            yield from self._drive_on(truck)
        for evse in self._chance.sample(list(self.hub.evse_by_id), 2):
            yield from self._limit(evse)
        if step % 10 == 0:
            for station in self.hub.station_by_id:
                yield HeartbeatReceived(at=self._at, station=station)
            yield PlanAdopted(at=self._at, plan=self._plan(), reasons=("truck late",), changes=())
        if step % 30 == 0:
            for number in range(TRAINS):
                leaves = self._at + timedelta(hours=4 + number)
                yield TrainForecastReceived(at=self._at, train=TrainId(f"X{number}"), source="rail", departure=leaves)
        yield ClockTicked(at=self._at)

    def _transaction(self, evse: EvseId) -> AnyEvent:
        at, station = self._at, station_of(evse)
        transaction, number = self._transactions.get(evse, (TransactionId(""), STEPS_OF_A_TRANSACTION))
        if number == STEPS_OF_A_TRANSACTION:
            transaction, number = TransactionId(f"{station}:{next(self._numbers)}"), 0
            event: AnyEvent = TransactionStarted(
                at=at,
                station=station,
                evse=evse,
                transaction=transaction,
                token=self.hub.trucks[0].token,
                truck=self.hub.trucks[0].id,
                meter_start=Energy(0),
                reported_at=at,
            )
        elif number == STEPS_OF_A_TRANSACTION - 1:
            event = TransactionEnded(
                at=at, station=station, transaction=transaction, reported_at=at, seq_no=number,
                meter_stop=Energy(number * 2_000), reason="EVDisconnected",
            )  # fmt: skip
        else:
            event = TransactionUpdated(
                at=at, station=station, transaction=transaction, reported_at=at, seq_no=number,
                meter=Energy(number * 2_000), power=Power(240_000 - number), soc=SoC(2_000 + number * 50),
                charging_state="Charging", trigger="MeterValuePeriodic",
            )  # fmt: skip
        self._transactions[evse] = (transaction, number + 1)
        return event

    def _drive_on(self, truck: Truck) -> Iterator[AnyEvent]:
        """The truck ends what it does and starts the next; without orders it gets four more."""
        at, soc = self._at, SoC(5_000)
        if self._done[truck.id] == self._ordered[truck.id]:
            number = next(self._numbers)
            order = self._route(truck, self._ordered[truck.id], number)
            self._ordered[truck.id] += len(order)
            command = DispatchTruck(truck=truck.id, activities=order)
            yield CommandIssued(at=at, id=CommandId(f"c{number}"), command=command)
            yield CommandAnswered(at=at, id=CommandId(f"c{number}"), outcome=Outcome.ACCEPTED)
        else:
            self._done[truck.id] += 1
            activity = ActivityId(f"{truck.id}/{self._done[truck.id]}")
            yield ActivityStarted(at=at, truck=truck.id, activity=activity, started_at=at)
            yield ActivityEnded(at=at, truck=truck.id, activity=activity, ended_at=at, soc=soc)

    def _route(self, truck: Truck, last: int, number: int) -> tuple[Activity, ...]:
        move, soc = MoveId(f"M{number % MOVES}"), SoC(5_000)
        return tuple(
            Activity(
                ActivityId(f"{truck.id}/{last + place}"),
                kind,
                Window(self._at + place * STEP, self._at + (place + 1) * STEP),
                self.hub.places[0].id,
                soc,
                soc,
                move=move if kind is not ActivityKind.DRIVE else None,
            )
            for place, kind in enumerate(KINDS, start=1)
        )

    def _limit(self, evse: EvseId) -> Iterator[AnyEvent]:
        command_id = CommandId(f"c{next(self._numbers)}")
        limit = Power.kw(self._chance.randrange(50, 350))
        command = SetChargingProfile(station=station_of(evse), limit=limit, evse=evse)
        yield CommandIssued(at=self._at, id=command_id, command=command)
        yield CommandAnswered(at=self._at, id=command_id, outcome=Outcome.ACCEPTED)

    def _plan(self) -> Plan:
        number = next(self._numbers)
        routes = tuple(Route(t.id, self._route(t, self._ordered[t.id], number)) for t in self.hub.trucks)
        horizon = Window(self._at, self._at + timedelta(hours=24))
        return Plan(PlanId(f"p{number}"), self.hub.id, horizon, routes, planner="made up")


def made_up(count: int) -> list[AnyEvent]:
    """The first `count` events of a day at Ningbo."""
    scenario = load_scenario(Path(__file__).parents[1] / "scenarios" / "ningbo.toml")
    return list(itertools.islice(Day(scenario.hub, scenario.start).events(), count))
