"""When a new plan is asked for."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small
from msgspec.structs import replace

from portwatt.commands import Outcome, Replan
from portwatt.events import ClockTicked, CommandAnswered, MoveRequested, PlanAdopted, PlanRejected, TruckUnavailable
from portwatt.ids import ActivityId, MoveId, PlanId
from portwatt.model.plan import Activity, ActivityKind, FallbackUse, Plan, Route
from portwatt.model.truck import SingleShift
from portwatt.rules.replan import FIRST_PLAN, HORIZON_RUNS_OUT, SHIFT_OVER
from portwatt.state import HubState, apply, fold
from portwatt.units import Money, SoC, Window

UP = small.in_the_morning()


def asked(state: HubState, minute: float) -> tuple[HubState, list]:
    state, commands = small.run(state, [ClockTicked(at=small.minutes(minute))])
    return state, [(name, c) for name, c in commands if isinstance(c, Replan)]


def adopted(state: HubState, hours: float = 36) -> HubState:
    plan = Plan(PlanId("p"), state.hub.id, Window(state.at, state.at + timedelta(hours=hours)), ())
    return apply(state, PlanAdopted(at=state.at, plan=plan, reasons=(), changes=()))


def test_the_reasons_of_the_morning_are_answered_together_and_nothing_is_asked_while_it_computes():
    state, ((_, first),) = asked(UP, 0)
    assert "new moves" in first.reasons
    assert len(first.reasons) > 1
    for minute in (1, 2, 4):
        state, none = asked(state, minute)
        assert none == []


def test_reasons_wait_until_the_last_plan_has_settled():
    state, ((name, _),) = asked(UP, 0)
    state = adopted(apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.ACCEPTED)))
    state = apply(state, TruckUnavailable(at=small.minutes(1), truck=small.T1, reason="tyre"))
    assert asked(state, 4.9)[1] == []
    assert [c.reasons for _, c in asked(state, 5)[1]] == [("truck t1 is out: tyre",)]


def test_two_plans_are_never_made_at_once_and_one_that_was_not_made_is_asked_for_again():
    state, ((name, first),) = asked(UP, 0)
    state, none = asked(state, 90)
    assert none == []
    lost = apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.UNDELIVERABLE))
    assert [c.reasons for _, c in asked(lost, 91)[1]] == [first.reasons]


def test_what_is_about_to_start_is_named_in_the_order_for_a_plan():
    def wait(n: int, start: float) -> Activity:
        window = Window(small.minutes(start), small.minutes(start + 4))
        where = {"place": small.QUAY, "soc_before": SoC.percent(50), "soc_after": SoC.percent(50)}
        return Activity(id=ActivityId(f"t1/{n}"), kind=ActivityKind.LOAD, window=window, move=MoveId("m1"), **where)

    soon, later = wait(1, 8), wait(2, 12)
    shuttles = [
        FallbackUse(MoveId(move), small.SHUTTLE, Window(small.minutes(start), small.minutes(90)), Money(0), "")
        for move, start in (("m2", 9), ("m3", 11))
    ]
    plan = Plan(PlanId("p"), UP.hub.id, Window(UP.at, small.minutes(600)), (Route(small.T1, (soon, later)),))
    plan = replace(plan, fallbacks=tuple(shuttles))
    _, ((_, order),) = asked(apply(UP, PlanAdopted(at=UP.at, plan=plan, reasons=(), changes=())), 0)
    assert order.fixed == (soon.id,)
    assert order.shuttled == (MoveId("m2"),)


def test_a_rejected_plan_leaves_its_reasons():
    state, ((name, first),) = asked(UP, 0)
    state = apply(state, PlanRejected(at=state.at, plan=None, reasons=first.reasons, detail="the worker died"))
    state = apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.ACCEPTED))
    assert [c.reasons for _, c in asked(state, 5)[1]] == [first.reasons]


def test_a_hub_without_moves_needs_no_plan_and_gets_its_first_with_the_first_move():
    empty = fold([small.morning()[0]])
    assert asked(empty, 0)[1] == []
    with_move = apply(empty, MoveRequested(at=small.START, move=small.move("m1")))
    assert [c.reasons for _, c in asked(with_move, 0)[1]] == [("new moves",)]
    silent = with_move.having(replanning=empty.replanning)
    assert [c.reasons for _, c in asked(silent, 0)[1]] == [(FIRST_PLAN,)]


def test_a_plan_is_renewed_when_a_third_of_its_horizon_has_passed():
    state, ((name, _),) = asked(UP, 0)
    state = adopted(apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.ACCEPTED)), hours=3)
    assert asked(state, 59)[1] == []
    assert [c.reasons for _, c in asked(state, 60)[1]] == [(HORIZON_RUNS_OUT,)]


def test_a_plan_is_renewed_once_when_a_shift_is_over_so_that_the_next_one_is_planned():
    shift = SingleShift(Window(small.START, small.minutes(30)))
    trucks = tuple(replace(truck, shift=shift) for truck in UP.hub.trucks)
    state, ((name, _),) = asked(UP.having(hub=replace(UP.hub, trucks=trucks)), 0)
    state = adopted(apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.ACCEPTED)))
    assert asked(state, 29)[1] == []
    state, ((name, renewed),) = asked(state, 30)
    assert renewed.reasons == (SHIFT_OVER,)
    state = adopted(apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.ACCEPTED)))
    assert asked(state, 60)[1] == []
