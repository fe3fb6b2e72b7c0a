"""Why a new plan is wanted, whether one is being computed, and the plan in force.

The reasons are gathered here, in the state, because a plan is made at most once per settling time: what comes in
between has to be remembered, and has to survive a restart.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from portwatt.commands import Outcome, Replan
from portwatt.events import CommandAnswered, CommandIssued, PlanAdopted, PlanRejected
from portwatt.ids import ActivityId, CommandId, MoveId, TruckId, activity_number, truck_of
from portwatt.model.plan import Activity
from portwatt.state import moves

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState

_MOST_REASONS = 20
LONGEST_HOLD = timedelta(hours=1)
"""Orders wait this long for a plan that is being computed; then the plan in force is followed on."""


class Held(Struct, frozen=True):
    """What may be ordered while a plan is being computed: it is in that plan as it is in the one in force."""

    until: datetime
    fixed: Map[TruckId, int] = Map()
    """Number of each truck's last activity that stays."""
    shuttled: tuple[MoveId, ...] = ()


class Replanning(Struct, frozen=True):
    reasons: tuple[str, ...] = ()
    """Since the last plan was asked for."""
    computing: CommandId | None = None
    asked_at: datetime | None = None
    adopted_at: datetime | None = None
    adopted: int = 0
    rejected: int = 0
    took: timedelta = timedelta(0)
    """Time of the hub from asking for the last plan to its answer."""
    held: Held | None = None
    """Not None while a plan is being computed."""


def wanted(state: HubState, reason: str) -> HubState:
    """Remember a reason for a new plan; the same words are kept once."""
    known = state.replanning
    if reason in known.reasons or len(known.reasons) >= _MOST_REASONS:
        return state
    return state.having(replanning=replace(known, reasons=(*known.reasons, reason)))


def on_issued(state: HubState, event: CommandIssued, command: Replan) -> HubState:
    held = Held(event.at + LONGEST_HOLD, Map(_last(command.fixed)), command.shuttled)
    known = replace(state.replanning, reasons=(), computing=event.id, asked_at=event.at, held=held)
    return state.having(replanning=known)


def _last(fixed: tuple[ActivityId, ...]) -> dict[TruckId, int]:
    """By truck the number of the last activity, which is the highest."""
    return {truck_of(activity): activity_number(activity) for activity in fixed}


def on_answered(state: HubState, event: CommandAnswered, command: Replan) -> HubState:
    """A plan that was not made leaves its reasons behind."""
    if state.replanning.computing != event.id:
        return state
    known = state.replanning
    took = event.at - known.asked_at if known.asked_at is not None else known.took
    state = state.having(replanning=replace(known, computing=None, held=None, took=took))
    if event.outcome is not Outcome.ACCEPTED:
        for reason in command.reasons:
            state = wanted(state, reason)
    return state


def on_rejected(state: HubState, event: PlanRejected) -> HubState:
    """The reasons stand: the next settling time tries again from a newer state."""
    state = state.having(replanning=replace(state.replanning, rejected=state.replanning.rejected + 1))
    for reason in event.reasons:
        state = wanted(state, reason)
    return state


def on_adopted(state: HubState, event: PlanAdopted) -> HubState:
    """The plan is in force for everything that was not ordered meanwhile."""
    todo = {}
    for route in event.plan.routes:
        truck = state.trucks.get(route.truck)
        if truck is None:
            continue
        todo[route.truck] = tuple(a for a in route.activities if _open(a, truck.last_number))
    state = state.having(
        plan=event.plan,
        todo=type(state.todo)(todo),
        replanning=replace(state.replanning, adopted_at=event.at, adopted=state.replanning.adopted + 1, held=None),
    )
    for rebooking in event.plan.rebookings:
        state = moves.rebooked(state, rebooking.move, rebooking.to_train)
    return state


def _open(activity: Activity, last_ordered: int) -> bool:
    return activity_number(activity.id) > last_ordered


def may_order(state: HubState, truck: TruckId, activity: ActivityId) -> bool:
    """Whether an activity may be ordered now: it will not be planned otherwise by a plan that is being computed."""
    held = state.replanning.held
    return held is None or state.at >= held.until or activity_number(activity) <= held.fixed.get(truck, 0)


def may_give_away(state: HubState, move: MoveId) -> bool:
    """Whether a fallback may be ordered now for a move: as `may_order`."""
    held = state.replanning.held
    return held is None or state.at >= held.until or move in held.shuttled


def may_ask(state: HubState, at: datetime) -> bool:
    """Whether a new plan may be asked for now: none under way, and the last one has had time to settle."""
    known = state.replanning
    if known.computing is not None:
        return False
    settle: timedelta = state.hub.planning.settle
    return known.asked_at is None or at - known.asked_at >= settle
