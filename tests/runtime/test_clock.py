"""Clocks: scaled time runs ahead of the machine's, virtual time only when told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from portwatt.runtime.clock import ScaledClock, Stopwatch, SystemClock, VirtualClock

START = datetime(2026, 11, 24, tzinfo=UTC)


def test_the_system_clock_is_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


async def test_scaled_time_runs_faster_and_sleeps_shorter() -> None:
    clock = ScaledClock(START, speed=36_000)
    watch = Stopwatch()
    await clock.sleep(timedelta(minutes=10))
    assert clock.now() - START >= timedelta(minutes=10)
    assert watch.seconds < 5


async def test_virtual_time_stands_still_until_it_is_told() -> None:
    clock = VirtualClock(START)
    sleeper = asyncio.create_task(clock.sleep(timedelta(minutes=5)))
    await asyncio.sleep(0)
    await clock.advance(timedelta(minutes=4))
    await asyncio.sleep(0)
    assert not sleeper.done()
    await clock.advance(timedelta(minutes=1))
    await asyncio.wait_for(sleeper, 1)
    assert clock.now() == START + timedelta(minutes=5)
