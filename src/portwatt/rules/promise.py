"""What the plan tells others: orders to fallbacks, and to the rail platform what will make each train."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from portwatt.commands import AnyCommand, CommitArrival, OrderFallback
from portwatt.events import AnyEvent, PlanAdopted
from portwatt.ids import MoveId, TrainId
from portwatt.model.plan import ActivityKind
from portwatt.model.train import Direction
from portwatt.state import HubState
from portwatt.state.moves import MoveState, MoveStatus, made_it, release_of
from portwatt.state.replanning import may_give_away

COMMIT_EVERY = timedelta(minutes=10)
"""Shortest time between two words about one train."""


def order_fallbacks(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """A fallback is ordered once, when its time comes; if it refuses, the next plan decides."""
    if state.plan is None:
        return ()
    since = None if isinstance(event, PlanAdopted) else before.at
    return [
        OrderFallback(fallback=use.fallback, move=use.move, window=use.window)
        for use in state.plan.fallbacks
        if use.window.start <= state.at
        and (since is None or use.window.start > since)
        and _can_go(state, state.moves.get(use.move))
        and may_give_away(state, use.move)
    ]


def commit_arrivals(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """What is new for a train that has not left, at most every ten minutes each."""
    if not isinstance(event, PlanAdopted) and not _ten_minutes_passed(before, state):
        return ()
    if state.plan is None:
        return ()
    counted: dict[TrainId, tuple[int, int]] = {}
    arrivals = _planned_arrivals(state)
    for move, known in state.moves.items():
        if known.train is None or known.status is MoveStatus.WITHDRAWN:
            continue
        cut_off = state.trains[known.train].cut_off if known.train in state.trains else None
        good = not known.missed and _on_time(known, arrivals.get(move), cut_off)
        on_time, at_risk = counted.get(known.train, (0, 0))
        counted[known.train] = (on_time + int(good), at_risk + int(not good))
    return list(_news(state, counted))


def _news(state: HubState, counted: dict[TrainId, tuple[int, int]]) -> Iterator[CommitArrival]:
    for name, train in sorted(state.trains.items(), key=lambda entry: entry[0]):
        if train.run.direction is not Direction.OUTBOUND or train.departed or train.cancelled:
            continue
        on_time, at_risk = counted.get(name, (0, 0))
        said = train.committed
        if said is None and on_time + at_risk == 0:
            continue
        if said is not None and (
            (said.on_time, said.at_risk) == (on_time, at_risk) or state.at < said.at + COMMIT_EVERY
        ):
            continue
        yield CommitArrival(train=name, on_time=on_time, at_risk=at_risk)


def _planned_arrivals(state: HubState) -> dict[MoveId, datetime]:
    """When each container that is on its way or planned will be put down."""
    found: dict[MoveId, datetime] = {}
    assert state.plan is not None
    for use in state.plan.fallbacks:
        found[use.move] = use.window.end
    for truck, known in state.trucks.items():
        for activity in (*known.queue, *state.todo.get(truck, ())):
            if activity.kind is ActivityKind.UNLOAD and activity.move is not None:
                found[activity.move] = activity.window.end
    return found


def _on_time(known: MoveState, arrival: datetime | None, cut_off: datetime | None) -> bool:
    if known.status is MoveStatus.DELIVERED:
        return made_it(known, cut_off)
    return arrival is not None and (cut_off is None or arrival <= cut_off)


def _can_go(state: HubState, known: MoveState | None) -> bool:
    if known is None or known.status is not MoveStatus.OPEN:
        return False
    release = release_of(state, known)
    return release is not None and release <= state.at


def _ten_minutes_passed(before: HubState, state: HubState) -> bool:
    return state.at - before.at >= COMMIT_EVERY or before.at.minute // 10 != state.at.minute // 10
