"""Quantities."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from portwatt.errors import UsageError
from portwatt.units import (
    Consumption,
    Distance,
    Energy,
    Money,
    Power,
    SoC,
    Window,
    as_utc,
    local_time,
    whole,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHOLE = st.integers(-(10**9), 10**9)


def test_time_is_utc_and_a_zone_is_never_guessed():
    assert as_utc(datetime.fromisoformat("2026-11-23T20:00:00+08:00")) == NOON
    assert as_utc(datetime.fromisoformat("2026-11-23T20:00:00+08:00")).tzinfo is UTC
    with pytest.raises(UsageError, match=r"no time zone; give one, for example \+08:00"):
        as_utc(NOON.replace(tzinfo=None))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_does_not_have_is_refused(text):
    with pytest.raises(UsageError, match="beyond the calendar"):
        as_utc(datetime.fromisoformat(text))


@pytest.mark.parametrize(("value", "rounded"), [(0.5, 1), (-0.5, -1), (1.49, 1), (Decimal("2.5"), 3), (0.0, 0)])
def test_halves_go_away_from_zero(value, rounded):
    assert whole(value) == rounded


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("-Infinity")])
def test_what_is_not_a_number_is_refused(value):
    with pytest.raises(UsageError, match="not a finite number"):
        whole(value)


def test_power_over_time_is_energy():
    assert Power.kw(350).over(timedelta(minutes=15)) == Energy.kwh(87.5)
    assert Power.kw(350).as_kw == 350
    assert Power.kw(1) + Power.kw(2) - Power.kw(4) == Power(-1_000)
    assert Power(1_001).scaled(0.5) == Power(501)


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_time_at_a_power_is_enough_and_not_a_second_more(wh, w):
    time = Energy(wh).time_at(Power(w))
    seconds = round(time.total_seconds())
    assert w * seconds >= wh * 3600
    assert w * (seconds - 1) < wh * 3600


def test_energy_never_arrives_at_no_power():
    with pytest.raises(UsageError, match="never arrive"):
        Energy(1).time_at(Power(0))


@given(WHOLE, WHOLE)
def test_energies_add_and_keep_their_order(a, b):
    assert Energy(a) + Energy(b) - Energy(b) == Energy(a)
    assert (Energy(a) < Energy(b)) == (a < b)


@pytest.mark.parametrize("bp", [-1, 10_001])
def test_a_state_of_charge_is_between_0_and_100_percent(bp):
    with pytest.raises(UsageError, match="outside 0 to 100 %"):
        SoC(bp)


@given(st.integers(0, 10_000), st.integers(1, 10**6))
def test_a_state_of_charge_survives_the_way_to_energy_and_back_within_a_rounding(bp, capacity):
    soc = SoC(bp)
    again = SoC.from_energy(soc.of(Energy(capacity)), Energy(capacity))
    assert again <= soc
    assert (soc.bp - again.bp) * capacity < 10_000 + capacity


def test_a_meter_that_says_a_little_more_is_held_to_full():
    assert SoC.from_energy(Energy(101), Energy(100)) == SoC(10_000)
    assert SoC.from_energy(Energy(-1), Energy(100)) == SoC(0)
    with pytest.raises(UsageError, match="without capacity"):
        SoC.from_energy(Energy(1), Energy(0))


def test_consumption_is_rounded_up():
    assert Consumption.kwh_per_km(1.5).over(Distance.km(10)) == Energy.kwh(15)
    assert Consumption(1_001).over(Distance(1)) == Energy(2)


def test_money():
    assert Money.cny(1.25) + Money.cny("0.75") == Money(200)
    assert Money.cny("0.005") == Money(1), "half a fen goes up"
    assert Money(125).amount == Decimal("1.25")
    with pytest.raises(UsageError, match="cannot add EUR to CNY"):
        Money(1) + Money(1, "EUR")


def test_a_window_includes_its_start_and_not_its_end():
    hour = timedelta(hours=1)
    window = Window(NOON, NOON + hour)
    assert NOON in window
    assert NOON + hour not in window
    assert window.length == hour
    assert not window.overlaps(Window(NOON + hour, NOON + 2 * hour))
    assert window.overlaps(Window(NOON - hour, NOON + timedelta(seconds=1)))
    with pytest.raises(UsageError, match="cannot end"):
        Window(NOON, NOON - hour)


def test_a_moment_is_told_in_the_time_of_the_hub() -> None:
    assert local_time(datetime(2026, 11, 23, 16, 5, 59, tzinfo=UTC), "Asia/Shanghai") == "24 Nov 00:05"
