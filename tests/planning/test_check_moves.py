"""Trains and fallbacks, where the checker must not cry wolf either."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from portwatt.ids import ActivityId, FallbackId, MoveId
from portwatt.model.fallback import Fallback, FallbackKind
from portwatt.model.plan import Activity, ActivityKind, FallbackUse, Plan, Rebooking, Route
from portwatt.planning.cases import START, Size, day
from portwatt.planning.check_moves import check_moves
from portwatt.planning.problem import PlanningProblem, TrainOption, TrainRoom
from portwatt.planning.violations import ViolationKind
from portwatt.units import Money, SoC, Window

HOUR = timedelta(hours=1)
TRAINS = (TrainOption("E", START + HOUR), TrainOption("N", START + 5 * HOUR))


def shuttled(starts: list[float], **fields: object) -> tuple[PlanningProblem, Plan]:
    """Moves from yard to quay by one shuttle each, from these hours on."""
    problem = day(Size(moves=len(starts), trucks=0), 1)
    moves = tuple(replace(m, origin="yard", destination="quay", release=START, **fields) for m in problem.moves)
    problem = replace(problem, moves=moves)
    there, back = problem.leg_by_ends["yard", "quay"], problem.leg_by_ends["quay", "yard"]
    offer = problem.fallbacks[0]
    cost = Money(offer.per_use.cents + round(offer.per_km.cents * (there.distance.as_km + back.distance.as_km)))
    uses = []
    for move, hours in zip(moves, starts, strict=True):
        begin = START + hours * HOUR
        window = Window(begin, begin + there.duration + timedelta(minutes=16))
        uses.append(FallbackUse(move.id, FallbackId("diesel"), window, cost, "test"))
    return problem, Plan(problem.plan, problem.hub, problem.horizon, (), fallbacks=tuple(uses))


def kinds(problem: PlanningProblem, plan: Plan) -> list[ViolationKind]:
    return [v.kind for v in check_moves(problem, plan, [])]


def test_two_shuttles_at_once_are_allowed_where_there_are_two() -> None:
    assert kinds(*shuttled([0, 0])) == []
    assert kinds(*shuttled([0, 0, 0])) == [ViolationKind.FALLBACK_CAPACITY]


def test_a_shuttle_has_to_come_back_before_it_goes_again() -> None:
    problem, plan = shuttled([0, 0, 1])
    end = plan.fallbacks[0].window.end
    third = plan.fallbacks[2]
    at_once = replace(third, window=Window(end, end + third.window.length))
    soon = replace(plan, fallbacks=(*plan.fallbacks[:2], at_once))
    assert kinds(problem, soon) == [ViolationKind.FALLBACK_CAPACITY]
    back = problem.leg_by_ends["quay", "yard"].duration
    returned = replace(third, window=Window(end + back, end + back + third.window.length))
    assert kinds(problem, replace(plan, fallbacks=(*plan.fallbacks[:2], returned))) == []


def test_given_up_is_right_when_the_train_it_reaches_is_full() -> None:
    problem, plan = shuttled([2], trains=TRAINS)
    given_up = replace(plan, rebookings=(Rebooking(MoveId("M0000"), "E", None, "full"),))
    assert kinds(problem, given_up) == [ViolationKind.CUT_OFF]
    full = replace(problem, train_room=(TrainRoom("N", 0),))
    assert kinds(full, given_up) == []


def test_the_next_train_is_right_when_it_is_reached() -> None:
    problem, plan = shuttled([2], trains=TRAINS)
    assert kinds(problem, plan) == [ViolationKind.CUT_OFF]
    assert kinds(problem, replace(plan, rebookings=(Rebooking(MoveId("M0000"), "E", "N", "late"),))) == []


def test_what_misses_every_train_is_given_up() -> None:
    problem, plan = shuttled([6], trains=TRAINS)
    assert kinds(problem, replace(plan, rebookings=(Rebooking(MoveId("M0000"), "E", None, "late"),))) == []


@pytest.mark.parametrize(("both_fixed", "found"), [(True, []), (False, [ViolationKind.FALLBACK_CAPACITY])])
def test_a_provider_used_twice_at_once_is_no_fault_of_a_plan_that_found_it_so(
    both_fixed: bool, found: list[ViolationKind]
) -> None:
    problem = day(Size(moves=0, trucks=2, shuttles=0), 1)
    offer = Fallback(FallbackId("3p"), FallbackKind.THIRD_PARTY_SWAP, capacity=1)
    routes, trucks = [], []
    for index, truck in enumerate(problem.trucks):
        start = problem.horizon.start + timedelta(minutes=3 * index)
        window = Window(start, start + timedelta(minutes=6))
        name = ActivityId(f"{truck.id}/1")
        swap = Activity(name, ActivityKind.SWAP, window, truck.place, truck.soc, SoC.percent(100), fallback=offer.id)
        routes.append(Route(truck.id, (swap,)))
        trucks.append(replace(truck, fixed=(swap,) if both_fixed or index == 0 else ()))
    asked = replace(problem, trucks=tuple(trucks), fallbacks=(offer,))
    made = Plan(asked.plan, asked.hub, asked.horizon, tuple(routes))
    assert [v.kind for v in check_moves(asked, made, ())] == found
