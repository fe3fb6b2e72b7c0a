"""What a battery takes."""

from __future__ import annotations

import hypothesis.strategies as st
import small_hub as small
from hypothesis import given

from portwatt.model.connector import ConnectorStandard
from portwatt.model.truck import accepts
from portwatt.units import Power, SoC

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
