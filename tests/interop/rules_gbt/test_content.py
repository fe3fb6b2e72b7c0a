"""G04, G07, G15, G16, G18."""

from __future__ import annotations

import pytest
from gbt import found
from msgspec.structs import replace

from portwatt.interop.finding import Side
from portwatt.interop.twin_script import Override, Reshape, Silence, ZeroSpare
from portwatt.interop.twin_sessions import PLAIN
from portwatt.wire.gbt27930.tables import Edition


@pytest.mark.parametrize(("code", "length"), [("CCS", 7), ("BRM", 41)])
def test_lengths_usual_in_the_field_are_told_and_tolerated(code: str, length: int) -> None:
    (finding,) = found("G04", Reshape(code, length))
    assert finding.quirk
    assert f"{code} has {length} bytes" in finding.text


def test_lengths_of_2011_are_right_in_2011() -> None:
    assert found("G04", script=replace(PLAIN, edition=Edition.E2011)) == []


def test_mandatory_bytes_cut_off() -> None:
    (finding,) = found("G04", Reshape("BCP", 10), Silence("CML"), Silence("CTS"))
    assert (finding.side, finding.quirk) == (Side.EV, False)
    assert "fields up to byte 13 are mandatory" in finding.text


def test_swapped_currents() -> None:
    swapped = Override("CML", "max_output_current", 0.0), Override("CML", "min_output_current", -250.0)
    (finding,) = found("G07", *swapped)
    assert (finding.side, finding.quirk) == (Side.STATION, True)
    assert "greatest current is 0 A, less than its least, 250 A" in finding.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("max_output_voltage", 500.0, "gives at most 500 V and the battery stands at 600 V"),
        ("min_output_voltage", 720.0, "gives at least 720 V and the battery takes at most 700.8 V"),
    ],
)
def test_no_voltage_suits_both(field: str, value: float, said: str) -> None:
    findings = found("G07", Override("CML", field, value), Silence("BRO"))
    assert any(said in f.text and f.side is Side.CONFIGURATION and not f.quirk for f in findings)


def test_a_battery_beyond_its_own_limit() -> None:
    findings = found("G07", Override("BCP", "max_charge_voltage", 590.0))
    assert {f.side for f in findings} == {Side.EV}
    assert len(findings) == 2  # it stands above, and asks for more


def test_padding_is_told_once_a_side() -> None:
    findings = found("G15", ZeroSpare("BSM"), ZeroSpare("BST"), ZeroSpare("CCS"))
    assert {f.side: f.quirk for f in findings} == {Side.STATION: True, Side.EV: True}
    assert any("BSM, BST" in f.text for f in findings)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("month", 13, "is no date"), ("second", b"\x5a", "is not in packed decimal"), ("year", None, "packed decimal")],
)
def test_clocks_that_cannot_be(field: str, value: int | bytes | None, said: str) -> None:
    (finding,) = found("G16", Override("CTS", field, value))
    assert said in finding.text


def test_one_voltage_the_wrong_way_round_is_a_suspicion_only() -> None:
    (finding,) = found("G18", Override("BHM", "max_allowed_voltage_for_insulation_test", b"\x1d\x4c"))
    assert finding.confidence == 0.5
    assert "750 V high byte first" in finding.text
