"""Outcomes, facts and masks."""

from __future__ import annotations

from gbt import LAYOUTS, attempt, examined, frames
from msgspec.structs import replace

from portwatt.interop.examine_gbt import examine_gbt
from portwatt.interop.finding import Outcome
from portwatt.interop.gbt_outcome import masked
from portwatt.interop.twin_script import VIN, Override, Silence
from portwatt.interop.twin_sessions import PLAIN


def test_five_outcomes() -> None:
    assert attempt().outcome is Outcome.PASS
    assert attempt(script=replace(PLAIN, stop=("CST", "manual_stop"))).outcome is Outcome.STOPPED
    assert attempt(script=replace(PLAIN, stop=("BST", "f_insulation"))).outcome is Outcome.ABNORMAL
    assert attempt(Silence("BCP")).outcome is Outcome.FAILED
    assert examined([]).outcome is Outcome.NO_SESSION


def test_a_full_battery_takes_nothing_and_passes() -> None:
    full = (
        Override("CCS", "output_current", 0.0),
        Override("BCS", "measured_current", 0.0),
        Override("CSD", "energy", 0.0),
    )
    assert attempt(*full).outcome is Outcome.PASS


def test_a_recording_that_ends_while_charging_is_no_failure() -> None:
    verdict = examined(frames()[:200])
    assert verdict.outcome is Outcome.STOPPED
    assert verdict.remarks == ("The recording ends in the stage: charging.",)


def test_what_the_sides_said() -> None:
    facts = attempt().facts
    assert facts["greatest charging current"] == "250 A"
    assert facts["charger's greatest voltage"] == "750 V"
    assert facts["greatest current"] == "100 A"
    assert facts["energy"] == "0.4 kWh"
    assert facts["edition"] == "2015"


def test_the_vehicle_is_never_named() -> None:
    one = attempt()
    assert VIN not in repr(one)
    assert one.facts["vehicle"] == masked(VIN)
    verdict = examine_gbt(frames(), "made up", LAYOUTS, mask=lambda vin: f"#{len(vin)}")
    assert verdict.attempts[0].facts["vehicle"] == "#17"


def test_masks_are_alike_for_alike_vehicles_only() -> None:
    assert masked("A") == masked("A") != masked("B")
    assert len(masked("A")) == 8
