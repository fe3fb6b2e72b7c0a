"""When a new plan is asked for: reasons gathered in the state, one plan at a time, time to settle in between.

Every Replan is answered, whatever becomes of its worker (runtime.workers), and only then is the next one asked for: two
plans made at once, each without the other, would contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portwatt.commands import AnyCommand, Replan
from portwatt.events import AnyEvent
from portwatt.model.truck import duty
from portwatt.planning.build import shuttles_about_to_start
from portwatt.planning.underway import about_to_start
from portwatt.state import HubState
from portwatt.state.moves import MoveStatus
from portwatt.state.replanning import may_ask

FIRST_PLAN = "no plan yet"
HORIZON_RUNS_OUT = "a third of the plan's horizon has passed"
SHIFT_OVER = "a shift is over: its trucks can be counted on for the next"
_USED_UP = 3


def replan(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """A Replan when there are reasons, none is being computed and the last one has had time to settle.

    `before` and `event` are what every reaction is given; what counts is the state alone.
    """
    if not may_ask(state, state.at) or not _something_to_plan(state):
        return ()
    reasons = state.replanning.reasons or _own_reasons(state)
    if not reasons:
        return ()
    fixed = tuple(about_to_start(state, state.at))
    return (Replan(reasons=reasons, fixed=fixed, shuttled=shuttles_about_to_start(state, state.at)),)


def _own_reasons(state: HubState) -> tuple[str, ...]:
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
