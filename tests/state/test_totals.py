"""What adds up."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
import small_hub as small
from hypothesis import given, settings

from portwatt.events import HubOpened
from portwatt.model.tariff import BandName
from portwatt.state import HubState, apply
from portwatt.state.totals import ended, metered
from portwatt.state.transactions import TransactionState
from portwatt.units import Energy, Money, Power

UP = small.in_the_morning()


def at(minute: float, state: HubState = UP) -> HubState:
    return state.having(at=small.minutes(minute))


def test_energy_costs_the_price_of_its_band():
    """The start is 08:00 in Shanghai: flat until 18:00, then peak."""
    state = metered(at(0), Energy.kwh(100), Power(0), Power.kw(50))
    state = metered(at(10 * 60, state), Energy.kwh(10), Power.kw(50), Power.kw(20))
    assert state.totals.by_band == {BandName.FLAT: Energy.kwh(100), BandName.PEAK: Energy.kwh(10)}
    assert state.totals.cost == Money.cny(70 + 10.6)
    assert (state.totals.load, state.totals.peak) == (Power.kw(20), Power.kw(50))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5_000)), max_size=60))
def test_bands_add_up_to_the_whole_and_small_steps_lose_nothing(steps):
    state, minute, cost = UP, 0, 0
    for wait, wh in steps:
        minute += wait
        state = metered(at(minute, state), Energy(wh), Power(0), Power(0))
        cost += state.totals.band.price.micro * wh if wh else 0
    assert sum(e.wh for e in state.totals.by_band.values()) == state.totals.energy.wh == sum(wh for _, wh in steps)
    assert 0 <= cost / 1000 - state.totals.cost_micro <= len(steps)


def test_the_load_of_the_site_is_that_of_all_who_draw_also_where_no_energy_was_measured():
    state = metered(at(0), Energy(0), Power(0), Power.kw(50))
    state = metered(state, Energy(0), Power(0), Power.kw(30))
    assert (state.totals.load, state.totals.peak) == (Power.kw(80), Power.kw(80))
    state = metered(state, Energy(0), Power.kw(50), Power(0))
    assert (state.totals.load, state.totals.peak) == (Power.kw(30), Power.kw(80))


@pytest.mark.parametrize(("wh", "seconds", "good"), [(500, 60, 1), (499, 60, 0), (500, 59, 0)])
def test_a_transaction_succeeds_with_half_a_kilowatt_hour_in_a_minute_at_least(wh, seconds, good):
    over = TransactionState(
        station=small.CCS,
        evse=small.CCS1,
        token=small.token(small.T1),
        truck=small.T1,
        started_at=small.START,
        ended_at=small.START + timedelta(seconds=seconds),
        meter_start=Energy(0),
        meter=Energy(wh),
    )
    assert (ended(UP, over).totals.transactions, ended(UP, over).totals.successful) == (1, good)


def test_a_new_hub_file_brings_its_tariff_at_once():
    state = metered(at(0), Energy.kwh(1), Power(0), Power(0))
    assert state.totals.band is not None
    assert apply(state, HubOpened(at=state.at, hub=small.hub())).totals.band is None
