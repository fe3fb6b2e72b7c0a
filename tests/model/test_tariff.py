"""Tariff bands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
import small_hub as small
from hypothesis import given
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.model.tariff import BandName, bands
from portwatt.units import EnergyPrice, Window

CHINA = small.tariff()
MOMENTS = st.integers(0, 2 * 365 * 24 * 3600).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))


@given(
    MOMENTS,
    st.integers(1, 5 * 24 * 3600),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]),
)
def test_bands_cover_a_horizon_without_gap_or_overlap(start, seconds, zone):
    """In zones with summer time too, where a local day has 23 or 25 hours."""
    horizon = Window(start, start + timedelta(seconds=seconds))
    found = bands(small.tariff(zone), horizon)
    assert found[0].window.start == horizon.start
    assert found[-1].window.end == horizon.end
    assert all(a.window.end == b.window.start for a, b in pairwise(found))


@given(MOMENTS)
def test_the_band_of_a_moment_is_that_of_its_local_time(moment):
    (band,) = bands(CHINA, Window(moment, moment + timedelta(microseconds=1)))
    hour = moment.astimezone(ZoneInfo("Asia/Shanghai")).hour
    assert band.name is (BandName.VALLEY if hour < 8 else BandName.FLAT if hour < 18 else BandName.PEAK)


def test_only_the_floating_part_of_a_price_is_multiplied():
    assert CHINA.price(BandName.VALLEY) == EnergyPrice.per_kwh(0.4)
    assert CHINA.price(BandName.PEAK) == EnergyPrice.per_kwh(1.06)
    with pytest.raises(UsageError, match="no price for the band sharp"):
        CHINA.price(BandName.SHARP)


def test_a_month_without_a_season_is_named():
    summer = replace(CHINA, seasons=(replace(CHINA.seasons[0], months=(6, 7, 8)),))
    with pytest.raises(UsageError, match="says nothing about month 11"):
        bands(summer, Window(small.START, small.minutes(60)))


def test_an_empty_horizon_has_no_bands():
    assert bands(CHINA, Window(small.START, small.START)) == ()
