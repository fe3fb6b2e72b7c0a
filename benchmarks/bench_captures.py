"""A folder of captures triaged by the command, and the memory one long capture takes against a short one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from benchmarks.figures import Figure
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.interop.twin_gbt import candump, play
from portwatt.interop.twin_sessions import PLAIN

CAPTURES = Path(os.environ.get("PORTWATT_TRACES", Path(__file__).parents[2] / "shared" / "traces"))
SESSIONS = (4, 60)
PEAK = "import resource, sys; from pathlib import Path; from portwatt.gateways.examining import examine_file; "
PEAK += "examine_file(Path(sys.argv[1])); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def measure() -> Iterator[Figure]:
    files = sorted(CAPTURES.glob("*.pcap")) if CAPTURES.is_dir() else []
    if files:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "portwatt.cli", "interop", "triage", str(CAPTURES)], capture_output=True, check=False
        )
        yield Figure(
            name=f"{len(files)} captures of real sessions triaged by the command",
            value=time.perf_counter() - began,
            unit="s",
            target=8,
            at_most=True,
            note=f"{sum(f.stat().st_size for f in files) / 1e6:.1f} MB; start of the program included",
        )
    with tempfile.TemporaryDirectory() as folder:
        short, long = (peak_of(Path(folder) / f"{n}.log", n) for n in SESSIONS)
    yield Figure(
        name=f"memory for a log of {SESSIONS[1]} GB/T sessions of a minute",
        value=long / 1024,
        unit="MB",
        target=1.5 * short / 1024,
        at_most=True,
        against=f"that for {SESSIONS[0]}",
        ratio=long / short,
        note="peak of the whole process; what it keeps are attempts and curves, not frames",
    )


def peak_of(path: Path, sessions: int) -> int:
    """Peak resident kilobytes of a process that examines so many sessions, one after another."""
    layouts = load_gbt()
    with path.open("w") as file:
        for number in range(sessions):
            script = replace(PLAIN, start=PLAIN.start + timedelta(hours=number), charging=60.0, length=120.0)
            file.writelines(f"{line}\n" for line in candump(play(script, layouts)))
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout)
