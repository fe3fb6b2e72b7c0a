"""Sessions: a piece of work is a transaction, whole or not at all; readers cannot write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from portwatt.events import AnyEvent
from portwatt.ids import HubId
from portwatt.state import HubState
from portwatt.store.sql_log import SqlStore

HUB = HubId("ningbo")


async def test_work_that_raises_leaves_nothing(sql_store: SqlStore) -> None:
    def half(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = 'half'"))
        raise ValueError("in the middle")

    await sql_store.database.prepare()
    session = await sql_store.database.session(HUB)
    for run in (sql_store.database.writers.run, session.run):
        with pytest.raises(ValueError, match="in the middle"):
            await run(half)
    version = await session.run(lambda c: c.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    assert version == "0001"
    await session.close()


async def test_a_reader_of_sqlite_cannot_write(tmp_path: Path) -> None:
    store = SqlStore(str(tmp_path / "hub.db"))
    await store.database.prepare()
    async with store.database.reading() as connection:
        with pytest.raises(DBAPIError, match="readonly"):
            await connection.execute(text("DELETE FROM samples"))
    await store.close()


async def test_hubs_of_one_process_write_at_the_same_time(
    sql_store: SqlStore,
    story: Callable[[int], list[AnyEvent]],
    after: Callable[[HubState | None, list[AnyEvent]], HubState],
) -> None:
    events = story(1)
    hubs = [HubId(f"hub-{number}") for number in range(5)]
    for hub in hubs:
        await sql_store.open_hub(hub)

    async def live(hub: HubId) -> None:
        state: HubState | None = None
        for event in events:
            state = after(state, [event])
            await sql_store.append(hub, [event], state)

    await asyncio.gather(*(live(hub) for hub in hubs))
    for hub in hubs:
        assert [record.event async for record in sql_store.read(hub)] == events
