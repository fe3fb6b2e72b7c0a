"""What adds up."""

from __future__ import annotations

import hypothesis.strategies as st
import small_hub as small
from hypothesis import given, settings

from portwatt.events import HubOpened
from portwatt.model.tariff import BandName
from portwatt.state import HubState, apply
from portwatt.state.totals import metered
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


def test_a_new_hub_file_brings_its_tariff_at_once():
    state = metered(at(0), Energy.kwh(1), Power(0), Power(0))
    assert state.totals.band is not None
    assert apply(state, HubOpened(at=state.at, hub=small.hub())).totals.band is None
