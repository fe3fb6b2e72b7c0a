"""The database: addresses, schema, and one writer per hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portwatt.errors import StoreError, UsageError
from portwatt.ids import HubId
from portwatt.store.database import Database
from portwatt.store.sql_log import SqlStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from portwatt.events import AnyEvent
    from portwatt.state import HubState

HUB = HubId("ningbo")


@pytest.mark.parametrize(
    "address", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "://", "postgresql://user:pass@host:port/name"]
)
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="database address"):
        Database(address)


def test_a_password_is_never_said() -> None:
    database = Database("postgresql://user:secret@host/name")
    assert "secret" not in str(database.trouble("be opened", OSError("refused")))
    with pytest.raises(UsageError) as caught:
        Database("mysql://user:secret@host/name")
    assert "secret" not in str(caught.value)


async def test_folders_of_a_new_file_are_made(tmp_path: Path) -> None:
    store = SqlStore(str(tmp_path / "a" / "b" / "hub.db"))
    assert await store.open_hub(HUB) == 0
    await store.close()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_text("this is a letter, not a database. " * 100)
    store = SqlStore(str(path))
    with pytest.raises(StoreError, match=r"hub\.db cannot be opened: file is not a database"):
        await store.open_hub(HUB)
    await store.close()


async def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    store = SqlStore(f"postgresql://portwatt@/name?host={tmp_path}")
    with pytest.raises(StoreError, match="cannot be opened: it does not answer"):
        await store.open_hub(HUB)
    await store.close()


async def test_a_hub_open_elsewhere_is_refused_and_others_are_not(sql_store: SqlStore, address: str) -> None:
    await sql_store.open_hub(HUB)
    second = SqlStore(address, lock_wait=0.2)
    with pytest.raises(StoreError, match="hub ningbo is already open in another process"):
        await second.open_hub(HUB)
    assert await second.open_hub(HubId("qingdao")) == 0
    await sql_store.close()
    assert await second.open_hub(HUB) == 0
    await second.close()


@pytest.mark.parametrize("statement", ["UPDATE events SET body = '{}'", "DELETE FROM events"])
async def test_the_log_refuses_to_be_changed(
    sql_store: SqlStore,
    statement: str,
    story: Callable[[int], list[AnyEvent]],
    after: Callable[[HubState | None, list[AnyEvent]], HubState],
) -> None:
    events = story(0)
    await sql_store.open_hub(HUB)
    await sql_store.append(HUB, events, after(None, events))
    with pytest.raises(DBAPIError, match="append-only"):
        await sql_store.database.writers.run(lambda connection: connection.execute(text(statement)))
    assert len([record async for record in sql_store.read(HUB)]) == 1


async def test_a_commit_is_on_the_disk_before_it_is_answered(sql_store: SqlStore, address: str) -> None:
    if not sql_store.database.is_sqlite:
        name = address.partition("?")[0].rpartition("/")[2]
        off = text(f"ALTER DATABASE {name} SET synchronous_commit = off")
        await sql_store.database.writers.run(lambda connection: connection.execute(off))
        await sql_store.database.close()
    asked = (
        ["PRAGMA journal_mode", "PRAGMA synchronous"] if sql_store.database.is_sqlite else ["SHOW synchronous_commit"]
    )
    await sql_store.database.prepare()
    session = await sql_store.database.session(HUB)
    said = await session.run(lambda connection: [connection.execute(text(q)).scalar_one() for q in asked])
    await session.close()
    assert said == (["wal", 2] if sql_store.database.is_sqlite else ["on"])
