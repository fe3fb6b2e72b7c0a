"""TransactionEvents per second from fifty real sockets to the disk and back to the answer.

`portwatt serve` in one process, fifty stations in another (stations.py), SQLite. After the run the server is killed
(SIGKILL) and the log is read: everything that was acknowledged has to be in it.
"""

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.figures import Figure, busy_seconds, quantile
from benchmarks.server import Server
from benchmarks.stations import Report
from benchmarks.yardsticks import commits_per_second, postgres

STATIONS = 50
SECONDS = 8
ROUNDS = 3
TARGET = 2_500
HUB_FILE = Path(__file__).parent / "fifty.toml"
PIPELINED = 8


class Round(msgspec.Struct, frozen=True):
    """One run of the stations. `cpu`: seconds of the server; `others`: cores that had other things to do meanwhile."""

    window: int
    report: Report
    cpu: float
    others: float


def drive(url: str, window: int, name: str) -> Report:
    """Run the stations."""
    command = [sys.executable, "-m", "benchmarks.stations", url, STATIONS, SECONDS, window, name]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Report)


def lost(folder: Path, report: Report) -> int:
    """Acknowledged reports that are not in the log."""
    database = sqlite3.connect(folder / "portwatt.db")
    stored: set[tuple[str, int]] = set()
    for (body,) in database.execute("SELECT body FROM events WHERE type LIKE 'Transaction%'"):
        event = msgspec.json.decode(body)
        stored.add((event["transaction"], event.get("seq_no", 0)))
    database.close()
    said = {(name, seq) for name, last in report.acknowledged.items() for seq in range(last + 1)}
    return len(said - stored)


def rounds(server: Server, windows: Sequence[int]) -> Iterator[Round]:
    """Drive the server with each window in turn."""
    url = server.log_until(r"ws://\S+/ocpp")[0]
    for number, window in enumerate(windows):
        before, busy, began = server.cpu_seconds(), busy_seconds(), time.perf_counter()
        report = drive(url, window, f"run{number}")
        cpu, wall = server.cpu_seconds() - before, time.perf_counter() - began
        yield Round(window, report, cpu, max(0.0, busy_seconds() - busy - cpu - report.cpu_seconds) / wall)


def figure(name: str, done: Round, singly: float, target: float | None = None) -> Figure:
    """A round as a figure; the yardstick is durable commits of one row."""
    report, count = done.report, len(done.report.latencies)
    p50, p99 = (1e3 * quantile(report.latencies, share) for share in (0.5, 0.99))
    return Figure(
        name=name,
        value=count / report.seconds,
        unit="TransactionEvents/s",
        target=target,
        against=f"commits/s of this disk, one row each ({singly:,.0f})",
        ratio=count / report.seconds / singly,
        note=f"p50 {p50:.0f} ms, p99 {p99:.0f} ms; CPU an event: server {done.cpu / count * 1e6:.0f} µs, "
        f"stations {report.cpu_seconds / count * 1e6:.0f} µs; others used {done.others:.1f} cores",
    )


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-sockets-") as name:
        folder = Path(name)
        singly = commits_per_second(folder, 1)
        with Server(["serve", str(HUB_FILE)], folder) as server:
            done = [*rounds(server, (*[1] * ROUNDS, PIPELINED))]
            server.kill()
        best = max(done[:ROUNDS], key=lambda one: len(one.report.latencies))
        yield figure(f"{STATIONS} sockets to SQLite, best of {ROUNDS}", best, singly, TARGET)
        yield figure(f"the same, {PIPELINED} unanswered a station", done[-1], singly)
        yield Figure(
            name="acknowledged and not in the log",
            value=sum(lost(folder, one.report) for one in done),
            unit="after kill -9",
            target=0,
            at_most=True,
            note=f"of {sum(len(one.report.latencies) for one in done):,}",
        )
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-sockets-") as name, postgres() as database:
        if database is not None:
            address = database.new_database().replace("postgresql://", "postgresql+asyncpg://")
            with Server(["serve", str(HUB_FILE), "--database-url", address], Path(name)) as server:
                (alone,) = rounds(server, (1,))
            yield figure(f"{STATIONS} sockets to PostgreSQL", alone, singly)
