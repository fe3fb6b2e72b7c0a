"""The fake fails on request, as a database does. What it promises otherwise stands in test_contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portwatt.errors import StoreError
from portwatt.events import AnyEvent
from portwatt.ids import HubId, StationId
from portwatt.model.meter import Sample
from portwatt.state import HubState
from portwatt.store.memory import MemoryStore

HUB = HubId("ningbo")


async def test_every_write_fails_while_there_is_trouble_and_works_after_it(
    story: Callable[[int], list[AnyEvent]], after: Callable[[HubState | None, list[AnyEvent]], HubState]
) -> None:
    events = story(1)
    state = after(None, events)
    store = MemoryStore()
    await store.open_hub(HUB)
    store.trouble = "the disk is full"
    sample = Sample(StationId("A"), None, None, events[0].at, "SoC", 50.0, "Percent")
    for write in (store.append(HUB, events, state), store.add_samples(HUB, [sample])):
        with pytest.raises(StoreError, match="the disk is full"):
            await write
    store.trouble = ""
    await store.append(HUB, events, state, [sample])
    store.trouble = "the disk is full again"
    with pytest.raises(StoreError, match="again"):
        await store.save_snapshot(HUB, state.seq, state)
    assert [record.event async for record in store.read(HUB)] == events
    assert await store.latest_snapshot(HUB) is None
