"""How a train stands: in time, on the way, at risk, late."""

from __future__ import annotations

from small_hub import IN1, OUT1, OUT2, START, T1, in_the_morning, minutes

from portwatt.events import ClockTicked, PlanAdopted, TrainForecastReceived
from portwatt.ids import ActivityId, HubId, MoveId, PlaceId, PlanId
from portwatt.kpi.trains import planned_arrivals, standings
from portwatt.model.plan import Activity, ActivityKind, Plan, Route
from portwatt.state import HubState, fold
from portwatt.state import moves as moved
from portwatt.units import SoC, Window


def with_plan(state: HubState, arrives: float) -> HubState:
    """A plan that puts m1 down so many minutes after the start."""
    put = Activity(
        ActivityId("t1/1"),
        ActivityKind.UNLOAD,
        Window(minutes(arrives - 10), minutes(arrives)),
        PlaceId("yard"),
        SoC.percent(50),
        SoC.percent(50),
        move=MoveId("m1"),
    )
    plan = Plan(PlanId("p"), HubId("test"), Window(START, minutes(600)), (Route(T1, (put,)),))
    return fold([PlanAdopted(at=START, plan=plan, reasons=("first",), changes=())], state)


def test_without_a_plan_every_open_container_is_at_risk() -> None:
    found = standings(in_the_morning())[OUT1]
    assert (found.containers, found.open, found.at_risk, found.delivered) == (2, 2, 2, 0)


def test_what_the_plan_brings_in_time_is_not_at_risk() -> None:
    state = with_plan(in_the_morning(), 200)
    assert planned_arrivals(state)[MoveId("m1")] == minutes(200)
    assert standings(state)[OUT1].at_risk == 1
    assert standings(with_plan(in_the_morning(), 250))[OUT1].at_risk == 2


def test_a_train_that_waits_takes_the_risk_away() -> None:
    state = with_plan(in_the_morning(), 250)
    later = TrainForecastReceived(at=START, train=OUT1, source="test", cut_off=minutes(280))
    assert standings(fold([later], state))[OUT1].at_risk == 1


def test_delivered_counts_in_time_only() -> None:
    state = moved.delivered(in_the_morning(), MoveId("m1"), minutes(200))
    state = moved.delivered(state, MoveId("m2"), minutes(250))
    found = standings(state)[OUT1]
    assert (found.delivered, found.late, found.open) == (1, 1, 0)


def test_after_the_cut_off_what_is_not_there_is_late_and_no_longer_at_risk() -> None:
    state = fold([ClockTicked(at=minutes(241))], in_the_morning())
    found = standings(state)[OUT1]
    assert (found.late, found.at_risk) == (2, 0)


def test_inbound_containers_belong_to_the_train_that_brought_them() -> None:
    found = standings(in_the_morning())
    assert found[IN1].containers == 1
    assert found[OUT2].containers == 0
