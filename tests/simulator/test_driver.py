from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from portwatt.commands import DispatchTruck, Outcome
from portwatt.events import (
    ActivityEnded,
    AnyEvent,
    GateDirection,
    GatePassed,
    TruckAvailable,
    TruckUnavailable,
)
from portwatt.ids import ActivityId, FallbackId, PlaceId, TruckId
from portwatt.model.plan import Activity, ActivityKind
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.audit import Audit
from portwatt.simulator.chance import Chance
from portwatt.simulator.demand import demand
from portwatt.simulator.driver import Drivers, Ended
from portwatt.simulator.freight import Freight
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.truck import SimulatedTruck
from portwatt.units import Energy, SoC, Window

TRUCK = TruckId("P-01")
CHARGE, QUAY, STORE = PlaceId("CHARGE"), PlaceId("QUAY"), PlaceId("STORE")
MINUTE = timedelta(minutes=1)


class TenMinutePosts:
    """Every charge and swap takes ten minutes and fills the truck as planned."""

    def __init__(self, agenda: Agenda) -> None:
        self.agenda = agenda
        self.left: list[TruckId] = []

    def charge(self, truck: SimulatedTruck, activity: Activity, ended: Ended) -> None:
        truck.evse = activity.evse

        def done() -> None:
            truck.fit(activity.soc_after)
            ended(True, "")

        self.agenda.after(10 * MINUTE, done)

    swap = charge

    def leave(self, truck: SimulatedTruck) -> None:
        truck.evse = None
        self.left.append(truck.id)


class Yard:
    """Drivers with a day's freight, and what they said."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.agenda = Agenda(scenario.start)
        self.told: list[AnyEvent] = []
        self.freight = Freight(demand(scenario, 7), Audit())
        self.drivers = Drivers(scenario.hub, self.agenda, Chance(7, "test"), self.freight, self.told.append)
        self.posts = TenMinutePosts(self.agenda)
        self.drivers.posts = self.posts
        self.truck = self.drivers.trucks[TRUCK]
        self.number = 0

    def activity(self, kind: ActivityKind, place: PlaceId, at: datetime | None = None, **more: object) -> Activity:
        self.number += 1
        start = at or self.agenda.now
        window = Window(start, start + 10 * MINUTE)
        name = ActivityId(f"{TRUCK}/{self.number}")
        return Activity(name, kind, window, place, SoC.percent(50), SoC.percent(50), **more)  # type: ignore[arg-type]

    def order(self, *activities: Activity) -> tuple[Outcome, str]:
        return self.drivers.order(DispatchTruck(truck=TRUCK, activities=activities))

    def run(self, minutes: int) -> None:
        self.agenda.run(self.agenda.now + minutes * MINUTE)

    def ends(self) -> list[ActivityEnded]:
        return [e for e in self.told if isinstance(e, ActivityEnded)]


@pytest.fixture
def yard(small: Scenario) -> Yard:
    return Yard(small)


def test_a_move_is_driven_loaded_driven_and_unloaded_and_the_gates_see_the_container(yard: Yard) -> None:
    box = next(b for b in yard.freight.boxes.values() if b.move.origin == QUAY and b.move.destination == STORE)
    start = box.released_at
    yard.agenda.run(start)
    accepted = yard.order(
        yard.activity(ActivityKind.DRIVE, QUAY, origin=CHARGE),
        yard.activity(ActivityKind.LOAD, QUAY, move=box.move.id),
        yard.activity(ActivityKind.DRIVE, STORE, origin=QUAY, move=box.move.id),
        yard.activity(ActivityKind.UNLOAD, STORE, move=box.move.id),
    )
    before = yard.truck.vehicle.battery.stored
    yard.run(120)
    assert accepted == (Outcome.ACCEPTED, "")
    assert [e.done for e in yard.ends()] == [True] * 4
    assert (box.place, box.carrier, yard.truck.place) == (STORE, None, STORE)
    used = before - yard.truck.vehicle.battery.stored
    assert Energy.kwh(0.88 * 26) <= used <= Energy.kwh(1.12 * 26)  # 2 km empty, 15 km loaded
    gates = [(e.place, e.direction, e.container) for e in yard.told if isinstance(e, GatePassed)]
    assert gates == [(QUAY, GateDirection.OUT, box.move.container.id)]


def test_nothing_is_loaded_before_its_release_and_a_driver_gives_up_after_an_hour(yard: Yard) -> None:
    box = max(yard.freight.boxes.values(), key=lambda b: b.released_at)
    yard.truck.place = box.move.origin
    yard.order(yard.activity(ActivityKind.LOAD, box.move.origin, move=box.move.id))
    yard.run(61)
    assert box.released_at > yard.agenda.now
    assert [(e.done, "not released" in e.detail) for e in yard.ends()] == [(False, True)]
    assert yard.truck.carrying is None
    yard.agenda.run(box.released_at - 20 * MINUTE)
    yard.order(yard.activity(ActivityKind.LOAD, box.move.origin, move=box.move.id))
    yard.run(19)
    assert yard.truck.carrying is None
    yard.run(30)
    assert yard.truck.carrying == box.move.id
    assert yard.ends()[-1].ended_at > box.released_at


def test_what_is_ordered_is_begun_at_once_and_only_waiting_waits(yard: Yard) -> None:
    later = yard.agenda.now + 60 * MINUTE
    yard.order(
        yard.activity(ActivityKind.DRIVE, QUAY, at=later, origin=CHARGE),
        yard.activity(ActivityKind.WAIT, QUAY, at=later),
        yard.activity(ActivityKind.DRIVE, CHARGE, at=later, origin=QUAY),
    )
    yard.run(69)
    assert [a.kind for a in yard.truck.queue] == [ActivityKind.WAIT, ActivityKind.DRIVE]
    yard.run(20)
    assert not yard.truck.queue
    assert yard.ends()[-2].ended_at == later + 10 * MINUTE


def test_waiting_ends_at_its_time_or_at_once_when_that_is_past(yard: Yard) -> None:
    start = yard.agenda.now
    yard.order(yard.activity(ActivityKind.WAIT, CHARGE))
    yard.run(5)
    yard.order(yard.activity(ActivityKind.WAIT, CHARGE, at=start - 60 * MINUTE))
    yard.run(60)
    assert [e.ended_at for e in yard.ends()] == [start + 10 * MINUTE] * 2


def test_an_empty_battery_strands_the_truck_on_the_road_and_it_is_towed_back(yard: Yard) -> None:
    yard.truck.place = QUAY
    yard.truck.fit(SoC.percent(3))
    yard.order(yard.activity(ActivityKind.DRIVE, STORE, origin=QUAY))
    yard.run(30)
    assert [(e.done, e.soc) for e in yard.ends()] == [(False, SoC(0))]
    out = [e for e in yard.told if isinstance(e, TruckUnavailable)]
    assert [e.reason for e in out] == ["battery empty on the road"]
    assert yard.order(yard.activity(ActivityKind.WAIT, QUAY))[0] is Outcome.REFUSED
    yard.run(150)
    back = [e for e in yard.told if isinstance(e, TruckAvailable)]
    assert [(e.place, e.soc) for e in back] == [(QUAY, SoC.percent(30))]
    assert yard.order(yard.activity(ActivityKind.WAIT, QUAY))[0] is Outcome.ACCEPTED


def test_a_breakdown_at_the_post_pulls_the_plug_and_voids_the_orders(yard: Yard) -> None:
    evse = next(iter(yard.scenario.hub.evse_by_id))
    yard.order(
        yard.activity(ActivityKind.CHARGE, CHARGE, evse=evse), yard.activity(ActivityKind.DRIVE, QUAY, origin=CHARGE)
    )
    yard.run(5)
    yard.drivers.break_down(TRUCK, 30 * MINUTE)
    yard.run(60)
    assert yard.posts.left == [TRUCK]
    assert [(e.done, e.detail) for e in yard.ends()] == [(False, "broken down")]
    assert yard.truck.place == CHARGE
    assert isinstance(yard.told[-1], TruckAvailable)


def test_orders_come_once_however_often_they_are_sent(yard: Yard) -> None:
    wait = yard.activity(ActivityKind.WAIT, CHARGE)
    yard.order(wait)
    yard.order(wait)
    yard.run(60)
    assert len(yard.ends()) == 1


def test_a_truck_that_is_elsewhere_says_so_and_drops_the_rest(yard: Yard) -> None:
    yard.order(yard.activity(ActivityKind.DRIVE, STORE, origin=QUAY), yard.activity(ActivityKind.WAIT, STORE))
    yard.run(60)
    assert [(e.done, e.detail) for e in yard.ends()] == [(False, "it is at CHARGE, not at QUAY")]


def test_a_third_party_swap_fills_the_truck_as_agreed(yard: Yard) -> None:
    swap = yard.activity(ActivityKind.SWAP, CHARGE, fallback=FallbackId("THIRD"))
    yard.order(swap)
    yard.run(20)
    assert [e.done for e in yard.ends()] == [True]
    assert yard.truck.soc == swap.soc_after
