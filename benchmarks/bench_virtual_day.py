"""The day of the three hubs in virtual time: `portwatt simulate` as a user runs it, planning included."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.figures import Figure

HUBS = ("ningbo", "qingdao", "guangzhou")
TARGET_S = 90


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        command = [sys.executable, "-m", "portwatt.cli", "simulate", *HUBS, "--hours", "24", "--json", str(file)]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        wall = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = msgspec.json.decode(file.read_bytes())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    hubs = result["hubs"].values()
    planning = sum(hub["planning"]["seconds"] for hub in hubs)
    alone = sum(hub["wall_seconds"] for hub in hubs)
    yield Figure(
        name="three hubs' day",
        value=wall,
        unit="s",
        target=TARGET_S,
        at_most=True,
        against=f"the day itself: {24 * 3600 / wall:,.0f} times as fast, {len(hubs)} hubs on {os.cpu_count()} cores",
        note=f"{cpu:.0f} s CPU; planning {planning / alone:.0%} of it; {result['moves']['total']:,} moves, "
        f"{result['events']:,} events, {result['replans']} plans, violations {result['violations']['count']}, "
        f"status {done.returncode}",
    )
