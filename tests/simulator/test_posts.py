"""Trucks at real simulated stations, the hub's part of the talk taken by the world's own silence or by a drop-off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from portwatt.ids import ActivityId, EvseId, StationId, TruckId
from portwatt.model.plan import Activity, ActivityKind
from portwatt.simulator.posts import ATTEMPTS, IN_LINE
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.truck import SimulatedTruck
from portwatt.simulator.world import World
from portwatt.units import SoC, Window

EVSE = EvseId("POST-NEW/1")
MINUTE = timedelta(minutes=1)


class Stand:
    """A world whose stations never connect: they let trucks charge unasked, at full power."""

    def __init__(self, scenario: Scenario) -> None:
        self.world = World(scenario, 7, timedelta(hours=6))
        for plant in self.world.field.plants.values():
            plant.disconnect(self.world.agenda.now)
        self.ended: dict[str, tuple[bool, str]] = {}

    def truck(self, name: str) -> SimulatedTruck:
        return self.world.drivers.trucks[TruckId(name)]

    def activity(self, kind: ActivityKind, to: float, station: str | None = None) -> Activity:
        now = self.world.agenda.now
        return Activity(
            ActivityId("T/1"),
            kind,
            Window(now, now + 60 * MINUTE),
            self.truck("P-01").place,
            SoC.percent(20),
            SoC.percent(to),
            evse=EVSE if station is None else None,
            station=StationId(station) if station else None,
        )

    def charge(self, name: str, to: float) -> None:
        def ended(done: bool, detail: str) -> None:
            self.ended[name] = (done, detail)

        self.world.posts.charge(self.truck(name), self.activity(ActivityKind.CHARGE, to), ended)

    def run(self, minutes: float) -> None:
        self.world.run(self.world.agenda.now + minutes * MINUTE)
        for station, plant in self.world.field.plants.items():
            if plant.connected:
                self.world.field.disconnect(station)


@pytest.fixture
def stand(small: Scenario) -> Stand:
    made = Stand(small.undisturbed())
    made.run(2)
    return made


def test_a_truck_charges_until_it_has_what_was_meant_and_leaves(stand: Stand) -> None:
    stand.charge("P-01", 50)
    stand.run(59)
    assert stand.ended == {"P-01": (True, "")}
    assert SoC.percent(49.9) <= stand.truck("P-01").soc <= SoC.percent(50.1)
    assert stand.truck("P-01").evse is None
    assert (stand.world.posts.visits, stand.world.posts.first_time, stand.world.posts.failures) == (1, 1, 0)


def test_the_second_truck_waits_for_the_first(stand: Stand) -> None:
    stand.charge("P-01", 40)
    stand.charge("P-02", 40)
    stand.run(5)
    assert stand.truck("P-02").evse is None
    stand.run(115)
    assert stand.ended == {"P-01": (True, ""), "P-02": (True, "")}


def test_a_driver_does_not_wait_in_line_for_ever(stand: Stand) -> None:
    stand.charge("P-01", 79)
    stand.charge("P-02", 40)
    stand.run(IN_LINE / MINUTE + 1)
    done, detail = stand.ended["P-02"]
    assert not done
    assert "was taken for 30 minutes" in detail


def test_handshakes_that_keep_failing_make_a_driver_give_up(small: Scenario) -> None:
    never = replace(small.undisturbed(), hub=replace(small.hub, odds=(replace(small.hub.odds[0], success=0.0),)))
    stand = Stand(replace(never, disturbance=small.disturbance.model_copy(update=_ONLY_HANDSHAKES)))
    stand.run(2)
    stand.charge("P-01", 50)
    stand.run(30)
    done, detail = stand.ended["P-01"]
    assert not done
    assert f"{ATTEMPTS} handshakes failed at {EVSE}" in detail
    assert stand.world.posts.failures == stand.world.posts.attempts == ATTEMPTS
    assert stand.world.posts.first_time == 0


_ONLY_HANDSHAKES = {
    "handshake_scale": 1,
    "drop_offs_per_station": 0,
    "faults_per_evse": 0,
    "breakdowns_per_truck": 0,
}


def test_a_fault_of_the_outlet_ends_the_charge(stand: Stand) -> None:
    stand.charge("P-01", 70)
    stand.run(10)
    plant = stand.world.field.plants[StationId("POST-NEW")]
    stand.world.field.spoke(plant, plant.fault(1, "InternalError", stand.world.agenda.now))
    stand.run(1)
    done, detail = stand.ended["P-01"]
    assert not done
    assert "fault" in detail
    assert stand.truck("P-01").evse is None


def test_a_truck_pulled_out_frees_the_outlet(stand: Stand) -> None:
    stand.charge("P-01", 70)
    stand.charge("P-02", 40)
    stand.run(10)
    stand.world.posts.leave(stand.truck("P-01"))
    stand.run(2)
    assert stand.truck("P-01").evse is None
    assert stand.truck("P-02").evse == EVSE


def test_a_swap_gives_a_full_pack_for_an_empty_one(stand: Stand) -> None:
    truck = stand.truck("S-01")
    old, ended = truck.pack, []
    swap = stand.activity(ActivityKind.SWAP, 100, "SWAP-1")
    stand.world.posts.swap(truck, swap, lambda done, detail: ended.append((done, detail)))
    stand.run(20)
    assert ended == [(True, "")]
    assert truck.pack not in (None, old)
    assert truck.soc >= SoC.percent(90)
    stand.world.audit_now()
    assert stand.world.audit.count == 0
