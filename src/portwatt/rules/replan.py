"""When a new plan is asked for: reasons gathered in the state, one plan at a time, time to settle in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from portwatt.commands import AnyCommand, Replan
from portwatt.events import AnyEvent
from portwatt.state import HubState
from portwatt.state.moves import MoveStatus
from portwatt.state.replanning import Replanning

LONGEST_WAIT = timedelta(minutes=5)
"""A plan that has been computing for this long, and ten times its budget, is taken for lost."""
_BUDGETS = 10
FIRST_PLAN = "no plan yet"
HORIZON_RUNS_OUT = "a third of the plan's horizon has passed"
_USED_UP = 3


def replan(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """A Replan when there are reasons, none is being computed and the last one has had time to settle.

    `before` and `event` are what every reaction is given; what counts is the state alone.
    """
    known = state.replanning
    if not known.reasons and not _due(state):
        return ()
    if not _free(state, known) or not _something_to_plan(state):
        return ()
    return (Replan(reasons=known.reasons or (_own_reason(state),)),)


def _free(state: HubState, known: Replanning) -> bool:
    if known.asked_at is None:
        return True
    waited: timedelta = state.at - known.asked_at
    if known.computing is not None:
        return waited >= max(LONGEST_WAIT, state.hub.planning.budget * _BUDGETS)
    return waited >= state.hub.planning.settle


def _due(state: HubState) -> bool:
    return state.plan is None or _runs_out(state) <= state.at


def _runs_out(state: HubState) -> datetime:
    assert state.plan is not None
    return state.plan.horizon.start + state.plan.horizon.length / _USED_UP


def _own_reason(state: HubState) -> str:
    return FIRST_PLAN if state.plan is None else HORIZON_RUNS_OUT


def _something_to_plan(state: HubState) -> bool:
    if state.plan is not None:
        return True
    return bool(state.trucks) and any(m.status is MoveStatus.OPEN for m in state.moves.values())
