from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from portwatt.ids import StationId
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.audit import Audit
from portwatt.simulator.field import Field
from portwatt.simulator.notices import Charging, Notice
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.site import Site
from portwatt.simulator.station import SimulatedStation
from portwatt.simulator.vehicle import Vehicle
from portwatt.units import Energy, Power, SoC
from portwatt.wire.ocpp.versions import OcppVersion

MINUTE = timedelta(minutes=1)


class Corner:
    """One station in a field, and everything that came out of it."""

    def __init__(self, scenario: Scenario) -> None:
        self.agenda = Agenda(scenario.start)
        self.site = Site(scenario.start, scenario.hub.grid, scenario.hub.tariff, Audit())
        self.said: list[tuple[datetime, str]] = []
        self.seen: list[Notice] = []
        self.spec = scenario.hub.stations[0]
        self.plant = SimulatedStation(self.spec, OcppVersion.V201, Random(1))
        self.field = Field({self.spec.id: self.plant}, self.agenda, self.site, self._say, self.seen.append)
        self.vehicle = Vehicle(scenario.hub.models[0], SoC.percent(20), SoC.percent(60))

    def _say(self, station: StationId, text: str) -> None:
        self.said.append((self.agenda.now, text))


@pytest.fixture
def corner(small: Scenario) -> Corner:
    return Corner(small)


def test_a_station_that_connects_speaks_and_wakes_by_itself(corner: Corner) -> None:
    corner.field.connect(corner.spec.id)
    assert '"BootNotification"' in corner.said[0][1]
    corner.agenda.run(corner.agenda.now + 5 * MINUTE)
    assert len(corner.said) > 1  # nobody answered: it boots again


def test_frames_reach_a_station_only_over_an_open_socket(corner: Corner) -> None:
    frame = '[2,"1","GetLocalListVersion",{}]'
    corner.field.receive(corner.spec.id, frame)
    assert corner.said == []
    corner.field.connect(corner.spec.id)
    corner.field.receive(corner.spec.id, frame)
    assert any(text.startswith('[4,"1"') for _, text in corner.said)
    corner.field.disconnect(corner.spec.id)
    count = len(corner.said)
    corner.field.receive(corner.spec.id, frame)
    assert len(corner.said) == count


def test_the_power_of_its_stations_is_the_load_of_the_site(corner: Corner) -> None:
    frames = corner.plant.plug(1, corner.vehicle, corner.spec.evses[0].id, corner.agenda.now)  # type: ignore[arg-type]
    corner.field.spoke(corner.plant, frames)
    assert corner.site.charging == corner.plant.total_power() > Power.kw(100)
    corner.agenda.run(corner.agenda.now + 180 * MINUTE)
    assert any(isinstance(n, Charging) for n in corner.seen)
    assert corner.site.charging == Power(0)
    corner.site.advance(corner.agenda.now)
    drawn, stored = corner.site.energy, corner.vehicle.battery.stored
    gained = stored - SoC.percent(20).of(corner.vehicle.battery.capacity)
    assert abs((drawn - gained).wh) <= Energy(2).wh
    assert corner.vehicle.soc == SoC.percent(60)
