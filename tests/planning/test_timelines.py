"""Stretches never overlap; slots hold the highest power of a load."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portwatt.planning.timelines import FOREVER, Busy, PowerSlots

stretches = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)).map(lambda s: (s[0], s[0] + s[1])), max_size=8)


@given(stretches, st.integers(0, 120), st.integers(1, 30))
def test_the_earliest_time_is_free_and_no_earlier_one_is(taken, moment: int, duration: int) -> None:
    line = Busy(taken)

    def free(at: int) -> bool:
        return not any(start < at + duration and at < end for start, end in taken)

    found = line.earliest(moment, duration)
    assert found >= moment
    assert free(found)
    assert not any(free(at) for at in range(moment, found))


@given(stretches, st.lists(st.tuples(st.integers(0, 120), st.integers(1, 30)), max_size=6))
def test_what_is_taken_where_it_is_free_stays_in_order(taken, wishes) -> None:
    line = Busy(taken)
    for moment, duration in wishes:
        start = line.earliest(moment, duration)
        assert line.free_until(start) >= start + duration
        line.take(start, start + duration)
        assert line.starts == sorted(line.starts)
        assert all(end <= start for end, start in zip(line.ends, line.starts[1:], strict=False))


def test_nothing_taken_is_free_for_ever() -> None:
    assert Busy().earliest(5, 100) == 5
    assert Busy().free_until(5) == FOREVER


def test_covering_what_is_partly_taken_merges() -> None:
    line = Busy([(0, 10), (20, 30)])
    line.cover(5, 25)
    assert (line.starts, line.ends) == ([0], [30])


def test_a_load_takes_its_highest_power_in_every_slot_it_touches() -> None:
    slots = PowerSlots([100, 100, 100], 10)
    slots.take([(5, 12, 40), (12, 15, 60)])
    assert slots.free == [60, 40, 100]
    assert slots.least(0, 10) == 60
    assert slots.least(0, 11) == 40


def test_what_lies_outside_the_horizon_takes_nothing() -> None:
    slots = PowerSlots([100], 10)
    slots.take([(-20, -5, 50), (10, 40, 50)])
    assert slots.free == [100]
