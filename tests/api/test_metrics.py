"""Figures for Prometheus, and health."""

from __future__ import annotations

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from portwatt.runtime.loop import HubLoop


async def test_metrics_can_be_scraped(client: httpx2.AsyncClient, loop: HubLoop) -> None:
    answer = await client.get("/metrics")
    families = {f.name: f for f in text_string_to_metric_families(answer.text)}
    assert families["portwatt_events"].samples[0].value == loop.state.seq
    assert families["portwatt_healthy"].samples[0].value == 1
    assert sum(s.value for s in families["portwatt_trucks"].samples) == 4
    assert families["portwatt_stations_connected"].samples[0].value == 3


async def test_health_is_said(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok", "hubs": ["test"], "faults": {}}
