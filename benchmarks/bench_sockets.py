"""TransactionEvents per second from fifty real sockets to the disk and back to the answer.

`portwatt serve` in one process, fifty stations in another (stations.py), SQLite. After the run the server is killed
(SIGKILL) and the log is read: everything that was acknowledged has to be in it.
"""

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.figures import Figure, quantile
from benchmarks.server import Server
from benchmarks.stations import Report
from benchmarks.yardsticks import commits_per_second, postgres

STATIONS = 50
SECONDS = 8
ROUNDS = 3
TARGET = 2_500
HUB_FILE = Path(__file__).parent / "fifty.toml"
PIPELINED = 8


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


def rates(server: Server, windows: Sequence[int]) -> Iterator[tuple[int, Report, float]]:
    """Drive the server with each window in turn; the CPU seconds it took."""
    url = server.log_until(r"ws://\S+/ocpp")[0]
    for number, window in enumerate(windows):
        before = server.cpu_seconds()
        report = drive(url, window, f"run{number}")
        yield window, report, server.cpu_seconds() - before


def figure(name: str, report: Report, cpu: float, singly: float, target: float | None = None) -> Figure:
    count = len(report.latencies)
    p50, p99 = (1e3 * quantile(report.latencies, share) for share in (0.5, 0.99))
    return Figure(
        name=name,
        value=count / report.seconds,
        unit="TransactionEvents/s",
        target=target,
        against=f"commits/s of this disk, one row each ({singly:,.0f})",
        ratio=count / report.seconds / singly,
        note=f"p50 {p50:.0f} ms, p99 {p99:.0f} ms; CPU an event: server {cpu / count * 1e6:.0f} µs, "
        f"stations {report.cpu_seconds / count * 1e6:.0f} µs",
    )


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-sockets-") as name:
        folder = Path(name)
        singly = commits_per_second(folder, 1)
        with Server(["serve", str(HUB_FILE)], folder) as server:
            done = [*rates(server, (*[1] * ROUNDS, PIPELINED))]
            server.kill()
        best = max(done[:ROUNDS], key=lambda run: len(run[1].latencies))
        yield figure(f"{STATIONS} sockets to SQLite, best of {ROUNDS}", best[1], best[2], singly, TARGET)
        yield figure(f"the same, {PIPELINED} unanswered a station", done[-1][1], done[-1][2], singly)
        yield Figure(
            name="acknowledged and not in the log",
            value=sum(lost(folder, report) for _, report, _ in done),
            unit="after kill -9",
            target=0,
            at_most=True,
            note=f"of {sum(len(report.latencies) for _, report, _ in done):,}",
        )
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-sockets-") as name, postgres() as database:
        if database is not None:
            address = database.new_database().replace("postgresql://", "postgresql+asyncpg://")
            with Server(["serve", str(HUB_FILE), "--database-url", address], Path(name)) as server:
                ((_, report, cpu),) = rates(server, (1,))
            yield figure(f"{STATIONS} sockets to PostgreSQL", report, cpu, singly)
