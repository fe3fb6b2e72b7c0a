"""Reading what goes with what: the compatibility matrix, certification, and the bays a truck can use."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from portwatt.api import compatibility_views as views
from portwatt.api.faults import NOT_FOUND
from portwatt.api.loops import Loop
from portwatt.config.requirements import requirements
from portwatt.errors import NotFoundError, UsageError
from portwatt.ids import PackFamilyId, TruckModelId
from portwatt.interop.certification import certification
from portwatt.interop.matrix import from_state, records
from portwatt.model.connector import Adapter, ConnectorStandard
from portwatt.model.station import VoltageWindow
from portwatt.model.truck import TruckModel
from portwatt.rules.bays import bays, visitor
from portwatt.state import HubState

router = APIRouter(prefix="/api/hubs/{hub}", tags=["read"], responses=NOT_FOUND)

Volts = Annotated[int | None, Query(ge=1, le=10_000)]
Standards = Annotated[list[ConnectorStandard], Query(max_length=6)]
AdapterText = Annotated[str, Query(max_length=20)]
Adapters = Annotated[list[AdapterText], Query(max_length=6)]


@router.get("/compatibility")
async def compatibility(
    loop: Loop, truck_model: str | None = None, station_model: str | None = None
) -> views.CompatibilityOut:
    """How often each pair of truck and station found together, its last failure, and what was decided of pairs."""
    matrix = from_state(loop.state)
    found = [
        record
        for record in records(matrix)
        if truck_model in (None, record.pair.truck_model) and station_model in (None, record.pair.station_model)
    ]
    return views.compatibility_out(loop.state, matrix, found)


@router.get("/certification")
async def read_certification(loop: Loop, day: date | None = None) -> views.CertificationOut:
    """Which requirement each station meets, by which evidence and until when; `day` left out: today at the hub."""
    state = loop.state
    on = day or loop.clock.now().astimezone(ZoneInfo(state.hub.timezone)).date()
    return views.certification_out(state, certification(state.hub, requirements(), on), on)


@router.get("/bays")
async def read_bays(  # noqa: PLR0913, PLR0917 - the query is as wide as a truck
    loop: Loop,
    model: str | None = None,
    inlet: Standards = [],  # noqa: B006 - FastAPI copies it
    adapter: Adapters = [],  # noqa: B006
    voltage_low_v: Volts = None,
    voltage_high_v: Volts = None,
    family: str | None = None,
) -> views.BaysOut:
    """Which bays fit a truck before it comes, and why the others do not: a `model` of the hub file, or any truck by its
    inlets, battery voltages, adapters (`GBT_DC:CHAOJI`, plug and inlet) and pack family."""
    if model is not None:
        return views.bays_out(loop.state, bays(loop.state, _known(loop.state, model)))
    if not inlet or voltage_low_v is None or voltage_high_v is None:
        raise UsageError("give model, or inlet with voltage_low_v and voltage_high_v, so that it is known what fits")
    if voltage_low_v >= voltage_high_v:
        raise UsageError("voltage_high_v has to be above voltage_low_v")
    truck = visitor(
        tuple(inlet),
        VoltageWindow(voltage_low_v, voltage_high_v),
        tuple(_adapter(text) for text in adapter),
        PackFamilyId(family) if family else None,
    )
    return views.bays_out(loop.state, bays(loop.state, truck))


def _known(state: HubState, model: str) -> TruckModel:
    found = state.hub.model_by_id.get(TruckModelId(model))
    if found is None:
        raise NotFoundError(f"this hub has no truck model {model!r}; give inlet, voltage_low_v and voltage_high_v")
    return found


def _adapter(text: str) -> Adapter:
    plug, _, inlet = text.partition(":")
    try:
        return Adapter(ConnectorStandard(plug), ConnectorStandard(inlet))
    except ValueError:
        known = ", ".join(ConnectorStandard)
        raise UsageError(f"adapter {text!r} is not plug:inlet of {known}") from None
