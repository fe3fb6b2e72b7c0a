"""How work reaches a database for writing: a function on a plain SQLAlchemy connection, in one transaction.

SQLite works in one thread of its own, a whole transaction per hop: through aiosqlite each statement would be three hops
between threads, ten times the price of a small commit (benchmarks/bench_store.py). That thread is also the queue of the
writers, so SQLite's sleeping wait for its lock is never met within a process. PostgreSQL works on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Answer = TypeVar("Answer")
_CONNECT_S = 5
_STATEMENT_S = 30


class Session(Protocol):
    """One connection, kept."""

    async def run(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do work in one transaction: committed when this answers, rolled back when it raises."""

    async def close(self) -> None:
        """Give the connection up, whatever it was doing."""


class Writers(Protocol):
    """The connections for writing of one database."""

    engine: Engine

    async def run(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do work in one transaction, on any connection."""

    async def session(self) -> Session:
        """A connection of one's own."""

    async def close(self) -> None:
        """Close them all; the next use opens new ones."""


class SqliteWriters:
    """Writers of an SQLite file: one thread."""

    def __init__(self, url: URL) -> None:
        self.engine = create_engine(url.set(drivername="sqlite"))
        event.listen(self.engine, "connect", _prepare_writer)
        event.listen(self.engine, "begin", _begin_immediate)
        self._thread: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[Connection], Answer]) -> Answer:
        return await self.hop(self._transaction, work)

    async def session(self) -> Session:
        return _SqliteSession(self, await self.hop(self.engine.connect))

    async def close(self) -> None:
        await self.hop(self.engine.dispose)
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    async def hop(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Call a function in the writers' thread."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="portwatt-sqlite")
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    def _transaction(self, work: Callable[[Connection], Answer]) -> Answer:
        with self.engine.begin() as connection:
            return work(connection)


class _SqliteSession:
    def __init__(self, writers: SqliteWriters, connection: Connection) -> None:
        self._writers = writers
        self._connection = connection

    async def run(self, work: Callable[[Connection], Answer]) -> Answer:
        return await self._writers.hop(self._transaction, work)

    async def close(self) -> None:
        await self._writers.hop(_discard, self._connection)

    def _transaction(self, work: Callable[[Connection], Answer]) -> Answer:
        with self._connection.begin():
            return work(self._connection)


class PostgresWriters:
    """Writers of a PostgreSQL database: connections on the event loop."""

    def __init__(self, url: URL) -> None:
        self._engine = postgres_engine(url)
        self.engine = self._engine.sync_engine

    async def run(self, work: Callable[[Connection], Answer]) -> Answer:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def session(self) -> Session:
        return _PostgresSession(await self._engine.connect())

    async def close(self) -> None:
        await self._engine.dispose()


class _PostgresSession:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def run(self, work: Callable[[Connection], Answer]) -> Answer:
        async with self._connection.begin():
            return await self._connection.run_sync(work)

    async def close(self) -> None:
        await self._connection.run_sync(_discard)


def postgres_engine(url: URL) -> AsyncEngine:
    """Connections to PostgreSQL; one that waited in the pool while the server restarted is replaced, not handed out."""
    timeouts = {"timeout": _CONNECT_S, "command_timeout": _STATEMENT_S}
    return create_async_engine(url, pool_size=8, pool_pre_ping=True, connect_args=timeouts)


def sqlite_readers(url: URL) -> AsyncEngine:
    """Connections to an SQLite file that cannot write and never wait for a writer (WAL)."""
    engine = create_async_engine(url, pool_size=8)
    event.listen(engine.sync_engine, "connect", _prepare_reader)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _discard(connection: Connection) -> None:
    connection.invalidate()
    connection.close()


def _prepare_writer(connection: Any, _record: Any) -> None:
    """FULL, because in WAL mode NORMAL may lose the last commits at a power cut (sqlite.org/pragma.html)."""
    connection.text_factory = _any_text
    _pragmas(connection, "journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000")


def _prepare_reader(connection: Any, _record: Any) -> None:
    connection.driver_connection.text_factory = _any_text
    _pragmas(connection, "busy_timeout=5000", "query_only=ON")


def _pragmas(connection: Any, *pragmas: str) -> None:
    connection.isolation_level = None  # the driver shall not begin or commit on its own account
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _any_text(data: bytes) -> str:
    """Text that somebody damaged still comes out, byte for byte, so that the chain can say where it stands."""
    return data.decode(errors="surrogateescape")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
