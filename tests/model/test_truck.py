"""What a battery takes; when a truck is on duty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import small_hub as small
from hypothesis import assume, given

from portwatt.model.connector import ConnectorStandard
from portwatt.model.truck import ALWAYS, DailyShift, SingleShift, accepts, duty, on_duty, shifts
from portwatt.units import Power, SoC, Window

MODEL = small.model("m", ConnectorStandard.CCS2)


def test_the_curve_goes_through_its_points_and_straight_between_them():
    for point in MODEL.curve:
        assert accepts(MODEL, point.soc) == point.power
    assert accepts(MODEL, SoC.percent(10)) == Power.kw(250)
    assert accepts(MODEL, SoC.percent(80)) == Power.kw(160)


@given(st.integers(0, 9_999))
def test_the_curve_stays_between_the_points_around(bp):
    left = max((p for p in MODEL.curve if p.soc.bp <= bp), key=lambda p: p.soc)
    right = min((p for p in MODEL.curve if p.soc.bp > bp), key=lambda p: p.soc)
    low, high = sorted((left.power, right.power))
    assert Power(low.w - 1) <= accepts(MODEL, SoC(bp)) <= high


# ── duty ────────────────────────────────────────────────────────────────────────────────────────────────────────────

NIGHT = DailyShift(20 * 60, 30 * 60, "Asia/Shanghai")
"""20:00 to 06:00; the day begins at 16:00 UTC."""
ZONES = st.sampled_from(
    ["Asia/Shanghai", "UTC", "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "America/St_Johns"]
)
MOMENTS = st.integers(0, 6 * 365 * 24 * 3600).map(lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
CLOCKS_CHANGE = timedelta(hours=1)


@st.composite
def daily(draw: st.DrawFn) -> DailyShift:
    start, length = draw(st.integers(0, 1439)), draw(st.integers(1, 1439))
    return DailyShift(start, start + length, draw(ZONES))


def utc(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_a_daily_shift_comes_again_every_day():
    for day in (2, 3, 29):
        on = Window(utc(day, 12), utc(day, 22))
        assert duty(NIGHT, utc(day, 12)) == duty(NIGHT, utc(day, 21)) == on
        assert duty(NIGHT, utc(day - 1, 22)) == on, "the next, from the moment the last is over"
        assert on_duty(NIGHT, utc(day, 12))
        assert not on_duty(NIGHT, utc(day, 22))


def test_a_single_shift_does_not_come_again():
    once = SingleShift(Window(utc(2, 0), utc(2, 8)))
    assert all(duty(once, utc(day, 4)) == once.window for day in (1, 2, 3))
    assert [on_duty(once, utc(day, 4)) for day in (1, 2, 3)] == [False, True, False]
    assert list(shifts(once, Window(utc(1, 0), utc(5, 0)))) == [once.window]


def test_without_a_shift_a_truck_is_always_on_duty():
    assert duty(None, utc(1, 0)) == ALWAYS
    assert list(shifts(None, Window(utc(1, 0), utc(5, 0)))) == [Window(utc(1, 0), utc(5, 0))]


def test_duty_keeps_to_the_clock_on_the_wall_when_the_clocks_change():
    berlin = DailyShift(6 * 60, 14 * 60, "Europe/Berlin")
    before, after = (duty(berlin, datetime(2026, 10, day, 10, tzinfo=UTC)).start for day in (24, 25))
    assert (before.hour, after.hour) == (4, 5)


def test_a_shift_the_clocks_leap_over_is_not_worked():
    leapt = DailyShift(2 * 60 + 30, 3 * 60, "Europe/Berlin")  # 29 March 2026: from 02:00 to 03:00 at once
    assert duty(leapt, datetime(2026, 3, 28, 23, tzinfo=UTC)).start == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


@given(daily(), MOMENTS)
def test_duty_is_on_or_the_next_within_a_day_and_by_the_wall_clock(shift: DailyShift, at: datetime):
    found = duty(shift, at)
    assert at < found.end
    assert found.start - at <= timedelta(days=2)
    assert abs(found.length - timedelta(minutes=shift.end_minute - shift.start_minute)) <= CLOCKS_CHANGE
    local = found.start.astimezone(ZoneInfo(shift.timezone))
    assume(local.utcoffset() == (local - timedelta(hours=3)).utcoffset())
    assert local.hour * 60 + local.minute == shift.start_minute


@given(daily(), MOMENTS, st.integers(0, 96))
def test_shifts_are_the_moments_of_duty(shift: DailyShift, start: datetime, hours: int):
    within = Window(start, start + timedelta(hours=hours))
    found = list(shifts(shift, within))
    assert all(a.end <= b.start for a, b in pairwise(found))
    for step in range(0, hours * 60, 47):
        at = start + timedelta(minutes=step)
        assert any(at in window for window in found) == on_duty(shift, at)
