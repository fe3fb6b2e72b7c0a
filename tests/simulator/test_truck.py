from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portwatt.ids import MoveId
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.truck import Road, SimulatedTruck
from portwatt.units import Distance, Energy, SoC

AT = datetime(2026, 11, 24, tzinfo=UTC)


def _truck(small: Scenario) -> SimulatedTruck:
    truck = small.hub.trucks[0]
    return SimulatedTruck(truck, small.hub.model_by_id[truck.model])


def test_a_container_costs_energy(small: Scenario) -> None:
    truck = _truck(small)
    empty = truck.needs(Distance.km(10), 1.0)
    truck.carrying = MoveId("M")
    assert (empty, truck.needs(Distance.km(10), 1.0)) == (Energy.kwh(10), Energy.kwh(16))
    assert truck.needs(Distance.km(10), 1.1) == Energy.kwh(17.6)


@given(km=st.integers(0, 2_000), share=st.floats(0, 1))
def test_a_battery_is_never_below_empty(small: Scenario, km: int, share: float) -> None:
    truck = _truck(small)
    before = truck.vehicle.battery.stored
    energy = truck.needs(Distance.km(km), 1.0)
    road = Road(energy, AT, timedelta(hours=1))
    truck.vehicle.battery.drain(road.used(AT + timedelta(hours=1) * share))
    assert Energy(0) <= truck.vehicle.battery.stored <= before


def test_a_drive_uses_its_energy_evenly_over_its_time() -> None:
    road = Road(Energy.kwh(30), AT, timedelta(minutes=30))
    assert road.used(AT) == Energy(0)
    assert road.used(AT + timedelta(minutes=10)) == Energy.kwh(10)
    assert road.used(AT + timedelta(hours=2)) == Energy.kwh(30)


def test_another_pack_brings_its_own_charge(small: Scenario) -> None:
    truck = _truck(small)
    truck.fit(SoC.percent(97))
    assert truck.soc == SoC.percent(97)


def test_a_halted_truck_forgets_its_orders_and_what_was_under_way(small: Scenario) -> None:
    truck = _truck(small)
    truck.under_way = True
    before = truck.turn
    truck.halt()
    assert not truck.queue
    assert not truck.under_way
    assert truck.turn == before + 1
