"""The read model: rows of the nouns of a state, for queries; only what differs from the state before is written.

What changed is found by comparing the maps of both states entry by entry, by identity: a noun whose value is the same
object has not changed. That needs no table of which event touches what, so it cannot fall behind the fold. A map that
is the same object is skipped whole; a changed one costs about 0.1 µs per entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from immutables import Map
from msgspec import Struct
from sqlalchemy import Connection, Table, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite

from portwatt.ids import EvseId, HubId, station_of
from portwatt.model.plan import Plan
from portwatt.state.hub_state import HubState
from portwatt.state.moves import MoveState
from portwatt.state.packs import PackState
from portwatt.state.reservations import ReservationState
from portwatt.state.stations import EvseState, StationState
from portwatt.state.swaps import SwapState
from portwatt.state.trains import TrainState
from portwatt.state.transactions import TransactionState
from portwatt.state.trucks import TruckState
from portwatt.store import schema
from portwatt.store.statements import Statement

Row = dict[str, Any]
_ENCODER = msgspec.json.Encoder()


def _station(_id: str, it: StationState) -> Row:
    return {
        "connected": it.connected,
        "since": it.since,
        "version": it.version,
        "vendor": it.vendor,
        "model": it.model,
        "firmware": it.firmware,
        "heard_at": it.heard_at,
        "out_of_service": it.out_of_service,
        "faults": it.faults,
    }


def _evse(name: str, it: EvseState) -> Row:
    return {
        "station": station_of(EvseId(name)),
        "status": it.status.value,
        "error_code": it.error_code,
        "changed_at": it.changed_at,
        "transaction_id": it.transaction,
        "pack": it.pack,
        "out_of_service": it.out_of_service,
    }


def _transaction(_id: str, it: TransactionState) -> Row:
    return {
        "station": it.station,
        "evse": it.evse,
        "token": it.token,
        "truck": it.truck,
        "pack": it.pack,
        "started_at": it.started_at,
        "ended_at": it.ended_at,
        "reason": it.reason,
        "energy_wh": it.energy.wh,
        "power_w": it.power.w,
        "soc_bp": None if it.soc is None else it.soc.bp,
    }


def _reservation(_id: int, it: ReservationState) -> Row:
    return {"evse": it.evse, "token": it.token, "truck": it.truck, "until": it.until}


def _swap(_id: str, it: SwapState) -> Row:
    return {
        "station": it.station,
        "request_id": it.request_id,
        "status": it.status.value,
        "token": it.token,
        "truck": it.truck,
        "began_at": it.began_at,
        "changed_at": it.changed_at,
    }


def _pack(_id: str, it: PackState) -> Row:
    return {"family": it.family, "slot": it.slot, "truck": it.truck, "soc_bp": it.soc.bp, "soc_at": it.soc_at}


def _truck(_id: str, it: TruckState) -> Row:
    return {
        "place": it.place,
        "soc_bp": it.soc.bp,
        "heard_at": it.heard_at,
        "activity": None if it.current is None else it.current.id,
        "carrying": it.carrying,
        "pack": it.pack,
        "unavailable": it.unavailable,
    }


def _train(_id: str, it: TrainState) -> Row:
    return {
        "number": it.run.number,
        "service": it.run.service,
        "direction": it.run.direction.value,
        "yard": it.run.call.yard,
        "arrival": it.run.call.arrival.best,
        "departure": it.run.call.departure.best,
        "cut_off": it.cut_off,
        "available": it.available,
        "arrived": it.arrived,
        "departed": it.departed,
        "cancelled": it.cancelled,
    }


def _move(_id: str, it: MoveState) -> Row:
    return {
        "container": it.move.container.id,
        "consignment": it.move.container.consignment,
        "origin": it.move.origin,
        "destination": it.move.destination,
        "release": it.move.release,
        "due": it.move.due,
        "status": it.status.value,
        "train": it.train,
        "truck": it.truck,
        "fallback": it.fallback,
        "loaded_at": it.loaded_at,
        "delivered_at": it.delivered_at,
        "missed": it.missed,
    }


class Projection(Struct, frozen=True):
    """How one field of the state becomes a table. `keeps`: a row stays when the state lets the noun go (history)."""

    table: Table
    columns: Callable[[Any, Any], Row]
    keeps: bool = False


PROJECTIONS: Mapping[str, Projection] = {
    "stations": Projection(schema.STATIONS, _station),
    "evses": Projection(schema.EVSES, _evse),
    "transactions": Projection(schema.TRANSACTIONS, _transaction, keeps=True),
    "reservations": Projection(schema.RESERVATIONS, _reservation),
    "swaps": Projection(schema.SWAPS, _swap, keeps=True),
    "packs": Projection(schema.PACKS, _pack),
    "trucks": Projection(schema.TRUCKS, _truck),
    "trains": Projection(schema.TRAINS, _train, keeps=True),
    "moves": Projection(schema.MOVES, _move, keeps=True),
}
"""By field of `HubState`. The plan stands beside it, since it is one value and no map."""

NOT_QUERIED = frozenset(
    {"hub", "seq", "at", "grid_limit", "limits", "move_of", "consignments", "commands", "todo", "replanning"}
    | {"totals", "handshakes", "next_number"}
)
"""Fields of `HubState` without a table of their own; together with PROJECTIONS and the plan these are all."""


class Change(Struct, frozen=True):
    """Rows of one table to write and keys (`hub`, `id`) to delete."""

    table: Table
    rows: list[Row]
    gone: list[Row]


def changes(hub: HubId, before: HubState | None, after: HubState) -> Iterator[Change]:
    """What the read model needs to follow from one state to another; `before` None: everything there is."""
    for field, projection in PROJECTIONS.items():
        old: Map[Any, Any] = Map() if before is None else getattr(before, field)
        new: Map[Any, Any] = getattr(after, field)
        if new is old:
            continue
        rows = [_row(hub, key, value, projection) for key, value in new.items() if old.get(key) is not value]
        gone: list[Row] = []
        if not projection.keeps:
            gone = [{"of_hub": hub, "of_id": key} for key in old if key not in new]
        if rows or gone:
            yield Change(projection.table, rows, gone)
    was = None if before is None else before.plan
    if after.plan is not was:
        gone = [] if was is None else [{"of_hub": hub, "of_id": was.id}]
        yield Change(schema.PLANS, [] if after.plan is None else [plan_row(hub, after.plan, after)], gone)


def all_rows(hub: HubId, state: HubState) -> Iterator[tuple[Table, list[Row], bool]]:
    """Every row a state stands for, by table; the flag says whether the table also keeps rows of the past."""
    for field, projection in PROJECTIONS.items():
        rows = [_row(hub, key, value, projection) for key, value in getattr(state, field).items()]
        yield projection.table, rows, projection.keeps
    yield schema.PLANS, [] if state.plan is None else [plan_row(hub, state.plan, state)], False


def _row(hub: HubId, key: Any, value: Any, projection: Projection) -> Row:
    body = _ENCODER.encode(value).decode()
    return {"hub": hub, "id": key, **projection.columns(key, value), "body": body}


def plan_row(hub: HubId, plan: Plan, state: HubState) -> Row:
    """The row of the plan in force."""
    return {
        "hub": hub,
        "id": plan.id,
        "horizon_start": plan.horizon.start,
        "horizon_end": plan.horizon.end,
        "adopted_at": state.replanning.adopted_at,
        "planner": plan.planner,
        "trucks": sum(1 for route in plan.routes if route.activities),
        "fallbacks": len(plan.fallbacks),
        "unserved": len(plan.unserved),
        "body": _ENCODER.encode(plan).decode(),
    }


def hub_columns(state: HubState) -> Row:
    """What the `hubs` table says of a hub beside the head of its log."""
    return {
        "at": state.at,
        "grid_limit_w": state.grid_limit.w,
        "load_w": state.totals.load.w,
        "peak_w": state.totals.peak.w,
        "energy_wh": state.totals.energy.wh,
    }


def write(connection: Connection, hub: HubId, before: HubState | None, after: HubState) -> None:
    """Bring the rows of a hub from one state to another, inside the transaction that is open on the connection.

    `before` None: nobody knows what the rows say, so what is not history is written anew.
    """
    if before is None:
        for table in (schema.PLANS, *(p.table for p in PROJECTIONS.values() if not p.keeps)):
            connection.execute(delete(table).where(table.c.hub == hub))
    for change in changes(hub, before, after):
        if change.gone:
            _DELETES[change.table.name].run(connection, change.gone)
        if change.rows:
            upsert(change.table, connection.dialect.name).run(connection, change.rows)


def upsert(table: Table, dialect: str) -> Statement:
    """Insert rows, or replace what stands under their keys; the statement is built once."""
    known = _UPSERTS.get((table.name, dialect))
    if known is None:
        insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
        keys = [column.name for column in table.primary_key]
        values = {c.name: insert.excluded[c.name] for c in table.columns if not c.primary_key}
        element = insert.on_conflict_do_update(index_elements=keys, set_=values)
        known = _UPSERTS[table.name, dialect] = Statement(element)
    return known


def _delete(table: Table) -> Statement:
    return Statement(delete(table).where(table.c.hub == bindparam("of_hub"), table.c.id == bindparam("of_id")))


_UPSERTS: dict[tuple[str, str], Statement] = {}
_DELETES = {t.name: _delete(t) for t in (schema.PLANS, *(p.table for p in PROJECTIONS.values()))}
