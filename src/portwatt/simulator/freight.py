"""Where every container of the day really is, and from when on it can really be fetched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from portwatt.ids import FallbackId, MoveId, PlaceId, TrainId, TruckId
from portwatt.model.move import Move
from portwatt.simulator.audit import Audit, WrongKind
from portwatt.simulator.demand import Demand


class Box:
    """One container of a move, as it really is: at a place, on a truck or on a shuttle."""

    __slots__ = ("carrier", "delivered_at", "fallback", "move", "place", "released_at")

    def __init__(self, move: Move, released_at: datetime) -> None:
        self.move = move
        self.released_at = released_at
        self.place: PlaceId | None = move.origin
        self.carrier: TruckId | FallbackId | None = None
        self.delivered_at: datetime | None = None
        self.fallback = False
        """A shuttle brought it."""


class Freight:
    """All containers of a day."""

    def __init__(self, demand: Demand, audit: Audit) -> None:
        available = {t.train: t.available for t in demand.truths if t.available is not None}
        customs = {r.move: r.at for r in demand.releases}
        self._audit = audit
        self._cut_offs = {t.train: t.cut_off for t in demand.truths if t.cut_off is not None}
        self.boxes = {m.id: Box(m, _released(m, available, customs)) for m in demand.moves}

    def take(self, move: MoveId, carrier: TruckId | FallbackId, place: PlaceId, now: datetime) -> str:
        """Put a container on a carrier; return why that cannot be, empty when it is done."""
        box = self.boxes.get(move)
        if box is None:
            return f"there is no move {move}"
        if box.carrier is not None:
            return f"{box.move.container.id} is already on {box.carrier}"
        if box.place != place:
            return f"{box.move.container.id} is not at {place}"
        if now < box.released_at:
            self._audit.wrong(now, WrongKind.RELEASE, f"{box.move.container.id} was fetched before its release")
        box.place, box.carrier = None, carrier
        return ""

    def put(self, move: MoveId, carrier: TruckId | FallbackId, place: PlaceId, now: datetime) -> str:
        """Put a container down; return why that cannot be, empty when it is done."""
        box = self.boxes.get(move)
        if box is None or box.carrier != carrier:
            return f"{carrier} does not carry move {move}"
        if place != box.move.destination:
            return f"move {move} ends at {box.move.destination}, not at {place}"
        box.place, box.carrier = place, None
        box.delivered_at = now
        return ""

    def train_of(self, move: MoveId) -> TrainId | None:
        """The first train of its choices a container was really in time for; None: none so far."""
        box = self.boxes[move]
        if box.delivered_at is None:
            return None
        for choice in box.move.trains:
            cut_off = self._cut_offs.get(choice.train, choice.due)
            if box.delivered_at <= cut_off:
                return choice.train
        return None

    def last_cut_off(self, move: MoveId) -> datetime:
        """When the last train of a container's choices really closes."""
        choices = self.boxes[move].move.trains
        return max(self._cut_offs.get(choice.train, choice.due) for choice in choices)

    def audit(self, carried: Iterable[tuple[MoveId, TruckId]], now: datetime) -> None:
        """Hold the containers against what the trucks carry: each is in one place and none is gone."""
        on_trucks = dict(carried)
        for move, box in self.boxes.items():
            if (box.place is None) == (box.carrier is None):
                self._audit.wrong(now, WrongKind.CONTAINER, f"{box.move.container.id} is nowhere, or in two places")
            if move in on_trucks and box.carrier != on_trucks[move]:
                words = f"{on_trucks[move]} believes it carries {box.move.container.id}, which is elsewhere"
                self._audit.wrong(now, WrongKind.CONTAINER, words)


def _released(move: Move, available: dict[TrainId, datetime], customs: dict[MoveId, datetime]) -> datetime:
    """The latest of what was agreed, the true availability of the train that brings it, and customs."""
    moments = [move.release]
    if move.from_train in available:
        moments.append(available[move.from_train])
    if move.id in customs:
        moments.append(customs[move.id])
    return max(moments)
