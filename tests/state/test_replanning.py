"""The plan in force, and why another is wanted."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small

from portwatt.commands import DispatchTruck, Outcome, Replan
from portwatt.events import ClockTicked, CommandAnswered, CommandIssued, PlanAdopted, PlanRejected
from portwatt.ids import ActivityId, CommandId, MoveId, PlanId
from portwatt.model.plan import Activity, ActivityKind, Plan, Rebooking, Route
from portwatt.state import HubState, fold
from portwatt.state.replanning import LONGEST_HOLD, Replanning, may_ask, may_give_away, may_order, wanted
from portwatt.units import SoC, Window

UP = small.in_the_morning().having(replanning=Replanning())
ASKED = CommandIssued(at=small.START, id=CommandId("p"), command=Replan(reasons=("a", "b")))


def answered(outcome: Outcome) -> CommandAnswered:
    return CommandAnswered(at=small.START, id=CommandId("p"), outcome=outcome)


def waits(*numbers: int) -> tuple[Activity, ...]:
    return tuple(
        Activity(
            id=ActivityId(f"t1/{n}"),
            kind=ActivityKind.WAIT,
            window=Window(small.minutes(n), small.minutes(n + 1)),
            place=small.QUAY,
            soc_before=SoC(0),
            soc_after=SoC(0),
        )
        for n in numbers
    )


def adopted(activities=(), rebookings=()) -> PlanAdopted:
    horizon = Window(small.START, small.START + timedelta(hours=36))
    plan = Plan(PlanId("p"), UP.hub.id, horizon, (Route(small.T1, activities),), rebookings=rebookings)
    return PlanAdopted(at=small.START, plan=plan, reasons=(), changes=())


def test_reasons_are_kept_once_and_not_without_end():
    state = UP
    for n in range(100):
        state = wanted(wanted(state, f"reason {n}"), f"reason {n}")
    assert len(state.replanning.reasons) == len(set(state.replanning.reasons)) == 20


def test_asking_takes_the_reasons_with_it_and_only_an_answer_allows_the_next():
    state = fold([ASKED], wanted(UP, "a"))
    assert (state.replanning.reasons, state.replanning.computing) == ((), CommandId("p"))
    later = small.START + UP.hub.planning.settle
    assert not may_ask(state, later)
    done = fold([answered(Outcome.ACCEPTED)], state)
    assert not may_ask(done, later - timedelta(seconds=1))
    assert may_ask(done, later)
    assert done.replanning.reasons == ()


def test_while_a_plan_is_computed_what_it_will_hold_too_may_be_ordered():
    first, second = waits(1, 12)
    asked = Replan(
        reasons=(), fixed=(ActivityId("t1/1"), ActivityId("t1/2"), ActivityId("t2/7")), shuttled=(MoveId("m1"),)
    )
    state = fold([CommandIssued(at=small.START, id=CommandId("p"), command=asked)], UP)
    assert may_order(state, small.T1, first.id)
    assert not may_order(state, small.T1, second.id)
    assert not may_order(state, small.T3, ActivityId("t3/1"))
    assert (may_give_away(state, MoveId("m1")), may_give_away(state, MoveId("m2"))) == (True, False)
    for end in (answered(Outcome.REFUSED), adopted(), ClockTicked(at=small.START + LONGEST_HOLD)):
        after = fold([end], state)
        assert may_order(after, small.T1, second.id)
        assert may_give_away(after, MoveId("m2"))


def test_how_long_a_plan_took_is_remembered():
    late = CommandAnswered(at=small.minutes(4), id=CommandId("p"), outcome=Outcome.ACCEPTED)
    assert fold([ASKED, late], UP).replanning.took == timedelta(minutes=4)


def test_reasons_stand_when_no_plan_comes_of_them():
    state = fold([ASKED], UP)
    assert fold([answered(Outcome.UNDELIVERABLE)], state).replanning.reasons == ("a", "b")
    rejected = PlanRejected(at=small.START, plan=None, reasons=("a",), detail="violations")
    state = fold([rejected, answered(Outcome.ACCEPTED)], state)
    assert (state.replanning.reasons, state.replanning.rejected) == (("a",), 1)


def test_a_plan_is_in_force_for_what_was_not_ordered_meanwhile():
    first, *rest = waits(1, 2, 3)
    order = CommandIssued(at=small.START, id=CommandId("o"), command=DispatchTruck(truck=small.T1, activities=(first,)))
    state: HubState = fold([order, adopted((first, *rest))], UP)
    assert state.todo[small.T1] == tuple(rest)
    assert fold([adopted(())], state).todo[small.T1] == ()


def test_a_rebooking_changes_the_train_and_a_missed_last_train_waits_for_its_departure():
    rebooking = Rebooking(MoveId("m1"), small.OUT1, small.OUT2, "late")
    given_up = Rebooking(MoveId("m2"), small.OUT1, None, "late")
    state = fold([adopted(rebookings=(rebooking, given_up))], UP)
    assert state.moves["m1"].train == small.OUT2
    assert (state.moves["m2"].train, state.moves["m2"].missed) == (small.OUT1, False)
