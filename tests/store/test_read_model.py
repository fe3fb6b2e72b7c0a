"""The read model: it follows the state, whatever batches the events come in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields

from portwatt.events import AnyEvent
from portwatt.ids import HubId
from portwatt.state import HubState
from portwatt.store import read_model, schema
from portwatt.store.replay import replay_hub
from portwatt.store.sql_log import SqlStore

HUB = HubId("ningbo")
Story = Callable[[int], list[AnyEvent]]
After = Callable[[HubState | None, list[AnyEvent]], HubState]


def test_every_field_of_the_state_has_a_table_or_is_known_to_have_none() -> None:
    placed = [*read_model.PROJECTIONS, *read_model.NOT_QUERIED, "plan"]
    assert sorted(placed) == sorted(field.name for field in fields(HubState))


def test_every_table_has_the_columns_its_projection_writes(story: Story, after: After) -> None:
    state = after(None, story(1)[:-1])
    for table, rows, _ in read_model.all_rows(HUB, state):
        assert rows, f"the story has nothing for {table.name}"
        assert {column.name for column in table.columns} == set(rows[0])


def test_only_what_changed_is_written(story: Story, after: After) -> None:
    events = story(1)
    before = after(None, events[:-2])
    heartbeat = list(read_model.changes(HUB, before, after(before, events[-2:-1])))
    assert [(change.table.name, [row["id"] for row in change.rows]) for change in heartbeat] == [("stations", ["A"])]
    assert list(read_model.changes(HUB, before, before)) == []


def test_what_is_gone_is_deleted_unless_it_is_history(story: Story, after: After) -> None:
    before = after(None, story(1)[:-1])
    bare = after(None, story(0))
    gone = {change.table: change.gone for change in read_model.changes(HUB, before, bare) if change.gone}
    assert gone[schema.RESERVATIONS] == [{"of_hub": HUB, "of_id": 1}]
    assert gone[schema.PLANS] == [{"of_hub": HUB, "of_id": "plan-1"}]
    assert schema.TRANSACTIONS not in gone
    assert schema.MOVES not in gone


@given(cuts=st.sets(st.integers(1, 51)))
def test_the_changes_of_any_batches_add_up(story: Story, after: After, cuts: set[int]) -> None:
    events = story(3)
    tables: dict[str, dict[object, read_model.Row]] = defaultdict(dict)
    state: HubState | None = None
    for begin, end in pairwise([0, *sorted(cuts), len(events)]):
        batch = events[begin:end]
        following = after(state, batch)
        for change in read_model.changes(HUB, state, following):
            for key in change.gone:
                del tables[change.table.name][key["of_id"]]
            tables[change.table.name].update({row["id"]: row for row in change.rows})
        state = following
    assert state is not None
    for table, rows, _ in read_model.all_rows(HUB, state):
        assert sorted(tables[table.name].values(), key=_name) == sorted(rows, key=_name)


def _name(row: read_model.Row) -> str:
    return str(row["id"])


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_the_rows_in_the_database_are_those_of_the_state(
    sql_store: SqlStore, story: Story, after: After, size: int
) -> None:
    events = story(2)
    await sql_store.open_hub(HUB)
    state: HubState | None = None
    for begin in range(0, len(events), size):
        batch = events[begin : begin + size]
        state = after(state, batch)
        await sql_store.append(HUB, batch, state)
        if begin == 14:
            await sql_store.open_hub(HUB)  # nobody remembers what the rows say: they are written anew
    report = await replay_hub(sql_store, HUB)
    assert report.compared == ("read model",)
    assert report.difference == ""
    (hub,) = await sql_store.rows(HUB, schema.HUBS)
    assert state is not None
    assert (hub["seq"], hub["at"], hub["energy_wh"]) == (len(events), state.at, state.totals.energy.wh)


async def test_rows_written_anew_leave_those_of_other_hubs_alone(
    sql_store: SqlStore, story: Story, after: After
) -> None:
    """Nobody knows what the rows of a hub say after it was opened: they are deleted first, and only they."""
    neighbour = HubId("qingdao")
    events = story(1)
    state = after(None, events)
    await sql_store.open_hub(neighbour)
    await sql_store.append(neighbour, events, state)
    stood = await sql_store.rows(neighbour, schema.STATIONS)
    await sql_store.open_hub(HUB)
    await sql_store.append(HUB, events, state)
    assert stood
    assert await sql_store.rows(neighbour, schema.STATIONS) == stood
