"""When a new plan is asked for."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small
from msgspec.structs import replace

from portwatt.commands import Outcome, Replan
from portwatt.events import ClockTicked, CommandAnswered, MoveRequested, PlanAdopted, PlanRejected, TruckUnavailable
from portwatt.ids import PlanId
from portwatt.model.plan import Plan
from portwatt.model.truck import SingleShift
from portwatt.rules.replan import FIRST_PLAN, HORIZON_RUNS_OUT, LONGEST_WAIT, NOT_ANSWERED, SHIFT_OVER
from portwatt.state import HubState, apply, fold
from portwatt.units import Window

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


def test_a_plan_that_never_comes_is_asked_for_again():
    state, ((name, first),) = asked(UP, 0)
    assert timedelta(minutes=5) == LONGEST_WAIT
    assert asked(state, 4.9)[1] == []
    assert [c.reasons for _, c in asked(state, 5)[1]] == [(NOT_ANSWERED,)]
    lost = apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.UNDELIVERABLE))
    assert [c.reasons for _, c in asked(lost, 5)[1]] == [first.reasons]


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
