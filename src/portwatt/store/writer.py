"""The one writer of one hub's log: a batch of events and the read model they lead to, in one durable transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from portwatt.errors import BugError
from portwatt.events import AnyEvent
from portwatt.ids import HubId
from portwatt.model.meter import Sample
from portwatt.runtime.interfaces import Record
from portwatt.state.hub_state import HubState
from portwatt.store import read_model
from portwatt.store.chain import Head, broken, extend, genesis, not_in_log
from portwatt.store.database import DATABASE_ERRORS, Database
from portwatt.store.schema import EVENTS, HUBS
from portwatt.store.telemetry import insert_samples


class HubWriter:
    """Holds the hub's connection and claim, and what is surely in its log (`head`).

    After a failure nobody knows whether the batch was committed: `_certain` is False until the log was asked. Asking
    comes after a new connection and a new claim, which PostgreSQL gives only when the old session has ended.
    """

    def __init__(self, database: Database, hub: HubId) -> None:
        self.hub = hub
        self.head = genesis(hub)
        self._database = database
        self._turn = database.turn if database.is_sqlite else asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._before: HubState | None = None
        self._certain = False

    async def open(self) -> Head:
        """Claim the hub and learn where its log ends. Raises StoreError when another process has it open."""
        async with self._turn:
            try:
                connection = await self._connected()
                self.head = await last_head(connection, self.hub)
                await connection.rollback()
            except DATABASE_ERRORS as error:
                await self._drop()
                raise self._database.trouble(f"open hub {self.hub}", error) from error
            except BaseException:
                await self._drop()
                raise
            self._certain = True
            self._before = None
            return self.head

    async def append(self, events: Sequence[AnyEvent], after: HubState, samples: Sequence[Sample] = ()) -> list[Record]:
        """Write a batch; answers when it is durable. Raises StoreError when that is not certain.

        The same batch may be given again after that: what of it is already in the log is not written twice. Being
        cancelled does not tear a write that is under way.
        """
        if not events:
            return []
        if after.seq != self.head.seq + len(events):
            raise BugError(f"{len(events)} events after record {self.head.seq} cannot lead to a state of {after.seq}")
        records = extend(self.head, events)
        writing = asyncio.ensure_future(self._write(records, after, samples))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            writing.add_done_callback(_look_at)
            raise
        self.head = Head(records[-1].seq, records[-1].digest)
        self._before = after
        self._certain = True
        return records

    async def close(self) -> None:
        """Let the hub go."""
        async with self._turn:
            await self._drop()

    async def _write(self, records: list[Record], after: HubState, samples: Sequence[Sample]) -> None:
        async with self._turn:
            try:
                connection = await self._connected()
                missing = records if self._certain else await self._missing(connection, records)
                self._certain = False
                if missing:
                    await self._insert(connection, missing, after)
                    if samples:
                        await insert_samples(connection, self.hub, samples)
                    await connection.commit()
            except DATABASE_ERRORS as error:
                await self._drop()
                raise self._database.trouble(f"write the log of hub {self.hub}", error) from error
            except BaseException:
                await self._drop()
                raise

    async def _insert(self, connection: AsyncConnection, records: list[Record], after: HubState) -> None:
        rows = [
            {
                "hub": self.hub,
                "seq": record.seq,
                "at": record.event.at,
                "type": type(record.event).__name__,
                "body": record.body.decode(),
                "digest": record.digest,
            }
            for record in records
        ]
        await connection.execute(insert(EVENTS), rows)
        await read_model.write(connection, self.hub, self._before, after)
        last = {"seq": records[-1].seq, "digest": records[-1].digest, **read_model.hub_columns(after)}
        if records[0].seq == 1:
            await connection.execute(insert(HUBS), {"hub": self.hub, **last})
        else:
            await connection.execute(update(HUBS).where(HUBS.c.hub == self.hub), last)

    async def _missing(self, connection: AsyncConnection, records: list[Record]) -> list[Record]:
        stored = await last_head(connection, self.hub)
        await connection.rollback()
        return not_in_log(self.hub, self.head, stored, records)

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._certain = False
            connection = self._connection = await self._database.writers.connect()
            await self._database.claim(self.hub, connection)
        return self._connection

    async def _drop(self) -> None:
        """Give up a connection whose state nobody knows; the next use makes a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.invalidate()
                await connection.close()
            except DATABASE_ERRORS:
                return  # it is gone already, which is what was wanted


async def last_head(connection: AsyncConnection, hub: HubId) -> Head:
    """The last record in the log. Raises TamperedLogError when it is not the one that was written last."""
    last = select(EVENTS.c.seq, EVENTS.c.digest).where(EVENTS.c.hub == hub).order_by(EVENTS.c.seq.desc()).limit(1)
    row = (await connection.execute(last)).one_or_none()
    head = genesis(hub) if row is None else Head(row.seq, row.digest)
    noted = (await connection.execute(select(HUBS.c.seq, HUBS.c.digest).where(HUBS.c.hub == hub))).one_or_none()
    written = genesis(hub) if noted is None else Head(noted.seq, noted.digest)
    if head.seq < written.seq:
        raise broken(hub, head.seq + 1, f"the log was written up to record {written.seq} and ends before that")
    if head != written:
        raise broken(hub, head.seq, f"it is not the record {written.seq} that was written last")
    return head


def _look_at(writing: asyncio.Future[None]) -> None:
    """The outcome of a write nobody waits for any more: the next write asks the log, so nothing is lost by this."""
    if not writing.cancelled():
        writing.exception()
