"""Trucks as they really are: where, how full, with which pack and container, and what they still have to do."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from portwatt.ids import EvseId, MoveId, PackId, PlaceId
from portwatt.model.plan import Activity
from portwatt.model.truck import Truck, TruckModel
from portwatt.simulator.vehicle import Vehicle
from portwatt.units import Distance, Energy, SoC

TOW: Final = timedelta(hours=2)
"""From an empty battery on the road to standing, with a little charge, where the drive began (assumption)."""
TOWED_SOC: Final = SoC(3_000)
"""What the tow leaves it with (assumption)."""


class Road(Struct, frozen=True):
    """A drive under way: what it will have used when it ends."""

    energy: Energy
    since: datetime
    lasts: timedelta

    def used(self, now: datetime) -> Energy:
        """What it has used up to now."""
        return self.energy.scaled(min(1.0, (now - self.since) / self.lasts))


class SimulatedTruck:
    """One truck of the world; its battery, and what a charger sees of it, is in `vehicle`."""

    __slots__ = (
        "carrying",
        "down",
        "evse",
        "failures",
        "id",
        "model",
        "pack",
        "place",
        "queue",
        "road",
        "since",
        "token",
        "turn",
        "under_way",
        "vehicle",
    )

    def __init__(self, truck: Truck, model: TruckModel) -> None:
        self.id = truck.id
        self.token = truck.token
        self.model = model
        self.vehicle = Vehicle(model, truck.soc)
        self.place: PlaceId = truck.place
        self.pack: PackId | None = truck.pack
        self.carrying: MoveId | None = None
        self.queue: deque[Activity] = deque()
        self.road: Road | None = None
        """The drive under way."""
        self.under_way = False
        """The first activity of the queue is under way or waited for."""
        self.since: datetime | None = None
        """When the activity under way began."""
        self.evse: EvseId | None = None
        """Where it is plugged in."""
        self.failures = 0
        """Handshakes that failed in the charge under way."""
        self.down = False
        """Broken down, or stranded with an empty battery."""
        self.turn = 0
        """Counted up with every change of what it does, so that what was meant for an earlier one is let go."""

    @property
    def soc(self) -> SoC:
        return self.vehicle.soc

    def needs(self, distance: Distance, spread: float) -> Energy:
        """What it really uses for a distance with what is on it now; `spread` is driver, wind and traffic."""
        loaded = self.carrying is not None
        consumption = self.model.consumption_loaded if loaded else self.model.consumption_empty
        return consumption.over(distance).scaled(spread)

    def fit(self, soc: SoC) -> None:
        """Another pack is in; packs of a family are as large as the truck's battery."""
        self.vehicle.fit(self.model.battery, soc)

    def halt(self) -> None:
        """Forget every order."""
        self.turn += 1
        self.queue.clear()
        self.under_way = False
