"""Stops for energy: where needed, enough to go on, in the time a truck would wait anyway."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from portwatt.ids import PlaceId
from portwatt.model.plan import ActivityKind
from portwatt.planning.cases import START, Size, day
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.refuel import direct, top_up, with_stop
from portwatt.planning.routes import TruckWork
from portwatt.planning.tables import Job, Tables
from portwatt.planning.work import Work
from portwatt.units import SoC, Window

PROBLEM = day(Size(moves=1, trucks=3, evses=6), 2)


def setting(problem: PlanningProblem, truck: int, soc: float, release_h: float = 0) -> tuple[Work, TruckWork, Job]:
    """One truck at the depot with so much energy, one move to the far warehouse."""
    move = replace(
        problem.moves[0],
        origin=PlaceId("yard"),
        destination=PlaceId("warehouse-2"),
        release=START + timedelta(hours=release_h),
        due=problem.horizon.end,
        trains=(),
    )
    one = replace(problem.trucks[truck], place=PlaceId("depot"), soc=SoC.percent(soc), breaks=(), ready_at=START)
    evses = tuple(replace(e, closed=()) for e in problem.evses)
    work = Work(Tables(replace(problem, trucks=(one,), moves=(move,), evses=evses)))
    return work, work.trucks[0], next(iter(work.tables.jobs.values()))


def test_a_full_truck_goes_straight() -> None:
    work, truck, job = setting(PROBLEM, 1, 95)
    draft = direct(work.resources, truck, job)
    assert draft is not None
    assert ActivityKind.CHARGE not in {s.kind for s in draft.steps}


def test_an_empty_one_cannot() -> None:
    work, truck, job = setting(PROBLEM, 1, 15)
    assert direct(work.resources, truck, job) is None


def test_every_stop_leaves_enough_to_reach_the_next_charger() -> None:
    for model in range(3):
        work, truck, job = setting(PROBLEM, model, 15)
        drafts = list(with_stop(work.resources, truck, job))
        assert drafts
        for draft in drafts:
            assert min(step.after for step in draft.steps) >= truck.floor
            assert draft.joules - truck.model.way_out[job.destination] >= truck.floor


def test_a_swapper_may_swap_charge_or_go_to_a_third_party() -> None:
    work, truck, job = setting(PROBLEM, 0, 30)
    stops = [
        next(s for s in draft.steps if s.kind in (ActivityKind.CHARGE, ActivityKind.SWAP))
        for draft in with_stop(work.resources, truck, job)
    ]
    assert {"third party" if s.fallback else s.kind.value for s in stops} == {"charge", "swap", "third party"}


def test_a_long_wait_is_spent_charging_and_delays_nothing() -> None:
    work, truck, job = setting(PROBLEM, 1, 60, release_h=4)
    plain, early = setting(PROBLEM, 1, 79, release_h=4), direct(work.resources, truck, job)
    assert early is not None
    assert ActivityKind.CHARGE in {s.kind for s in early.steps}
    straight = direct(plain[0].resources, plain[1], plain[2])
    assert straight is not None
    assert early.time == straight.time


def test_a_short_wait_is_not() -> None:
    work, truck, job = setting(PROBLEM, 1, 60, release_h=0.3)
    draft = direct(work.resources, truck, job)
    assert draft is not None
    assert ActivityKind.CHARGE not in {s.kind for s in draft.steps}


def test_tops_up_only_below_the_mark() -> None:
    work, truck, _ = setting(PROBLEM, 1, 30)
    draft = top_up(work.resources, truck, 40)
    assert draft is not None
    assert draft.joules > truck.joules
    work, truck, _ = setting(PROBLEM, 1, 45)
    assert top_up(work.resources, truck, 40) is None


def test_drives_around_breaks() -> None:
    work, truck, job = setting(PROBLEM, 1, 95)
    truck.breaks = [(60, 1_860)]
    draft = direct(work.resources, truck, job)
    assert draft is not None
    pause = Window(START + timedelta(seconds=60), START + timedelta(seconds=1_860))
    for step in draft.steps:
        window = Window(work.tables.moment(step.start), work.tables.moment(step.end))
        assert step.kind is ActivityKind.WAIT or not window.overlaps(pause)
