"""Impossible problems told apart from hard ones: every fault of the input at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from portwatt.ids import PlaceId
from portwatt.model.fallback import FallbackKind
from portwatt.model.truck import TruckModel
from portwatt.planning.problem import OpenMove, PlanningProblem, SwapOffer, TruckStart, best_fit
from portwatt.units import local_time


def faults(problem: PlanningProblem) -> tuple[str, ...]:
    """All faults: `broken` (nothing can be planned) and `hopeless` (single moves or trucks that never can do)."""
    return (*broken(problem), *hopeless(problem))


def broken(problem: PlanningProblem) -> tuple[str, ...]:
    """Faults that leave nothing to plan: names that are not there, quantities that cannot be."""
    return (
        *_twice(problem),
        *_unknown(problem),
        *_quantities(problem),
        *_grid(problem),
    )


def hopeless(problem: PlanningProblem) -> tuple[str, ...]:
    """Moves and trucks nothing can be done with; a planner still plans the others."""
    found: list[str] = []
    for move in problem.moves:
        found.extend(_hopeless_move(problem, move))
    found.extend(
        f"truck {truck.id}: no EVSE, swap station or provider fits it; it can only use what it has"
        for truck in problem.trucks
        if truck.model in problem.model_by_id and not _can_refill(problem, truck)
    )
    found.extend(
        f"EVSE {evse.id}: no truck model of the hub can use it"
        for evse in problem.evses
        if all(best_fit(model, evse, problem.odds) is None for model in problem.models)
    )
    families = {m.family for m in problem.models}
    found.extend(
        f"swap station {s.id}: no truck model of the hub swaps packs of family {s.family}"
        for s in problem.swap_stations
        if s.family not in families
    )
    return tuple(found)


def _twice(problem: PlanningProblem) -> Iterator[str]:
    groups: tuple[tuple[str, Iterable[str]], ...] = (
        ("place", (p.id for p in problem.places)),
        ("truck", (t.id for t in problem.trucks)),
        ("truck model", (m.id for m in problem.models)),
        ("move", (m.id for m in problem.moves)),
        ("EVSE", (e.id for e in problem.evses)),
        ("swap station", (s.id for s in problem.swap_stations)),
        ("pack in a slot", (p.pack for s in problem.swap_stations for p in s.packs)),
        ("fallback", (f.id for f in problem.fallbacks)),
    )
    for noun, names in groups:
        for name, count in Counter(names).items():
            if count > 1:
                yield f"{noun} {name} is given {count} times; give it once"


def _unknown(problem: PlanningProblem) -> Iterator[str]:
    for what, place in _stated_places(problem):
        if place not in problem.place_by_id:
            yield f"{what}: the place {place} is not known"
    yield from _unknown_of_trucks(problem)
    for station in problem.swap_stations:
        if station.family not in problem.family_by_id:
            yield f"swap station {station.id} holds packs of family {station.family}, which is not known"
        for pack in station.packs:
            if pack.slot not in station.slots:
                yield f"swap station {station.id}: pack {pack.pack} is in {pack.slot}, which is no slot in service"
    for fallback in problem.fallbacks:
        if fallback.kind is FallbackKind.THIRD_PARTY_SWAP and (fallback.place is None or fallback.family is None):
            yield f"third-party swap {fallback.id} needs a place and a pack family"


def _unknown_of_trucks(problem: PlanningProblem) -> Iterator[str]:
    for truck in problem.trucks:
        if truck.model not in problem.model_by_id:
            yield f"truck {truck.id} is of model {truck.model}, which is not known"
        if truck.carrying is not None and truck.carrying not in problem.move_by_id:
            yield f"truck {truck.id} carries move {truck.carrying}, which is not among the moves"
        for activity in truck.fixed:
            if activity.move is not None and activity.move not in problem.move_by_id:
                yield f"truck {truck.id} is at work on move {activity.move}, which is not among the moves"


def _stated_places(problem: PlanningProblem) -> Iterator[tuple[str, PlaceId]]:
    """Every place that is named somewhere, with where."""
    for leg in problem.legs:
        yield from ((f"leg {leg.origin} to {leg.destination}", place) for place in (leg.origin, leg.destination))
    for truck in problem.trucks:
        yield f"truck {truck.id}", truck.place
        yield from ((f"{activity.kind} of truck {truck.id}", activity.place) for activity in truck.fixed)
    for move in problem.moves:
        yield f"origin of move {move.id}", move.origin
        yield f"destination of move {move.id}", move.destination
    yield from ((f"EVSE {evse.id}", evse.place) for evse in problem.evses)
    yield from ((f"swap station {station.id}", station.place) for station in problem.swap_stations)
    yield from ((f"fallback {offer.id}", offer.place) for offer in problem.fallbacks if offer.place is not None)


def _quantities(problem: PlanningProblem) -> Iterator[str]:
    for model in problem.models:
        yield from _model(model)
    yield from (
        f"leg {leg.origin} to {leg.destination}: negative distance or time"
        for leg in problem.legs
        if leg.distance.m < 0 or leg.duration.total_seconds() < 0
    )
    for family in problem.families:
        if family.capacity.wh <= 0 or family.slot_power.w <= 0:
            yield f"pack family {family.id}: capacity and slot power must be above zero"
    for evse in problem.evses:
        if evse.max_power.w < 0 or any(c.max_a < 0 for c in evse.connectors):
            yield f"EVSE {evse.id}: negative power or current"
    for station in problem.swap_stations:
        if station.lanes < 1 or not station.slots or station.swap_time.total_seconds() <= 0 or station.max_power.w < 0:
            yield f"swap station {station.id}: needs a lane, a slot, a swap time above zero and no negative power"
    yield from (f"fallback {f.id}: its capacity is negative" for f in problem.fallbacks if f.capacity < 0)
    yield from (
        f"handshake odds of {row.plug} with {row.inlet}: {row.success} is no probability"
        for row in problem.odds
        if not 0 <= row.success <= 1
    )


def _model(model: TruckModel) -> Iterator[str]:
    if model.battery.wh <= 0:
        yield f"truck model {model.id}: a battery of {model.battery.as_kwh} kWh holds nothing"
    if min(model.consumption_loaded.wh_per_km, model.consumption_empty.wh_per_km) < 0:
        yield f"truck model {model.id}: consumption is negative; a truck gains no energy by driving"
    if not model.curve or any(p.power.w < 0 for p in model.curve):
        yield f"truck model {model.id}: its charging curve is empty or negative"
    if list(model.curve) != sorted(model.curve, key=lambda p: p.soc):
        yield f"truck model {model.id}: its charging curve is not sorted by state of charge"


def _grid(problem: PlanningProblem) -> Iterator[str]:
    if not problem.horizon.length:
        yield "the horizon is empty: it ends when it starts"
    if problem.slot.total_seconds() < 1:
        yield "the slot of the power balance must be a second or more"
    starts = [step.start for step in problem.grid]
    if not starts or starts[0] > problem.horizon.start:
        yield "the grid limit says nothing about the start of the horizon"
    if starts != sorted(starts):
        yield "the steps of the grid limit are not in order of time"
    if any(step.power.w < 0 for step in problem.grid):
        yield "the grid limit is negative somewhere: other load already exceeds the connection"


def _hopeless_move(problem: PlanningProblem, move: OpenMove) -> Iterator[str]:
    if move.origin not in problem.place_by_id or move.destination not in problem.place_by_id:
        return
    if move.last_deadline < move.release:
        yield (
            f"move {move.id}: to be delivered by {local_time(move.last_deadline, problem.timezone)} but not to be "
            f"fetched before {local_time(move.release, problem.timezone)}"
        )
    if move.origin != move.destination and (move.origin, move.destination) not in problem.leg_by_ends:
        yield f"move {move.id}: there is no leg from {move.origin} to {move.destination}"
        return
    if any(t.carrying == move.id for t in problem.trucks):
        return
    shuttles = any(f.kind is FallbackKind.DIESEL_SHUTTLE and f.capacity > 0 for f in problem.fallbacks)
    if not shuttles and not any(_has_range(problem, truck, move) for truck in problem.trucks):
        yield f"move {move.id}: no truck carries it on a full battery, and no diesel shuttle is there"


def _has_range(problem: PlanningProblem, truck: TruckStart, move: OpenMove) -> bool:
    model = problem.model_by_id.get(truck.model)
    if model is None:
        return False
    leg = problem.leg_by_ends.get((move.origin, move.destination))
    used = 0 if leg is None else model.consumption_loaded.over(leg.distance).wh
    return used <= model.battery.wh - truck.reserve.of(model.battery).wh


def _can_refill(problem: PlanningProblem, truck: TruckStart) -> bool:
    model = problem.model_by_id[truck.model]
    if any(best_fit(model, evse, problem.odds) for evse in problem.evses):
        return True
    if model.family is None:
        return False
    offers: Iterable[SwapOffer] = problem.swap_stations
    return any(s.family == model.family for s in offers) or any(f.family == model.family for f in problem.fallbacks)
