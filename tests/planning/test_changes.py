"""What a plan changes is named move by move, with the reason."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from portwatt.model.plan import Unserved, UnservedReason
from portwatt.planning.cases import START, Size, day
from portwatt.planning.changes import changes
from portwatt.planning.greedy import plan
from portwatt.planning.score import takers

NO_TIME = timedelta(0)
PROBLEM = day(Size(moves=12, trucks=4, evses=6, shuttles=1), 7)
PLAN = plan(PROBLEM, NO_TIME, 1)
IN_FORCE = replace(PROBLEM, in_force=PLAN)


def test_the_first_plan_changes_nothing() -> None:
    assert changes(PROBLEM, PLAN) == ()


def test_the_same_plan_changes_nothing() -> None:
    assert changes(IN_FORCE, PLAN) == ()


def test_a_truck_that_is_gone_is_the_reason_its_moves_go_to_others() -> None:
    lost = next(taker for taker in takers(PLAN).values() if taker in PROBLEM.truck_by_id)
    moves = [m for m, taker in takers(PLAN).items() if taker == lost]
    problem = replace(IN_FORCE, trucks=tuple(t for t in PROBLEM.trucks if t.id != lost))
    found = {c.move: c for c in changes(problem, plan(problem, NO_TIME, 1)) if c.move in moves}
    assert set(found) == set(moves)
    assert all(lost in change.what for change in found.values() if "instead of" in change.what)
    assert any(change.why == f"{lost} is not available" for change in found.values())


def test_a_late_release_is_the_reason_for_a_later_delivery() -> None:
    move = next(m for m in PROBLEM.moves if not m.trains)
    later = replace(move, release=START + timedelta(hours=20), due=START + timedelta(hours=23))
    problem = replace(IN_FORCE, moves=tuple(later if m.id == move.id else m for m in PROBLEM.moves))
    change = next(c for c in changes(problem, plan(problem, NO_TIME, 1)) if c.move == move.id)
    assert "released only at 20:00" in change.why


def test_a_move_that_is_given_up_is_named_with_its_reason() -> None:
    move = PROBLEM.moves[0].id
    routes = tuple(replace(r, activities=tuple(a for a in r.activities if a.move != move)) for r in PLAN.routes)
    without = replace(PLAN, routes=routes, unserved=(Unserved(move, UnservedReason.ON_HOLD, "customs holds it"),))
    assert [(c.what, c.why) for c in changes(IN_FORCE, without)] == [
        (f"move {move} is not carried", "customs holds it")
    ]
    back = changes(replace(PROBLEM, in_force=without), PLAN)
    assert [(c.what, c.why) for c in back] == [
        (f"move {move} goes to {takers(PLAN)[move]}", "could not be carried before")
    ]


def test_another_train_is_named(answered) -> None:
    problem, made = answered
    before = replace(made, rebookings=())
    rebooked = made.rebookings[0]
    change = next(c for c in changes(replace(problem, in_force=before), made) if c.move == rebooked.move)
    assert f"takes {rebooked.to_train} instead of {rebooked.from_train}" in change.what
    assert change.why == rebooked.reason


def test_a_move_not_known_before_is_no_change() -> None:
    new = PROBLEM.moves[0].id
    routes = tuple(replace(r, activities=tuple(a for a in r.activities if a.move != new)) for r in PLAN.routes)
    before = replace(PLAN, routes=routes, fallbacks=tuple(f for f in PLAN.fallbacks if f.move != new))
    assert changes(replace(PROBLEM, in_force=before), PLAN) == ()
