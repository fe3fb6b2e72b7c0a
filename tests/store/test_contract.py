"""What every store promises, held against all of them: memory, SQLite, PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from portwatt.errors import BugError, NotFoundError, StoreError
from portwatt.events import AnyEvent, ClockTicked
from portwatt.ids import HubId, StationId, TransactionId
from portwatt.model.meter import Sample
from portwatt.runtime.interfaces import Record, Store
from portwatt.state import HubState, codec
from portwatt.store.chain import genesis, link
from portwatt.store.memory import MemoryStore
from portwatt.store.sql_log import SqlStore

HUB = HubId("ningbo")
Story = Callable[[int], list[AnyEvent]]
After = Callable[[HubState | None, list[AnyEvent]], HubState]


async def _records(store: Store, after: int = 0) -> list[Record]:
    return [record async for record in store.read(HUB, after)]


async def test_an_unknown_hub_has_an_empty_log(store: Store) -> None:
    assert await store.open_hub(HUB) == 0
    assert await _records(store) == []
    assert await store.latest_snapshot(HUB) is None


async def test_what_is_appended_is_read_back_in_order_without_gaps(store: Store, story: Story, after: After) -> None:
    events = story(2)
    await store.open_hub(HUB)
    state: HubState | None = None
    written: list[Record] = []
    for batch in (events[:1], events[1:9], events[9:]):
        state = after(state, batch)
        written += await store.append(HUB, batch, state)
    assert [r.event for r in written] == events
    assert [r.seq for r in written] == list(range(1, len(events) + 1))
    assert await _records(store) == written
    assert await _records(store, after=7) == written[7:]
    assert await store.open_hub(HUB) == len(events)


async def test_the_chain_is_what_the_documentation_says(store: Store, story: Story, after: After) -> None:
    events = story(1)
    await store.open_hub(HUB)
    digest = genesis(HUB).digest
    for record in await store.append(HUB, events, after(None, events)):
        digest = link(digest, record.body)
        assert record.digest == digest


async def test_two_hubs_have_logs_of_their_own(store: MemoryStore | SqlStore, story: Story, after: After) -> None:
    events, other = story(1), HubId("青岛")
    await store.open_hub(HUB)
    await store.open_hub(other)
    await store.append(HUB, events, after(None, events))
    await store.append(other, events[:1], after(None, events[:1]))
    assert await store.open_hub(other) == 1
    assert await store.hubs() == sorted([HUB, other])
    (mine,) = [r async for r in store.read(other)]
    assert mine.body == (await _records(store))[0].body
    assert mine.digest != (await _records(store))[0].digest


async def test_a_hub_must_be_open_to_be_written(store: Store, story: Story, after: After) -> None:
    events = story(0)
    with pytest.raises(StoreError, match="ningbo is not open"):
        await store.append(HUB, events, after(None, events))


async def test_a_state_that_does_not_follow_its_events_is_refused(store: Store, story: Story, after: After) -> None:
    events = story(1)
    await store.open_hub(HUB)
    with pytest.raises(BugError):
        await store.append(HUB, events[:3], after(None, events))
    assert await _records(store) == []


async def test_no_events_write_nothing(store: Store, story: Story, after: After) -> None:
    await store.open_hub(HUB)
    assert list(await store.append(HUB, [], after(None, story(0)))) == []


async def test_the_newest_snapshot_comes_back_equal(store: Store, story: Story, after: After) -> None:
    events = story(5)
    await store.open_hub(HUB)
    state: HubState | None = None
    for number in range(0, len(events), 10):
        batch = events[number : number + 10]
        state = after(state, batch)
        await store.append(HUB, batch, state)
        await store.save_snapshot(HUB, state.seq, state)
    assert state is not None
    found = await store.latest_snapshot(HUB)
    assert found is not None
    assert found[0] == len(events)
    assert codec.to_bytes(found[1]) == codec.to_bytes(state)


async def test_a_snapshot_needs_its_record(store: Store, story: Story, after: After) -> None:
    events = story(1)
    await store.open_hub(HUB)
    with pytest.raises(NotFoundError, match="has no record"):
        await store.save_snapshot(HUB, len(events), after(None, events))


async def test_telemetry_is_kept_and_forgotten(store: MemoryStore | SqlStore, story: Story, after: After) -> None:
    events = story(0)
    at = events[0].at
    transaction = TransactionId("A:1")
    samples = [
        Sample(StationId("A"), None, transaction, at + timedelta(seconds=n), "Power.Active.Import", n + 0.5, "W")
        for n in range(5)
    ]
    await store.open_hub(HUB)
    await store.append(HUB, events, after(None, events), samples[:1])
    await store.add_samples(HUB, samples[1:])
    await store.add_samples(HUB, [])
    assert await store.samples(HUB, transaction) == samples
    assert await store.forget_samples(HUB, at + timedelta(seconds=3)) == 3
    assert await store.samples(HUB, transaction) == samples[3:]


async def test_the_same_batch_after_a_lost_answer_is_written_once(
    store: MemoryStore | SqlStore, story: Story, after: After
) -> None:
    events = story(1)
    await store.open_hub(HUB)
    await store.append(HUB, events[:5], after(None, events[:5]))
    await _lose_the_answer(store, events[5:9], after(None, events[:9]))
    records = await store.append(HUB, events[5:], after(None, events))
    assert [r.seq for r in records] == list(range(6, len(events) + 1))
    assert [r.event for r in await _records(store)] == events


async def test_another_batch_after_a_lost_answer_is_refused_until_the_hub_is_opened(
    store: MemoryStore | SqlStore, story: Story, after: After
) -> None:
    events = story(1)
    await store.open_hub(HUB)
    await store.append(HUB, events[:5], after(None, events[:5]))
    await _lose_the_answer(store, events[5:9], after(None, events[:9]))
    other: list[AnyEvent] = [ClockTicked(at=events[5].at)]
    for _ in range(2):
        with pytest.raises(StoreError, match="open the hub again"):
            await store.append(HUB, other, after(None, [*events[:5], *other]))
    assert await store.open_hub(HUB) == 9
    await store.append(HUB, other, after(None, [*events[:9], *other]))
    assert [r.event for r in await _records(store)] == [*events[:9], *other]


async def _lose_the_answer(store: MemoryStore | SqlStore, events: list[AnyEvent], state: HubState) -> None:
    """The batch is committed, and whoever wrote it never learns."""
    if isinstance(store, MemoryStore):
        store.trouble, store.loses_answer = "the line went dead", True
        with pytest.raises(StoreError, match="the line went dead"):
            await store.append(HUB, events, state)
        store.trouble, store.loses_answer = "", False
        return
    writing = asyncio.create_task(store.append(HUB, events, state))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
