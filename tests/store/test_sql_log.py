"""The SQL log: whatever is changed behind its back is found, with its place."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text, update

from portwatt.errors import NotFoundError, TamperedLogError
from portwatt.events import AnyEvent, ClockTicked
from portwatt.ids import HubId
from portwatt.state import HubState
from portwatt.store.schema import SNAPSHOTS
from portwatt.store.sql_log import SqlStore

HUB = HubId("ningbo")
Story = Callable[[int], list[AnyEvent]]
After = Callable[[HubState | None, list[AnyEvent]], HubState]
COLUMNS = ("hub", "seq", "at", "type", "body", "digest")


@pytest.fixture
async def filled(sql_store: SqlStore, story: Story, after: After) -> HubState:
    events = story(1)
    state = after(None, events)
    await sql_store.open_hub(HUB)
    await sql_store.append(HUB, events, state)
    return state


async def _unlocked(store: SqlStore, *statements: str) -> None:
    """Do what only somebody with the rights of an owner can: the triggers are taken away first."""
    if store.database.is_sqlite:
        unlock = ["DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete"]
    else:
        unlock = ["ALTER TABLE events DISABLE TRIGGER events_append_only"]

    def change(connection: Connection) -> None:
        for statement in (*unlock, *statements):
            connection.execute(text(statement))

    await store.database.writers.run(change)


async def _read(store: SqlStore) -> list[AnyEvent]:
    return [record.event async for record in store.read(HUB)]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE events SET body = replace(body, 'ocpp2.1', 'ocpp1.6') WHERE seq = 2", "broken at record 2: its bytes"),
        ("UPDATE events SET type = 'ClockTicked' WHERE seq = 3", "broken at record 3: its columns"),
        (
            "UPDATE events SET at = (SELECT at FROM events WHERE seq = 1) WHERE seq = 4",
            "broken at record 4: its columns",
        ),
        ("DELETE FROM events WHERE seq = 5", "broken at record 5: it is missing, record 6"),
        ("DELETE FROM events WHERE seq >= 15", r"broken at record 15: the log was written up to record \d+"),
        ("DELETE FROM events", "broken at record 1: the log was written up to record"),
    ],
)
async def test_a_changed_log_is_named(sql_store: SqlStore, filled: HubState, statement: str, said: str) -> None:
    await _unlocked(sql_store, statement)
    with pytest.raises(TamperedLogError, match=said):
        await _read(sql_store)


async def test_a_changed_log_is_not_opened_or_written(
    sql_store: SqlStore, filled: HubState, story: Story, after: After
) -> None:
    await _unlocked(sql_store, "UPDATE events SET body = replace(body, 'ocpp2.1', 'ocpp1.6') WHERE seq = 2")
    with pytest.raises(TamperedLogError, match="broken at record 2"):
        await sql_store.open_hub(HUB)


async def test_a_log_cut_off_at_its_end_is_not_opened(sql_store: SqlStore, filled: HubState) -> None:
    await _unlocked(sql_store, "DELETE FROM events WHERE seq >= 15")
    with pytest.raises(TamperedLogError, match="broken at record 15"):
        await sql_store.open_hub(HUB)


async def test_reading_from_beyond_the_end_is_refused(sql_store: SqlStore, filled: HubState) -> None:
    with pytest.raises(NotFoundError, match="has no record 1000"):
        await anext(sql_store.read(HUB, after=1000))


@pytest.mark.parametrize("column", ["digest", "state_digest"])
async def test_a_snapshot_that_does_not_fit_is_passed_over(
    sql_store: SqlStore, filled: HubState, story: Story, after: After, column: str
) -> None:
    older = after(None, story(1)[:9])
    await sql_store.save_snapshot(HUB, older.seq, older)
    await sql_store.save_snapshot(HUB, filled.seq, filled)
    wrong = update(SNAPSHOTS).where(SNAPSHOTS.c.seq == filled.seq).values({column: "0" * 64})
    await sql_store.database.writers.run(lambda connection: connection.execute(wrong))
    found = await sql_store.latest_snapshot(HUB)
    assert found is not None
    assert found[0] == older.seq
    assert await sql_store.open_hub(HUB) == filled.seq


async def test_only_the_newest_snapshots_are_kept(
    sql_store: SqlStore, filled: HubState, story: Story, after: After
) -> None:
    for seq in (3, 5, 7, 9):
        await sql_store.save_snapshot(HUB, seq, after(None, story(1)[:seq]))
    assert sorted(await sql_store.snapshots(HUB)) == [5, 7, 9]


async def test_a_long_log_is_read_in_pages_while_it_grows(sql_store: SqlStore, story: Story, after: After) -> None:
    events = story(0)
    at = events[0].at
    events += [ClockTicked(at=at) for _ in range(4_500)]
    state = after(None, events)
    await sql_store.open_hub(HUB)
    await sql_store.append(HUB, events, state)
    reading = sql_store.read(HUB)
    seen = [await anext(reading)]
    more: list[AnyEvent] = [ClockTicked(at=at)]
    await sql_store.append(HUB, more, after(state, more))
    seen += [record async for record in reading]
    assert [record.seq for record in seen] == list(range(1, 4_503))


# ── any byte of any row ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, story: Story, after: After) -> bytes:
    path = tmp_path_factory.mktemp("original") / "hub.db"

    async def fill() -> None:
        store = SqlStore(str(path))
        await store.open_hub(HUB)
        await store.append(HUB, story(1), after(None, story(1)))
        await store.close()

    asyncio.run(fill())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER events_no_update")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seq=st.integers(1, 18), column=st.sampled_from(COLUMNS), place=st.integers(0, 10_000), change=st.integers(1, 255)
)
def test_any_changed_byte_of_any_row_is_named(
    original: bytes, tmp_path: Path, seq: int, column: str, place: int, change: int
) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(original)
    with closing(sqlite3.connect(path)) as connection:
        query = f"SELECT CAST({column} AS BLOB) FROM events WHERE seq = ?"
        value = bytearray(connection.execute(query, (seq,)).fetchone()[0])
        value[place % len(value)] ^= change
        try:
            connection.execute(f"UPDATE events SET {column} = CAST(? AS TEXT) WHERE seq = ?", (bytes(value), seq))
        except sqlite3.IntegrityError:
            return  # a sequence number that is taken: the database itself refuses
        connection.commit()

    async def read() -> None:
        store = SqlStore(str(path))
        try:
            await _read(store)
        finally:
            await store.close()

    with pytest.raises(TamperedLogError, match=rf"broken at record {seq}: "):
        asyncio.run(read())
