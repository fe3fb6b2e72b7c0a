"""Checks on moves, trains and fallbacks: nothing twice, nothing lost, no train promised that is not reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from portwatt.ids import FallbackId, MoveId, TrainId, TruckId
from portwatt.model.fallback import Fallback, FallbackKind
from portwatt.model.plan import ActivityKind, FallbackUse, Plan, Rebooking
from portwatt.planning.problem import OpenMove, PlanningProblem
from portwatt.planning.violations import Violation, ViolationKind
from portwatt.units import Money

_Use = tuple[datetime, datetime, bool]
"""From when to when a fallback is used; True: fixed."""


class Handled(Struct, frozen=True):
    """What a route does with a move. `delivered_at` None: it is still on the truck when the route ends."""

    move: MoveId
    truck: TruckId
    loaded_at: datetime | None
    delivered_at: datetime | None
    fixed: bool = False


def check_moves(problem: PlanningProblem, plan: Plan, handled: Sequence[Handled]) -> Iterator[Violation]:
    """Every move exactly once; every train as delivered; every fallback within what it can do."""
    yield from _once(problem, plan, handled)
    delivered = {h.move: h.delivered_at for h in handled if h.delivered_at is not None}
    delivered.update({use.move: use.window.end for use in plan.fallbacks})
    yield from _trains(problem, plan, delivered)
    yield from _fallbacks(problem, plan)


def _once(problem: PlanningProblem, plan: Plan, handled: Sequence[Handled]) -> Iterator[Violation]:
    by_move: dict[MoveId, list[str]] = defaultdict(list)
    stranded = {h.move for h in handled if h.delivered_at is None}
    unserved = {left.move for left in plan.unserved}
    for one in handled:
        if one.delivered_at is not None or one.move not in unserved:
            by_move[one.move].append(f"truck {one.truck}")
    for use in plan.fallbacks:
        by_move[use.move].append(f"fallback {use.fallback}")
    for left in plan.unserved:
        by_move[left.move].append("unserved")
    for move, takers in by_move.items():
        if move not in problem.move_by_id:
            text = f"move {move} is not among the moves ({', '.join(takers)})"
            yield Violation(ViolationKind.UNKNOWN, text, move=move)
        elif len(takers) > 1:
            yield Violation(ViolationKind.MOVE_TWICE, f"move {move} is given to {' and '.join(takers)}", move=move)
    for move in problem.move_by_id:
        if move not in by_move:
            text = f"move {move} is neither carried nor listed as unserved"
            yield Violation(ViolationKind.MOVE_LOST, text, move=move)
        elif move in stranded and move not in unserved:
            text = f"move {move} is fetched and never put down"
            yield Violation(ViolationKind.MOVE_LOST, text, move=move)


def _trains(problem: PlanningProblem, plan: Plan, delivered: dict[MoveId, datetime]) -> Iterator[Violation]:
    rebooked: dict[MoveId, Rebooking] = {}
    for one in plan.rebookings:
        move = problem.move_by_id.get(one.move)
        if move is None or not move.trains or one.from_train != move.trains[0].train or one.move in rebooked:
            text = f"move {one.move} is rebooked from {one.from_train}, which it is not booked on, or twice"
            yield Violation(ViolationKind.CUT_OFF, text, move=one.move)
            continue
        rebooked[one.move] = one
    used = _used(problem, rebooked)
    joined = {one.to_train for one in rebooked.values()}
    full: set[TrainId] = set()
    for room in problem.train_room:
        if used[room.train] > room.teu and room.train in joined:
            text = f"train {room.train} gets {used[room.train]} TEU, but has room for {room.teu}"
            yield Violation(ViolationKind.TRAIN_ROOM, text)
        if used[room.train] + 2 > room.teu:
            full.add(room.train)
    for move_id, at in delivered.items():
        move = problem.move_by_id.get(move_id)
        if move is not None and move.trains:
            text = _train_fault(move, at, rebooked.get(move_id), full)
            if text:
                yield Violation(ViolationKind.CUT_OFF, text, move=move_id, at=at)


def _train_fault(move: OpenMove, at: datetime, rebooking: Rebooking | None, full: set[TrainId]) -> str:
    booked = move.trains[0]
    if at <= booked.cut_off:
        return f"move {move.id} reaches {booked.train} and is rebooked all the same" if rebooking else ""
    late = f"move {move.id} is delivered at {at:%d %b %H:%M}, after the cut-off of {booked.train}"
    if rebooking is None:
        return f"{late}, and not rebooked"
    reached = [option.train for option in move.trains[1:] if at <= option.cut_off]
    if rebooking.to_train is None:
        free = [train for train in reached if train not in full]
        return f"{late}, and given up although it reaches {free[0]}" if free else ""
    if rebooking.to_train not in reached:
        return f"{late}, and rebooked to {rebooking.to_train}, which it does not reach either"
    return ""


def _used(problem: PlanningProblem, rebooked: dict[MoveId, Rebooking]) -> dict[TrainId, int]:
    """TEU each train gets, by booking and rebooking."""
    used: dict[TrainId, int] = defaultdict(int)
    for move in problem.moves:
        one = rebooked.get(move.id)
        booked = move.trains[0].train if move.trains else None
        train = booked if one is None else one.to_train
        if train is not None:
            used[train] += move.container.teu
    return used


def _fallbacks(problem: PlanningProblem, plan: Plan) -> Iterator[Violation]:
    by_id = {f.id: f for f in problem.fallbacks}
    for use in problem.fixed_fallbacks:
        if use not in plan.fallbacks:
            text = f"move {use.move}: its fallback {use.fallback} is under way and was changed"
            yield Violation(ViolationKind.PREFIX, text, move=use.move)
    busy: dict[FallbackId, list[_Use]] = defaultdict(list)
    for use in plan.fallbacks:
        offer, move = by_id.get(use.fallback), problem.move_by_id.get(use.move)
        if offer is None or move is None or offer.kind is not FallbackKind.DIESEL_SHUTTLE:
            text = f"move {use.move}: fallback {use.fallback} is no diesel shuttle of this hub"
            yield Violation(ViolationKind.FALLBACK, text, move=use.move)
            continue
        if use not in problem.fixed_fallbacks:
            for kind, text in _shuttle_faults(problem, offer, move, use):
                yield Violation(kind, f"move {move.id} by {offer.id}: {text}", move=move.id, at=use.window.start)
        back = use.window.end + _way_back(problem, move)
        busy[offer.id].append((use.window.start, back, use in problem.fixed_fallbacks))
    for route in plan.routes:
        truck = problem.truck_by_id.get(route.truck)
        fixed = len(truck.fixed) if truck is not None else 0
        for index, activity in enumerate(route.activities):
            if activity.kind is ActivityKind.SWAP and activity.fallback is not None:
                busy[activity.fallback].append((activity.window.start, activity.window.end, index < fixed))
    for name, uses in busy.items():
        found = _too_many(uses, by_id[name].capacity) if name in by_id else None
        if found is not None:
            text = f"fallback {name} is used {found[0]} times at once, but serves {by_id[name].capacity}"
            yield Violation(ViolationKind.FALLBACK_CAPACITY, text, at=found[1])


def _shuttle_faults(
    problem: PlanningProblem, offer: Fallback, move: OpenMove, use: FallbackUse
) -> Iterator[tuple[ViolationKind, str]]:
    if move.on_hold:
        yield ViolationKind.HOLD, "is on hold"
    if use.window.start < max(move.release, problem.horizon.start):
        yield ViolationKind.RELEASE, "is fetched before its release or before the plan begins"
    if use.window.end > problem.horizon.end:
        yield ViolationKind.HORIZON, "ends after the horizon of the plan"
    there = problem.leg_by_ends.get((move.origin, move.destination))
    if there is None and move.origin != move.destination:
        yield ViolationKind.LEG, f"there is no leg from {move.origin} to {move.destination}"
        return
    places = problem.place_by_id
    needed = places[move.origin].handling + places[move.destination].handling
    kilometres = 0.0
    if there is not None:
        back = problem.leg_by_ends.get((move.destination, move.origin), there)
        needed += there.duration
        kilometres = there.distance.as_km + back.distance.as_km
    if use.window.length < needed:
        yield ViolationKind.HANDLING, f"takes {use.window.length}, but fetching, driving and putting down take {needed}"
    cost = Money(offer.per_use.cents + round(offer.per_km.cents * kilometres), offer.per_use.currency)
    if abs(cost.cents - use.cost.cents) > 1:
        yield ViolationKind.FALLBACK, f"is counted with {use.cost.amount}, but costs {cost.amount}"


def _way_back(problem: PlanningProblem, move: OpenMove) -> timedelta:
    back = problem.leg_by_ends.get((move.destination, move.origin)) or problem.leg_by_ends.get(
        (move.origin, move.destination)
    )
    return back.duration if back else timedelta(0)


def _too_many(uses: Iterable[_Use], capacity: int) -> tuple[int, datetime] | None:
    """How many at once, and from when, where that is most; not where it is all fixed, which no plan could help."""
    steps = sorted(step for start, end, fixed in uses for step in ((start, 1, not fixed), (end, -1, not fixed)))
    level, chosen = 0, 0
    found: tuple[int, datetime] | None = None
    for moment, change, choice in steps:
        level += change
        chosen += change if choice else 0
        if chosen and level > (capacity if found is None else found[0]):
            found = level, moment
    return found
