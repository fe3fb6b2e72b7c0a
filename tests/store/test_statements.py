"""Statements: what they write is what SQLAlchemy would have written, on both databases, for one row and for many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from portwatt.store.schema import SAMPLES, STATIONS
from portwatt.store.sql_log import SqlStore
from portwatt.store.statements import Statement

AT = datetime(2026, 11, 23, 8, 30, 0, 125_000, tzinfo=timezone(timedelta(hours=8)))
INSERT = Statement(insert(STATIONS))
TELEMETRY = Statement(insert(SAMPLES).inline(), [c.name for c in SAMPLES.columns if c.name != "id"])
RENAME = Statement(update(STATIONS).where(STATIONS.c.id == bindparam("of_id")), ["vendor", "since"])
DELETE = Statement(delete(STATIONS).where(STATIONS.c.id == bindparam("of_id")))


def station(name: str) -> dict[str, Any]:
    texts = dict.fromkeys(("version", "vendor", "model", "firmware", "out_of_service"), "")
    return {
        "hub": "h",
        "id": name,
        "connected": True,
        "since": AT,
        "heard_at": None,
        "faults": 3,
        "body": "{}",
        **texts,
    }


def stations(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(STATIONS).order_by(STATIONS.c.id))]


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_rows_come_back_as_they_went_in(sql_store: SqlStore, count: int) -> None:
    given = [station(f"s{n}") for n in range(count)]
    await sql_store.database.prepare()
    await sql_store.database.writers.run(lambda connection: INSERT.run(connection, given))
    found = await sql_store.database.writers.run(stations)
    assert found == given
    assert all(row["since"].tzinfo is UTC for row in found)


async def test_updates_and_deletes_find_their_rows(sql_store: SqlStore) -> None:
    def work(connection: Connection) -> list[dict[str, Any]]:
        INSERT.run(connection, [station("a"), station("b"), station("c")])
        RENAME.run(
            connection, [{"of_id": "a", "vendor": "x", "since": None}, {"of_id": "b", "vendor": "y", "since": AT}]
        )
        DELETE.run(connection, [{"of_id": "c"}])
        return stations(connection)

    await sql_store.database.prepare()
    found = await sql_store.database.writers.run(work)
    assert [(row["id"], row["vendor"], row["since"]) for row in found] == [("a", "x", None), ("b", "y", AT)]


async def test_a_column_the_database_numbers_is_left_to_it(sql_store: SqlStore) -> None:
    texts = dict.fromkeys(("unit", "phase", "location", "context"), "")
    row = {"hub": "h", "station": "s", "evse": None, "transaction_id": None, "measured_at": AT, **texts}
    row |= {"measurand": "SoC", "value": 7}

    def work(connection: Connection) -> list[tuple[int, float]]:
        TELEMETRY.run(connection, [row, row])
        found = connection.execute(select(SAMPLES.c.id, SAMPLES.c.value).order_by(SAMPLES.c.id))
        return [(identity, value) for identity, value in found]

    await sql_store.database.prepare()
    (first, value), (second, _) = await sql_store.database.writers.run(work)
    assert second == first + 1
    assert value == 7.0


async def test_a_missing_parameter_is_an_error(sql_store: SqlStore) -> None:
    short = station("s")
    del short["faults"]
    await sql_store.database.prepare()
    with pytest.raises(KeyError, match="faults"):
        await sql_store.database.writers.run(lambda connection: INSERT.run(connection, [short]))
