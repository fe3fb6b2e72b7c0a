"""The writer when things go wrong: full disk, lost database, killed process. Nothing acknowledged is ever lost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy import event as sqlalchemy_event

from portwatt.errors import StoreError
from portwatt.events import AnyEvent, HeartbeatReceived, VendorDataReceived
from portwatt.ids import HubId, StationId
from portwatt.runtime.interfaces import Record
from portwatt.state import HubState
from portwatt.store.chain import extend, genesis
from portwatt.store.jsonl import LogWriter
from portwatt.store.replay import replay_hub
from portwatt.store.sql_log import SqlStore

HUB = HubId("ningbo")
Story = Callable[[int], list[AnyEvent]]
After = Callable[[HubState | None, list[AnyEvent]], HubState]


async def _records(store: SqlStore) -> list[Record]:
    return [record async for record in store.read(HUB)]


async def test_a_full_disk_acknowledges_nothing_and_goes_on_when_there_is_room(
    tmp_path: Path, story: Story, after: After
) -> None:
    """SQLite is told how many pages its file may have: to it that is a full disk."""
    store = SqlStore(str(tmp_path / "hub.db"))
    await store.database.prepare()
    async with store.database.reading() as connection:
        pages = int((await connection.execute(text("PRAGMA page_count"))).scalar_one())
    room = [pages + 20]

    def limit(connection: Any, _record: Any) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count={room[0]}")

    await store.database.close()  # the next connections are made with the limit
    sqlalchemy_event.listen(store.database.writers.engine, "connect", limit)
    events = story(1)
    state = after(None, events)
    await store.open_hub(HUB)
    acknowledged = list(await store.append(HUB, events, state))
    at, station = state.at, StationId("A")
    batch: list[AnyEvent] = [
        VendorDataReceived(at=at, station=station, vendor="x", message="y", data="z" * 5_000) for _ in range(3)
    ]

    async def fill() -> None:
        nonlocal state
        while True:
            acknowledged.extend(await store.append(HUB, batch, after(state, batch)))
            state = after(state, batch)

    with pytest.raises(StoreError, match=r"hub\.db cannot write the log of hub ningbo: its disk is full; free some"):
        await fill()
    assert await _records(store) == acknowledged
    with pytest.raises(StoreError, match="its disk is full"):
        await store.append(HUB, batch, after(state, batch))
    assert await _records(store) == acknowledged

    room[0] = 10_000
    acknowledged += await store.append(HUB, batch, after(state, batch))
    assert await _records(store) == acknowledged
    assert (await replay_hub(store, HUB)).matches
    await store.close()


async def test_a_write_whose_caller_went_away_is_found_and_not_written_twice(
    tmp_path: Path, story: Story, after: After
) -> None:
    store = SqlStore(str(tmp_path / "hub.db"))
    events = story(1)
    await store.open_hub(HUB)
    caller = asyncio.create_task(store.append(HUB, events[:9], after(None, events[:9])))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await store.append(HUB, events, after(None, events))
    assert [record.event for record in await _records(store)] == events
    assert (await replay_hub(store, HUB)).matches
    await store.close()


async def test_a_lost_server_acknowledges_nothing_and_goes_on_when_it_is_back(
    postgres: Any, story: Story, after: After
) -> None:
    store = SqlStore(postgres.new_database(), lock_wait=2)
    events = story(1)
    state = after(None, events[:9])
    await store.open_hub(HUB)
    await store.append(HUB, events[:9], state)
    postgres.crash()
    try:
        for _ in range(2):
            with pytest.raises(StoreError, match="cannot write the log of hub ningbo: it does not answer"):
                await store.append(HUB, events[9:], after(None, events))
        with pytest.raises(StoreError, match="it does not answer"):
            await store.open_hub(HUB)
        with pytest.raises(StoreError, match="it does not answer"):
            await _records(store)
    finally:
        postgres.start()
    await store.append(HUB, events[9:], after(None, events))
    assert [record.event for record in await _records(store)] == events
    assert (await replay_hub(store, HUB)).matches
    await store.close()


async def test_a_server_that_goes_while_it_writes_keeps_what_it_acknowledged(
    postgres: Any, story: Story, after: After
) -> None:
    """Whatever the fate of the batch under way: given again, it is there once."""
    store = SqlStore(postgres.new_database(), lock_wait=2)
    written = story(1)
    state = after(None, written)
    await store.open_hub(HUB)
    await store.append(HUB, written, state)

    async def write_on() -> None:
        nonlocal state
        while True:
            batch = _heartbeats(state, 20)
            following = after(state, batch)
            written.extend(batch)
            while True:
                try:
                    await store.append(HUB, batch, following)
                    break
                except StoreError:
                    failed.set()
                    await asyncio.sleep(0.02)
            state = following

    failed = asyncio.Event()
    writing = asyncio.create_task(write_on())
    for _ in range(3):
        await asyncio.sleep(0.1)
        failed.clear()
        postgres.crash()
        await failed.wait()
        postgres.start()
    await asyncio.sleep(0.2)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    last = await store.open_hub(HUB)
    assert state.seq <= last
    assert [record.event for record in await _records(store)] == written[:last]
    await store.close()


def _heartbeats(state: HubState, count: int) -> list[AnyEvent]:
    return [
        HeartbeatReceived(at=state.at + timedelta(milliseconds=n), station=StationId("A")) for n in range(1, count + 1)
    ]


async def test_a_second_process_that_writes_all_the_same_is_found(
    sql_store: SqlStore, story: Story, after: After
) -> None:
    """Suppose the lock had failed: the key refuses a fork, and nothing is believed until the hub is opened again."""
    events = story(1)
    await sql_store.open_hub(HUB)
    state = after(None, events[:5])
    await sql_store.append(HUB, events[:5], state)
    foreign = extend(sql_store._writers[HUB].head, events[7:8])[0]

    def write(connection: Connection) -> None:
        row = {"hub": HUB, "seq": 6, "body": foreign.body.decode(), "digest": foreign.digest}
        copied = "INSERT INTO events SELECT :hub, :seq, at, type, :body, :digest FROM events WHERE seq = 5"
        connection.execute(text(copied), row)
        connection.execute(text("UPDATE hubs SET seq = :seq, digest = :digest"), row)

    await sql_store.database.writers.run(write)
    with pytest.raises(StoreError, match="another process has written to the same log"):
        await sql_store.append(HUB, events[5:], after(None, events))
    with pytest.raises(StoreError, match="goes on to record 6, which is not what is being written"):
        await sql_store.append(HUB, events[5:], after(None, events))


async def test_being_cancelled_does_not_tear_a_write(sql_store: SqlStore, story: Story, after: After) -> None:
    events = story(1)
    await sql_store.open_hub(HUB)
    for turns in range(8):
        writing = asyncio.create_task(sql_store.append(HUB, events, after(None, events)))
        for _ in range(turns):
            await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    await sql_store.append(HUB, events, after(None, events))
    assert [record.event for record in await _records(sql_store)] == events
    assert (await replay_hub(sql_store, HUB)).matches


async def test_what_was_acknowledged_survives_kill_minus_nine(
    address: str, story: Story, after: After, tmp_path: Path
) -> None:
    beginning = tmp_path / "beginning.jsonl"
    with LogWriter(beginning, HUB) as out:
        for record in extend(genesis(HUB), story(1)):
            out.add(record)
    last = len(story(1))
    for lines in (37, 11):
        child = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).with_name("acknowledge.py")), address, HUB, str(beginning),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        said = [int(await child.stdout.readline()) for _ in range(lines)]
        refused = SqlStore(address, lock_wait=0.1)
        with pytest.raises(StoreError, match="already open in another process"):
            await refused.open_hub(HUB)
        await refused.close()
        child.kill()
        said += [int(line) for line in (await child.stdout.read()).split(b"\n")[:-1]]
        await child.wait()
        assert said == sorted(said)
        assert said[0] > last
        last = said[-1]

        store = SqlStore(address)
        in_log = await store.open_hub(HUB)
        assert last <= in_log <= last + 5  # one batch may have been written whose word did not get out
        records = await _records(store)
        assert [record.seq for record in records] == list(range(1, in_log + 1))
        assert (await replay_hub(store, HUB)).matches
        await store.close()
        last = in_log
