"""One day that has everything in it, planned once, for the tests that turn one thing wrong at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import pytest

from portwatt.model.plan import Activity, ActivityKind, Plan
from portwatt.planning.cases import Size, day
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PlanningProblem

FULL = Size(
    moves=40,
    trucks=6,
    evses=3,
    swap_stations=1,
    trains=6,
    hours=24,
    grid_kw=700,
    shuttles=1,
    slots=3,
    packs=2,
)


class Answered(NamedTuple):
    """A problem and a plan for it that passes the check."""

    problem: PlanningProblem
    plan: Plan

    def activities(self, kind: ActivityKind) -> list[Activity]:
        return [a for route in self.plan.routes for a in route.activities if a.kind is kind]


@pytest.fixture(scope="session")
def answered() -> Answered:
    problem = day(FULL, 201)
    made = plan(problem, timedelta(0), 1)
    case = Answered(problem, made)
    for kind in ActivityKind:
        assert case.activities(kind), f"the case has no {kind}; take another seed"
    assert len(case.activities(ActivityKind.SWAP)) > 1
    assert made.pack_charges
    assert made.fallbacks
    assert any(r.to_train for r in made.rebookings)
    return case
