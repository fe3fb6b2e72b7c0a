"""The two made-up sides by themselves: they wait, answer, time out, and try again."""

from __future__ import annotations

from gbt import LAYOUTS
from msgspec.structs import replace

from portwatt.interop.twin_sessions import PLAIN
from portwatt.interop.twin_sides import READY, Charger, Phase, Vehicle
from portwatt.wire.gbt27930.tables import Edition

TABLES = LAYOUTS.tables


def codes(side: Charger | Vehicle, *times: float) -> list[str]:
    return [code for now in times for code, _ in side.due(now)]


def test_a_vehicle_says_nothing_unasked() -> None:
    assert codes(Vehicle(PLAIN, TABLES), 0, 1, 2, 100) == []


def test_a_vehicle_answers_the_greeting_and_gives_up_after_30_s() -> None:
    vehicle = Vehicle(PLAIN, TABLES)
    vehicle.hear("CHM", {}, 0.0)
    assert codes(vehicle, 0.0, 0.1, 0.25) == ["BHM", "BHM"]
    assert codes(vehicle, 30.01) == ["BEM"]
    assert vehicle.phase is Phase.ERROR


def test_a_vehicle_of_2011_waits_for_crm() -> None:
    vehicle = Vehicle(replace(PLAIN, edition=Edition.E2011), TABLES)
    vehicle.hear("CHM", {}, 0.0)
    assert codes(vehicle, 0.0) == []
    vehicle.hear("CRM", {"recognition_result": 0}, 1.0)
    ((code, values),) = vehicle.due(1.0)
    assert (code, values["protocol_version"]) == ("BRM", "1.0")


def test_a_vehicle_misses_the_charger_s_status_after_a_second() -> None:
    vehicle = Vehicle(PLAIN, TABLES)
    for code, values in (("CRM", {"recognition_result": 0}), ("CRM", {"recognition_result": READY}), ("CML", {})):
        vehicle.hear(code, values, 0.0)
    vehicle.hear("CRO", {"charger_ready": READY}, 1.0)
    vehicle.hear("CCS", {}, 1.2)
    assert "BCL" in codes(vehicle, 1.3)
    ((code, values),) = vehicle.due(2.21)
    assert (code, values["to_CCS"]) == ("BEM", 1)
    vehicle.hear("CRM", {"recognition_result": 0}, 3.0)
    assert codes(vehicle, 3.0) == ["BRM"]


def test_a_charger_goes_on_without_a_greeting_after_5_s() -> None:
    charger = Charger(PLAIN, TABLES)
    assert codes(charger, 0.0, 5.0) == ["CHM", "CHM"]
    assert codes(charger, 5.01) == ["CRM"]


def test_a_charger_tries_three_times() -> None:
    charger = Charger(replace(PLAIN, edition=Edition.E2011), TABLES)
    said = [code for tick in range(4000) for code, _ in charger.due(tick / 100)]
    starts = sum(1 for before, code in zip(["", *said], said, strict=False) if code == "CRM" and before != "CRM")
    assert (starts, charger.phase) == (1 + TABLES.retries, Phase.OVER)


def test_a_charger_stops_for_a_sick_battery_and_pauses_for_a_forbidding_one() -> None:
    charger = Charger(PLAIN, TABLES)
    charger.enter(Phase.CHARGE, 0.0)
    charger.hear("BSM", {"charge_permitted": 0}, 0.1)
    ((_, values),) = charger.due(0.1)
    assert (values["charge_permitted"], values["output_current"]) == (0, 0.0)
    charger.hear("BSM", {"charge_permitted": 1, "insulation": 1}, 0.2)
    ((code, values),) = charger.due(0.2)
    assert (code, values["fault_stop"]) == ("CST", 1)
