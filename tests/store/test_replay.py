"""Replay: it proves equality, and says where there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Executable, delete, insert, update

from portwatt.errors import NotFoundError, UsageError
from portwatt.events import AnyEvent
from portwatt.ids import HubId, StationId
from portwatt.state import HubState, codec
from portwatt.store import schema
from portwatt.store.chain import extend, genesis
from portwatt.store.jsonl import LogWriter, export_log
from portwatt.store.replay import first_difference, replay_file, replay_hub
from portwatt.store.sql_log import SqlStore
from portwatt.units import Power

HUB = HubId("ningbo")
Story = Callable[[int], list[AnyEvent]]
After = Callable[[HubState | None, list[AnyEvent]], HubState]


@pytest.fixture
async def lived(sql_store: SqlStore, story: Story, after: After) -> HubState:
    """A hub that lived three days, with a snapshot in the middle and one at the end."""
    events = story(3)
    await sql_store.open_hub(HUB)
    middle = after(None, events[:20])
    await sql_store.append(HUB, events[:20], middle)
    await sql_store.save_snapshot(HUB, middle.seq, middle)
    state = after(middle, events[20:])
    await sql_store.append(HUB, events[20:], state)
    await sql_store.save_snapshot(HUB, state.seq, state)
    return state


async def _execute(store: SqlStore, statement: Executable) -> None:
    await store.database.writers.run(lambda connection: connection.execute(statement))


async def test_a_hub_that_was_left_alone_matches(sql_store: SqlStore, lived: HubState) -> None:
    report = await replay_hub(sql_store, HUB)
    assert report.compared == ("snapshot at 20", f"snapshot at {lived.seq}", "read model")
    assert report.matches
    assert (report.events, report.digest) == (lived.seq, codec.digest(lived))


async def test_what_the_state_let_go_of_stays_in_the_read_model(
    sql_store: SqlStore, story: Story, after: After
) -> None:
    events, state = story(12), None
    await sql_store.open_hub(HUB)
    for begin in range(0, len(events), 10):
        batch = events[begin : begin + 10]
        state = after(state, batch)
        await sql_store.append(HUB, batch, state)
    assert state is not None
    assert len(state.transactions) < 12
    assert len(await sql_store.rows(HUB, schema.TRANSACTIONS)) == 12
    report = await replay_hub(sql_store, HUB)
    assert report.matches, report.difference


async def test_a_changed_row_is_named(sql_store: SqlStore, lived: HubState) -> None:
    await _execute(sql_store, update(schema.TRUCKS).values(soc_bp=1))
    report = await replay_hub(sql_store, HUB)
    assert not report.matches
    assert report.difference == "trucks T1: soc_bp is 1 in the read model, 8000 when replayed"


async def test_a_missing_row_is_named(sql_store: SqlStore, lived: HubState) -> None:
    await _execute(sql_store, delete(schema.TRANSACTIONS).where(schema.TRANSACTIONS.c.id == "A:2"))
    assert (await replay_hub(sql_store, HUB)).difference == "transactions A:2: missing in the read model"


async def test_an_invented_row_is_named(sql_store: SqlStore, lived: HubState) -> None:
    row = {**(await sql_store.rows(HUB, schema.PACKS))[0], "id": "P9"}
    await _execute(sql_store, insert(schema.PACKS).values(row))
    difference = (await replay_hub(sql_store, HUB)).difference
    assert difference == "packs P9: in the read model, but not in the replayed state"


async def test_a_snapshot_that_was_never_lived_is_named(sql_store: SqlStore, lived: HubState) -> None:
    await sql_store.save_snapshot(HUB, lived.seq, replace(lived, grid_limit=Power.kw(1)))
    difference = (await replay_hub(sql_store, HUB)).difference
    assert difference.startswith(f"the snapshot at record {lived.seq} and the replayed log differ in grid_limit")


async def test_a_hub_without_a_log_is_named(sql_store: SqlStore) -> None:
    with pytest.raises(NotFoundError, match="no log of a hub named qingdao"):
        await replay_hub(sql_store, HubId("qingdao"))


async def test_an_exported_log_proves_itself(sql_store: SqlStore, lived: HubState, tmp_path: Path) -> None:
    path = tmp_path / "ningbo.jsonl"
    assert await export_log(sql_store, HUB, path, lived) == lived.seq
    report = replay_file(path)
    assert (report.hub, report.events, report.digest, report.matches) == (HUB, lived.seq, codec.digest(lived), True)


async def test_a_log_without_a_state_proves_nothing(sql_store: SqlStore, lived: HubState, tmp_path: Path) -> None:
    path = tmp_path / "ningbo.jsonl"
    await export_log(sql_store, HUB, path)
    report = replay_file(path)
    assert report.digest == codec.digest(lived)
    assert report.compared == ()
    assert not report.matches


async def test_another_live_state_is_a_difference(sql_store: SqlStore, lived: HubState, tmp_path: Path) -> None:
    path = tmp_path / "ningbo.jsonl"
    await export_log(sql_store, HUB, path, replace(lived, grid_limit=Power.kw(1)))
    report = replay_file(path)
    assert not report.matches
    assert codec.digest(lived) in report.difference


async def test_a_state_the_log_does_not_reach_is_refused(sql_store: SqlStore, lived: HubState, tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(UsageError, match="before the state of record"):
        await export_log(sql_store, HUB, tmp_path / "ningbo.jsonl", replace(lived, seq=lived.seq + 1))
    assert sorted(os.listdir(tmp_path)) == before


def test_a_log_that_does_not_open_its_hub_is_refused(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "ningbo.jsonl"
    with LogWriter(path, HUB) as out:
        for record in extend(genesis(HUB), story(1)[1:]):
            out.add(record)
    with pytest.raises(UsageError, match="begins with HubOpened"):
        replay_file(path)


def test_an_empty_log_is_refused(tmp_path: Path) -> None:
    with LogWriter(tmp_path / "ningbo.jsonl", HUB):
        pass
    with pytest.raises(UsageError, match="holds no records"):
        replay_file(tmp_path / "ningbo.jsonl")


def test_the_first_difference_of_two_states(story: Story, after: After) -> None:
    state = after(None, story(1))
    assert first_difference(state, state) == ""
    without = state.having(stations=state.stations.delete(StationId("A")))
    assert first_difference(without, state).startswith("stations A: None against StationState(")
