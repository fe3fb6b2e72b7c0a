"""Replay: fold a log again and prove that it gives the state that was lived."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from immutables import Map
from msgspec import Struct
from msgspec.structs import fields

from portwatt.errors import NotFoundError, UsageError
from portwatt.events import AnyEvent, HubOpened
from portwatt.ids import HubId
from portwatt.state import apply, codec, opened
from portwatt.state.hub_state import HubState
from portwatt.store import read_model
from portwatt.store.jsonl import LogReader
from portwatt.store.schema import HUBS
from portwatt.store.sql_log import SqlStore


class ReplayReport(Struct, frozen=True):
    """What a replay found. `compared`: what the folded state was held against; empty: nothing was there to compare."""

    hub: HubId
    events: int
    digest: str
    state: HubState
    compared: tuple[str, ...]
    difference: str = ""
    """The first difference, in words; empty: none."""

    @property
    def matches(self) -> bool:
        """Whether everything that was compared is equal, and something was."""
        return bool(self.compared) and not self.difference


def replay_file(path: Path) -> ReplayReport:
    """Fold a log file and compare with the state named in its last line. Raises UsageError, TamperedLogError."""
    reader = LogReader(path)
    state: HubState | None = None
    for record in reader:
        state = step(state, record.event)
    if state is None:
        raise UsageError(f"{path} holds no records")
    digest = codec.digest(state)
    if reader.footer is None or not reader.footer.state:
        return ReplayReport(reader.hub, state.seq, digest, state, ())
    difference = ""
    if reader.footer.state != digest:
        difference = f"the state after record {state.seq} was {reader.footer.state} when lived, {digest} when replayed"
    return ReplayReport(reader.hub, state.seq, digest, state, ("live state",), difference)


async def replay_hub(store: SqlStore, hub: HubId) -> ReplayReport:
    """Fold the log of a hub and compare with its snapshots and its read model.

    A hub that is running meanwhile is compared up to where its log stood. Raises StoreError, TamperedLogError,
    NotFoundError when there is no such log.
    """
    snapshots = await store.snapshots(hub)
    compared: list[str] = []
    difference = ""
    state: HubState | None = None
    async for record in store.read(hub):
        state = step(state, record.event)
        lived = snapshots.get(record.seq)
        if lived is not None:
            compared.append(f"snapshot at {record.seq}")
            difference = difference or _snapshot_difference(lived, state)
    if state is None:
        raise NotFoundError(f"there is no log of a hub named {hub}")
    if await _stands_at(store, hub, state.seq):
        where = await _read_model_difference(store, hub, state)
        if await _stands_at(store, hub, state.seq):  # otherwise the hub is running, and the rows are of another moment
            compared.append("read model")
            difference = difference or where
    return ReplayReport(hub, state.seq, codec.digest(state), state, tuple(compared), difference)


def step(state: HubState | None, event: AnyEvent) -> HubState:
    """The state after one more event of a log; the first opens the hub. Raises UsageError when it does not."""
    if state is not None:
        return apply(state, event)
    if not isinstance(event, HubOpened):
        raise UsageError(f"record 1 of the log is {type(event).__name__}; a log begins with HubOpened")
    return opened(event)


def first_difference(one: HubState, other: HubState) -> str:
    """Where two states differ first, by field and key; empty when they are equal."""
    for field in fields(HubState):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if mine == theirs:
            continue
        if not isinstance(mine, Map):
            return f"{field.name}: {mine!r} against {theirs!r}"
        for key in sorted({*mine, *theirs}):
            if mine.get(key) != theirs.get(key):
                return f"{field.name} {key}: {mine.get(key)!r} against {theirs.get(key)!r}"
    return ""


def _snapshot_difference(lived: HubState, replayed: HubState) -> str:
    where = first_difference(lived, replayed)
    return f"the snapshot at record {lived.seq} and the replayed log differ in {where}" if where else ""


async def _stands_at(store: SqlStore, hub: HubId, seq: int) -> bool:
    rows = await store.rows(hub, HUBS)
    return bool(rows) and rows[0]["seq"] == seq


async def _read_model_difference(store: SqlStore, hub: HubId, state: HubState) -> str:
    """Rows of nouns the state still holds must say what it says; other rows may only be history."""
    for table, wanted, keeps in read_model.all_rows(hub, state):
        stored = {row["id"]: row for row in await store.rows(hub, table)}
        for row in wanted:
            where = _row_difference(row, stored.pop(row["id"], None))
            if where:
                return f"{table.name} {row['id']}: {where}"
        if stored and not keeps:
            return f"{table.name} {min(stored)}: in the read model, but not in the replayed state"
    return ""


def _row_difference(wanted: dict[str, Any], stored: dict[str, Any] | None) -> str:
    if stored is None:
        return "missing in the read model"
    for column, value in wanted.items():
        if stored[column] != value:
            return f"{column} is {stored[column]!r} in the read model, {value!r} when replayed"
    return ""
