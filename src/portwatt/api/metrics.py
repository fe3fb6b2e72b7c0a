"""/metrics (Prometheus) and /healthz."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from portwatt.api.loops import AllLoops
from portwatt.ids import HubId
from portwatt.kpi.hub import figures
from portwatt.runtime.loop import HubLoop

router = APIRouter(tags=["operation"])
Figures = Callable[[], Iterable[Metric]]


class HubCollector(Collector):
    """Reads the hubs when it is asked, so that nothing is counted twice."""

    def __init__(self, loops: Mapping[HubId, HubLoop], more: Figures) -> None:
        self._loops = loops
        self._more = more

    def collect(self) -> Iterable[Metric]:
        """One family per figure, one sample per hub."""
        seq = CounterMetricFamily("portwatt_events", "Events in the log", labels=["hub"])
        healthy = GaugeMetricFamily("portwatt_healthy", "1 while facts can be acknowledged", labels=["hub"])
        waiting = GaugeMetricFamily("portwatt_loop_waiting", "Callers waiting for the hub loop", labels=["hub"])
        load = GaugeMetricFamily("portwatt_site_load_watts", "Power of all transactions as reported", labels=["hub"])
        limit = GaugeMetricFamily("portwatt_grid_limit_watts", "What charging may draw", labels=["hub"])
        energy = CounterMetricFamily("portwatt_energy_watt_hours", "Energy delivered", labels=["hub"])
        connected = GaugeMetricFamily("portwatt_stations_connected", "Stations with an open socket", labels=["hub"])
        trucks = GaugeMetricFamily("portwatt_trucks", "Trucks by activity", labels=["hub", "activity"])
        moves = GaugeMetricFamily("portwatt_moves", "Moves by fate", labels=["hub", "fate"])
        ended = CounterMetricFamily("portwatt_transactions_ended", "Truck transactions ended", labels=["hub"])
        swaps = CounterMetricFamily("portwatt_swaps", "Swaps done", labels=["hub"])
        plans = CounterMetricFamily("portwatt_plans", "Plans by fate", labels=["hub", "fate"])
        for name, loop in self._loops.items():
            state, known = loop.state, figures(loop.state)
            seq.add_metric([name], state.seq)
            healthy.add_metric([name], 0 if loop.fault else 1)
            waiting.add_metric([name], loop.waiting)
            load.add_metric([name], state.totals.load.w)
            limit.add_metric([name], state.grid_limit.w)
            energy.add_metric([name], state.totals.energy.wh)
            connected.add_metric([name], sum(1 for s in state.stations.values() if s.connected))
            for activity, count in known.trucks_by_activity.items():
                trucks.add_metric([name, activity], count)
            for fate in ("served", "fallback", "under_way", "unserved"):
                moves.add_metric([name, fate], getattr(known.moves, fate))
            ended.add_metric([name], known.transactions)
            swaps.add_metric([name], known.swaps)
            plans.add_metric([name, "adopted"], known.plans_adopted)
            plans.add_metric([name, "rejected"], known.plans_rejected)
        yield from (seq, healthy, waiting, load, limit, energy, connected, trucks, moves, ended, swaps, plans)
        yield from self._more()


def registry(loops: Mapping[HubId, HubLoop], more: Figures) -> CollectorRegistry:
    """A registry of its own: what other libraries in the process register stays out."""
    found = CollectorRegistry()
    found.register(HubCollector(loops, more))
    return found


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/healthz", responses={503: {"description": "Some hub cannot acknowledge"}})
async def healthz(loops: AllLoops) -> JSONResponse:
    """200 while every hub can acknowledge; otherwise 503 with the reason per hub."""
    faults = {name: loop.fault for name, loop in loops.items() if loop.fault}
    body = {"status": "degraded" if faults else "ok", "hubs": sorted(loops), "faults": faults}
    return JSONResponse(body, status_code=503 if faults else 200)
