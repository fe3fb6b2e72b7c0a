"""Computed plans judged on the state they meet, not on the one they were made for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from portwatt.commands import DispatchTruck, OrderFallback, Outcome
from portwatt.errors import UsageError
from portwatt.events import (
    ActivityEnded,
    CommandAnswered,
    CommandIssued,
    HubOpened,
    MoveRequested,
    MoveWithdrawn,
    PlanAdopted,
    PlanRejected,
    TrainScheduled,
    TruckUnavailable,
)
from portwatt.ids import CommandId, FallbackId
from portwatt.model.plan import ActivityKind, FallbackUse
from portwatt.planning.build import problem_from
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.violations import Violation, ViolationKind
from portwatt.runtime.adoption import Computed, compute, failed, judged, stale
from portwatt.simulator.demand import demand
from portwatt.simulator.scenario import load_scenario
from portwatt.state import HubState, apply, opened
from portwatt.units import Money, Window

SMALL = Path(__file__).parents[1] / "simulator" / "small.toml"
COMMAND = CommandId("9")
WHY = ("new moves",)


@pytest.fixture(scope="module")
def state() -> HubState:
    scenario = load_scenario(SMALL)
    state = opened(HubOpened(at=scenario.start, hub=scenario.hub))
    day = demand(scenario, 7)
    for train in day.trains:
        state = apply(state, TrainScheduled(at=scenario.start, train=train))
    for move in day.moves:
        state = apply(state, MoveRequested(at=scenario.start, move=move))
    return state


@pytest.fixture(scope="module")
def problem(state: HubState) -> PlanningProblem:
    return problem_from(state, state.at)


@pytest.fixture(scope="module")
def computed(problem: PlanningProblem) -> Computed:
    return compute(problem, timedelta(seconds=0.2), 7)


def test_a_plan_without_faults_that_fits_the_state_is_adopted(state: HubState, computed: Computed) -> None:
    assert computed.violations == ()
    adopted, answered = judged(state, COMMAND, WHY, computed, state.at)
    assert isinstance(adopted, PlanAdopted)
    assert (adopted.plan, adopted.reasons) == (computed.plan, WHY)
    assert answered == CommandAnswered(at=state.at, id=COMMAND, outcome=Outcome.ACCEPTED)


def test_a_plan_the_check_finds_fault_with_is_rejected_and_the_faults_are_named(
    state: HubState, computed: Computed
) -> None:
    faults = tuple(Violation(ViolationKind.GRID, f"fault {n}") for n in range(9))
    rejected, answered = judged(state, COMMAND, WHY, replace(computed, violations=faults), state.at)
    assert isinstance(rejected, PlanRejected)
    assert rejected.detail.startswith("the check found 9 faults: fault 0; fault 1;")
    assert "fault 5" not in rejected.detail
    assert isinstance(answered, CommandAnswered)
    assert answered.outcome is Outcome.REFUSED


def test_a_problem_that_cannot_be_planned_says_so(problem: PlanningProblem) -> None:
    with pytest.raises(UsageError, match="cannot be planned"):
        compute(replace(problem, grid=()), timedelta(seconds=0.1), 7)


def test_a_plan_that_did_not_come_about_leaves_its_reasons_standing(state: HubState) -> None:
    rejected, answered = failed(COMMAND, WHY, "the worker died", state.at)
    assert isinstance(rejected, PlanRejected)
    assert (rejected.plan, rejected.reasons, rejected.detail) == (None, WHY, "the worker died")
    assert WHY[0] in apply(state, rejected).replanning.reasons
    assert isinstance(answered, CommandAnswered)


def _route(computed: Computed) -> tuple[str, DispatchTruck]:
    route = next(r for r in computed.plan.routes if any(a.kind is ActivityKind.LOAD for a in r.activities))
    return route.truck, DispatchTruck(truck=route.truck, activities=route.activities[:1])


def test_orders_the_plan_knows_do_not_make_it_stale(state: HubState, computed: Computed) -> None:
    _, order = _route(computed)
    after = apply(state, CommandIssued(at=state.at, id=CommandId("1"), command=order))
    assert stale(after, computed.plan) == ""


def test_orders_the_plan_does_not_know_do(state: HubState, computed: Computed) -> None:
    truck, order = _route(computed)
    other = replace(order.activities[0], id=type(order.activities[0].id)(f"{truck}/77"))
    after = apply(
        state,
        CommandIssued(at=state.at, id=CommandId("1"), command=DispatchTruck(truck=order.truck, activities=(other,))),
    )
    assert "meanwhile" in stale(after, computed.plan)
    (rejected, _) = judged(after, COMMAND, WHY, computed, state.at)
    assert isinstance(rejected, PlanRejected)


def test_a_truck_that_gave_up_on_the_way_is_not_where_the_plan_goes_on(state: HubState, computed: Computed) -> None:
    truck, _ = _route(computed)
    route = next(r for r in computed.plan.routes if r.truck == truck)
    drive = next(a for a in route.activities if a.kind is ActivityKind.DRIVE)
    upto = route.activities[: route.activities.index(drive) + 1]
    ordered = CommandIssued(at=state.at, id=CommandId("1"), command=DispatchTruck(truck=route.truck, activities=upto))
    gave_up = ActivityEnded(
        at=state.at, truck=route.truck, activity=drive.id, ended_at=state.at, soc=drive.soc_before, done=False
    )
    after = apply(apply(state, ordered), gave_up)
    assert "where the plan goes on" in stale(after, computed.plan)
    broken = apply(after, TruckUnavailable(at=state.at, truck=route.truck, reason="broken down"))
    assert stale(broken, computed.plan) == ""  # nothing is asked of it any more


def test_what_is_no_longer_there_to_be_fetched_makes_a_plan_stale(state: HubState, computed: Computed) -> None:
    route = next(r for r in computed.plan.routes if any(a.kind is ActivityKind.LOAD for a in r.activities))
    load = next(a for a in route.activities if a.kind is ActivityKind.LOAD)
    assert load.move is not None
    after = apply(state, MoveWithdrawn(at=state.at, move=load.move))
    assert f"cannot fetch move {load.move} any more" in stale(after, computed.plan)


def test_a_plan_goes_on_from_where_the_last_order_ends(state: HubState, computed: Computed) -> None:
    truck, _ = _route(computed)
    route = next(r for r in computed.plan.routes if r.truck == truck)
    drive = next(a for a in route.activities if a.kind is ActivityKind.DRIVE)
    upto = route.activities[: route.activities.index(drive) + 1]
    ordered = CommandIssued(at=state.at, id=CommandId("1"), command=DispatchTruck(truck=route.truck, activities=upto))
    assert drive.place != state.trucks[route.truck].place
    assert stale(apply(state, ordered), computed.plan) == ""


def test_a_move_another_fallback_has_taken_makes_a_plan_stale(state: HubState, computed: Computed) -> None:
    ours, other, now = FallbackId("ours"), FallbackId("other"), Window(state.at, state.at)
    move = next(iter(state.moves))
    shuttled = replace(computed.plan, routes=(), fallbacks=(FallbackUse(move, ours, now, Money(0), ""),))
    assert stale(state, shuttled) == ""
    for fallback, why in ((ours, ""), (other, f"move {move} is no longer ours's to carry")):
        order = OrderFallback(fallback=fallback, move=move, window=now)
        after = apply(state, CommandIssued(at=state.at, id=CommandId("1"), command=order))
        assert stale(after, shuttled) == why
    assert stale(state.having(moves=state.moves.delete(move)), shuttled)


def test_a_truck_that_left_the_hub_file_makes_a_plan_stale(state: HubState, computed: Computed) -> None:
    truck = computed.plan.routes[0].truck
    after = state.having(trucks=state.trucks.delete(truck))
    assert stale(after, computed.plan) == f"truck {truck} is no longer in the hub file"
