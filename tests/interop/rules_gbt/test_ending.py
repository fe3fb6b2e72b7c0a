"""G11, G12, G13, G20."""

from __future__ import annotations

import pytest
from gbt import attempt, found
from msgspec.structs import replace

from portwatt.interop.finding import Outcome, Side
from portwatt.interop.twin_script import During, Override, Silence
from portwatt.interop.twin_sessions import PLAIN


@pytest.mark.parametrize("name", ["overtemperature", "insulation", "overcurrent", "cell_voltage_state"])
def test_a_warning_of_the_battery_explains_the_stop(name: str) -> None:
    findings = attempt(Override("BSM", name, 1, During("BCL", 2.0))).findings
    assert [(f.rule, f.consequence) for f in findings if not f.quirk] == [("G11", False), ("G12", True)]


def test_a_pause_is_no_fault() -> None:
    forbidden = Override("BSM", "charge_permitted", 0, During("BSM", 1.0, 2.0))
    (finding,) = found("G11", forbidden)
    assert finding.quirk
    assert finding.text.endswith("it allows it again later.")
    assert attempt(forbidden).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("code", "field", "side", "said"),
    [
        ("BST", "f_insulation", Side.EV, "The vehicle stopped: insulation fault (BST)."),
        ("BST", "f_connector_overtemp", Side.LINK, "connector too hot"),
        ("BST", "e_overcurrent", Side.STATION, "more current than asked for"),
        ("CST", "f_charger_overtemp", Side.STATION, "The charger stopped: charger too hot (CST)."),
        ("CST", "f_energy_not_transferable", Side.STATION, "energy cannot be transferred"),
        ("CST", "fault_stop", Side.STATION, "a fault it does not name"),
    ],
)
def test_who_stopped_and_why(code: str, field: str, side: Side, said: str) -> None:
    script = replace(PLAIN, stop=(code, field))
    (finding,) = found("G12", script=script)
    assert finding.side is side
    assert said in finding.text
    assert attempt(script=script).outcome is Outcome.ABNORMAL


@pytest.mark.parametrize("field", ["manual_stop", "f_emergency_stop"])
def test_a_person_stops(field: str) -> None:
    script = replace(PLAIN, stop=("CST", field))
    (finding,) = found("G12", script=script)
    assert finding.side is Side.USER
    assert attempt(script=script).outcome is Outcome.STOPPED


@pytest.mark.parametrize("field", ["target_soc_reached", "total_voltage_reached", "cell_voltage_reached"])
def test_a_full_battery_is_no_finding(field: str) -> None:
    done = attempt(script=replace(PLAIN, stop=("BST", field)))
    assert (done.outcome, done.findings) == (Outcome.PASS, ())


@pytest.mark.parametrize(
    ("silent", "said", "side"),
    [
        ("BCP", "BCP did not come in time (CEM)", Side.EV),
        ("CML", "CML or CTS did not come in time (BEM)", Side.STATION),
    ],
)
def test_errors_blame_who_was_silent(silent: str, said: str, side: Side) -> None:
    assert any(said in f.text and f.side is side for f in found("G13", Silence(silent)))


def test_an_error_that_names_nothing() -> None:
    (finding,) = found("G13", Silence("BCP"), Override("CEM", "to_BCP", 0), Silence("BEM"))
    assert (finding.side, finding.confidence) == (Side.STATION, 0.4)
    assert "names no time-out" in finding.text


@pytest.mark.parametrize(
    ("silent", "said"),
    [("CST", "BST was not answered with CST"), ("CSD", "CSD did not come"), ("BSD", "BSD did not come")],
)
def test_an_end_out_of_order_spoils_nothing(silent: str, said: str) -> None:
    findings = found("G20", Silence(silent))
    assert any(said in f.text for f in findings)
    assert all(f.quirk for f in findings)
