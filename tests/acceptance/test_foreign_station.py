"""Stations from elsewhere boot and charge at a real process; what was acknowledged survives its death."""

from __future__ import annotations

from pathlib import Path

import pytest
import websockets
from conftest import HUB, Served
from foreign import CALLS, Foreign16, Foreign21, Foreign201, charge2x, charge16, plugged_in

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("acceptance")]


async def transaction_of(served: Served, station: str) -> dict[str, object]:
    page = await served.get(f"/api/hubs/{HUB}/transactions?station={station}")
    assert isinstance(page, dict)
    assert page["total"] == 1
    found: dict[str, object] = page["transactions"][0]
    return found


async def test_a_16_station_boots_and_charges(served: Served) -> None:
    async with plugged_in(Foreign16, served.ocpp_url, "CS-16", "ocpp1.6") as station:
        number = await charge16(station, "EA-1", 25_000)
        assert number > 0
        limits = [p["charging_schedule"]["charging_schedule_period"][0]["limit"] for p in station.profiles]
    assert limits[:2] == [0, 0], "idle connectors are held at nothing"
    assert 0 < limits[2] <= 400_000
    found = await transaction_of(served, "CS-16")
    assert (found["truck"], found["energy_kwh"], found["reason"]) == ("EA-1", 25.0, "Local")


@pytest.mark.parametrize(
    ("kind", "version", "name"), [(Foreign201, "ocpp2.0.1", "CS-201"), (Foreign21, "ocpp2.1", "CS-21")]
)
async def test_a_2x_station_boots_and_charges(served: Served, kind: type, version: str, name: str) -> None:
    async with plugged_in(kind, served.ocpp_url, name, version) as station:
        await charge2x(station, CALLS[version], "EA-2", 31_000)
    found = await transaction_of(served, name)
    assert (found["truck"], found["energy_kwh"], found["reason"]) == ("EA-2", 31.0, "Local")


async def test_an_unknown_station_is_refused_at_the_handshake(served: Served) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"{served.ocpp_url}/NOBODY", subprotocols=[websockets.Subprotocol("ocpp2.1")])
    assert refused.value.response.status_code == 404


async def test_the_newest_version_offered_is_spoken(served: Served) -> None:
    offered = [websockets.Subprotocol(v) for v in ("ocpp1.6", "ocpp2.1", "ocpp2.0.1")]
    async with websockets.connect(f"{served.ocpp_url}/CS-21", subprotocols=offered) as socket:
        assert socket.subprotocol == "ocpp2.1"


async def test_a_version_nobody_speaks_is_closed_at_once(served: Served) -> None:
    async with websockets.connect(f"{served.ocpp_url}/CS-21", subprotocols=[websockets.Subprotocol("ocpp9")]) as socket:
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()


async def test_killed_at_any_instant_the_state_equals_the_log(tmp_path: Path) -> None:
    served = Served(tmp_path)
    await served.start()
    async with plugged_in(Foreign16, served.ocpp_url, "CS-16", "ocpp1.6") as station:
        await charge16(station, "EA-1", 25_000)
        served.kill()
    await served.start()
    found = await transaction_of(served, "CS-16")
    assert found["energy_kwh"] == 25.0
    async with plugged_in(Foreign201, served.ocpp_url, "CS-201", "ocpp2.0.1") as station:
        await charge2x(station, CALLS["ocpp2.0.1"], "EA-2", 31_000)
    assert served.stop() == 0
    served.replayed()
