"""A process made to be killed: it appends to a hub's log for ever and says which records were acknowledged.

Arguments: the address of the database, the hub, and a log file with the events a new log begins with.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from portwatt.events import AnyEvent, ClockTicked, HeartbeatReceived
from portwatt.ids import HubId, StationId
from portwatt.state import HubState, apply, fold
from portwatt.store.jsonl import read_log
from portwatt.store.replay import step
from portwatt.store.sql_log import SqlStore


async def main(address: str, hub: HubId, beginning: Path) -> None:
    store = SqlStore(address)
    state: HubState | None = None
    if await store.open_hub(hub) == 0:
        events = [record.event for record in read_log(beginning)]
        state = fold(events)
        await store.append(hub, events, state)
    else:
        async for record in store.read(hub):
            state = step(state, record.event)
    assert state is not None
    while True:
        batch: list[AnyEvent] = []
        for number in range(state.seq % 5 + 1):
            at = state.at + timedelta(milliseconds=number)
            batch.append(ClockTicked(at=at) if number % 2 else HeartbeatReceived(at=at, station=StationId("A")))
        for event in batch:
            state = apply(state, event)
        await store.append(hub, batch, state)
        print(state.seq, flush=True)  # noqa: T201


asyncio.run(main(sys.argv[1], HubId(sys.argv[2]), Path(sys.argv[3])))
