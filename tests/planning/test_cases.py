"""Cases come from their seed alone and are good problems."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from portwatt.model.container import parse_container_id
from portwatt.planning.cases import START, Size, day, later
from portwatt.planning.faults import broken
from portwatt.planning.greedy import plan


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_the_same_seed_gives_the_same_problem(seed: int) -> None:
    assert day(Size(), seed) == day(Size(), seed)
    assert broken(day(Size(), seed)) == ()


def test_another_seed_gives_another() -> None:
    assert day(Size(), 1) != day(Size(), 2)


def test_containers_have_check_digits() -> None:
    for move in day(Size(), 1).moves:
        assert parse_container_id(move.container.id) == move.container.id


def test_the_bands_cover_the_horizon() -> None:
    problem = day(Size(), 1)
    assert problem.bands[0].window.start == problem.horizon.start
    assert problem.bands[-1].window.end == problem.horizon.end
    assert all(a.window.end == b.window.start for a, b in zip(problem.bands, problem.bands[1:], strict=False))


def test_an_hour_later_what_is_done_is_gone_and_what_is_under_way_is_fixed() -> None:
    problem = day(Size(moves=60, trucks=12), 1)
    made = plan(problem, timedelta(0), 1)
    now = START + timedelta(hours=5)
    after = later(problem, made, now)
    assert broken(after) == ()
    assert len(after.moves) < len(problem.moves)
    fixed = [a for truck in after.trucks for a in truck.fixed]
    assert fixed
    assert all(a.window.end > now for a in fixed)
    assert all(a.window.start < now + timedelta(minutes=10) for a in fixed)
