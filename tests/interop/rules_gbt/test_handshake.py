"""G01, G02, G05, G17."""

from __future__ import annotations

from datetime import timedelta

from gbt import attempt, examined, found, frames
from msgspec.structs import replace

from portwatt.interop.finding import Outcome, Side
from portwatt.interop.twin_gbt import begun_at
from portwatt.interop.twin_script import During, NotCleared, Override, Silence, VersionAnswer
from portwatt.interop.twin_sessions import PLAIN
from portwatt.wire.gbt27930.tables import Edition


def test_a_late_recording_is_not_blamed_on_the_charger() -> None:
    verdict = examined(begun_at(frames(), 15))
    (finding,) = [f for f in verdict.attempts[0].findings if f.rule == "G01"]
    assert (finding.quirk, finding.confidence) == (True, 0.3)
    assert "may begin too late" in finding.text


def test_a_retry_begins_with_crm_and_lacks_no_greeting() -> None:
    verdict = examined(frames(Silence("BCP")))
    assert len(verdict.attempts) > 1
    assert not [f for a in verdict.attempts for f in a.findings if f.rule == "G01"]


def test_a_vehicle_of_2011_need_not_answer_the_greeting() -> None:
    (finding,) = found("G02", script=replace(PLAIN, vehicle_edition=Edition.E2011))
    assert (finding.side, finding.quirk) == (Side.CONFIGURATION, True)
    assert "2011" in finding.text


def test_an_answer_after_six_seconds_is_late() -> None:
    first, *others = frames()
    later = [replace(frame, at=frame.at + timedelta(seconds=6)) for frame in others]
    (finding,) = [f for f in examined([first, *later]).attempts[0].findings if f.rule == "G02"]
    assert finding.quirk
    assert finding.text == "BHM came 6 s after CHM, later than 5 s."


def test_a_vehicle_that_answers_nothing_is_the_cause() -> None:
    (finding,) = found("G02", Silence("BHM"), Silence("BRM"))
    assert (finding.side, finding.quirk) == (Side.EV, False)


def test_recognised_without_being_heard() -> None:
    faults = NotCleared("BRM"), Override("CRM", "recognition_result", 0xAA, During("CRM", 3.0)), Silence("BCP")
    (finding,) = found("G05", *faults)
    assert (finding.side, finding.quirk, finding.consequence) == (Side.STATION, False, True)


def test_negotiation_ends_four_ways() -> None:
    """Agreed, older wished for, refused, unanswered."""
    new = replace(PLAIN, edition=Edition.E2024)
    agreed = attempt(script=new)
    assert (agreed.protocol, agreed.stages[0].stage) == ("GB/T 27930.2-2024", "version negotiation")
    older, refused, silent = (
        attempt(script=replace(new, version_answer=answer))
        for answer in (VersionAnswer.OLDER, VersionAnswer.REFUSES, VersionAnswer.SILENT)
    )
    assert [a.outcome for a in (agreed, older, refused, silent)] == [
        *(Outcome.PASS, Outcome.PASS, Outcome.FAILED, Outcome.PASS)
    ]
    assert [a.findings[0].quirk for a in (older, refused, silent)] == [True, False, True]
    assert older.protocol == "GB/T 27930-2015"
    assert "never answered" in silent.findings[0].text
