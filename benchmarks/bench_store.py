"""Durable events per second of the store: batches of 1, 10, 100 and 1 000, each one transaction on the disk.

    python benchmarks/bench_store.py                                  # SQLite, in the working directory
    python benchmarks/bench_store.py postgresql://user@host/name      # a database of its own, empty

The events are a made-up day at Ningbo; with each batch the read model is written, one sample per transaction report
goes into the telemetry, and both are in the same commit. Run it on the disk that is meant: most of it is fsync.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from day import made_up

from portwatt.events import AnyEvent, TransactionUpdated
from portwatt.ids import HubId
from portwatt.model.meter import Sample
from portwatt.state import HubState, apply, opened
from portwatt.store.replay import replay_hub
from portwatt.store.sql_log import SqlStore

COUNTS = {1: 1_500, 10: 10_000, 100: 40_000, 1_000: 60_000}


def samples_of(events: list[AnyEvent]) -> list[Sample]:
    return [
        Sample(e.station, None, e.transaction, e.reported_at, "Power.Active.Import", float(e.power.w), "W")
        for e in events
        if isinstance(e, TransactionUpdated) and e.power is not None
    ]


async def measure(address: str, size: int, events: list[AnyEvent]) -> None:
    """Append in batches of a size; the fold between them is not counted."""
    store = SqlStore(address)
    hub = HubId(f"batches-of-{size}")
    await store.open_hub(hub)
    first = events[0]
    state: HubState = opened(first)
    # The part before the day: hub, stations, trains and moves.
    for event in events[1:1_000]:
        state = apply(state, event)
    await store.append(hub, events[:1_000], state)
    wall, cpu = 0.0, 0.0
    for begin in range(1_000, len(events), size):
        batch = events[begin : begin + size]
        for event in batch:
            state = apply(state, event)
        samples = samples_of(batch)
        began, began_cpu = time.perf_counter(), time.process_time()
        await store.append(hub, batch, state, samples)
        wall += time.perf_counter() - began
        cpu += time.process_time() - began_cpu
    count = len(events) - 1_000
    print(f"batches of {size:>5}: {count / wall:>9,.0f} events/s, {wall / count * size * 1e3:>7.2f} ms a commit, "
          f"{cpu / count * 1e6:>6.0f} µs CPU an event")  # fmt: skip
    if size == max(COUNTS):
        began = time.perf_counter()
        report = await replay_hub(store, hub)
        spent = time.perf_counter() - began
        assert report.difference == "", report.difference
        print(f"replay from the log: {report.events / spent:>9,.0f} events/s, read, checked, folded and compared")
    await store.close()


def main() -> None:
    events = made_up(1_000 + max(COUNTS.values()))
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-store-") as folder:
        address = sys.argv[1] if len(sys.argv) > 1 else str(Path(folder) / "hub.db")
        print(address.partition("://")[0] if "://" in address else "sqlite")
        for size, count in COUNTS.items():
            asyncio.run(measure(address, size, events[: 1_000 + count]))


if __name__ == "__main__":
    main()
