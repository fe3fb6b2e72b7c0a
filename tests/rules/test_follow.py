"""Following the plan: everything it asks for in one go, and nothing without one."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small

from portwatt.commands import CommitArrival, DispatchTruck, OrderFallback, ReserveEvse
from portwatt.events import ClockTicked, PlanAdopted
from portwatt.ids import ActivityId, MoveId, PlanId
from portwatt.model.plan import Activity, ActivityKind, FallbackUse, Plan, Route
from portwatt.rules.follow import follow
from portwatt.state import apply
from portwatt.units import Money, SoC, Window

UP = small.in_the_morning()


def act(n: int, kind: ActivityKind, start: float, place=small.QUAY, **more) -> Activity:
    half = SoC.percent(50)
    window = Window(small.minutes(start), small.minutes(start + 10))
    return Activity(ActivityId(f"t1/{n}"), kind, window, place, half, half, **more)


def test_without_a_plan_nothing_is_asked_for():
    event = ClockTicked(at=small.minutes(1))
    assert follow(UP, apply(UP, event), event) == ()


def test_a_plan_is_acted_on_the_moment_it_is_adopted():
    route = Route(
        small.T1,
        (
            act(1, ActivityKind.LOAD, 0, move=MoveId("m1")),
            act(2, ActivityKind.UNLOAD, 10, small.YARD, move=MoveId("m1")),
            act(3, ActivityKind.CHARGE, 14, small.CHARGING, evse=small.CCS1),
        ),
    )
    use = FallbackUse(MoveId("m2"), small.SHUTTLE, Window(small.START, small.minutes(40)), Money(0), "no truck is free")
    horizon = Window(small.START, small.START + timedelta(hours=36))
    plan = Plan(PlanId("p"), UP.hub.id, horizon, (route,), fallbacks=(use,))
    event = PlanAdopted(at=UP.at, plan=plan, reasons=(), changes=())
    commands = follow(UP, apply(UP, event), event)
    assert [type(c) for c in commands] == [OrderFallback, DispatchTruck, ReserveEvse, CommitArrival]
    assert commands[-1] == CommitArrival(train=small.OUT1, on_time=2, at_risk=0)
