"""The greedy planner: every plan it makes passes the check, and it serves what can be served."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.ids import MoveId, PlaceId
from portwatt.model.plan import ActivityKind, Plan, UnservedReason
from portwatt.planning.cases import START, Size, day, later
from portwatt.planning.checker import check
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.score import deliveries, score, takers
from portwatt.units import Power, SoC

NO_TIME = timedelta(0)

sizes = st.builds(
    Size,
    moves=st.integers(0, 24),
    trucks=st.integers(0, 6),
    evses=st.integers(0, 4),
    swap_stations=st.integers(0, 2),
    trains=st.integers(0, 5),
    hours=st.sampled_from((6, 12, 24)),
    grid_kw=st.sampled_from((0, 100, 300, 700, 2_000)),
    shuttles=st.integers(0, 2),
    slots=st.integers(1, 4),
    packs=st.integers(0, 4),
)
problems = st.builds(day, sizes, st.integers(0, 10**6))


@settings(max_examples=150, deadline=None)
@given(problems, st.integers(0, 3))
def test_every_plan_passes_the_check(problem: PlanningProblem, budget_s: int) -> None:
    assert check(problem, plan(problem, timedelta(seconds=budget_s), 1)) == ()


@settings(max_examples=60, deadline=None)
@given(problems, st.lists(st.integers(0, 4 * 3_600), min_size=1, max_size=3))
def test_every_plan_made_on_the_way_passes_the_check(problem: PlanningProblem, steps: list[int]) -> None:
    """Replanned again and again with what is under way fixed; no name is used twice."""
    made = plan(problem, NO_TIME, 1)
    for step in steps:
        now = problem.horizon.start + timedelta(seconds=step)
        if now >= problem.horizon.end:
            break
        problem = later(problem, made, now)
        made = plan(problem, NO_TIME, 1)
        assert check(problem, made) == ()
        names = [activity.id for route in made.routes for activity in route.activities]
        assert len(names) == len(set(names))


@settings(max_examples=40, deadline=None)
@given(problems, st.integers(0, 100))
def test_same_problem_budget_and_seed_same_plan(problem: PlanningProblem, seed: int) -> None:
    assert plan(problem, timedelta(seconds=1), seed) == plan(problem, timedelta(seconds=1), seed)


@settings(max_examples=40, deadline=None)
@given(problems)
def test_more_budget_is_never_worse(problem: PlanningProblem) -> None:
    scores = [score(problem, plan(problem, timedelta(seconds=s), 1)) for s in (0, 1, 5)]
    assert scores[2] <= scores[1] <= scores[0]


def test_an_easy_day_is_served_whole() -> None:
    problem = day(Size(moves=60, trucks=30, evses=8), 5)
    made = plan(problem, NO_TIME, 1)
    reached = score(problem, made)
    assert not made.unserved
    assert (reached.missed, reached.late_s, reached.rebooked) == (0, 0, 0)


def test_numbers_count_up_along_a_route(answered) -> None:
    for route in answered.plan.routes:
        numbers = [int(a.id.rpartition("/")[2]) for a in route.activities]
        assert numbers == sorted(numbers)


def test_a_replan_keeps_who_carries_what(answered) -> None:
    """When everything goes as planned, nearly every move stays where it is."""
    problem = day(Size(moves=100, trucks=40, evses=10), 3)
    made = plan(problem, NO_TIME, 1)
    again = plan(later(problem, made, START + timedelta(hours=1)), NO_TIME, 1)
    before, after = takers(made), takers(again)
    kept = sum(1 for move, taker in after.items() if before[move] == taker)
    assert kept >= 0.95 * len(after)


def test_charges_where_a_move_would_break_the_reserve() -> None:
    problem = day(Size(moves=20, trucks=4, evses=6, shuttles=0), 2)
    low = replace(problem, trucks=tuple(replace(t, soc=SoC(1_500)) for t in problem.trucks))
    made = plan(low, NO_TIME, 1)
    first = {
        r.truck: next(a.kind for a in r.activities if a.kind not in (ActivityKind.DRIVE, ActivityKind.WAIT))
        for r in made.routes
    }
    assert first
    assert set(first.values()) <= {ActivityKind.CHARGE, ActivityKind.SWAP}


def test_a_truck_below_its_reserve_charges_before_it_carries() -> None:
    problem = day(Size(moves=20, trucks=4, evses=6, shuttles=0), 2)
    low = replace(problem, trucks=tuple(replace(t, soc=SoC(700), place=PlaceId("park")) for t in problem.trucks))
    made = plan(low, NO_TIME, 1)
    assert check(low, made) == ()
    assert any(a.kind is ActivityKind.UNLOAD for r in made.routes for a in r.activities)


def test_delivers_what_is_on_a_truck_first() -> None:
    problem = day(Size(moves=10, trucks=2, evses=6), 4)
    move = problem.moves[0]
    carrying = replace(problem.trucks[0], carrying=move.id, place=move.origin, soc=SoC(8_000), ready_at=START)
    loaded = replace(problem, trucks=(carrying, *problem.trucks[1:]))
    made = plan(loaded, NO_TIME, 1)
    assert check(loaded, made) == ()
    assert takers(made)[move.id] == carrying.id
    route = next(r for r in made.routes if r.truck == carrying.id)
    assert next(a.move for a in route.activities if a.kind is ActivityKind.UNLOAD) == move.id


def only(problem: PlanningProblem, **fields: object) -> tuple[PlanningProblem, Plan]:
    """The problem with its first move alone, changed."""
    alone = replace(problem, moves=(replace(problem.moves[0], **fields),))
    return alone, plan(alone, NO_TIME, 1)


def test_says_why_a_move_is_not_carried() -> None:
    no_fallback = day(Size(moves=1, trucks=3, shuttles=0), 1)
    _, held = only(no_fallback, on_hold=True)
    assert [u.reason for u in held.unserved] == [UnservedReason.ON_HOLD]
    without_legs = replace(no_fallback, legs=())
    assert [u.reason for u in plan(without_legs, NO_TIME, 1).unserved] == [UnservedReason.NO_LEG]
    nobody = replace(no_fallback, trucks=())
    assert [u.reason for u in plan(nobody, NO_TIME, 1).unserved] == [UnservedReason.NO_TRUCK_FITS]
    over = replace(no_fallback, trucks=tuple(replace(t, shift_end=t.ready_at) for t in no_fallback.trucks))
    assert [u.reason for u in plan(over, NO_TIME, 1).unserved] == [UnservedReason.NO_TIME]
    empty = replace(
        no_fallback,
        trucks=tuple(replace(t, soc=SoC(1_000), breaks=()) for t in no_fallback.trucks),
        grid=(replace(no_fallback.grid[0], power=Power(0)),),
        swap_stations=(),
    )
    assert [u.reason for u in plan(empty, NO_TIME, 1).unserved] == [UnservedReason.NO_ENERGY]


def test_a_shuttle_carries_what_no_truck_can() -> None:
    problem = replace(day(Size(moves=1, trucks=1, shuttles=1), 1), trucks=())
    made = plan(problem, NO_TIME, 1)
    assert [use.fallback for use in made.fallbacks] == ["diesel"]
    assert check(problem, made) == ()


def test_takes_the_next_train_when_the_booked_one_is_missed() -> None:
    problem = day(Size(moves=1, trucks=3, trains=4, shuttles=0, hours=24), 1)
    first, second = START + timedelta(minutes=5), START + timedelta(hours=10)
    options = tuple(problem.moves[0].trains[:2]) or None
    seed = 1
    while options is None or len(options) < 2:
        seed += 1
        problem = day(Size(moves=1, trucks=3, trains=4, shuttles=0, hours=24), seed)
        options = tuple(problem.moves[0].trains[:2])
    trains = (replace(options[0], cut_off=first), replace(options[1], cut_off=second))
    late, made = only(problem, trains=trains, release=START)
    assert check(late, made) == ()
    assert [(r.from_train, r.to_train) for r in made.rebookings] == [(trains[0].train, trains[1].train)]
    assert "cut-off" in made.rebookings[0].reason


def test_a_broken_problem_is_refused_with_every_fault() -> None:
    problem = day(Size(moves=2, trucks=1), 1)
    moves = tuple(replace(m, origin=PlaceId("atlantis")) for m in problem.moves)
    with pytest.raises(UsageError, match=r"M0000.*atlantis.*M0001.*atlantis"):
        plan(replace(problem, moves=moves), NO_TIME, 1)


def test_a_plan_for_nothing_is_empty() -> None:
    problem = day(Size(moves=0, trucks=0, evses=0, swap_stations=0), 1)
    made = plan(problem, NO_TIME, 1)
    assert made.routes == ()
    assert deliveries(made) == {}


def test_problem_and_plan_travel_between_processes(answered) -> None:
    problem, made = answered
    sent = msgspec.msgpack.decode(msgspec.msgpack.encode(problem), type=PlanningProblem)
    assert sent == problem
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Plan) == made


def test_the_plan_names_its_problem_and_seed(answered) -> None:
    made = plan(answered.problem, NO_TIME, 42)
    assert (made.id, made.hub, made.seed) == (answered.problem.plan, answered.problem.hub, 42)
    assert MoveId("M0000") in {*deliveries(made), *(u.move for u in made.unserved)}
