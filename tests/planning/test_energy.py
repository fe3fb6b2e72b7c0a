"""A charge follows the curve, the cap and the power left, and is exact to the joule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.model.truck import CurvePoint, accepts
from portwatt.planning.cases import Size, day
from portwatt.planning.energy import JOULES, Supply, fill, stair
from portwatt.units import Energy, Power, SoC

MODEL = day(Size(moves=0, trucks=1), 1).models[1]
CAPACITY = MODEL.battery.wh * JOULES
SLOT = 900
PLENTY = Supply([10**7] * 100, [10**7] * 100, SLOT)
MOST = 350_000


@pytest.mark.parametrize("cap", [50_000, 200_000, MOST])
def test_the_staircase_lies_under_curve_and_cap(cap: int) -> None:
    steps = stair(MODEL, cap)
    assert steps.ends[-1] == CAPACITY
    below = 0
    for end, power in zip(steps.ends, steps.powers, strict=True):
        assert power <= cap
        for joules in (below, (below + end) // 2, end):
            assert power <= accepts(MODEL, SoC(joules * 10_000 // CAPACITY)).w + 1_000
        below = end


@given(st.integers(0, 9_999), st.integers(0, 10_000), st.integers(0, 5_000), st.integers(1, 20_000))
def test_energy_and_time_agree(before_bp: int, target_bp: int, start: int, patience: int) -> None:
    before, target = CAPACITY * before_bp // 10_000, CAPACITY * target_bp // 10_000
    filling = fill(stair(MODEL, MOST), before, target, (start, start + patience), PLENTY)
    if filling is None:
        assert target - before < MOST
        return
    assert filling.joules == before + sum(watts * (end - begin) for begin, end, watts in filling.stretches())
    assert filling.joules <= target
    assert filling.end <= start + patience
    stopped_early = filling.end < start + patience
    assert not stopped_early or target - filling.joules < MOST


@given(st.integers(0, 2_000), st.integers(0, 3_599), st.integers(20_000, 200_000))
def test_where_the_curve_rises_no_second_draws_more_than_the_battery_takes(bp: int, more: int, supplied: int) -> None:
    """Ramps up to 10 %: a battery that is nearly empty takes less, and a second of power is 2.8 hundredths of it."""
    ramp = CurvePoint(SoC(0), Power(102_000)), CurvePoint(SoC(1_000), Power(170_000))
    model = replace(MODEL, battery=Energy(171_000), curve=(*ramp, CurvePoint(SoC(10_000), Power(170_000))))
    capacity = model.battery.wh * JOULES
    supply = Supply([supplied] * 100, [supplied] * 100, SLOT)
    joules = bp * capacity // 10_000 + more
    filling = fill(stair(model, MOST), joules, capacity // 4, (0, 90_000), supply)
    assert filling is not None
    for begin, end, watts in filling.stretches():
        for held in (joules, joules + watts * (end - begin)):
            assert watts <= accepts(model, SoC(held * 10_000 // capacity + 1)).w
        joules += watts * (end - begin)
    assert joules == filling.joules


def test_less_power_takes_longer() -> None:
    half = Supply([MOST // 2] * 100, PLENTY.station, SLOT)
    fast = fill(stair(MODEL, MOST), 0, CAPACITY // 2, (0, 90_000), PLENTY)
    slow = fill(stair(MODEL, MOST), 0, CAPACITY // 2, (0, 90_000), half)
    assert fast is not None
    assert slow is not None
    assert slow.end > fast.end
    assert max(watts for _, watts in slow.steps) <= MOST // 2


def test_a_slot_without_power_is_waited_for() -> None:
    supply = Supply([10**6, 0, 10**6], [10**6] * 3, SLOT)
    filling = fill(stair(MODEL, MOST), 0, CAPACITY // 2, (0, 3 * SLOT), supply)
    assert filling is not None
    assert (SLOT, 0) in filling.steps
    assert filling.end > 2 * SLOT


def test_no_power_no_charge() -> None:
    none = Supply([0] * 10, [0] * 10, SLOT)
    assert fill(stair(MODEL, MOST), 0, CAPACITY, (0, 9_000), none) is None


def test_a_full_battery_takes_nothing() -> None:
    assert fill(stair(MODEL, MOST), CAPACITY, CAPACITY, (0, 9_000), PLENTY) is None


def test_a_curve_that_dips_between_two_bins_is_respected() -> None:
    points = [p for p in MODEL.curve if p.soc.bp != 7_000]
    dip = [replace(points[0], soc=SoC(3_010)), replace(points[0], soc=SoC(3_020), power=points[0].power.scaled(0.1))]
    dipped = replace(MODEL, curve=tuple(sorted([*points, *dip], key=lambda p: p.soc)))
    assert min(stair(dipped, MOST).powers) <= points[0].power.scaled(0.1).w
