"""Moves: where each container is on its way."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.commands import OrderFallback
from portwatt.events import (
    ConsignmentAnnounced,
    ContainerReleased,
    FallbackEnded,
    GateDirection,
    GatePassed,
    MoveRequested,
    MoveWithdrawn,
)
from portwatt.ids import FallbackId, MoveId, TrainId, TruckId
from portwatt.model.consignment import Consignment
from portwatt.model.move import Move
from portwatt.state.keeping import KEEP, without

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState


class MoveStatus(StrEnum):
    OPEN = "open"
    ON_TRUCK = "on_truck"
    ON_FALLBACK = "on_fallback"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


class MoveState(Struct, frozen=True):
    """A move. `train` is the one it is booked on now; `missed`: its last train left without it.

    `released_at`: customs has said when (None: not yet, which only matters where the move is on hold).
    """

    move: Move
    status: MoveStatus = MoveStatus.OPEN
    train: TrainId | None = None
    released_at: datetime | None = None
    truck: TruckId | None = None
    fallback: FallbackId | None = None
    loaded_at: datetime | None = None
    delivered_at: datetime | None = None
    left_origin_at: datetime | None = None
    """The gate saw the container leave its origin; evidence, the truck's word is what moves the status."""
    reached_destination_at: datetime | None = None
    missed: bool = False
    withdrawn_at: datetime | None = None

    @property
    def over_since(self) -> datetime | None:
        """When it was delivered or withdrawn; None: it is still to be done."""
        if self.status is MoveStatus.DELIVERED:
            return self.delivered_at
        return self.withdrawn_at


class ConsignmentState(Struct, frozen=True):
    consignment: Consignment
    announced_at: datetime


def on_consignment(state: HubState, event: ConsignmentAnnounced) -> HubState:
    announced = ConsignmentState(event.consignment, event.at)
    return state.having(consignments=state.consignments.set(event.consignment.id, announced))


def on_requested(state: HubState, event: MoveRequested) -> HubState:
    move = event.move
    train = move.trains[0].train if move.trains else None
    return state.having(
        moves=state.moves.set(move.id, MoveState(move, train=train)),
        move_of=state.move_of.set(move.container.id, move.id),
    )


def on_withdrawn(state: HubState, event: MoveWithdrawn) -> HubState:
    known = state.moves.get(event.move)
    if known is None or known.status is not MoveStatus.OPEN:
        return state
    return _set(state, event.move, replace(known, status=MoveStatus.WITHDRAWN, withdrawn_at=event.at))


def on_released(state: HubState, event: ContainerReleased) -> HubState:
    move = state.move_of.get(event.container)
    if move is None:
        return state
    return _set(state, move, replace(state.moves[move], released_at=event.released_at))


def on_gate(state: HubState, event: GatePassed) -> HubState:
    """The gate's word about a container at either end of its move."""
    move = state.move_of.get(event.container) if event.container else None
    if move is None:
        return state
    known = state.moves[move]
    if event.direction is GateDirection.OUT and event.place == known.move.origin:
        return _set(state, move, replace(known, left_origin_at=event.passed_at))
    if event.direction is GateDirection.IN and event.place == known.move.destination:
        return _set(state, move, replace(known, reached_destination_at=event.passed_at))
    return state


def loaded(state: HubState, move: MoveId, truck: TruckId, at: datetime) -> HubState:
    known = state.moves.get(move)
    if known is None:
        return state
    return _set(state, move, replace(known, status=MoveStatus.ON_TRUCK, truck=truck, loaded_at=at))


def delivered(state: HubState, move: MoveId, at: datetime) -> HubState:
    known = state.moves.get(move)
    if known is None:
        return state
    return _set(state, move, replace(known, status=MoveStatus.DELIVERED, delivered_at=at))


def on_fallback_ordered(state: HubState, command: OrderFallback) -> HubState:
    known = state.moves.get(command.move)
    if known is None or known.status is not MoveStatus.OPEN:
        return state
    return _set(state, command.move, replace(known, status=MoveStatus.ON_FALLBACK, fallback=command.fallback))


def on_fallback_refused(state: HubState, command: OrderFallback) -> HubState:
    """Back to the open moves: the next plan finds something else."""
    known = state.moves.get(command.move)
    if known is None or known.status is not MoveStatus.ON_FALLBACK:
        return state
    return _set(state, command.move, replace(known, status=MoveStatus.OPEN, fallback=None))


def on_fallback_ended(state: HubState, event: FallbackEnded) -> HubState:
    known = state.moves.get(event.move)
    if known is None or known.status is not MoveStatus.ON_FALLBACK:
        return state
    if event.done:
        return delivered(state, event.move, event.ended_at)
    return _set(state, event.move, replace(known, status=MoveStatus.OPEN, fallback=None))


def rebooked(state: HubState, move: MoveId, train: TrainId | None) -> HubState:
    """The plan takes another train; None keeps the booking and lets the train's departure decide."""
    known = state.moves.get(move)
    if known is None or train is None:
        return state
    return _set(state, move, replace(known, train=train))


def train_gone(state: HubState, train: TrainId) -> HubState:
    """A train left or was cancelled: what is not at the yard in time moves to the next that takes it, or has missed."""
    gone = state.trains[train]
    for move_id, known in list(state.moves.items()):
        if known.train != train or known.missed or known.status is MoveStatus.WITHDRAWN:
            continue
        if not gone.cancelled and made_it(known, gone.cut_off):
            continue
        following = next_train(state, known.move, after=train)
        changed = replace(known, missed=True) if following is None else replace(known, train=following)
        state = _set(state, move_id, changed)
    return state


def next_train(state: HubState, move: Move, after: TrainId) -> TrainId | None:
    """The first later choice that still runs."""
    names = [choice.train for choice in move.trains]
    later = names[names.index(after) + 1 :] if after in names else names
    for name in later:
        train = state.trains.get(name)
        if train is not None and not train.departed and not train.cancelled:
            return name
    return None


def made_it(known: MoveState, cut_off: datetime | None) -> bool:
    """Whether a container stood in the yard before the cut-off."""
    return known.delivered_at is not None and (cut_off is None or known.delivered_at <= cut_off)


def release_of(state: HubState, known: MoveState) -> datetime | None:
    """From when a container can be fetched; None: on hold, nobody knows.

    The latest of what was agreed, the availability of the train that brings it, and customs.
    """
    if known.move.customs_hold and known.released_at is None:
        return None
    release = known.move.release
    if known.released_at is not None:
        release = max(release, known.released_at)
    train = state.trains.get(known.move.from_train) if known.move.from_train else None
    if train is not None:
        if train.cancelled:
            return None
        if train.available is not None:
            release = max(release, train.available)
    return release


def on_hour(state: HubState, at: datetime) -> HubState:
    """Let go of moves that are long over, their train gone, and of consignments none of whose containers moves."""
    before = at - KEEP
    old = {
        name: known.move.container.id
        for name, known in state.moves.items()
        if known.over_since is not None and known.over_since < before and _train_over(state, known, before)
    }
    if old:
        latest = [container for name, container in old.items() if state.move_of.get(container) == name]
        state = state.having(moves=without(state.moves, old), move_of=without(state.move_of, latest))
    idle = [
        name
        for name, known in state.consignments.items()
        if known.announced_at < before and not any(c in state.move_of for c in known.consignment.containers)
    ]
    return state.having(consignments=without(state.consignments, idle)) if idle else state


def _train_over(state: HubState, known: MoveState, before: datetime) -> bool:
    """What stands in the yard takes room on its train until that has left."""
    train = state.trains.get(known.train) if known.train is not None else None
    return train is None or train.departed or train.cancelled or train.run.call.departure.best < before


def _set(state: HubState, move: MoveId, value: MoveState) -> HubState:
    return state.having(moves=state.moves.set(move, value))
