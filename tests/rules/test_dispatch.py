"""Orders to trucks: when, and when not."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small
from msgspec.structs import replace

from portwatt.commands import AnyCommand, DispatchTruck, Outcome, Replan
from portwatt.events import (
    ActivityEnded,
    ClockTicked,
    CommandAnswered,
    CommandIssued,
    ContainerReleased,
    PlanAdopted,
    TakenOutOfService,
    TruckUnavailable,
)
from portwatt.ids import ActivityId, CommandId, ContainerId, MoveId, PlanId
from portwatt.model.plan import Activity, ActivityKind, Plan, Route
from portwatt.model.truck import SingleShift
from portwatt.rules.dispatch import EARLIEST, dispatch
from portwatt.state import HubState, apply, fold
from portwatt.state.replanning import LONGEST_HOLD
from portwatt.units import SoC, Window

UP = small.in_the_morning()
HALF = SoC.percent(50)


def act(n: int, kind: ActivityKind, start: float, end: float, place=small.QUAY, **more) -> Activity:
    """Activity `n` of truck t1, in minutes after the start."""
    more = {"soc_before": HALF, "soc_after": HALF} | more
    window = Window(small.minutes(start), small.minutes(end))
    return Activity(id=ActivityId(f"t1/{n}"), kind=kind, window=window, place=place, **more)


def fetch(start: float, move: str = "m1") -> tuple[Activity, ...]:
    """To the yard and back with a load: t1 stands at the quay."""
    used = SoC.percent(45)
    return (
        act(1, ActivityKind.LOAD, start, start + 10, move=MoveId(move)),
        act(2, ActivityKind.DRIVE, start + 10, start + 30, small.YARD, origin=small.QUAY, soc_after=used),
        act(3, ActivityKind.UNLOAD, start + 30, start + 40, small.YARD, move=MoveId(move)),
    )


def to_charge(start: float) -> tuple[Activity, ...]:
    return (
        act(1, ActivityKind.DRIVE, start, start + 20, small.CHARGING, origin=small.QUAY),
        act(2, ActivityKind.CHARGE, start + 20, start + 60, small.CHARGING, evse=small.CCS1),
    )


def planned(activities: tuple[Activity, ...], state: HubState = UP, truck=small.T1) -> HubState:
    plan = Plan(
        id=PlanId("p"),
        hub=state.hub.id,
        horizon=Window(small.START, small.START + timedelta(hours=36)),
        routes=(Route(truck, activities),),
    )
    return apply(state, PlanAdopted(at=state.at, plan=plan, reasons=(), changes=()))


def orders(state: HubState, minute: float) -> list[AnyCommand]:
    event = ClockTicked(at=small.minutes(minute))
    after = apply(state, event)
    return list(dispatch(state, after, event))


def test_a_group_is_ordered_when_it_is_due_and_not_long_before():
    state = planned(fetch(90))
    assert orders(state, 59) == []
    assert orders(state, 60) == [DispatchTruck(truck=small.T1, activities=fetch(90)[:1])]
    assert timedelta(minutes=30) == EARLIEST
    assert orders(state, 200) == orders(state, 60), "late, but never not at all"


def test_an_order_is_given_once():
    state, commands = small.run(planned(fetch(0)), [ClockTicked(at=small.minutes(0))])
    assert [type(c) for _, c in commands if isinstance(c, DispatchTruck)] == [DispatchTruck]
    assert orders(state, 1) == []
    assert state.todo[small.T1] == fetch(0)[1:]


def test_while_a_plan_is_computed_only_what_it_holds_too_is_ordered():
    load, drive, unload = fetch(0)
    asked = CommandIssued(at=UP.at, id=CommandId("p"), command=Replan(reasons=("late",), fixed=(load.id,)))
    state = apply(planned(fetch(0)), asked)
    assert orders(state, 0) == [DispatchTruck(truck=small.T1, activities=(load,))]
    order = CommandIssued(at=UP.at, id=CommandId("o"), command=DispatchTruck(truck=small.T1, activities=(load,)))
    ended = ActivityEnded(at=small.minutes(9), truck=small.T1, activity=load.id, ended_at=small.minutes(9), soc=HALF)
    state = apply(apply(state, order), ended)
    rest = [DispatchTruck(truck=small.T1, activities=(drive, unload))]
    assert orders(state, 11) == []
    assert orders(apply(state, CommandAnswered(at=state.at, id=asked.id, outcome=Outcome.REFUSED)), 11) == rest
    assert orders(state, LONGEST_HOLD / timedelta(minutes=1)) == rest, "a plan that never comes stops nobody for good"


def test_a_container_that_is_not_released_on_arrival_is_not_fetched():
    held = replace(small.move("m1"), customs_hold=True)
    state = UP.having(moves=UP.moves.set(MoveId("m1"), replace(UP.moves["m1"], move=held)))
    state = planned(fetch(90), state)
    assert orders(state, 90) == []
    release = ContainerReleased(at=small.START, container=ContainerId("C-m1"), released_at=small.minutes(80))
    released = apply(state, release)
    assert orders(released, 70) == []
    assert len(orders(released, 80)) == 1


def test_the_drive_there_counts_against_the_release():
    later = replace(small.move("m1"), origin=small.YARD, release=small.minutes(90))
    state = UP.having(moves=UP.moves.set(MoveId("m1"), replace(UP.moves["m1"], move=later)))
    route = (
        act(1, ActivityKind.DRIVE, 70, 90, small.YARD, origin=small.QUAY),
        act(2, ActivityKind.LOAD, 90, 100, small.YARD, move=MoveId("m1")),
    )
    assert orders(planned(route, state), 69) == []
    assert len(orders(planned(route, state), 70)) == 1


def test_waiting_at_the_front_leaves_the_planner_free_and_is_cut_off_when_the_rest_is_ordered():
    load = act(2, ActivityKind.LOAD, 200, 210, move=MoveId("m1"))
    state = planned((act(1, ActivityKind.WAIT, 0, 200), load))
    assert orders(state, 10) == []
    (order,) = orders(state, 180)
    assert order.activities[0].window == Window(small.minutes(0), small.minutes(180))
    assert order.activities[1] == load


def test_a_truck_that_is_away_busy_or_elsewhere_gets_nothing():
    state = planned(fetch(0))
    away = apply(state, TruckUnavailable(at=state.at, truck=small.T1, reason="tyre"))
    elsewhere = state.having(trucks=state.trucks.set(small.T1, replace(state.trucks[small.T1], place=small.YARD)))
    assert orders(state, 0)
    assert orders(away, 0) == orders(elsewhere, 0) == []


def test_a_truck_is_not_sent_where_its_battery_does_not_reach():
    far = (act(1, ActivityKind.DRIVE, 0, 20, small.YARD, origin=small.QUAY, soc_after=SoC.percent(30)),)
    low = UP.having(trucks=UP.trucks.set(small.T1, replace(UP.trucks[small.T1], soc=SoC.percent(19))))
    assert orders(planned(far), 0)
    assert orders(planned(far, low), 0) == []


def test_a_charge_begins_early_only_where_the_evse_is_free_and_nobody_comes_first():
    state = planned(to_charge(60))
    assert len(orders(state, 40)) == 1
    other = Route(small.T2, (replace(to_charge(50)[1], id=ActivityId("t2/1")),))
    both = replace(state.plan, routes=(*state.plan.routes, other))
    wanted = apply(state, PlanAdopted(at=state.at, plan=both, reasons=(), changes=()))
    assert [o.truck for o in orders(wanted, 40)] == []
    assert [o.truck for o in orders(wanted, 58)] == [small.T1], "two minutes do not matter"


def test_two_trucks_are_not_sent_early_to_one_evse_in_the_same_go():
    state = planned(to_charge(60))
    theirs = tuple(replace(a, id=ActivityId(f"t2/{n}")) for n, a in enumerate(to_charge(60), start=1))
    both = replace(state.plan, routes=(*state.plan.routes, Route(small.T2, theirs)))
    state = apply(state, PlanAdopted(at=state.at, plan=both, reasons=(), changes=()))
    assert [o.truck for o in orders(state, 40)] == [small.T1]


def test_nobody_is_sent_to_an_evse_that_is_out():
    out = fold([TakenOutOfService(at=small.START, station=small.CCS, evse=small.CCS1, reason="cable")], UP)
    assert orders(planned(to_charge(0), out), 10) == []


def test_an_early_swap_needs_a_full_pack():
    def route(pack: str) -> tuple[Activity, ...]:
        swap = act(2, ActivityKind.SWAP, 80, 85, small.CHARGING, station=small.SWAP, lane=0, pack=pack)
        return act(1, ActivityKind.DRIVE, 60, 80, small.CHARGING, origin=small.QUAY), swap

    assert len(orders(planned(route("p1"), truck=small.T4), 40)) == 1
    assert orders(planned(route("p3"), truck=small.T4), 40) == []
    assert len(orders(planned(route("p3"), truck=small.T4), 60)) == 1


def test_only_a_truck_on_duty_gets_an_order_and_a_loaded_one_after_its_shift():
    hour = SingleShift(Window(small.START, small.minutes(60)))
    state = UP.having(hub=replace(UP.hub, trucks=tuple(replace(t, shift=hour) for t in UP.hub.trucks)))
    assert orders(planned(fetch(59), state), 59)
    assert not orders(planned(fetch(59), state), 60)
    drive = act(1, ActivityKind.DRIVE, 60, 70, small.YARD, origin=small.QUAY)
    unload = act(2, ActivityKind.UNLOAD, 70, 75, small.YARD, move=MoveId("m1"))
    loaded = replace(state.trucks[small.T1], carrying=MoveId("m1"))
    state = state.having(trucks=state.trucks.set(small.T1, loaded))
    assert orders(planned((drive, unload), state), 60)
