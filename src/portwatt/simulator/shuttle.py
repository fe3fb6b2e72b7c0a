"""Diesel shuttles: what carries a container while the hub's uptime is not proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from portwatt.commands import OrderFallback, Outcome
from portwatt.events import AnyEvent, FallbackEnded
from portwatt.ids import FallbackId, MoveId
from portwatt.model.fallback import Fallback, FallbackKind
from portwatt.model.hub import Hub
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.chance import Chance
from portwatt.simulator.freight import Freight
from portwatt.units import Money

TIME_SPREAD: Final = 0.05
"""Standard deviation of what a trip takes, as a share of it (assumption)."""
PATIENCE: Final = timedelta(minutes=60)


class Shuttles:
    """The shuttles of a hub's contracts, each as many at once as its contract says."""

    def __init__(
        self, hub: Hub, agenda: Agenda, chance: Chance, freight: Freight, tell: Callable[[AnyEvent], None]
    ) -> None:
        self.cost = Money(0)
        self._hub = hub
        self._agenda = agenda
        self._chance = chance
        self._freight = freight
        self._tell = tell
        self._by_id = {f.id: f for f in hub.fallbacks if f.kind is FallbackKind.DIESEL_SHUTTLE}
        self._out: Counter[FallbackId] = Counter()

    def order(self, command: OrderFallback) -> tuple[Outcome, str]:
        """Take an order when a shuttle is free and the container can be fetched soon."""
        fallback, box = self._by_id.get(command.fallback), self._freight.boxes.get(command.move)
        if fallback is None or box is None:
            return Outcome.REFUSED, f"{command.fallback} carries no such move"
        if self._out[fallback.id] >= fallback.capacity:
            return Outcome.REFUSED, f"all {fallback.capacity} are out"
        start = max(self._agenda.now, command.window.start)
        if box.released_at - start > PATIENCE:
            return Outcome.REFUSED, f"container {box.move.container.id} is not released"
        self._out[fallback.id] += 1
        self._agenda.at(max(start, box.released_at), lambda: self._fetch(fallback, command.move))
        return Outcome.ACCEPTED, ""

    def _fetch(self, fallback: Fallback, move_id: MoveId) -> None:
        move = self._freight.boxes[move_id].move
        leg = self._hub.leg_by_ends.get((move.origin, move.destination))
        if leg is None:
            self._end(fallback, move_id, f"there is no way from {move.origin} to {move.destination}")
            return
        fault = self._freight.take(move_id, fallback.id, move.origin, self._agenda.now)
        if fault:
            self._end(fallback, move_id, fault)
            return
        places = self._hub.place_by_id
        takes = places[move.origin].handling + leg.duration + places[move.destination].handling
        spread = self._chance.spread(TIME_SPREAD, "shuttle", fallback.id)
        there_and_back_km = 2 * leg.distance.as_km
        self.cost += fallback.per_use + Money(round(fallback.per_km.cents * there_and_back_km))
        self._agenda.after(takes * spread, lambda: self._deliver(fallback, move_id))

    def _deliver(self, fallback: Fallback, move_id: MoveId) -> None:
        box = self._freight.boxes[move_id]
        fault = self._freight.put(move_id, fallback.id, box.move.destination, self._agenda.now)
        if not fault:
            box.fallback = True
        self._end(fallback, move_id, fault)

    def _end(self, fallback: Fallback, move_id: MoveId, fault: str = "") -> None:
        self._out[fallback.id] -= 1
        now = self._agenda.now
        ended = FallbackEnded(at=now, fallback=fallback.id, move=move_id, ended_at=now, done=not fault, detail=fault)
        self._tell(ended)
