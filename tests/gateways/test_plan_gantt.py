from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from portwatt.gateways.plan_gantt import ZOOMS, Axis, moments_of
from portwatt.model.train import Call, CallTime, Direction, TrainRun
from portwatt.units import Window

T0 = datetime(2026, 11, 23, 16, tzinfo=UTC)
DAY = Axis(Window(T0, T0 + timedelta(hours=24)), ZoneInfo("Asia/Shanghai"))


@given(st.timedeltas(timedelta(days=-2), timedelta(days=3)))
def test_every_moment_stands_within_the_drawing(after: timedelta) -> None:
    assert 0 <= DAY.x(T0 + after) <= 100


def test_moments_stand_where_their_share_of_the_day_is() -> None:
    assert [DAY.x(T0 + timedelta(hours=h)) for h in (-1, 0, 6, 24, 30)] == [0, 0, 25, 100, 100]
    assert DAY.local(T0) == "00:00"
    assert len(list(DAY.hours)) == 25


@given(st.integers(1, 1_440), st.integers(1, 1_440), st.text("abc", min_size=2, max_size=30))
def test_a_label_is_shown_only_where_it_fits_and_the_longer_one_only_zoomed_in(a: int, b: int, long: str) -> None:
    window = Window(T0, T0 + timedelta(minutes=min(a, b)))
    shown = {z: text for css, text in DAY.label(window, long, "x") for z in css.split()}
    lengths = [len(shown.get(f"z{zoom}", "")) for zoom in ZOOMS]
    assert lengths == sorted(lengths)
    assert set(shown.values()) <= {long, "x"}


def test_a_bar_of_a_minute_shows_nothing_and_one_of_a_day_everything() -> None:
    assert list(DAY.label(Window(T0, T0), "load M1", "L")) == []
    assert list(DAY.label(DAY.window, "load M1", "L")) == [("z1 z2 z4 z8", "load M1")]


def test_an_outbound_train_is_worked_to_its_cut_off_an_inbound_one_from_its_availability() -> None:
    later = [T0 + timedelta(hours=h) for h in range(4)]
    call = Call("Y", CallTime(later[0]), CallTime(later[3]), cut_off=later[2], available=later[1])
    out = TrainRun("1", "1", "s", Direction.OUTBOUND, call, 90)
    into = TrainRun("1", "1", "s", Direction.INBOUND, call, 90)
    assert moments_of(out) == (("cut", later[2]), ("dep", later[3]))
    assert moments_of(into) == (("arr", later[0]), ("ready", later[1]))
