"""The disk is full, or the database is gone, beneath a running process: it stops acknowledging, says so, and goes on
when the trouble is over."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from burst import STEP_WH, Burst, Line, hold
from conftest import HUB, Served
from postgres_server import Postgres

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("acceptance")]

REPORTS = 150


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(40):
        while not await true():
            await asyncio.sleep(0.05)


async def goes_through(served: Served, begin: Callable[[], None], end: Callable[[], None], said: str) -> None:
    """A station reports without a pause; `begin` makes the trouble, which /healthz tells with `said`, `end` ends it."""
    line = Line()
    burst = Burst(line, "CS-201", "ocpp2.0.1", "EA-1", transactions=1, reports=REPORTS)
    await served.start()
    line.up(served.ocpp_url)
    running = asyncio.ensure_future(burst.run())

    async def some_are_taken() -> bool:
        return burst.said > 10

    async def is_told() -> bool:
        status, faults = await served.health()
        return status == 503 and said in faults[HUB]

    async def is_well() -> bool:
        return await served.health() == (200, {})

    await until(some_are_taken)
    begin()
    await until(is_told)
    acknowledged = burst.said
    assert acknowledged < REPORTS
    await asyncio.sleep(1)
    assert burst.said == acknowledged, "nothing is acknowledged that could not be kept"
    await hold(served, burst, burst.told)
    end()
    await until(is_well)
    async with asyncio.timeout(60):
        await running
    await hold(served, burst, burst.told)
    assert [(t.wh, t.ended) for t in burst.told] == [((REPORTS - 1) * STEP_WH, True)]
    assert served.stop() == 0
    served.replayed()


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set with Linux's prlimit")
async def test_a_full_disk(tmp_path: Path) -> None:
    """The kernel refuses every byte the process would write to a file: RLIMIT_FSIZE, which needs no privilege."""
    import resource

    served = Served(tmp_path)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(soft: int) -> None:
        resource.prlimit(served.pid, resource.RLIMIT_FSIZE, (soft, hard))

    await goes_through(served, lambda: limit(1), lambda: limit(hard), "its disk takes nothing")


async def test_a_database_server_that_dies_and_comes_back(tmp_path: Path, postgres: Postgres) -> None:
    served = Served(tmp_path, postgres.new_database())
    await goes_through(served, postgres.crash, postgres.start, "does not answer")
