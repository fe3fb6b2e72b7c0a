"""Where attempts begin and end, and which share a plug-in."""

from __future__ import annotations

import pytest
from gbt import LAYOUTS, examined, frames, one_after_another
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.interop.finding import Outcome
from portwatt.interop.gbt_attempts import gather
from portwatt.interop.twin_gbt import begun_at, with_foreign, without_times
from portwatt.interop.twin_script import VIN, During, NotCleared, Override, Silence
from portwatt.interop.twin_sessions import PLAIN
from portwatt.model.capture import Bus
from portwatt.wire.gbt27930.tables import Edition


def plug_ins(recorded: object) -> list[int]:
    return [p.plug_in for p in gather(recorded, LAYOUTS).attempts]  # type: ignore[arg-type]


def test_one_session_is_one_attempt() -> None:
    assert plug_ins(frames()) == [1]


def test_nothing_is_no_session() -> None:
    assert examined([]).outcome is Outcome.NO_SESSION
    ethernet = [replace(f, bus=Bus.ETHERNET) for f in frames()]
    assert examined(ethernet).outcome is Outcome.NO_SESSION
    foreign = [replace(f, can_id=0x0070F4B5) for f in frames()]
    verdict = examined(foreign)
    assert verdict.outcome is Outcome.NO_SESSION
    assert "0070F4B5" in verdict.remarks[0]


@pytest.mark.parametrize("edition", [Edition.E2011, Edition.E2015, Edition.E2023A, Edition.E2024])
def test_two_sessions_are_two_plug_ins(edition: Edition) -> None:
    one = frames(script=replace(PLAIN, edition=edition))
    assert plug_ins(one_after_another(one, one, pause=5)) == [1, 2]


def test_retries_share_a_plug_in() -> None:
    """The charger goes back to CRM three times."""
    assert plug_ins(frames(Silence("BCP"))) == [1, 1, 1, 1]
    assert plug_ins(without_times(frames(Silence("BCP")))) == [1, 1, 1, 1]


def test_another_vehicle_is_another_plug_in() -> None:
    failed = frames(Silence("BCP"), script=replace(PLAIN, length=6.8))
    other = frames(Override("BRM", "vin", VIN[::-1]))
    assert plug_ins(one_after_another(failed, other, pause=1)) == [1, 2]
    assert plug_ins(one_after_another(failed, frames(), pause=1)) == [1, 1]


def test_a_long_silence_is_another_plug_in() -> None:
    failed = frames(Silence("BCP"), script=replace(PLAIN, length=6.8))
    assert plug_ins(one_after_another(failed, frames(), pause=31)) == [1, 2]


def test_two_channels_are_two_buses() -> None:
    one, other = frames(), frames(Silence("BCP"), script=replace(PLAIN, length=6.8))
    both = sorted([*one, *(replace(f, channel="can1") for f in other)], key=lambda f: f.at)
    mixed = [replace(f, number=number) for number, f in enumerate(both, start=1)]
    verdict = examined(mixed)
    assert {a.plug_in: a.outcome for a in verdict.attempts} == {1: Outcome.PASS, 2: Outcome.FAILED}


def test_foreign_frames_change_nothing() -> None:
    plain, mixed = examined(frames()), examined(with_foreign(frames()))
    assert [a.outcome for a in mixed.attempts] == [a.outcome for a in plain.attempts]
    assert "are none of GB/T 27930" in mixed.remarks[0]


def test_a_retry_that_works_makes_the_plug_in_a_success() -> None:
    verdict = examined(frames(NotCleared("BRM", 4)))
    assert [(a.plug_in, a.outcome) for a in verdict.attempts] == [(1, Outcome.FAILED), (1, Outcome.PASS)]
    assert verdict.outcome is Outcome.PASS


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 3), st.sampled_from(["BRM", "BCP", "CML"]))
def test_retries_do_not_inflate_failures(times: int, code: str) -> None:
    """However often the two try: one plug-in, one verdict, and its first cause is that of the first try."""
    script = replace(PLAIN, length=9.0 + 6.0 * times)
    verdict = examined(frames(Silence(code), script=script))
    assert {a.plug_in for a in verdict.attempts} == {1}
    assert verdict.outcome is Outcome.FAILED
    assert verdict.first_finding is not None
    assert verdict.first_finding.frames[0] <= verdict.attempts[0].stages[-1].frames[1]


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 330))
def test_wherever_a_recording_begins_a_completed_session_is_no_failure(number: int) -> None:
    verdict = examined(begun_at(frames(), number))
    assert verdict.outcome in (Outcome.PASS, Outcome.STOPPED)


def test_a_pause_within_charging_is_no_new_attempt() -> None:
    paused = Override("BSM", "charge_permitted", 0, During("BSM", 1, 3))
    assert plug_ins(frames(paused)) == [1]
