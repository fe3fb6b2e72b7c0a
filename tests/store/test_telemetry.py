"""Telemetry: old samples go in steps, and only the hub's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from portwatt.ids import HubId, StationId, TransactionId
from portwatt.model.meter import Sample
from portwatt.store.sql_log import SqlStore

START = datetime(2026, 11, 23, tzinfo=UTC)
TRANSACTION = TransactionId("A:1")


async def test_many_old_samples_go_in_steps(sql_store: SqlStore) -> None:
    hub, other = HubId("ningbo"), HubId("qingdao")
    samples = [
        Sample(StationId("A"), None, TRANSACTION, START + timedelta(seconds=n), "SoC", 0.5, "Percent")
        for n in range(10_050)
    ]
    await sql_store.open_hub(hub)
    await sql_store.add_samples(hub, samples)
    await sql_store.add_samples(other, samples[:3])
    assert await sql_store.forget_samples(hub, START + timedelta(seconds=10_020)) == 10_020
    assert await sql_store.samples(hub, TRANSACTION) == samples[10_020:]
    assert await sql_store.samples(other, TRANSACTION) == samples[:3]
