"""The tables: how a moment is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import Connection, insert, select

from portwatt.store.schema import SAMPLES
from portwatt.store.sql_log import SqlStore


async def test_times_come_back_in_utc_and_sort_by_time(sql_store: SqlStore) -> None:
    beijing = timezone(timedelta(hours=8))
    moments = [
        datetime(2026, 11, 23, 8, 0, 0, 1, tzinfo=beijing),
        datetime(2026, 11, 23, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC),
    ]
    names = ("hub", "station", "measurand", "unit", "phase", "location", "context")
    rows = [{"measured_at": m, "value": 1.0, **dict.fromkeys(names, "x")} for m in moments]
    await sql_store.database.prepare()

    def there_and_back(connection: Connection) -> Sequence[datetime]:
        connection.execute(insert(SAMPLES), rows)
        return connection.scalars(select(SAMPLES.c.measured_at).order_by(SAMPLES.c.measured_at)).all()

    found = await sql_store.database.writers.run(there_and_back)
    assert found == sorted(moments)
    assert all(moment.tzinfo is UTC for moment in found)
