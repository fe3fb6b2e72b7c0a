"""Old telemetry goes every day, and a database in trouble is tried again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from portwatt.errors import StoreError
from portwatt.ids import EvseId, HubId, StationId, TransactionId
from portwatt.model.meter import Sample
from portwatt.runtime.upkeep import EVERY, forget_old_samples
from portwatt.store.memory import MemoryStore

HUB = HubId("here")
START = datetime(2026, 11, 23, tzinfo=UTC)
TRANSACTION = TransactionId("A:1")


class Days:
    """A clock whose every sleep is over at once, up to a number of days; then nobody wakes any more."""

    def __init__(self, days: int) -> None:
        self.moment = START
        self.left = days

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, duration: timedelta) -> None:
        if not self.left:
            raise asyncio.CancelledError
        self.left -= 1
        self.moment += duration


def sample(days: int) -> Sample:
    return Sample(
        station=StationId("A"),
        evse=EvseId("A/1"),
        transaction=TRANSACTION,
        measured_at=START + timedelta(days=days),
        measurand="Power.Active.Import",
        value=1.0,
        unit="W",
    )


async def left_after(days: int, store: MemoryStore) -> list[int]:
    await store.add_samples(HUB, [sample(n) for n in range(5)])
    with pytest.raises(asyncio.CancelledError):
        await forget_old_samples(store, [HUB], Days(days), timedelta(days=3))
    return [(s.measured_at - START) // EVERY for s in await store.samples(HUB, TRANSACTION)]


@pytest.mark.parametrize(("days", "left"), [(0, [0, 1, 2, 3, 4]), (3, [0, 1, 2, 3, 4]), (5, [2, 3, 4]), (30, [])])
async def test_samples_go_when_they_are_older_than_the_retention(days: int, left: list[int]) -> None:
    assert await left_after(days, MemoryStore()) == left


class Troubled(MemoryStore):
    """Fails for the first days."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    async def forget_samples(self, hub: HubId, before: datetime) -> int:
        if self.failures:
            self.failures -= 1
            raise StoreError("the database does not answer")
        return await super().forget_samples(hub, before)


async def test_a_day_the_database_is_away_is_made_up_for_the_next() -> None:
    assert await left_after(5, Troubled(5)) == [2, 3, 4]
