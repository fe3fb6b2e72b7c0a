"""The one place where time comes from outside."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the hub calls now, and how long it waits."""

    def now(self) -> datetime:
        """The present, UTC."""

    async def sleep(self, duration: timedelta) -> None:
        """Return when this much of the clock's own time has passed."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(0.0, duration.total_seconds()))


class ScaledClock:
    """A clock that starts at `start` and runs `speed` times as fast as the machine's (`portwatt demo --speed`)."""

    def __init__(self, start: datetime, speed: float) -> None:
        self.speed = speed
        self._start = start
        self._origin = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self.speed)

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(0.0, duration.total_seconds() / self.speed))


class VirtualClock:
    """A clock that stands still until it is told: for tests and the virtual day."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._moved = asyncio.Condition()

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Jump, without waking sleepers: for callers that do not sleep."""
        self._now = now

    async def advance(self, duration: timedelta) -> None:
        """Move on and wake everybody whose time has come."""
        self._now += duration
        async with self._moved:
            self._moved.notify_all()

    async def sleep(self, duration: timedelta) -> None:
        wake = self._now + duration
        async with self._moved:
            await self._moved.wait_for(lambda: self._now >= wake)


class Stopwatch:
    """Seconds of wall time since it was made: for budgets and for figures shown to people."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._start
