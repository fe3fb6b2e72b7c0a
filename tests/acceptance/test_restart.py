"""A real process is ended at any moment, again and again, while stations from elsewhere charge: they carry on."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from burst import STEP_WH, Burst, Line, hold
from conftest import HUB, Served
from postgres_server import Postgres

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("acceptance")]

TRANSACTIONS, REPORTS = 8, 10
STATIONS = (
    ("CS-16", "ocpp1.6", "EA-1"),
    ("CS-201", "ocpp2.0.1", "EA-2"),
    ("CS-21", "ocpp2.1", "EA-3"),
    ("MORE-1", "ocpp1.6", "EA-4"),
    ("MORE-2", "ocpp2.0.1", "XE-1"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


async def test_nothing_acknowledged_is_lost_and_nothing_doubled(tmp_path: Path, database_url: str) -> None:
    """Killed twice and once asked to stop, in the middle of a burst; moments drawn with a seed."""
    served, line, chance = Served(tmp_path, database_url), Line(), Random(11)
    bursts = [Burst(line, *station, TRANSACTIONS, REPORTS) for station in STATIONS]
    await served.start()
    line.up(served.ocpp_url)
    running = asyncio.gather(*(burst.run() for burst in bursts))
    for end in (served.kill, served.stop, served.kill):
        enough = sum(burst.said for burst in bursts) + chance.randint(40, 100)
        while sum(burst.said for burst in bursts) < enough and not running.done():
            await asyncio.sleep(0.001)
        line.down()
        assert not end(), "asked to stop it ends with status 0"
        told = [deepcopy(burst.told) for burst in bursts]
        await served.start()
        for burst, acknowledged in zip(bursts, told, strict=True):
            await hold(served, burst, acknowledged)
        line.up(served.ocpp_url)
    async with asyncio.timeout(60):
        await running
    kpis = await served.get(f"/api/hubs/{HUB}/kpis")
    assert isinstance(kpis, dict)
    whole = len(STATIONS) * TRANSACTIONS
    assert kpis["transactions"] == whole
    assert round(kpis["energy_kwh"] * 1000) == whole * (REPORTS - 1) * STEP_WH
    for burst in bursts:
        assert all(t.ended and t.wh == (REPORTS - 1) * STEP_WH for t in burst.told)
        await hold(served, burst, burst.told)
    assert served.stop() == 0
    served.replayed()
