"""Moves: one container from one place to another."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.ids import MoveId, PlaceId, TrainId
from portwatt.model.container import Container


class TrainChoice(Struct, frozen=True):
    """A train a container may take, in order of preference; the first is the booked one."""

    train: TrainId
    due: datetime
    """Delivered by then, it leaves on this train: its cut-off as booked; a forecast may move it."""


class Move(Struct, frozen=True):
    """One container, full truckload: fetched at `origin` not before `release`, put down at `destination` by `due`.

    Outbound moves carry `trains` (booked first, then the next that take it) and `due` is the booked cut-off.
    Inbound moves carry `from_train`; their release follows its availability. Others carry neither.
    """

    id: MoveId
    container: Container
    origin: PlaceId
    destination: PlaceId
    release: datetime
    due: datetime
    trains: tuple[TrainChoice, ...] = ()
    from_train: TrainId | None = None
    customs_hold: bool = False
    """True: not to be fetched before customs releases it, whatever `release` says."""
