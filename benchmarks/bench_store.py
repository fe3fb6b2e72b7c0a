"""Durable events per second of the store: batches of 1, 50 and 1 000, each one transaction on the disk.

SQLite, and PostgreSQL where its binaries are found. The events are a made-up day at Ningbo; with each batch the read
model is written, three samples per meter report go into the telemetry, all in the same commit. Beside it stand the bare
commits of the same disk (SQLite alone, one row of 600 bytes per event).
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.day import made_up
from benchmarks.figures import Figure
from benchmarks.yardsticks import commits_per_second, postgres
from portwatt.events import AnyEvent, TransactionUpdated
from portwatt.ids import HubId
from portwatt.model.meter import Sample
from portwatt.state import HubState, fold
from portwatt.store.replay import replay_hub
from portwatt.store.sql_log import SqlStore

COUNTS = {1: 1_000, 50: 10_000, 1_000: 40_000}
BEGINNING = 1_000
"""Events before the day begins: hub, stations, trains and moves."""


def samples_of(events: list[AnyEvent]) -> list[Sample]:
    """Three samples per meter report."""
    return [
        Sample(e.station, None, e.transaction, e.reported_at, measurand, float(e.power.w), "W")
        for e in events
        if isinstance(e, TransactionUpdated) and e.power is not None
        for measurand in ("Power.Active.Import", "Energy.Active.Import.Register", "SoC")
    ]


async def append(address: str, size: int, events: list[AnyEvent]) -> tuple[float, float, float]:
    """Append in batches of a size; seconds, CPU seconds, and events per second of a replay from the log.

    The fold between the batches is not counted.
    """
    store, hub = SqlStore(address), HubId(f"batches-of-{size}")
    await store.open_hub(hub)
    state: HubState = fold(events[:BEGINNING])
    await store.append(hub, events[:BEGINNING], state)
    wall, cpu = 0.0, 0.0
    for begin in range(BEGINNING, len(events), size):
        batch = events[begin : begin + size]
        state = fold(batch, state)
        samples = samples_of(batch)
        began, began_cpu = time.perf_counter(), time.process_time()
        await store.append(hub, batch, state, samples)
        wall += time.perf_counter() - began
        cpu += time.process_time() - began_cpu
    began = time.perf_counter()
    report = await replay_hub(store, hub)
    replayed = report.events / (time.perf_counter() - began)
    assert report.difference == "", report.difference
    await store.close()
    return wall, cpu, replayed


def measure() -> Iterator[Figure]:
    events = made_up(BEGINNING + max(COUNTS.values()))
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-store-") as name, postgres() as server:
        folder = Path(name)
        addresses = {"SQLite": str(folder / "hub.db")}
        if server is None:
            print("no PostgreSQL binaries found; only SQLite is measured", file=sys.stderr)
        else:
            addresses["PostgreSQL"] = server.new_database()
        for database, address in addresses.items():
            for size, count in COUNTS.items():
                bare = commits_per_second(folder, size, max(50, 400 // size)) * size
                wall, cpu, replayed = asyncio.run(append(address, size, events[: BEGINNING + count]))
                yield Figure(
                    name=f"{database}, {size:,} events a commit",
                    value=count / wall,
                    unit="durable events/s",
                    against=f"bare SQLite rows on the same disk ({bare:,.0f}/s)",
                    ratio=count / wall / bare,
                    note=f"{wall / count * size * 1e3:.1f} ms a commit, {cpu / count * 1e6:.0f} µs CPU an event; "
                    f"replay {replayed:,.0f} events/s",
                )
