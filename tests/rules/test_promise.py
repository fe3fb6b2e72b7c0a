"""Orders to fallbacks, and what the rail platform is told."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small
from msgspec.structs import replace

from portwatt.commands import CommitArrival, OrderFallback, Outcome, Replan
from portwatt.events import ClockTicked, CommandAnswered, CommandIssued, MoveWithdrawn, PlanAdopted, TrainDeparted
from portwatt.ids import ActivityId, CommandId, MoveId, PlanId
from portwatt.model.plan import Activity, ActivityKind, FallbackUse, Plan, Route
from portwatt.state import HubState, apply
from portwatt.state.moves import MoveStatus
from portwatt.units import Money, SoC, Window

UP = small.in_the_morning()
USE = FallbackUse(
    MoveId("m1"), small.SHUTTLE, Window(small.minutes(60), small.minutes(110)), Money(0), "no truck is free"
)
ORDER = OrderFallback(fallback=small.SHUTTLE, move=MoveId("m1"), window=USE.window)


def adopted(routes=(), fallbacks=(), at=small.START) -> PlanAdopted:
    horizon = Window(small.START, small.START + timedelta(hours=36))
    plan = Plan(PlanId("p"), UP.hub.id, horizon, tuple(routes), fallbacks=tuple(fallbacks))
    return PlanAdopted(at=at, plan=plan, reasons=(), changes=())


def unload(move: str, end: float) -> Route:
    activity = Activity(
        id=ActivityId("t1/9"),
        kind=ActivityKind.UNLOAD,
        window=Window(small.minutes(end - 10), small.minutes(end)),
        place=small.YARD,
        soc_before=SoC.percent(50),
        soc_after=SoC.percent(50),
        move=MoveId(move),
    )
    return Route(small.T1, (activity,))


def told(state: HubState, event, kind: type) -> tuple[HubState, list]:
    state, commands = small.run(state, [event])
    return state, [(name, c) for name, c in commands if isinstance(c, kind)]


def test_a_fallback_is_ordered_when_its_time_comes_and_once_even_if_it_refuses():
    state = apply(UP, adopted(fallbacks=(USE,)))
    state, none = told(state, ClockTicked(at=small.minutes(59)), OrderFallback)
    assert none == []
    state, ((name, order),) = told(state, ClockTicked(at=small.minutes(61)), OrderFallback)
    assert order == ORDER
    assert state.moves[MoveId("m1")].status is MoveStatus.ON_FALLBACK
    state = apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.REFUSED))
    assert state.moves[MoveId("m1")].status is MoveStatus.OPEN
    assert told(state, ClockTicked(at=small.minutes(62)), OrderFallback)[1] == []


def test_while_a_plan_is_computed_a_fallback_is_ordered_only_where_that_plan_has_it_too():
    state = apply(UP, adopted(fallbacks=(USE,)))
    for shuttled, found in (((), []), ((USE.move,), [ORDER])):
        asked = CommandIssued(at=small.minutes(50), id=CommandId("p"), command=Replan(reasons=(), shuttled=shuttled))
        _, told_now = told(apply(state, asked), ClockTicked(at=small.minutes(60)), OrderFallback)
        assert [c for _, c in told_now] == found


def test_a_plan_that_comes_late_orders_at_once():
    state = replace(UP, at=small.minutes(70))
    _, found = told(state, adopted(fallbacks=(USE,), at=small.minutes(70)), OrderFallback)
    assert [c for _, c in found] == [ORDER]


def test_a_move_that_is_withdrawn_or_not_released_is_not_ordered():
    state = apply(UP, adopted(fallbacks=(USE,)))
    withdrawn = apply(state, MoveWithdrawn(at=state.at, move=MoveId("m1")))
    late = replace(small.move("m1"), release=small.minutes(300))
    unreleased = state.having(moves=state.moves.set(MoveId("m1"), replace(state.moves["m1"], move=late)))
    for doubtful in (withdrawn, unreleased):
        assert told(doubtful, ClockTicked(at=small.minutes(60)), OrderFallback)[1] == []


def test_the_rail_platform_is_told_what_a_plan_means_for_each_train():
    _, found = told(UP, adopted([unload("m1", 240)]), CommitArrival)
    assert [c for _, c in found] == [CommitArrival(train=small.OUT1, on_time=1, at_risk=1)]
    _, found = told(UP, adopted([unload("m1", 241)]), CommitArrival)
    assert [c for _, c in found] == [CommitArrival(train=small.OUT1, on_time=0, at_risk=2)]


def test_a_train_is_spoken_of_when_it_changed_and_not_within_ten_minutes():
    state, ((_, first),) = told(UP, adopted([unload("m1", 200)]), CommitArrival)
    assert state.trains[small.OUT1].committed.on_time == first.on_time == 1
    both = adopted([unload("m1", 200)], [replace(USE, move=MoveId("m2"))], at=small.minutes(5))
    state, none = told(state, both, CommitArrival)
    assert none == []
    state, ((_, second),) = told(state, ClockTicked(at=small.minutes(10)), CommitArrival)
    assert (second.on_time, second.at_risk) == (2, 0)
    assert told(state, ClockTicked(at=small.minutes(30)), CommitArrival)[1] == []


def test_nobody_is_told_about_a_train_that_left():
    state = apply(UP, TrainDeparted(at=UP.at, train=small.OUT1, departed_at=UP.at))
    _, found = told(state, adopted([unload("m1", 200)]), CommitArrival)
    assert [c.train for _, c in found] == [small.OUT2]
