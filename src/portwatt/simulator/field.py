"""All simulated stations of a hub, kept alive: their sockets, their wakes, the power they draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from portwatt.ids import StationId
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.notices import Notice
from portwatt.simulator.plant import Plant
from portwatt.simulator.site import Site


class Field:
    """Passes frames to and from the stations. `sends` gets what a station says, `notes` what people at a post see."""

    def __init__(
        self,
        plants: Mapping[StationId, Plant],
        agenda: Agenda,
        site: Site,
        sends: Callable[[StationId, str], None],
        notes: Callable[[Notice], None],
    ) -> None:
        self.plants = plants
        self._agenda = agenda
        self._site = site
        self._sends = sends
        self._notes = notes
        self._wakes: dict[StationId, datetime] = {}

    def connect(self, station: StationId) -> None:
        """The socket of a station is open."""
        plant = self.plants[station]
        self.spoke(plant, plant.connect(self._agenda.now))

    def disconnect(self, station: StationId) -> None:
        """The socket of a station is gone."""
        plant = self.plants[station]
        plant.disconnect(self._agenda.now)
        self.spoke(plant, [])

    def receive(self, station: StationId, text: str) -> None:
        """A frame of the hub arrives; without a socket it does not."""
        plant = self.plants[station]
        if plant.connected:
            self.spoke(plant, plant.receive(text, self._agenda.now))

    def spoke(self, plant: Plant, frames: list[str]) -> None:
        """Take up what a station did: called after every call of one."""
        for text in frames:
            self._sends(plant.id, text)
        for notice in plant.notices():
            # Later in this instant: what it leads to may call the station that is still being called.
            self._agenda.at(self._agenda.now, lambda notice=notice: self._notes(notice))  # type: ignore[misc]
        self._site.station_draws(plant.id, plant.total_power(), self._agenda.now)
        self._plan_wake(plant)

    def _plan_wake(self, plant: Plant) -> None:
        wake = plant.next_wake()
        if wake is None:
            return
        planned = self._wakes.get(plant.id)
        if planned is None or wake < planned:
            self._wakes[plant.id] = wake
            self._agenda.at(wake, lambda: self._wake(plant, wake))

    def _wake(self, plant: Plant, planned: datetime) -> None:
        if self._wakes.get(plant.id) != planned:
            return  # an earlier wake took its place
        del self._wakes[plant.id]
        due = plant.next_wake()
        if due is not None and due <= self._agenda.now:
            self.spoke(plant, plant.advance(self._agenda.now))
        else:
            self._plan_wake(plant)
