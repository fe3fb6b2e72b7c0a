"""What the disk and the databases of this machine can do without us."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

if TYPE_CHECKING:
    from postgres_server import Postgres


def commits_per_second(folder: Path, rows: int, commits: int = 400) -> float:
    """Durable commits per second of this disk, by SQLite alone, each of some rows of 600 bytes."""
    connection = sqlite3.connect(folder / "yardstick.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS bodies (body TEXT)")
    began = time.perf_counter()
    for _ in range(commits):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO bodies VALUES (?)", [("x" * 600,)] * rows)
        connection.execute("COMMIT")
    spent = time.perf_counter() - began
    connection.close()
    return commits / spent


@contextmanager
def postgres() -> Iterator["Postgres | None"]:
    """A PostgreSQL of our own that waits for the disk; None where there are no binaries."""
    from postgres_server import Postgres, binaries

    found = binaries()
    if found is None:
        yield None
        return
    server = Postgres(found, durable=True)
    try:
        yield server
    finally:
        server.remove()
