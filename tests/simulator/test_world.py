"""The world by itself: what it says without a hub, and what it notices."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portwatt.commands import CommitArrival, OrderFallback, Outcome
from portwatt.events import (
    AnyEvent,
    CommandAnswered,
    ContainerReleased,
    FallbackEnded,
    MoveRequested,
    TrainArrived,
    TrainScheduled,
    TruckUnavailable,
)
from portwatt.ids import CommandId, EvseId, FallbackId, StationId, TrainId
from portwatt.simulator.audit import WrongKind
from portwatt.simulator.faults import Trouble, TroubleKind
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.world import Fact, Frame, SocketClosed, SocketOpened, World, WorldOutput
from portwatt.units import SoC, Window
from portwatt.wire.ocpp.versions import OcppVersion

HOURS = timedelta(hours=3)
POST = StationId("POST-OLD")


@pytest.fixture
def world(small: Scenario) -> World:
    return World(small.undisturbed(), 7, HOURS)


def _run(world: World, minutes: float) -> list[WorldOutput]:
    world.run(world.agenda.now + timedelta(minutes=minutes))
    return world.take()


def _facts(outputs: list[WorldOutput]) -> list[AnyEvent]:
    return [o.event for o in outputs if isinstance(o, Fact)]


def test_a_day_begins_with_its_timetable_and_freight_and_every_station_boots(world: World) -> None:
    outputs = _run(world, 2)
    facts = _facts(outputs)
    assert sum(isinstance(e, TrainScheduled) for e in facts) == 4
    assert sum(isinstance(e, MoveRequested) for e in facts) == 23
    opened = {o.station: o.version for o in outputs if isinstance(o, SocketOpened)}
    assert opened == {"POST-OLD": OcppVersion.V16, "POST-NEW": OcppVersion.V201, "SWAP-1": OcppVersion.V21}
    frames = [o for o in outputs if isinstance(o, Frame)]
    assert {f.station for f in frames} == set(opened)
    assert all('"BootNotification"' in f.text for f in frames)


def test_trains_and_customs_happen_whether_or_not_anybody_listens(world: World) -> None:
    facts = _facts(_run(world, 180))
    assert sum(isinstance(e, TrainArrived) for e in facts) >= 1
    releases = [e for e in facts if isinstance(e, ContainerReleased)]
    assert {e.container for e in releases} <= {r.container for r in world.demand.releases}
    assert all(e.released_at == e.at for e in releases)


def test_the_same_seed_makes_the_same_world(small: Scenario) -> None:
    one, two = World(small, 3, HOURS), World(small, 3, HOURS)
    assert _run(one, 180) == _run(two, 180)
    assert one.troubles == two.troubles != World(small, 4, HOURS).troubles


def test_a_station_drops_off_and_comes_back(world: World) -> None:
    _run(world, 2)
    world.strike(Trouble(world.agenda.now, TroubleKind.DROP_OFF, POST, timedelta(minutes=5)))
    gone = _run(world, 1)
    back = _run(world, 5)
    assert [o.station for o in gone if isinstance(o, SocketClosed)] == [POST]
    assert [o.station for o in back if isinstance(o, SocketOpened)] == [POST]
    world.frame(StationId("POST-NEW"), "[]")  # what is no frame hurts nobody


def test_a_truck_breaks_down(world: World) -> None:
    truck = world.scenario.hub.trucks[0].id
    world.strike(Trouble(world.agenda.now, TroubleKind.BREAKDOWN, truck, timedelta(minutes=5)))
    facts = _facts(_run(world, 1))
    assert [e.truck for e in facts if isinstance(e, TruckUnavailable)] == [truck]


def test_a_shuttle_carries_a_container_once_it_is_released_and_no_more_than_there_are(world: World) -> None:
    boxes = sorted(world.freight.boxes.values(), key=lambda b: b.released_at)[:3]
    for n, box in enumerate(boxes):
        window = Window(box.released_at, box.released_at + timedelta(hours=1))
        world.order(CommandId(str(n)), OrderFallback(fallback=FallbackId("DIESEL"), move=box.move.id, window=window))
    facts = _facts(_run(world, 150))
    answers = [e.outcome for e in facts if isinstance(e, CommandAnswered)]
    assert answers == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REFUSED]
    ended = [e for e in facts if isinstance(e, FallbackEnded)]
    assert [(e.move, e.done) for e in ended] == [(b.move.id, True) for b in boxes[:2]]
    assert all(b.fallback and b.delivered_at is not None and b.delivered_at > b.released_at for b in boxes[:2])
    assert world.shuttles.cost.cents > 2 * 10_000  # CNY 100 each and the kilometres


def test_a_promise_to_a_train_is_kept_in_mind(world: World) -> None:
    promise = CommitArrival(train=TrainId("X101-20261124"), on_time=5, at_risk=1)
    world.order(CommandId("1"), promise)
    assert world.commitments[promise.train] == promise


def test_a_quiet_world_has_nothing_wrong(world: World) -> None:
    _run(world, 180)
    world.audit_now()
    assert world.audit.count == 0


def test_what_must_never_be_is_noticed(world: World) -> None:
    _run(world, 2)
    first, second, *_ = (t for t in world.drivers.trucks.values() if t.pack is not None)
    first.pack, second.pack = second.pack, second.pack
    first.evse = second.evse = EvseId("POST-OLD/1")
    box = next(iter(world.freight.boxes.values()))
    box.place = None
    world.audit_now()
    kinds = [w.kind for w in world.audit.kept]
    assert kinds.count(WrongKind.PACK) == 2  # one twice, one gone
    assert kinds.count(WrongKind.EVSE_DOUBLE) == 1
    assert kinds.count(WrongKind.CONTAINER) == 1


def test_a_battery_that_holds_more_than_it_can_is_noticed(world: World) -> None:
    truck = next(iter(world.drivers.trucks.values()))
    truck.fit(SoC.percent(100))
    truck.vehicle.battery.fill(10 * 3_600_000_000_000)
    world.audit_now()
    assert [w.kind for w in world.audit.kept] == [WrongKind.SOC]
