from __future__ import annotations

import pytest
from simulated import MODEL, charging_station, truck

from portwatt.errors import UsageError
from portwatt.model.connector import ConnectorStandard
from portwatt.model.station import Connector
from portwatt.simulator.vehicle import MICROJOULES_PER_WH, Battery
from portwatt.units import Energy, Power, SoC


def flat(power: Power) -> Battery:
    return Battery(Energy.kwh(100), SoC.percent(50), lambda _: power)


def test_a_battery_keeps_what_it_is_given_to_the_microjoule() -> None:
    battery = flat(Power.kw(50))
    before = battery.stored_uj
    for _ in range(3):
        battery.fill(MICROJOULES_PER_WH // 3)
    assert battery.stored_uj - before == MICROJOULES_PER_WH
    assert battery.stored == Energy(50_001)


def test_a_battery_takes_nothing_from_its_target_on() -> None:
    battery = flat(Power.kw(50))
    assert battery.accepted_w(SoC.percent(50)) == 0
    assert battery.accepted_w(SoC.percent(51)) == 50_000


def test_a_curve_that_runs_out_ends_the_charge() -> None:
    assert flat(Power(999)).accepted_w(SoC(10_000)) == 0
    assert flat(Power(1000)).accepted_w(SoC(10_000)) == 1000


def test_driving_never_takes_more_than_there_is() -> None:
    battery = flat(Power.kw(50))
    battery.drain(Energy.kwh(20))
    assert battery.soc == SoC.percent(30)
    battery.drain(Energy.kwh(200))
    assert battery.soc == SoC(0)


def test_a_battery_without_capacity_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="capacity"):
        Battery(Energy(0), SoC(0), lambda _: Power(1))


def test_the_curve_is_that_of_the_model() -> None:
    vehicle = truck(90)
    assert vehicle.battery.accepted_w(vehicle.target) == 150_000
    vehicle.fit(Energy.kwh(282), SoC.percent(10))
    assert (vehicle.soc, vehicle.battery.capacity) == (SoC.percent(10), Energy.kwh(282))
    assert vehicle.battery.accepted_w(vehicle.target) == 240_000


def test_the_cable_limits_the_power() -> None:
    evse = charging_station(amperes=500).evses[0]
    vehicle = truck()
    thick, thin = Connector(ConnectorStandard.CCS2, 1000), Connector(ConnectorStandard.CCS2, 100)
    assert vehicle.most(evse, thick) == Power.kw(350)
    assert vehicle.most(evse, thin) == Power.kw(60)  # 100 A at 600 V, the middle of MODEL's window
    assert vehicle.cable(evse) == Connector(ConnectorStandard.CCS2, 500)
    assert MODEL.voltage.low_v + MODEL.voltage.high_v == 1200


def test_a_cable_that_does_not_fit_is_no_cable() -> None:
    evse = charging_station().evses[0]
    other = type(evse)(evse.id, (Connector(ConnectorStandard.CHAOJI, 800),), evse.max_power, evse.voltage)
    assert truck().cable(other) is None
