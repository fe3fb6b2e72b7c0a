"""The live field: the simulated day over real sockets, on a scaled clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from portwatt.config.settings import Config
from portwatt.events import AnyEvent, ContainerReleased, MoveRequested
from portwatt.runtime.clock import ScaledClock
from portwatt.simulator.live import LiveField
from portwatt.simulator.scenario import Scenario, load_scenario
from portwatt.wiring import System, running

SMALL = Path(__file__).with_name("small.toml")
SPEED = 600.0


@pytest.fixture
def scenario() -> Scenario:
    return load_scenario(SMALL)


async def test_stations_connect_over_sockets_and_facts_arrive(scenario: Scenario, tmp_path: Path) -> None:
    clock = ScaledClock(scenario.start, SPEED)
    field = LiveField(scenario, 3, timedelta(minutes=40), clock)
    seen: list[AnyEvent] = []
    config = Config(data_dir=tmp_path, hub_files=(SMALL,), http_port=0, ocpp_port=0, speed=SPEED)
    async with running(config, [scenario.hub], clock, attach=field.attach) as system:
        loop = system.loops[scenario.hub.id]
        stop = loop.listen(lambda events, state: seen.extend(events))
        await field.run(f"ws://127.0.0.1:{system.ocpp_ports[scenario.hub.id]}/ocpp", loop)
        stop()
        connected = [s for s in loop.state.stations.values() if s.ever_connected]
        assert len(connected) == len(scenario.hub.station_by_id)
        assert len(loop.state.moves) == len(field.world.demand.moves)
    assert field.frames > 20
    assert field.world.audit.count == 0
    asked = [e for e in seen if isinstance(e, MoveRequested | ContainerReleased)]
    assert all(e.at <= clock.now() for e in asked)
    assert [e.at for e in seen] == sorted(e.at for e in seen)


async def test_a_station_whose_socket_the_hub_closes_comes_back(scenario: Scenario, tmp_path: Path) -> None:
    clock = ScaledClock(scenario.start, SPEED)
    field = LiveField(scenario, 3, timedelta(hours=3), clock)
    config = Config(data_dir=tmp_path, hub_files=(SMALL,), http_port=0, ocpp_port=0, speed=SPEED)
    station = next(iter(scenario.hub.station_by_id))
    async with running(config, [scenario.hub], clock, attach=field.attach) as system:
        day = asyncio.create_task(_run(field, system, scenario))
        await _until(lambda: _connected(system, scenario, station))
        field.lost(station)
        field._lines[station].hang_up()
        await _until(lambda: not _connected(system, scenario, station))
        await _until(lambda: _connected(system, scenario, station))
        day.cancel()
        await asyncio.gather(day, return_exceptions=True)


async def _run(field: LiveField, system: System, scenario: Scenario) -> None:
    port = system.ocpp_ports[scenario.hub.id]
    await field.run(f"ws://127.0.0.1:{port}/ocpp", system.loops[scenario.hub.id])


def _connected(system: System, scenario: Scenario, station: str) -> bool:
    known = system.loops[scenario.hub.id].state.stations.get(station)  # type: ignore[call-overload]
    return known is not None and known.connected


async def _until(true: object) -> None:
    async with asyncio.timeout(20):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.02)
