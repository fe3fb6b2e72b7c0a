"""Whether a computed plan may come into force: it has to pass the check, and still fit what has happened meanwhile.

    computed = compute(problem, budget, seed)                  # in a worker, or where it is called
    events = judged(state, command_id, reasons, computed, at)  # in the hub's turn, on the newest state

Pure; the worker pool and the virtual day both use it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from portwatt.commands import Outcome
from portwatt.events import AnyEvent, CommandAnswered, PlanAdopted, PlanRejected
from portwatt.ids import CommandId, PlanId, activity_number
from portwatt.model.plan import ActivityKind, Plan, PlanChange, Route
from portwatt.planning.changes import changes
from portwatt.planning.checker import check
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.violations import Violation
from portwatt.state import HubState
from portwatt.state.moves import MoveStatus
from portwatt.state.trucks import TruckState

_MOST_NAMED = 5


class Computed(Struct, frozen=True):
    """A plan, what code independent of its planner finds wrong with it, and what it does differently."""

    plan: Plan
    violations: tuple[Violation, ...]
    changes: tuple[PlanChange, ...]


def compute(problem: PlanningProblem, budget: timedelta, seed: int) -> Computed:
    """Plan, then check. Raises UsageError for a problem that cannot be planned."""
    made = plan(problem, budget, seed)
    return Computed(made, check(problem, made), changes(problem, made))


def judged(
    state: HubState, command_id: CommandId, reasons: tuple[str, ...], computed: Computed, at: datetime
) -> tuple[AnyEvent, ...]:
    """What follows from a computed plan: adopted, or rejected with the reason; and the end of the command."""
    detail = _violations(computed) or stale(state, computed.plan)
    if detail:
        return failed(command_id, reasons, detail, at, computed.plan.id)
    adopted = PlanAdopted(at=at, plan=computed.plan, reasons=reasons, changes=computed.changes)
    return adopted, CommandAnswered(at=at, id=command_id, outcome=Outcome.ACCEPTED)


def failed(
    command_id: CommandId, reasons: tuple[str, ...], detail: str, at: datetime, plan_id: PlanId | None = None
) -> tuple[AnyEvent, ...]:
    """No plan came of it: the one in force stays, and the reasons for a new one stand."""
    rejected = PlanRejected(at=at, plan=plan_id, reasons=reasons, detail=detail)
    return rejected, CommandAnswered(at=at, id=command_id, outcome=Outcome.REFUSED, detail=detail)


def stale(state: HubState, made: Plan) -> str:
    """Why a plan no longer fits the state, in words; empty: it does.

    It does not when a truck was ordered what the plan does not know, is not where the plan goes on from, or is to
    fetch what is no longer there.
    """
    for route in made.routes:
        truck = state.trucks.get(route.truck)
        reason = "is no longer in the hub file" if truck is None else _stale_route(state, truck, route)
        if reason:
            return f"truck {route.truck} {reason}"
    for use in made.fallbacks:
        move = state.moves.get(use.move)
        if move is None or (move.status is MoveStatus.ON_FALLBACK and move.fallback != use.fallback):
            return f"move {use.move} is no longer {use.fallback}'s to carry"
    return ""


def _stale_route(state: HubState, truck: TruckState, route: Route) -> str:
    if truck.unavailable:
        return ""  # nothing is ordered of it, and the next plan does without
    planned = {a.id for a in route.activities}
    for ordered in truck.queue:
        if ordered.id not in planned:
            return f"was ordered to {ordered.kind.value} at {ordered.place} meanwhile"
    ahead = [a for a in route.activities if activity_number(a.id) > truck.last_number]
    if not ahead:
        return ""
    where = truck.queue[-1].place if truck.queue else truck.place
    start = (ahead[0].origin or ahead[0].place) if ahead[0].kind is ActivityKind.DRIVE else ahead[0].place
    if where != start:
        return f"is not at {start}, where the plan goes on"
    for activity in ahead:
        if activity.kind is ActivityKind.LOAD and activity.move is not None:
            move = state.moves.get(activity.move)
            if move is None or move.status is not MoveStatus.OPEN:
                return f"cannot fetch move {activity.move} any more"
    return ""


def _violations(computed: Computed) -> str:
    if not computed.violations:
        return ""
    named = "; ".join(v.message for v in computed.violations[:_MOST_NAMED])
    return f"the check found {len(computed.violations)} faults: {named}"
