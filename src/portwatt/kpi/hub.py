"""How the hub stands as a whole."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from portwatt.events import EvseStatus
from portwatt.model.plan import ActivityKind
from portwatt.model.train import Direction
from portwatt.state import HubState
from portwatt.state.moves import MoveState, MoveStatus, made_it


class MoveFigures(Struct, frozen=True):
    """`served`: delivered by a truck of the hub; `fallback`: by a diesel shuttle; the rest is not delivered yet."""

    total: int
    served: int
    fallback: int
    under_way: int
    unserved: int


class ContainerFigures(Struct, frozen=True):
    """Containers with an outbound train. `missed`: none of their trains took them; `open`: not decided yet."""

    total: int
    on_booked_train: int
    rebooked: int
    missed: int
    open: int


class HubFigures(Struct, frozen=True):
    """One hub now, and what has added up since its log began. Powers in kW, energy in kWh, money in its currency.

    Moves and containers are those the state holds: what is not over, and what was over within the last week
    (`portwatt.state.keeping.KEEP`).
    """

    moves: MoveFigures
    containers: ContainerFigures
    trucks_by_activity: dict[str, int]
    evses_by_status: dict[str, int]
    slots_by_status: dict[str, int]
    site_load_kw: float
    grid_limit_kw: float
    peak_kw: float
    energy_kwh: float
    cost: float
    transactions: int
    first_time_success: float | None
    """Share of ended transactions with at least 0.5 kWh and 60 s (ftcs_attempt; visits are not merged here)."""
    swaps: int
    swaps_failed: int
    fallback_share: float | None
    plans_adopted: int
    plans_rejected: int


def figures(state: HubState) -> HubFigures:
    """The figures of a hub; one pass over each noun."""
    totals = state.totals
    moves = move_figures(state)
    delivered = moves.served + moves.fallback
    slots = {slot for station in state.hub.swap_stations for slot in station.slots}
    evses: Counter[str] = Counter()
    slots_by: Counter[str] = Counter()
    for evse, known in state.evses.items():
        bad = known.status in (EvseStatus.FAULTED, EvseStatus.UNAVAILABLE)
        word = known.status.value if bad or known.transaction is None or evse in slots else "Charging"
        (slots_by if evse in slots else evses)[word] += 1
    return HubFigures(
        moves=moves,
        containers=container_figures(state),
        trucks_by_activity=trucks_by_activity(state),
        evses_by_status=dict(evses),
        slots_by_status=dict(slots_by),
        site_load_kw=totals.load.as_kw,
        grid_limit_kw=state.grid_limit.as_kw,
        peak_kw=totals.peak.as_kw,
        energy_kwh=totals.energy.as_kwh,
        cost=float(totals.cost.amount),
        transactions=totals.transactions,
        first_time_success=totals.successful / totals.transactions if totals.transactions else None,
        swaps=totals.swaps,
        swaps_failed=totals.swaps_failed,
        fallback_share=moves.fallback / delivered if delivered else None,
        plans_adopted=state.replanning.adopted,
        plans_rejected=state.replanning.rejected,
    )


def trucks_by_activity(state: HubState) -> dict[str, int]:
    """Trucks by what they do now: an activity, `idle`, or `unavailable`."""
    counted: Counter[str] = Counter()
    for truck in state.trucks.values():
        current = truck.current
        if truck.unavailable:
            counted["unavailable"] += 1
        elif current is None:
            counted["idle"] += 1
        elif current.kind is ActivityKind.DRIVE:
            counted["drive loaded" if truck.carrying is not None else "drive empty"] += 1
        else:
            counted[current.kind.value] += 1
    return dict(counted)


def move_figures(state: HubState) -> MoveFigures:
    """Every move counted once."""
    counted: Counter[str] = Counter()
    for move in state.moves.values():
        if move.status is MoveStatus.DELIVERED:
            counted["fallback" if move.fallback is not None else "served"] += 1
        elif move.status in (MoveStatus.ON_TRUCK, MoveStatus.ON_FALLBACK):
            counted["under_way"] += 1
        elif move.status is MoveStatus.OPEN:
            counted["unserved"] += 1
    return MoveFigures(
        sum(counted.values()), counted["served"], counted["fallback"], counted["under_way"], counted["unserved"]
    )


def container_figures(state: HubState) -> ContainerFigures:
    """Every container with an outbound train counted once."""
    counted = Counter(_fate(state, move) for move in state.moves.values())
    total = counted["booked"] + counted["rebooked"] + counted["missed"] + counted["open"]
    return ContainerFigures(total, counted["booked"], counted["rebooked"], counted["missed"], counted["open"])


def _fate(state: HubState, move: MoveState) -> str:
    train = state.trains.get(move.train) if move.train is not None else None
    if train is None or train.run.direction is not Direction.OUTBOUND or move.status is MoveStatus.WITHDRAWN:
        return "not on a train"
    if move.missed:
        return "missed"
    if move.status is not MoveStatus.DELIVERED or not made_it(move, train.cut_off):
        return "open"
    return "booked" if move.move.trains and move.train == move.move.trains[0].train else "rebooked"
