"""What trucks are doing stays in the plan, with the times it will really have."""

from __future__ import annotations

from datetime import datetime, timedelta

import small_hub as small
from msgspec.structs import replace

from portwatt.commands import DispatchTruck, Replan
from portwatt.events import (
    ActivityEnded,
    ActivityStarted,
    AnyEvent,
    CommandIssued,
    MoveWithdrawn,
    PlanAdopted,
    TruckReported,
    TruckUnavailable,
)
from portwatt.ids import ActivityId, CommandId
from portwatt.model.plan import Activity, ActivityKind, Plan
from portwatt.model.truck import DailyShift, Shift, SingleShift, duty
from portwatt.planning.build import problem_from
from portwatt.planning.checker import check
from portwatt.planning.greedy import plan
from portwatt.planning.groups import begins, groups
from portwatt.planning.problem import PlanningProblem, TruckStart
from portwatt.planning.underway import about_to_start
from portwatt.state import HubState, apply, fold
from portwatt.units import SoC, Window

NO_TIME = timedelta(0)


class Day:
    """A hub's log, written step by step."""

    def __init__(self) -> None:
        self.state: HubState = fold(small.morning())
        self.plan: Plan = plan(self.problem(0), NO_TIME, 1)
        self.tell(PlanAdopted(at=small.START, plan=self.plan, reasons=("first",), changes=()))
        busy = next(r for r in self.plan.routes if any(a.kind is ActivityKind.LOAD for a in r.activities))
        self.truck = busy.truck
        self.route = busy.activities

    def tell(self, *events: AnyEvent) -> None:
        for event in events:
            self.state = apply(self.state, event)

    def problem(self, minutes: float) -> PlanningProblem:
        return problem_from(self.state, small.minutes(minutes))

    def start(self, minutes: float) -> TruckStart:
        return self.problem(minutes).truck_by_id[self.truck]

    def order(self, count: int, at: datetime = small.START) -> tuple[Activity, ...]:
        group = self.route[:count]
        self.tell(CommandIssued(at=at, id=CommandId("c1"), command=DispatchTruck(truck=self.truck, activities=group)))
        return group

    def begin(self, activity: Activity, at: datetime) -> None:
        self.tell(ActivityStarted(at=at, truck=self.truck, activity=activity.id, started_at=at))

    def end(self, activity: Activity, at: datetime, **changes: object) -> None:
        soc = activity.soc_after
        self.tell(ActivityEnded(at=at, truck=self.truck, activity=activity.id, ended_at=at, soc=soc, **changes))


def ids(activities: tuple[Activity, ...]) -> list[str]:
    return [a.id for a in activities]


def test_what_was_ordered_stays_in_its_order() -> None:
    day = Day()
    group = day.order(3)
    assert ids(day.start(0).fixed)[:3] == ids(group)


def test_an_order_that_is_late_moves_what_follows() -> None:
    day = Day()
    first, second, *_ = day.order(2)
    day.begin(first, small.minutes(7))
    fixed = day.start(8).fixed
    shift = small.minutes(7) - first.window.start
    assert fixed[0].window.start == small.minutes(7)
    assert fixed[0].window.length == first.window.length
    assert fixed[1].window.start - second.window.start == shift


def test_what_is_overdue_ends_soon() -> None:
    day = Day()
    first, *_ = day.order(1)
    day.begin(first, small.START)
    much_later = first.window.end + timedelta(hours=3)
    start = day.start((much_later - small.START) / timedelta(minutes=1))
    assert start.fixed[0].window.end == much_later + timedelta(minutes=1)


def test_word_from_under_way_counts_what_is_left_of_the_drive() -> None:
    day = Day()
    drive = next(a for a in day.route if a.kind is ActivityKind.DRIVE)
    day.route = day.route[day.route.index(drive) :]
    day.order(1)
    day.begin(drive, small.START)
    half = small.START + drive.window.length / 2
    used = drive.soc_before.bp - drive.soc_after.bp
    thirsty = SoC(drive.soc_before.bp - used)
    day.tell(TruckReported(at=half, truck=day.truck, reported_at=half, soc=thirsty))
    start = day.start((half - small.START) / timedelta(minutes=1))
    assert start.fixed[0].soc_after.bp == thirsty.bp - round(used / 2)


def test_what_is_planned_for_the_next_minutes_stays_too() -> None:
    day = Day()
    until = small.START + day.state.hub.planning.frozen
    start = day.start(0)
    soon = [a.id for group in groups(day.route) if begins(group) <= until for a in group]
    assert ids(start.fixed) == soon, "in whole groups, as they are ordered"
    assert start.fixed[-1].window.start > until
    assert start.fixed
    assert start.next_number == 1


def test_what_is_said_to_stay_stays_whatever_the_truck_does_while_the_plan_is_computed() -> None:
    day = Day()
    first, *_ = day.order(1)
    day.begin(first, small.START)
    stays = tuple(about_to_start(day.state, small.minutes(1)))
    assert stays
    day.tell(CommandIssued(at=small.minutes(1), id=CommandId("p"), command=Replan(reasons=(), fixed=stays)))
    day.end(first, small.minutes(25))
    assert tuple(ids(day.start(25).fixed)) == stays


def test_what_starts_before_the_plan_can_be_there_stays() -> None:
    day = Day()
    wanted = next(g for g in groups(day.route) if begins(g) > small.START + day.state.hub.planning.frozen)
    slow = begins(wanted) - small.START
    assert wanted[-1].id not in about_to_start(day.state, small.START)
    day.state = day.state.having(replanning=replace(day.state.replanning, took=slow))
    assert wanted[-1].id in about_to_start(day.state, small.START)


def test_a_truck_that_is_early_keeps_to_the_times_planned() -> None:
    day = Day()
    load = [a for a in day.route if a.kind is ActivityKind.LOAD and a.place == small.QUAY][1]
    day.state = day.state.having(todo=day.state.todo.set(day.truck, day.route[day.route.index(load) :]))
    early = load.window.start - timedelta(minutes=5)
    fixed = day.start((early - small.START) / timedelta(minutes=1)).fixed
    assert (fixed[0].id, fixed[0].window) == (load.id, load.window)


def test_what_cannot_be_done_any_more_does_not_stay() -> None:
    day = Day()
    load = next(a for a in day.route if a.kind is ActivityKind.LOAD)
    assert load.move is not None
    day.tell(MoveWithdrawn(at=small.START, move=load.move))
    assert load.id not in ids(day.start((load.window.start - small.START) / timedelta(minutes=1)).fixed)


def test_a_planned_start_that_has_slipped_is_planned_anew() -> None:
    day = Day()
    assert day.start(30).fixed == ()


def test_a_truck_on_the_road_goes_on_from_where_its_orders_end() -> None:
    day = Day()
    group = day.order(3)
    day.begin(group[0], group[0].window.start)
    problem = day.problem(2)
    again = plan(problem, NO_TIME, 1)
    assert check(problem, again) == ()
    route = next(r for r in again.routes if r.truck == day.truck)
    assert ids(route.activities)[:3] == ids(group)


def test_a_loaded_truck_delivers() -> None:
    day = Day()
    upto = next(n for n, a in enumerate(day.route) if a.kind is ActivityKind.LOAD) + 1
    group = day.order(upto)
    for activity in group:
        day.begin(activity, activity.window.start)
        day.end(activity, activity.window.end)
    minutes = (group[-1].window.end - small.START) / timedelta(minutes=1)
    start = day.start(minutes)
    assert start.carrying == group[-1].move
    problem = day.problem(minutes)
    again = plan(problem, NO_TIME, 1)
    assert check(problem, again) == ()
    assert group[-1].move not in {u.move for u in again.unserved}


def test_a_loaded_truck_delivers_after_its_shift_too() -> None:
    day = Day()
    upto = next(n for n, a in enumerate(day.route) if a.kind is ActivityKind.LOAD) + 1
    group = day.order(upto)
    for activity in group:
        day.end(activity, activity.window.end)
    problem = day.problem(24 * 60 + 5)
    again = plan(problem, NO_TIME, 1)
    assert check(problem, again) == ()
    assert group[-1].move not in {u.move for u in again.unserved}


def test_an_order_given_up_leaves_the_truck_free() -> None:
    day = Day()
    first, *_ = day.order(2)
    day.begin(first, small.START)
    day.end(first, small.minutes(3), done=False, detail="flat tyre")
    start = day.start(4)
    assert start.fixed == ()
    assert start.next_number > int(first.id.rpartition("/")[2])


def test_a_truck_that_dropped_out_is_not_asked() -> None:
    day = Day()
    day.tell(TruckUnavailable(at=small.START, truck=day.truck, reason="accident"))
    assert day.truck not in day.problem(1).truck_by_id


def test_a_truck_that_comes_back_is_asked_from_then_on() -> None:
    day = Day()
    back = small.minutes(90)
    day.tell(TruckUnavailable(at=small.START, truck=day.truck, reason="tyre", until=back))
    start = day.start(1)
    assert start.ready_at == back
    assert start.fixed == ()


def test_the_container_on_a_truck_that_dropped_out_is_named_as_not_carried() -> None:
    day = Day()
    upto = next(n for n, a in enumerate(day.route) if a.kind is ActivityKind.LOAD) + 1
    group = day.order(upto)
    for activity in group:
        day.end(activity, activity.window.end)
    day.tell(TruckUnavailable(at=group[-1].window.end, truck=day.truck, reason="accident"))
    problem = day.problem((group[-1].window.end - small.START) / timedelta(minutes=1))
    again = plan(problem, NO_TIME, 1)
    assert check(problem, again) == ()
    assert [u.move for u in again.unserved if day.truck in u.detail] == [group[-1].move]


def test_a_swap_that_has_begun_hands_in_no_second_pack() -> None:
    day = Day()
    known = day.state.trucks[small.T4]
    pack = "p1"
    swap = Activity(
        "t4/1",
        ActivityKind.SWAP,
        replace(day.route[0].window),
        small.CHARGING,
        SoC.percent(50),
        SoC.percent(100),
        station=small.SWAP,
        lane=0,
        pack=pack,
    )
    at_lane = replace(known, place=small.CHARGING, queue=(swap,), started_at=small.START, pack=pack)
    day.state = day.state.having(trucks=day.state.trucks.set(small.T4, at_lane))
    assert day.problem(1).truck_by_id[small.T4].pack is None


def test_a_swap_whose_pack_another_truck_got_is_forecast_without_it() -> None:
    day = Day()
    pack = next(p for p, known in day.state.packs.items() if known.slot is not None)
    swap = Activity(
        ActivityId("t4/1"),
        ActivityKind.SWAP,
        Window(small.START, small.minutes(5)),
        small.CHARGING,
        SoC.percent(50),
        SoC.percent(100),
        station=small.SWAP,
        lane=0,
        pack=pack,
    )
    known = replace(day.state.trucks[small.T4], place=small.CHARGING, queue=(swap,), last_number=1)
    day.state = day.state.having(trucks=day.state.trucks.set(small.T4, known))
    assert day.problem(1).truck_by_id[small.T4].fixed[0].pack == pack
    gone = replace(day.state.packs[pack], slot=None, truck=small.T1)
    day.state = day.state.having(packs=day.state.packs.set(pack, gone))
    problem = day.problem(1)
    assert problem.truck_by_id[small.T4].fixed[0].pack is None
    assert check(problem, plan(problem, NO_TIME, 1)) == ()


# ── shifts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_shifts(state: HubState, shift: Shift) -> HubState:
    return state.having(hub=replace(state.hub, trucks=tuple(replace(t, shift=shift) for t in state.hub.trucks)))


def test_a_truck_is_asked_for_the_shift_it_is_in_and_then_for_the_next_day_after_day() -> None:
    eight = DailyShift(0, 8 * 60, "UTC")
    state = in_shifts(fold(small.morning()), eight)
    midnight = duty(eight, small.START).start
    for days in (0, 1, 40):
        begins = midnight + timedelta(days=days)
        for hour, ready in ((3, begins + timedelta(hours=3)), (9, begins + timedelta(days=1))):
            asked = problem_from(state, begins + timedelta(hours=hour)).trucks
            assert len(asked) == len(state.hub.trucks)
            assert {t.ready_at for t in asked} == {ready}
            assert {t.shift_end for t in asked} == {duty(eight, ready).end}


def test_the_shift_of_a_single_day_is_over_for_good() -> None:
    once = SingleShift(Window(small.START, small.minutes(60)))
    state = in_shifts(fold(small.morning()), once)
    assert len(problem_from(state, small.minutes(59)).trucks) == len(state.hub.trucks)
    assert problem_from(state, small.minutes(60)).trucks == ()


def test_a_loaded_truck_delivers_after_its_shift_and_does_nothing_more_before_the_next() -> None:
    day = Day()
    upto = next(n for n, a in enumerate(day.route) if a.kind is ActivityKind.LOAD) + 1
    group = day.order(upto)
    for activity in group:
        day.end(activity, activity.window.end)
    over = group[-1].window.end + timedelta(minutes=1)
    minute = over.hour * 60 + over.minute
    day.state = in_shifts(day.state, DailyShift(minute - 8 * 60, minute, "UTC"))
    problem = problem_from(day.state, over)
    start = problem.truck_by_id[day.truck]
    assert start.ready_at == over
    assert over < start.shift_end <= over + timedelta(hours=3)
    assert check(problem, plan(problem, NO_TIME, 1)) == ()
