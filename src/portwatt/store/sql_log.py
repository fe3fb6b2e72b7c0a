"""`SqlStore`: the log of record on SQLite (WAL) or PostgreSQL 15 and later, with its read model and telemetry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, Text, delete, select, type_coerce

from portwatt.errors import NotFoundError, StoreError, UsageError
from portwatt.events import AnyEvent
from portwatt.ids import HubId, TransactionId
from portwatt.model.meter import Sample
from portwatt.runtime.interfaces import Record
from portwatt.state import codec
from portwatt.state.hub_state import HubState
from portwatt.store import telemetry
from portwatt.store.chain import Head, broken, check_link, decode_event, genesis
from portwatt.store.database import DATABASE_ERRORS, Database
from portwatt.store.read_model import upsert
from portwatt.store.schema import EVENTS, HUBS, SNAPSHOTS, UtcDateTime
from portwatt.store.writer import HubWriter

_PAGE = 2_000
_SNAPSHOTS_KEPT = 3


class SqlStore:
    """Implements `portwatt.runtime.interfaces.Store`. One event loop; one `append` per hub at a time."""

    def __init__(self, address: str, lock_wait: float = 5.0) -> None:
        """`address`: a path (SQLite), ``sqlite:///path`` or ``postgresql://user@host/name``. Opens nothing yet.

        `lock_wait`: seconds until a hub that is open elsewhere is refused (PostgreSQL). Raises UsageError.
        """
        self.database = Database(address, lock_wait)
        self._writers: dict[HubId, HubWriter] = {}

    async def open_hub(self, hub: HubId) -> int:
        """Last sequence number in the log of this hub; 0 when it has none.

        Brings the schema up to date, claims the hub for this process, and checks the chain since the last snapshot.
        May be called again to find out where the log stands after a failure. Raises StoreError, TamperedLogError.
        """
        await self.database.prepare()
        writer = self._writers.get(hub) or HubWriter(self.database, hub)
        head = await writer.open()
        try:
            snapshot = await self._newest_snapshot(hub)
            await self._check(hub, snapshot[0] if snapshot else genesis(hub))
        except BaseException:
            self._writers.pop(hub, None)
            await writer.close()
            raise
        self._writers[hub] = writer
        return head.seq

    async def append(
        self, hub: HubId, events: Sequence[AnyEvent], after: HubState, samples: Sequence[Sample] = ()
    ) -> Sequence[Record]:
        """Write events, the read model of `after` and telemetry in one durable transaction.

        Raises StoreError when that is not certain. The same batch may then be given again, alone or with more events
        behind it: what of it had reached the log is recognised by its digest and not written twice.
        """
        return await self._writer(hub).append(events, after, samples)

    async def add_samples(self, hub: HubId, samples: Sequence[Sample]) -> None:
        """Write telemetry in one transaction. Raises StoreError; then none of it was written."""
        await telemetry.add(self.database, hub, samples)

    async def forget_samples(self, hub: HubId, before: datetime) -> int:
        """Delete telemetry measured before a moment; answers how many samples. Raises StoreError."""
        return await telemetry.forget_before(self.database, hub, before)

    async def samples(self, hub: HubId, transaction: TransactionId) -> list[Sample]:
        """Telemetry of one transaction, in the order it was measured. Raises StoreError."""
        return await telemetry.of_transaction(self.database, hub, transaction)

    async def read(self, hub: HubId, after: int = 0) -> AsyncIterator[Record]:
        """The log in order, from `after` on, its chain checked link by link.

        Raises TamperedLogError with the place, StoreError when the database fails or the log ends before `after`.
        """
        head = await self._head_at(hub, after)
        while rows := await self._page_or_end(hub, head):
            for row in rows:
                body = _stored_bytes(row.body)
                head = check_link(hub, head, row.seq, body, row.digest)
                event = decode_event(hub, row.seq, body)
                if row.at != self._stored_time(event.at) or row.type != type(event).__name__:
                    raise broken(hub, row.seq, "its columns at and type do not say what its body says")
                yield Record(row.seq, event, row.digest, body)

    async def hubs(self) -> list[HubId]:
        """The hubs that have a log here."""
        rows = await self._fetch("list the hubs", select(HUBS.c.hub).order_by(HUBS.c.hub))
        return [HubId(row.hub) for row in rows]

    async def rows(self, hub: HubId, table: Table) -> list[dict[str, Any]]:
        """The rows of a hub in a table of the read model (`portwatt.store.schema`). Raises StoreError."""
        rows = await self._fetch(f"read the {table.name} of hub {hub}", select(table).where(table.c.hub == hub))
        return [dict(row._mapping) for row in rows]

    async def save_snapshot(self, hub: HubId, seq: int, state: HubState) -> None:
        """Keep the state after `seq`; the three newest of a hub are kept. Raises StoreError."""
        body = await asyncio.to_thread(codec.to_bytes, state)
        head = await self._head_at(hub, seq)
        row = {
            "hub": hub,
            "seq": seq,
            "digest": head.digest,
            "state_digest": sha256(body).hexdigest(),
            "body": body,
        }
        kept = (
            select(SNAPSHOTS.c.seq)
            .where(SNAPSHOTS.c.hub == hub)
            .order_by(SNAPSHOTS.c.seq.desc())
            .limit(_SNAPSHOTS_KEPT)
        )
        old = delete(SNAPSHOTS).where(SNAPSHOTS.c.hub == hub, SNAPSHOTS.c.seq.not_in(kept.scalar_subquery()))

        def keep(connection: Connection) -> None:
            upsert(SNAPSHOTS, connection.dialect.name).run(connection, [row])
            connection.execute(old)

        try:
            await self.database.writers.run(keep)
        except DATABASE_ERRORS as error:
            raise self.database.trouble(f"keep a snapshot of hub {hub}", error) from error

    async def latest_snapshot(self, hub: HubId) -> tuple[int, HubState] | None:
        """The newest snapshot that still fits the log and this version of the program, or None."""
        found = await self._newest_snapshot(hub)
        return None if found is None else (found[0].seq, found[1])

    async def snapshots(self, hub: HubId) -> dict[int, HubState]:
        """Every snapshot that fits the log, by sequence number."""
        return {head.seq: state async for head, state in self._snapshots(hub)}

    async def close(self) -> None:
        """Let every hub go and close every connection."""
        for writer in self._writers.values():
            await writer.close()
        self._writers.clear()
        await self.database.close()

    def _writer(self, hub: HubId) -> HubWriter:
        if hub not in self._writers:
            raise StoreError(f"hub {hub} is not open; open it before anything is written")
        return self._writers[hub]

    async def _newest_snapshot(self, hub: HubId) -> tuple[Head, HubState] | None:
        async for head, state in self._snapshots(hub):
            return head, state
        return None

    async def _snapshots(self, hub: HubId) -> AsyncIterator[tuple[Head, HubState]]:
        """Snapshots that fit the log and this version of the program, newest first."""
        query = (
            select(SNAPSHOTS, EVENTS.c.digest.label("in_log"))
            .join(EVENTS, (EVENTS.c.hub == SNAPSHOTS.c.hub) & (EVENTS.c.seq == SNAPSHOTS.c.seq))
            .where(SNAPSHOTS.c.hub == hub)
            .order_by(SNAPSHOTS.c.seq.desc())
        )
        for row in await self._fetch(f"read the snapshots of hub {hub}", query):
            if row.digest != row.in_log or sha256(row.body).hexdigest() != row.state_digest:
                continue
            try:
                state = await asyncio.to_thread(codec.from_bytes, row.body)
            except (msgspec.DecodeError, UsageError):
                continue  # from a version whose state looked otherwise; the log still has everything
            if state.seq == row.seq and state.hub.id == hub:
                yield Head(row.seq, row.digest), state

    async def _check(self, hub: HubId, head: Head) -> None:
        while rows := await self._page_or_end(hub, head):
            for row in rows:
                head = check_link(hub, head, row.seq, _stored_bytes(row.body), row.digest)

    async def _head_at(self, hub: HubId, seq: int) -> Head:
        if seq == 0:
            return genesis(hub)
        query = select(EVENTS.c.digest).where(EVENTS.c.hub == hub, EVENTS.c.seq == seq)
        rows = await self._fetch(f"read the log of hub {hub}", query)
        if not rows:
            raise NotFoundError(f"the log of hub {hub} has no record {seq}")
        return Head(seq, rows[0].digest)

    async def _page_or_end(self, hub: HubId, head: Head) -> Sequence[Row[Any]]:
        """The next records; none at the end. Raises TamperedLogError when more was written than is there."""
        rows = await self._page(hub, head.seq)
        if rows:
            return rows
        noted = await self._fetch(f"read the log of hub {hub}", select(HUBS.c.seq).where(HUBS.c.hub == hub))
        if not noted or noted[0].seq <= head.seq:
            return rows
        rows = await self._page(hub, head.seq)  # it may have grown between the two questions
        if not rows:
            raise broken(hub, head.seq + 1, f"the log was written up to record {noted[0].seq} and ends before that")
        return rows

    async def _page(self, hub: HubId, after: int) -> Sequence[Row[Any]]:
        query = select(*_AS_STORED).where(EVENTS.c.hub == hub, EVENTS.c.seq > after).order_by(EVENTS.c.seq).limit(_PAGE)
        return await self._fetch(f"read the log of hub {hub}", query)

    def _stored_time(self, moment: datetime) -> Any:
        return UtcDateTime().process_bind_param(moment, self.database.readers.dialect)

    async def _fetch(self, what: str, query: Any) -> Sequence[Row[Any]]:
        await self.database.prepare()
        try:
            async with self.database.reading() as connection:
                return (await connection.execute(query)).all()
        except DATABASE_ERRORS as error:
            raise self.database.trouble(what, error) from error


_AS_STORED = (EVENTS.c.seq, type_coerce(EVENTS.c.at, Text).label("at"), EVENTS.c.type, EVENTS.c.body, EVENTS.c.digest)
"""Without conversion of the time, so that one that was changed into something else is found where it stands."""


def _stored_bytes(body: str | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.encode(errors="surrogateescape")
