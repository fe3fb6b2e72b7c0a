"""What rules share: waiting, ends, words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from gbt import LAYOUTS, frames

from portwatt.interop.finding import Side
from portwatt.interop.gbt_attempts import gather
from portwatt.interop.rules_gbt.case import Case, delivered, earliest, finding, peak_current, seconds
from portwatt.interop.twin_script import Fault, Silence
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.editions import Traits, detect

AT = datetime(2026, 11, 23, tzinfo=UTC)


def case(*faults: Fault, timed: bool = True) -> Case:
    record = gather(frames(*faults), LAYOUTS).attempts[0].record
    return Case(record, LAYOUTS.tables, detect(Traits()), timed)


def message(number: int, first: int, second: float = 0.0) -> Message:
    return Message("BRO", b"\x00", {"bms_ready": 0}, number, AT + timedelta(seconds=second), first)


@pytest.mark.parametrize(
    ("span", "words"), [(0.05, "0.05 s"), (5.014, "5.01 s"), (5.0, "5 s"), (62.4, "62 s"), (600.0, "600 s")]
)
def test_seconds_in_words(span: float, words: str) -> None:
    assert seconds(timedelta(seconds=span)) == words


def test_in_time_and_too_late() -> None:
    whole, limit = case(), timedelta(seconds=5)
    assert whole.waited(Side.EV, message(1, 1, 0), message(2, 2, 5), limit) is None
    assert whole.waited(Side.EV, message(1, 1, 0), message(2, 2, 5.1), limit) == timedelta(seconds=5.1)
    assert whole.waited(Side.EV, None, message(2, 2, 9), limit) is None
    assert case(timed=False).waited(Side.EV, message(1, 1, 0), message(2, 2, 9), limit) is None


def test_an_own_error_message_is_no_excuse() -> None:
    """The charger gives up for want of BCP, and the vehicle for want of CML."""
    failed = case(Silence("BCP"))
    cem, bem = failed.record.first("CEM"), failed.record.first("BEM")
    assert cem is not None
    assert bem is not None
    assert failed.horizon(Side.EV) == cem.at
    assert failed.horizon(Side.STATION) == bem.at
    assert failed.broke_off == min(cem, bem, key=lambda m: m.number)


def test_energy() -> None:
    assert (peak_current(case().record), delivered(case().record)) == (100.0, 0.4)
    assert case().charged
    assert not case(Silence("BCP")).charged


def test_the_earliest_and_none_among_none() -> None:
    assert earliest([message(4, 4), None, message(2, 2)]) == message(2, 2)
    assert earliest([None]) is None


def test_a_finding_points_at_its_frames_once() -> None:
    made = finding("G00", (Side.EV, 0.5), (message(9, 3), message(9, 9, 1)), "What.", "Do.", quirk=True)
    assert (made.frames, made.at, made.quirk) == ((3, 9), AT, True)
