"""Reading: every answer is the durable state of one moment."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel

from portwatt.api import views
from portwatt.api.faults import NOT_FOUND
from portwatt.api.loops import AllLoops, Loop
from portwatt.errors import NotFoundError
from portwatt.ids import MoveId, StationId, TrainId, TransactionId, TruckId
from portwatt.kpi.hub import figures
from portwatt.kpi.trains import planned_arrivals, standings
from portwatt.rules.admit import admit
from portwatt.state.moves import MoveStatus

router = APIRouter(prefix="/api", tags=["read"], responses=NOT_FOUND)

Offset = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=5000)]


class Page(BaseModel):
    """`total`: how many there are that match, whatever was returned of them."""

    total: int


class MovesPage(Page):
    moves: list[views.MoveOut]


class TransactionsPage(Page):
    transactions: list[views.TransactionOut]


@router.get("/hubs")
async def hubs(loops: AllLoops) -> list[views.HubOut]:
    """The hubs that run here."""
    return [views.hub_out(loop.state, loop.fault) for loop in loops.values()]


@router.get("/hubs/{hub}")
async def hub(loop: Loop) -> views.HubOut:
    """One hub."""
    return views.hub_out(loop.state, loop.fault)


@router.get("/hubs/{hub}/stations")
async def stations(loop: Loop) -> list[views.StationOut]:
    """Charging and swap stations with their EVSEs and slots."""
    state = loop.state
    return [views.station_out(state, station) for station in state.hub.station_by_id.values()]


@router.get("/hubs/{hub}/stations/{station}")
async def station(loop: Loop, station: str) -> views.StationOut:
    """One station."""
    state = loop.state
    found = state.hub.station_by_id.get(StationId(station))
    if found is None:
        raise NotFoundError(f"hub {loop.hub_id} has no station {station!r}")
    return views.station_out(state, found)


@router.get("/hubs/{hub}/trucks")
async def trucks(loop: Loop, fleet: str | None = None) -> list[views.TruckOut]:
    """Trucks, of one fleet where asked so."""
    state = loop.state
    return [
        views.truck_out(state, truck)
        for truck, plate in state.hub.truck_by_id.items()
        if truck in state.trucks and fleet in (None, plate.fleet)
    ]


@router.get("/hubs/{hub}/trucks/{truck}")
async def truck(loop: Loop, truck: str) -> views.TruckOut:
    """One truck with its orders."""
    state = loop.state
    if truck not in state.trucks:
        raise NotFoundError(f"hub {loop.hub_id} has no truck {truck!r}")
    return views.truck_out(state, TruckId(truck))


@router.get("/hubs/{hub}/trucks/{truck}/admission")
async def admission(loop: Loop, truck: str) -> views.AdmissionOut:
    """Which EVSEs and swap stations can take this truck now, and why the others cannot."""
    if truck not in loop.state.trucks:
        raise NotFoundError(f"hub {loop.hub_id} has no truck {truck!r}")
    return views.admission_out(admit(loop.state, TruckId(truck), loop.clock.now()))


@router.get("/hubs/{hub}/trains")
async def trains(loop: Loop) -> list[views.TrainOut]:
    """Train runs by departure, with their containers counted."""
    state = loop.state
    counted = standings(state)
    found = [views.train_out(state, train, counted[train]) for train in state.trains]
    return sorted(found, key=lambda t: (t.departure, t.id))


@router.get("/hubs/{hub}/trains/{train}")
async def train(loop: Loop, train: str) -> views.TrainOut:
    """One run."""
    state = loop.state
    if train not in state.trains:
        raise NotFoundError(f"hub {loop.hub_id} has no train {train!r}")
    return views.train_out(state, TrainId(train), standings(state)[TrainId(train)])


@router.get("/hubs/{hub}/moves")
async def moves(
    loop: Loop,
    status: MoveStatus | None = None,
    train: str | None = None,
    container: str | None = None,
    offset: Offset = 0,
    limit: Limit = 500,
) -> MovesPage:
    """Moves by due time, filtered, a page at a time."""
    state = loop.state
    found = sorted(
        (
            move_id
            for move_id, known in state.moves.items()
            if status in (None, known.status)
            and train in (None, known.train, known.move.from_train)
            and container in (None, known.move.container.id)
        ),
        key=lambda m: (state.moves[m].move.due, m),
    )
    planned, why = planned_arrivals(state), views.why_unserved(state)
    page = [views.move_out(state, m, planned.get(m), why.get(m, "")) for m in found[offset : offset + limit]]
    return MovesPage(total=len(found), moves=page)


@router.get("/hubs/{hub}/moves/{move}")
async def move(loop: Loop, move: str) -> views.MoveOut:
    """One move."""
    state = loop.state
    if move not in state.moves:
        raise NotFoundError(f"hub {loop.hub_id} has no move {move!r}")
    name = MoveId(move)
    why = views.why_unserved(state).get(name, "")
    return views.move_out(state, name, planned_arrivals(state).get(name), why)


@router.get("/hubs/{hub}/transactions")
async def transactions(
    loop: Loop, running: bool | None = None, station: str | None = None, offset: Offset = 0, limit: Limit = 500
) -> TransactionsPage:
    """Transactions, newest first: running ones, and ended ones of the last days."""
    state = loop.state
    found = sorted(
        (
            (known.started_at, name)
            for name, known in state.transactions.items()
            if running in (None, known.running) and station in (None, known.station)
        ),
        reverse=True,
    )
    page = [views.transaction_out(state, TransactionId(n)) for _, n in found[offset : offset + limit]]
    return TransactionsPage(total=len(found), transactions=page)


@router.get("/hubs/{hub}/plan")
async def plan(loop: Loop) -> views.PlanOut:
    """The plan in force."""
    state = loop.state
    found = views.plan_out(state)
    if found is None:
        waiting = "; ".join(state.replanning.reasons) or "no moves are known"
        raise NotFoundError(f"hub {loop.hub_id} has no plan yet ({waiting})")
    return found


@router.get("/hubs/{hub}/kpis")
async def kpis(loop: Loop) -> dict[str, object]:
    """The hub's figures; meaning and units in the reference docs."""
    found: dict[str, object] = msgspec.to_builtins(figures(loop.state))
    return found
