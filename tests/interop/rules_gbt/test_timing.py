"""G06, G08, G09, G10, G14, G19."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gbt import attempt, examined, found, frames
from msgspec.structs import replace

from portwatt.interop.finding import Outcome, Side
from portwatt.interop.twin_gbt import without_times
from portwatt.interop.twin_script import During, Silence, Slow
from portwatt.interop.twin_sessions import PLAIN


@pytest.mark.parametrize(
    ("silent", "name", "side"),
    [("BRM", "BRM", Side.EV), ("BCP", "BCP", Side.EV), ("CML", "CML", Side.STATION), ("CRM", "CRM", Side.STATION)],
)
def test_who_is_waited_for(silent: str, name: str, side: Side) -> None:
    findings = found("G06", Silence(silent))
    assert (findings[0].side, findings[0].quirk) == (side, False)
    assert findings[0].text.startswith(f"{name} had not come")


def test_late_and_tolerated() -> None:
    """BCP 4 s after CRM(0xAA), and another 2 s lost by a slow clock: too late, and both went on."""
    whole = frames(Silence("BCP", During("BCP", 0, 4.0)))
    before = next(f.number for f in whole if f.data[:1] == b"\x10" and f.data[6:7] == b"\x06")
    shifted = [f if f.number < before else replace(f, at=f.at + timedelta(seconds=2)) for f in whole]
    (finding,) = [f for f in examined(shifted).attempts[0].findings if f.rule == "G06"]
    assert (finding.quirk, finding.side) == (True, Side.EV)
    assert "BCP came 6" in finding.text


@pytest.mark.parametrize(("field", "side"), [("vehicle_ready", Side.EV), ("charger_ready", Side.STATION)])
def test_not_ready_in_a_minute(field: str, side: Side) -> None:
    (finding,) = found("G08", script=replace(PLAIN, **{field: 70.0}))
    assert (finding.side, finding.quirk) == (side, False)
    assert "60 s" in finding.text


def test_a_charger_that_falls_silent() -> None:
    (finding,) = found("G09", Silence("CCS", During("CCS", 2.0)))
    assert (finding.side, finding.quirk) == (Side.STATION, False)
    assert "CCS stopped coming" in finding.text
    assert attempt(Silence("CCS", During("CCS", 2.0))).outcome is Outcome.ABNORMAL


def test_a_pause_nobody_minded_is_a_quirk() -> None:
    whole = frames(Silence("BCL", During("BCL", 1.0, 1.9)))
    # Half a second is cut out of the log, so that the pause looks longer than it was.
    hole = next(f.at for f in whole if f.can_id == 0x181056F4) + timedelta(seconds=1.4)
    shifted = [f if f.at < hole else replace(f, at=f.at + timedelta(seconds=0.5)) for f in whole]
    findings = [f for f in examined(shifted).attempts[0].findings if f.rule == "G09"]
    assert [f.quirk for f in findings] == [True]


def test_a_hole_in_the_recording_is_nobodys_fault() -> None:
    whole = frames(script=replace(PLAIN, charging=20))
    first = next(f.at for f in whole if f.can_id == 0x1812F456)
    kept = [f for f in whole if not timedelta(seconds=2) < f.at - first < timedelta(seconds=9)]
    verdict = examined(kept)
    findings = [f for f in verdict.attempts[0].findings if f.rule in ("G09", "G10")]
    assert {f.side for f in findings} == {Side.LINK}
    assert all(f.quirk for f in findings)
    assert verdict.outcome is Outcome.PASS


def test_the_battery_state_is_supervised_from_2023_on_only() -> None:
    (finding,) = found("G10", Silence("BSM", During("BSM", 1.0)), script=replace(PLAIN, charging=8))
    assert finding.quirk
    assert "BSM stopped coming" in finding.text


def test_pace() -> None:
    (finding,) = found("G14", Slow("CCS", 0.07))
    assert finding.text == "CCS came every 70 ms on average; the standard says 50 ms."
    assert found("G14", Slow("CCS", 0.055)) == []


def test_without_times_nothing_is_late() -> None:
    verdict = examined(without_times(frames(Silence("BCP"))))
    rules = {f.rule for a in verdict.attempts for f in a.findings}
    assert "G19" in rules
    assert not rules & {"G06", "G08", "G09", "G10", "G14"}


def test_times_that_run_backward() -> None:
    whole = frames()
    turned = [replace(a, at=b.at) for a, b in zip(whole, reversed(whole), strict=True)]
    (finding,) = [f for f in examined(turned).attempts[0].findings if f.rule == "G19"]
    assert "run backward" in finding.text
