"""The migrations: one history for both databases, and the tables the program thinks of."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from portwatt.errors import StoreError
from portwatt.ids import HubId
from portwatt.store.migrate import newest
from portwatt.store.schema import METADATA, REVISION
from portwatt.store.sql_log import SqlStore

HUB = HubId("ningbo")


async def test_the_migrations_make_the_tables_the_program_thinks_of(sql_store: SqlStore) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    await sql_store.database.prepare()
    writers = sql_store.database.writers
    assert await writers.run(differences) == []
    await writers.run(lambda connection: connection.execute(text("ALTER TABLE stations ADD COLUMN forgotten TEXT")))
    assert len(await writers.run(differences)) == 1


def test_the_tables_name_the_last_migration() -> None:
    assert newest() == REVISION


async def test_a_database_of_a_newer_program_is_left_alone(sql_store: SqlStore, address: str) -> None:
    await sql_store.database.prepare()
    statement = text("UPDATE alembic_version SET version_num = '9999'")
    await sql_store.database.writers.run(lambda connection: connection.execute(statement))
    newer = SqlStore(address)
    with pytest.raises(StoreError, match="written by a newer Portwatt"):
        await newer.open_hub(HUB)
    await newer.close()
