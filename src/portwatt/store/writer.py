"""The one writer of one hub's log: a batch of events and the read model they lead to, in one durable transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection, bindparam, insert, select, update

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
from portwatt.store.session import Session
from portwatt.store.statements import Statement
from portwatt.store.telemetry import insert_samples

_INSERT_EVENTS = Statement(insert(EVENTS))
_INSERT_HUB = Statement(insert(HUBS))
_UPDATE_HUB = Statement(
    update(HUBS).where(HUBS.c.hub == bindparam("of_hub")), [c.name for c in HUBS.columns if not c.primary_key]
)


class HubWriter:
    """Holds the hub's connection and claim, and what is surely in its log (`head`).

    After a failure nobody knows whether the batch was committed: `_certain` is False until the log was asked. Asking
    comes after a new connection and a new claim, which PostgreSQL gives only when the old session has ended.
    """

    def __init__(self, database: Database, hub: HubId) -> None:
        self.hub = hub
        self.head = genesis(hub)
        self._database = database
        self._turn = asyncio.Lock()
        self._session: Session | None = None
        self._before: HubState | None = None
        self._certain = False

    async def open(self) -> Head:
        """Claim the hub and learn where its log ends. Raises StoreError when another process has it open."""
        async with self._turn:
            try:
                session = await self._connected()
                self.head = await session.run(partial(last_head, self.hub))
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
                session = await self._connected()
                missing = records
                if not self._certain:
                    stored = await session.run(partial(last_head, self.hub))
                    missing = not_in_log(self.hub, self.head, stored, records)
                self._certain = False
                if missing:
                    await session.run(partial(self._insert, missing, after, samples))
            except DATABASE_ERRORS as error:
                await self._drop()
                raise self._database.trouble(f"write the log of hub {self.hub}", error) from error
            except BaseException:
                await self._drop()
                raise

    def _insert(
        self, records: list[Record], after: HubState, samples: Sequence[Sample], connection: Connection
    ) -> None:
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
        _INSERT_EVENTS.run(connection, rows)
        read_model.write(connection, self.hub, self._before, after)
        last = {"seq": records[-1].seq, "digest": records[-1].digest, **read_model.hub_columns(after)}
        if records[0].seq == 1:
            _INSERT_HUB.run(connection, [{"hub": self.hub, **last}])
        else:
            _UPDATE_HUB.run(connection, [{"of_hub": self.hub, **last}])
        if samples:
            insert_samples(connection, self.hub, samples)

    async def _connected(self) -> Session:
        if self._session is None:
            self._certain = False
            self._session = await self._database.session(self.hub)
        return self._session

    async def _drop(self) -> None:
        """Give up a connection whose state nobody knows; the next use makes a new one."""
        session, self._session = self._session, None
        if session is not None:
            try:
                await session.close()
            except DATABASE_ERRORS:
                return  # it is gone already, which is what was wanted


def last_head(hub: HubId, connection: Connection) -> Head:
    """The last record in the log. Raises TamperedLogError when it is not the one that was written last."""
    last = select(EVENTS.c.seq, EVENTS.c.digest).where(EVENTS.c.hub == hub).order_by(EVENTS.c.seq.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    head = genesis(hub) if row is None else Head(row.seq, row.digest)
    noted = connection.execute(select(HUBS.c.seq, HUBS.c.digest).where(HUBS.c.hub == hub)).one_or_none()
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
