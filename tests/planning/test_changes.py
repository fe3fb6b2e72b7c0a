"""What a plan changes is named move by move, with the reason."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from portwatt.ids import MoveId
from portwatt.model.plan import ActivityKind, Plan, Route, Unserved, UnservedReason
from portwatt.planning.cases import START, Size, day
from portwatt.planning.changes import changes
from portwatt.planning.greedy import plan
from portwatt.planning.score import deliveries, takers
from portwatt.units import Window

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
    assert change.why == f"it is released only at {START + timedelta(hours=20):%d %b %H:%M}"


def test_a_move_that_is_given_up_is_named_with_its_reason() -> None:
    first = PROBLEM.moves[0]
    move, name = first.id, f"container {first.container.id}"
    routes = tuple(replace(r, activities=tuple(a for a in r.activities if a.move != move)) for r in PLAN.routes)
    without = replace(PLAN, routes=routes, unserved=(Unserved(move, UnservedReason.ON_HOLD, "customs holds it"),))
    assert [(c.what, c.why) for c in changes(IN_FORCE, without)] == [(f"{name} is not carried", "customs holds it")]
    back = changes(replace(PROBLEM, in_force=without), PLAN)
    assert [(c.what, c.why) for c in back] == [(f"{name} goes to {takers(PLAN)[move]}", "could not be carried before")]


def test_another_train_is_named(answered) -> None:
    problem, made = answered
    before = replace(made, rebookings=())
    rebooked = made.rebookings[0]
    found = changes(replace(problem, in_force=before), made)
    change = next(c for c in found if c.move == rebooked.move)
    assert change in found[: len(made.rebookings)], "trains stand first"
    assert f"takes {rebooked.to_train} instead of {rebooked.from_train}" in change.what
    assert change.why == rebooked.reason


def test_a_move_not_known_before_is_no_change() -> None:
    new = PROBLEM.moves[0].id
    routes = tuple(replace(r, activities=tuple(a for a in r.activities if a.move != new)) for r in PLAN.routes)
    before = replace(PLAN, routes=routes, fallbacks=tuple(f for f in PLAN.fallbacks if f.move != new))
    assert changes(replace(PROBLEM, in_force=before), PLAN) == ()


def shifted(later: timedelta) -> tuple[Plan, str, list[MoveId]]:
    """The plan with all that its busiest truck does moved, the truck, and what it delivers in order."""
    truck, moves = busiest(PLAN)
    routes = tuple(
        replace(r, activities=tuple(replace(a, window=moved_by(a.window, later)) for a in r.activities))
        if r.truck == truck
        else r
        for r in PLAN.routes
    )
    return replace(PLAN, routes=routes), truck, moves


def busiest(made: Plan) -> tuple[str, list[MoveId]]:
    carried: dict[str, list[MoveId]] = {}
    for route in made.routes:
        unloads = [a for a in route.activities if a.kind is ActivityKind.UNLOAD]
        carried[route.truck] = [a.move for a in unloads if a.move is not None]
    return max(carried.items(), key=lambda item: len(item[1]))


def moved_by(window: Window, by: timedelta) -> Window:
    return Window(window.start + by, window.end + by)


def test_a_delivery_at_another_time_says_when_in_hub_time() -> None:
    made, _, moves = shifted(timedelta(minutes=26))
    first = PROBLEM.move_by_id[moves[0]]
    at = deliveries(made)[first.id] + timedelta(hours=8)
    problem = replace(IN_FORCE, timezone="Asia/Shanghai")
    change = next(c for c in changes(problem, made) if c.move == first.id)
    said = f"container {first.container.id} is delivered {at:%d %b %H:%M}, 26 min later than before"
    assert change.what == said


def test_what_a_truck_carries_first_now_is_the_reason() -> None:
    made, truck, moves = shifted(timedelta(minutes=20))
    fresh, late = moves[0], moves[1]
    without = tuple(replace(r, activities=tuple(a for a in r.activities if a.move != fresh)) for r in PLAN.routes)
    change = next(c for c in changes(replace(PROBLEM, in_force=replace(PLAN, routes=without)), made) if c.move == late)
    assert change.why == f"{truck} carries {PROBLEM.move_by_id[fresh].container.id} first"


def test_what_the_other_truck_carries_instead_is_the_reason() -> None:
    """The busiest truck swaps its first container for one that nobody carried."""
    truck, moves = busiest(PLAN)
    given, taken = moves[0], moves[1]
    other = next(t.id for t in PROBLEM.trucks if t.id != truck)
    before = tuple(
        replace(r, activities=tuple(a for a in r.activities if a.move != taken)) if r.truck == truck else r
        for r in PLAN.routes
    )
    after = tuple(
        replace(r, activities=tuple(a for a in r.activities if a.move != given)) if r.truck == truck else r
        for r in PLAN.routes
        if r.truck != other
    )
    handed = tuple(a for r in PLAN.routes if r.truck == truck for a in r.activities if a.move == given)
    made = replace(PLAN, routes=(*after, Route(other, handed)))
    change = next(c for c in changes(replace(PROBLEM, in_force=replace(PLAN, routes=before)), made) if c.move == given)
    assert change.what.endswith(f"goes to {other} instead of {truck}")
    assert change.why == f"{truck} carries {PROBLEM.move_by_id[taken].container.id} now"
