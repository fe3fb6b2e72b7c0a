"""Telemetry: sampled values of meters, many at once, kept for as long as the retention says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from portwatt.ids import HubId, TransactionId
from portwatt.model.meter import Sample
from portwatt.store.database import DATABASE_ERRORS, Database
from portwatt.store.schema import SAMPLES
from portwatt.store.statements import Statement

_AT_ONCE = 10_000
_INSERT = Statement(insert(SAMPLES).inline(), [column.name for column in SAMPLES.columns if column.name != "id"])


async def add(database: Database, hub: HubId, samples: Sequence[Sample]) -> None:
    """Write samples in one transaction, on a connection of its own. Raises StoreError; then none was written."""
    if not samples:
        return
    try:
        await database.writers.run(lambda connection: insert_samples(connection, hub, samples))
    except DATABASE_ERRORS as error:
        raise database.trouble(f"write the telemetry of hub {hub}", error) from error


def insert_samples(connection: Connection, hub: HubId, samples: Sequence[Sample]) -> None:
    """Write samples inside the transaction that is open on the connection."""
    rows = [
        {
            "hub": hub,
            "station": sample.station,
            "evse": sample.evse,
            "transaction_id": sample.transaction,
            "measured_at": sample.measured_at,
            "measurand": sample.measurand,
            "value": sample.value,
            "unit": sample.unit,
            "phase": sample.phase,
            "location": sample.location,
            "context": sample.context,
        }
        for sample in samples
    ]
    _INSERT.run(connection, rows)


async def forget_before(database: Database, hub: HubId, moment: datetime) -> int:
    """Delete the samples measured before a moment, in steps that let the log write in between; answers how many."""
    old = select(SAMPLES.c.id).where(SAMPLES.c.hub == hub, SAMPLES.c.measured_at < moment).limit(_AT_ONCE)

    def _deleted(connection: Connection) -> int:
        return connection.execute(delete(SAMPLES).where(SAMPLES.c.id.in_(old))).rowcount

    gone = 0
    try:
        while True:
            count = await database.writers.run(_deleted)
            gone += count
            if count < _AT_ONCE:
                return gone
    except DATABASE_ERRORS as error:
        raise database.trouble(f"delete old telemetry of hub {hub}", error) from error


async def of_transaction(database: Database, hub: HubId, transaction: TransactionId) -> list[Sample]:
    """The samples of a transaction in the order they were measured."""
    query = (
        select(SAMPLES)
        .where(SAMPLES.c.hub == hub, SAMPLES.c.transaction_id == transaction)
        .order_by(SAMPLES.c.measured_at, SAMPLES.c.id)
    )
    try:
        async with database.reading() as connection:
            rows = (await connection.execute(query)).all()
    except DATABASE_ERRORS as error:
        raise database.trouble(f"read the telemetry of hub {hub}", error) from error
    return [
        Sample(
            station=row.station,
            evse=row.evse,
            transaction=row.transaction_id,
            measured_at=row.measured_at,
            measurand=row.measurand,
            value=row.value,
            unit=row.unit,
            phase=row.phase,
            location=row.location,
            context=row.context,
        )
        for row in rows
    ]
