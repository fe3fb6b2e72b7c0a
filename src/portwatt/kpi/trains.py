"""How each train stands: what is in the yard, what is on its way, what is in danger."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.ids import MoveId, TrainId
from portwatt.model.plan import ActivityKind
from portwatt.model.train import Direction
from portwatt.state import HubState
from portwatt.state.moves import MoveState, MoveStatus, made_it


class TrainStanding(Struct, frozen=True):
    """Containers of one train. Outbound: booked on it now; inbound: brought by it.

    `at_risk`: not delivered, and the plan in force brings them after the cut-off or not at all (without a plan: every
    open container). `delivered` counts those in time only.
    """

    train: TrainId
    containers: int
    delivered: int
    on_the_way: int
    open: int
    at_risk: int
    late: int
    """Delivered after the cut-off, or still not there when it has passed."""


def planned_arrivals(state: HubState) -> dict[MoveId, datetime]:
    """When the plan in force and the orders given put each container down."""
    arrivals: dict[MoveId, datetime] = {}
    for truck, known in state.trucks.items():
        for activity in (*known.queue, *state.todo.get(truck, ())):
            if activity.kind is ActivityKind.UNLOAD and activity.move is not None:
                arrivals[activity.move] = activity.window.end
    for use in state.plan.fallbacks if state.plan is not None else ():
        arrivals.setdefault(use.move, use.window.end)
    return arrivals


def standings(state: HubState) -> dict[TrainId, TrainStanding]:
    """Every train of the state, in one pass over the moves."""
    arrivals = planned_arrivals(state)
    of_train: dict[TrainId, list[tuple[MoveId, MoveState]]] = {train: [] for train in state.trains}
    for move_id, move in state.moves.items():
        train = move.train or move.move.from_train
        if train in of_train and move.status is not MoveStatus.WITHDRAWN:
            of_train[train].append((move_id, move))
    return {train: _standing(state, train, moves, arrivals) for train, moves in of_train.items()}


def _standing(
    state: HubState, train: TrainId, moves: list[tuple[MoveId, MoveState]], arrivals: dict[MoveId, datetime]
) -> TrainStanding:
    known = state.trains[train]
    outbound = known.run.direction is Direction.OUTBOUND
    delivered = on_the_way = open_ = at_risk = late = 0
    for move_id, move in moves:
        due = known.cut_off if outbound else move.move.due
        if move.status is MoveStatus.DELIVERED:
            in_time = made_it(move, due)
            delivered += in_time
            late += not in_time
            continue
        if move.status is MoveStatus.OPEN:
            open_ += 1
        else:
            on_the_way += 1
        if due is not None and state.at > due:
            late += 1
        elif due is not None and (move_id not in arrivals or arrivals[move_id] > due):
            at_risk += 1
    return TrainStanding(train, len(moves), delivered, on_the_way, open_, at_risk, late)
