"""One database, SQLite or PostgreSQL: its connections, its locks, its schema, and what its errors mean to people."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from portwatt.errors import StoreError, UsageError
from portwatt.ids import HubId
from portwatt.store.schema import REVISION
from portwatt.store.session import PostgresWriters, Session, SqliteWriters, Writers, postgres_engine, sqlite_readers

DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What the drivers raise: SQLAlchemy wraps most of it, but not a failure to connect."""

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_OLDEST_POSTGRESQL = 150_000
_LOCK_NOT_AVAILABLE = "55P03"
_DISK_FULL = "53100"
_MIGRATION_LOCK = int.from_bytes(sha256(b"portwatt migration").digest()[:8], signed=True)
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
"""Where the server is set to answer before a commit is on its disk, the log's connection is not."""


class Database:
    """Connections of one process to one database. Writers and readers never share a connection."""

    def __init__(self, address: str, lock_wait: float = 5.0) -> None:
        """`address`: a path, ``sqlite:///path`` or ``postgresql://user@host/name``; nothing is opened yet.

        `lock_wait`: seconds to wait on PostgreSQL until the session of a killed process lets a hub go.
        Raises UsageError when the address is neither.
        """
        self.url = _url(address)
        self.lock_wait = lock_wait
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.name = str(self.url.database) if self.is_sqlite else _without_secrets(self.url)
        self.writers: Writers = SqliteWriters(self.url) if self.is_sqlite else PostgresWriters(self.url)
        self.readers = sqlite_readers(self.url) if self.is_sqlite else postgres_engine(self.url)
        self._sqlite_locks: dict[HubId, sqlite3.Connection] = {}
        self._migrated = False

    async def prepare(self) -> None:
        """Bring the schema to this version, once. Raises StoreError, also for a schema newer than this program."""
        if self._migrated:
            return
        try:
            if self.is_sqlite:
                Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
            await self.writers.run(self._upgrade)
        except DATABASE_ERRORS as error:
            raise self.trouble("be opened", error) from error
        self._migrated = True

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One moment of the database, to be read only; never waits for a writer."""
        async with self.readers.connect() as connection:
            yield connection

    def _upgrade(self, connection: Connection) -> None:
        if not self.is_sqlite:
            _check_postgresql(connection)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        current = _revision(connection)
        if current != REVISION:
            from portwatt.store.migrate import upgrade  # noqa: PLC0415 - Alembic takes half a second to import

            upgrade(connection, current)

    async def session(self, hub: HubId) -> Session:
        """A connection that is the only writer of a hub, for as long as it lives (SQLite: the process).

        Raises StoreError when another process is. On PostgreSQL an answer also means that no earlier connection of
        ours is still committing, since its session held the same lock.
        """
        if self.is_sqlite:
            self._claim_sqlite(hub)
        session = await self.writers.session()
        if not self.is_sqlite:
            try:
                await session.run(partial(self._claim_postgresql, hub))
            except BaseException:
                await session.close()
                raise
        return session

    def _claim_postgresql(self, hub: HubId, connection: Connection) -> None:
        wait = {"wait": f"{round(self.lock_wait * 1000)}ms"}
        try:
            connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), wait)
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _lock_key(hub)})
            connection.execute(text(_DURABLE))
        except DBAPIError as error:
            if _sqlstate(error) == _LOCK_NOT_AVAILABLE:
                raise _already_open(hub, self.name) from error
            raise

    def _claim_sqlite(self, hub: HubId) -> None:
        if hub in self._sqlite_locks:
            return
        path = Path(f"{self.url.database}.{sha256(hub.encode()).hexdigest()[:8]}.lock")
        lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise _already_open(hub, self.name) from error
            raise
        self._sqlite_locks[hub] = lock

    async def close(self) -> None:
        """Close every connection and let every hub go."""
        await self.readers.dispose()
        await self.writers.close()
        for lock in self._sqlite_locks.values():
            lock.close()
        self._sqlite_locks.clear()

    def trouble(self, what: str, error: BaseException) -> StoreError:
        """The error for people: which database cannot do what, why, and what to do."""
        return StoreError(f"the database {self.name} cannot {what}: {_in_words(error)}")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _url(address: str) -> URL:
    if "://" not in address:
        return URL.create(_DRIVERS["sqlite"], database=address)
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        # Not repeated here: it may hold a password.
        raise UsageError(f"the database address cannot be understood: {error}") from error
    backend = url.get_backend_name()
    if backend not in _DRIVERS or (backend == "sqlite" and url.database in {None, "", ":memory:"}):
        raise UsageError(
            f"the database address {url.render_as_string(hide_password=True)!r} is neither sqlite:///FILE nor postgresql://USER@HOST/NAME"
        )
    return url.set(drivername=_DRIVERS[backend])


def _without_secrets(url: URL) -> str:
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def _check_postgresql(connection: Connection) -> None:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    if version < _OLDEST_POSTGRESQL:
        raise StoreError(f"PostgreSQL {version // 10_000} is too old; Portwatt needs 15 or newer")


def _lock_key(hub: HubId) -> int:
    return int.from_bytes(sha256(f"portwatt hub {hub}".encode()).digest()[:8], signed=True)


def _already_open(hub: HubId, name: str) -> StoreError:
    return StoreError(
        f"hub {hub} is already open in another process on the database {name}; "
        "a log has one writer: stop that process first"
    )


def _sqlstate(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")


def _in_words(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    if isinstance(error, IntegrityError):
        return f"another process has written to the same log ({said})"
    if _sqlstate(error) == _DISK_FULL or "disk is full" in said or getattr(cause, "errno", None) == errno.ENOSPC:
        return f"its disk is full; free some space and it goes on ({said})"
    if "disk I/O error" in said:
        return f"its disk takes nothing; check its space, its limits and the disk itself ({said})"
    if "locked" in said:
        return f"another program holds it locked; it goes on when that ends ({said})"
    if isinstance(cause, OSError) or "connection" in said.lower() or "shutting down" in said or "starting up" in said:
        return f"it does not answer; check that it is running and reachable ({said})"
    return said
