"""When a new plan is asked for: reasons gathered in the state, one plan at a time, time to settle in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from portwatt.commands import AnyCommand, Replan
from portwatt.events import AnyEvent
from portwatt.model.truck import duty
from portwatt.state import HubState
from portwatt.state.moves import MoveStatus
from portwatt.state.replanning import Replanning, may_ask

LONGEST_WAIT = timedelta(minutes=5)
"""A plan that has been computing for this long, and ten times its budget, is taken for lost."""
_BUDGETS = 10
FIRST_PLAN = "no plan yet"
NOT_ANSWERED = "the plan asked for did not come"
HORIZON_RUNS_OUT = "a third of the plan's horizon has passed"
SHIFT_OVER = "a shift is over: its trucks can be counted on for the next"
_USED_UP = 3


def replan(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """A Replan when there are reasons, none is being computed and the last one has had time to settle.

    `before` and `event` are what every reaction is given; what counts is the state alone.
    """
    known = state.replanning
    if not _free(state, known) or not _something_to_plan(state):
        return ()
    reasons = known.reasons or _own_reasons(state, known)
    return (Replan(reasons=reasons),) if reasons else ()


def _free(state: HubState, known: Replanning) -> bool:
    return may_ask(state, state.at) or _lost(state, known)


def _lost(state: HubState, known: Replanning) -> bool:
    if known.computing is None or known.asked_at is None:
        return False
    return state.at - known.asked_at >= max(LONGEST_WAIT, state.hub.planning.budget * _BUDGETS)


def _own_reasons(state: HubState, known: Replanning) -> tuple[str, ...]:
    if _lost(state, known):
        return (NOT_ANSWERED,)
    if state.plan is None:
        return (FIRST_PLAN,)
    horizon = state.plan.horizon
    if horizon.start + horizon.length / _USED_UP <= state.at:
        return (HORIZON_RUNS_OUT,)
    return (SHIFT_OVER,) if _shift_over(state, horizon.start) else ()


def _shift_over(state: HubState, planned_at: datetime) -> bool:
    """A plan reckons with the shift each truck is in when it is made, or with its next; never with both."""
    ends = (duty(shift, planned_at).end for shift in state.hub.shifts)
    return any(planned_at < end <= state.at for end in ends)


def _something_to_plan(state: HubState) -> bool:
    if state.plan is not None:
        return True
    return bool(state.trucks) and any(m.status is MoveStatus.OPEN for m in state.moves.values())
