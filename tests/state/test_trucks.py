"""Trucks: orders, activities, and words that were lost."""

from __future__ import annotations

import small_hub as small

from portwatt.commands import DispatchTruck, Outcome
from portwatt.events import (
    ActivityEnded,
    ActivityStarted,
    ClockTicked,
    CommandAnswered,
    CommandIssued,
    TruckAvailable,
    TruckReported,
    TruckUnavailable,
)
from portwatt.ids import ActivityId, CommandId, MoveId
from portwatt.model.plan import Activity, ActivityKind
from portwatt.state import HubState, fold
from portwatt.state.moves import MoveStatus
from portwatt.state.trucks import TruckState
from portwatt.units import SoC, Window

UP = small.in_the_morning()


def act(n: int, kind: ActivityKind, place=small.QUAY, **more) -> Activity:
    window = Window(small.minutes(10 * n), small.minutes(10 * n + 10))
    soc = SoC.percent(50 - n)
    return Activity(
        id=ActivityId(f"t1/{n}"), kind=kind, window=window, place=place, soc_before=soc, soc_after=soc, **more
    )


TRIP = (
    act(1, ActivityKind.LOAD, move=MoveId("m1")),
    act(2, ActivityKind.DRIVE, small.YARD, origin=small.QUAY),
    act(3, ActivityKind.UNLOAD, small.YARD, move=MoveId("m1")),
)
ORDER = CommandIssued(at=small.START, id=CommandId("o"), command=DispatchTruck(truck=small.T1, activities=TRIP))


def began(n: int) -> ActivityStarted:
    at = small.minutes(10 * n)
    return ActivityStarted(at=at, truck=small.T1, activity=ActivityId(f"t1/{n}"), started_at=at)


def over(n: int, done: bool = True, late: float = 0, soc: float = 47) -> ActivityEnded:
    at = small.minutes(10 * n + 10 + late)
    return ActivityEnded(
        at=at, truck=small.T1, activity=ActivityId(f"t1/{n}"), ended_at=at, soc=SoC.percent(soc), done=done
    )


def t1(state: HubState) -> TruckState:
    return state.trucks[small.T1]


def test_a_trip_walks_from_order_to_delivery():
    state = fold([ORDER], UP)
    assert (t1(state).queue, t1(state).current, t1(state).last_number) == (TRIP, None, 3)
    state = fold([began(1)], state)
    assert t1(state).current == TRIP[0]
    state = fold([over(1)], state)
    assert (t1(state).carrying, state.moves["m1"].status) == (MoveId("m1"), MoveStatus.ON_TRUCK)
    state = fold([began(2), over(2), began(3), over(3)], state)
    assert (t1(state).carrying, t1(state).place, t1(state).queue, t1(state).done) == (None, small.YARD, (), 3)
    assert state.moves["m1"].status is MoveStatus.DELIVERED
    assert state.moves["m1"].delivered_at == small.minutes(40)


def test_the_start_of_a_later_activity_proves_the_end_of_the_ones_before():
    state = fold([ORDER, began(1), began(3)], UP)
    assert t1(state).current == TRIP[2]
    assert (t1(state).carrying, t1(state).place) == (MoveId("m1"), small.YARD)


def test_the_end_of_a_later_activity_proves_the_end_of_the_ones_before():
    state = fold([ORDER, began(1), over(3)], UP)
    assert (t1(state).queue, t1(state).carrying, t1(state).done) == ((), None, 3)
    assert state.moves["m1"].status is MoveStatus.DELIVERED


def test_words_that_come_twice_or_about_nothing_known_change_nothing():
    state = fold([ORDER, began(1), over(1)], UP)
    for word in (began(1), over(1), over(9)):
        assert t1(fold([word], state)) == t1(state)


def test_a_truck_that_gives_up_loses_the_rest_of_its_order_and_asks_for_a_plan():
    state = fold([ORDER, began(1), over(1), began(2), over(2, done=False)], UP)
    assert (t1(state).queue, t1(state).done, t1(state).carrying) == ((), 3, MoveId("m1"))
    assert "truck t1 gave up: drive" in state.replanning.reasons


def test_a_late_truck_asks_for_a_plan_and_a_punctual_one_does_not():
    assert not any("late" in r for r in fold([ORDER, began(1), over(1, late=9)], UP).replanning.reasons)
    assert "truck t1 is 12 min late" in fold([ORDER, began(1), over(1, late=12)], UP).replanning.reasons


def test_a_truck_with_much_less_energy_than_planned_asks_for_a_plan():
    state = fold([ORDER, began(1), over(1, soc=30)], UP)
    assert "truck t1 has 19 % less than planned" in state.replanning.reasons
    assert not any("less" in r for r in fold([ORDER, began(1), over(1, soc=45)], UP).replanning.reasons)


def test_an_order_that_is_not_taken_leaves_the_truck_out():
    state = fold([ORDER, CommandAnswered(at=UP.at, id=CommandId("o"), outcome=Outcome.TIMED_OUT, detail="silent")], UP)
    assert (t1(state).queue, t1(state).unavailable) == ((), "silent")
    assert "truck t1 did not take its order" in state.replanning.reasons


def test_out_and_back_again():
    state = fold([TruckUnavailable(at=UP.at, truck=small.T1, reason="tyre", until=small.minutes(60))], UP)
    assert (t1(state).unavailable, t1(state).until) == ("tyre", small.minutes(60))
    back = TruckAvailable(at=small.minutes(9), truck=small.T1, place=small.YARD, soc=SoC.percent(33))
    known = t1(fold([back], state))
    assert (known.unavailable, known.place, known.soc, known.free_at) == (
        "",
        small.YARD,
        SoC.percent(33),
        small.minutes(9),
    )


def test_a_truck_that_said_until_when_is_back_then_by_the_clock():
    out = TruckUnavailable(at=UP.at, truck=small.T1, reason="tyre", until=small.minutes(60))
    still = t1(fold([out, ClockTicked(at=small.minutes(59))], UP))
    back = t1(fold([out, ClockTicked(at=small.minutes(60))], UP))
    assert still.unavailable == "tyre"
    assert (back.unavailable, back.until, back.free_at, back.place) == ("", None, small.minutes(60), t1(UP).place)
    nobody_knows = TruckUnavailable(at=UP.at, truck=small.T1, reason="tyre")
    assert t1(fold([nobody_knows, ClockTicked(at=small.minutes(60 * 24))], UP)).unavailable == "tyre"


def test_a_report_changes_only_what_it_says():
    state = fold([TruckReported(at=small.minutes(1), truck=small.T1, reported_at=small.START, lat=0.0, lon=1.5)], UP)
    assert (t1(state).lat, t1(state).lon, t1(state).soc, t1(state).place) == (0.0, 1.5, t1(UP).soc, t1(UP).place)
    empty = TruckReported(at=small.minutes(1), truck=small.T1, reported_at=small.START, soc=SoC(0))
    assert t1(fold([empty], UP)).soc == SoC(0)
