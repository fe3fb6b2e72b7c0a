"""What a plan promises: figures, how each train will stand, and the power it draws. Reckoned from the plan's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from portwatt.ids import MoveId, TrainId
from portwatt.model.move import Move
from portwatt.model.plan import Activity, ActivityKind, Plan, PowerStep, Route, UnservedReason
from portwatt.model.train import Direction, TrainRun
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.score import deliveries
from portwatt.units import Distance, Energy, Power, Window


class Delivery(Struct, frozen=True):
    """When a container is put down, and how long before the moment that counts (negative: after it)."""

    move: MoveId
    at: datetime
    slack: timedelta


class TrainOutlook(Struct, frozen=True):
    """Containers of one train under the plan; `booked` are those it was first meant for or (inbound) that it brings.

    Every booked container is counted once: `on_time`, `late` (inbound: put down after its due time), `rebooked_away`,
    `held` (customs has not released it, so nobody can say yet) or `missed` (outbound: on none of its trains; inbound:
    nobody carries it). `rebooked_here` come from others.
    """

    train: TrainId
    booked: int
    on_time: int
    late: int
    rebooked_away: int
    missed: int
    held: int
    rebooked_here: int
    deliveries: tuple[Delivery, ...]

    @property
    def least_slack(self) -> timedelta | None:
        return min((d.slack for d in self.deliveries), default=None)


class Load(Struct, frozen=True):
    """From `start` to the next one, what charging draws: trucks at EVSEs, and packs in their slots."""

    start: datetime
    trucks: Power
    packs: Power

    @property
    def total(self) -> Power:
        return self.trucks + self.packs


class PlanFigures(Struct, frozen=True):
    """The plan in figures. Containers: those with an outbound train. Power and energy are the plan's own profiles."""

    moves: int
    by_truck: int
    by_fallback: int
    late: int
    """Put down after the last moment that counts for them."""
    unserved: int
    containers: int
    on_booked_train: int
    rebooked: int
    missed: int
    held: int
    """On customs hold: not planned before it is released."""
    trucks: int
    trucks_used: int
    loaded: Distance
    empty: Distance
    charges: int
    swaps: int
    energy: Energy
    peak: Power
    peak_at: datetime | None


def figures(problem: PlanningProblem, plan: Plan) -> PlanFigures:
    """The figures of a plan; one pass over each part."""
    delivered = deliveries(plan)
    given_up = {r.move for r in plan.rebookings if r.to_train is None}
    on_trains = [m for m in problem.moves if m.trains]
    booked = sum(1 for m in on_trains if (at := delivered.get(m.id)) is not None and at <= m.deadline)
    held = _held(plan)
    waiting = sum(1 for m in on_trains if m.id in held)
    missed = sum(
        1
        for m in on_trains
        if m.id not in held and ((at := delivered.get(m.id)) is None or at > m.last_deadline or m.id in given_up)
    )
    activities = [a for route in plan.routes for a in route.activities]
    loads = load_profile(plan)
    highest = max(loads, key=lambda load: load.total, default=None)
    by_fallback = sum(1 for use in plan.fallbacks)
    loaded, empty = _driven(problem, plan)
    return PlanFigures(
        moves=len(problem.moves),
        by_truck=len(delivered) - by_fallback,
        by_fallback=by_fallback,
        late=sum(1 for m in problem.moves if m.id in delivered and delivered[m.id] > m.last_deadline),
        unserved=len(plan.unserved),
        containers=len(on_trains),
        on_booked_train=booked,
        rebooked=len(on_trains) - booked - missed - waiting,
        missed=missed,
        held=waiting,
        trucks=len(problem.trucks),
        trucks_used=sum(1 for r in plan.routes if any(a.kind is ActivityKind.UNLOAD for a in r.activities)),
        loaded=loaded,
        empty=empty,
        charges=sum(1 for a in activities if a.kind is ActivityKind.CHARGE),
        swaps=sum(1 for a in activities if a.kind is ActivityKind.SWAP),
        energy=_energy(plan),
        peak=highest.total if highest else Power(0),
        peak_at=highest.start if highest else None,
    )


def train_outlooks(trains: Iterable[TrainRun], moves: Iterable[Move], plan: Plan) -> tuple[TrainOutlook, ...]:
    """How each train will stand, in the order given. A rebooked container's slack is that of its new train."""
    delivered = deliveries(plan)
    rebooked = {r.move: r.to_train for r in plan.rebookings}
    held = _held(plan)
    here = defaultdict(list)
    for move in moves:
        train = move.trains[0].train if move.trains else move.from_train
        if train is not None:
            here[train].append(move)
            other = rebooked.get(move.id)
            if other is not None:
                here[other].append(move)
    return tuple(_outlook(train, here[train.id], delivered, rebooked, held) for train in trains)


def _outlook(
    train: TrainRun,
    moves: list[Move],
    delivered: dict[MoveId, datetime],
    rebooked: dict[MoveId, TrainId | None],
    held: frozenset[MoveId],
) -> TrainOutlook:
    outbound = train.direction is Direction.OUTBOUND
    counts = {"booked": 0, "on_time": 0, "late": 0, "away": 0, "missed": 0, "held": 0, "here": 0}
    found: list[Delivery] = []
    for move in moves:
        at = delivered.get(move.id)
        due = next((c.due for c in move.trains if c.train == train.id), move.due)
        taken_by = rebooked.get(move.id)
        if taken_by == train.id:
            counts["here"] += 1
        else:
            counts["booked"] += 1
            counts["held" if move.id in held else _fate(at, due, taken_by, outbound)] += 1
        if at is not None and (taken_by is None or taken_by == train.id):
            found.append(Delivery(move.id, at, due - at))
    return TrainOutlook(
        train=train.id,
        booked=counts["booked"],
        on_time=counts["on_time"],
        late=counts["late"],
        rebooked_away=counts["away"],
        missed=counts["missed"],
        held=counts["held"],
        rebooked_here=counts["here"],
        deliveries=tuple(sorted(found, key=lambda d: d.at)),
    )


def _held(plan: Plan) -> frozenset[MoveId]:
    return frozenset(u.move for u in plan.unserved if u.reason is UnservedReason.ON_HOLD)


def _fate(at: datetime | None, due: datetime, taken_by: TrainId | None, outbound: bool) -> str:
    if taken_by is not None:
        return "away"
    if at is None:
        return "missed"
    if at <= due:
        return "on_time"
    return "missed" if outbound else "late"


def load_profile(plan: Plan) -> tuple[Load, ...]:
    """What all charging of the plan draws, step by step; starts with the first draw and ends at nothing."""
    changes: dict[datetime, list[int]] = defaultdict(lambda: [0, 0])
    for start, end, watts in _draws((c.profile, c.window) for r in plan.routes for c in r.activities if c.profile):
        changes[start][0] += watts
        changes[end][0] -= watts
    for start, end, watts in _draws((c.profile, c.window) for c in plan.pack_charges):
        changes[start][1] += watts
        changes[end][1] -= watts
    trucks = packs = 0
    found = []
    for at in sorted(changes):
        trucks, packs = trucks + changes[at][0], packs + changes[at][1]
        found.append(Load(at, Power(trucks), Power(packs)))
    return tuple(found)


def _draws(parts: Iterable[tuple[tuple[PowerStep, ...], Window]]) -> Iterable[tuple[datetime, datetime, int]]:
    for profile, window in parts:
        ends = [*(step.start for step in profile[1:]), window.end]
        for step, end in zip(profile, ends, strict=True):
            if step.power.w and step.start < end:
                yield step.start, end, step.power.w


def _energy(plan: Plan) -> Energy:
    loads = load_profile(plan)
    wh = sum(here.total.w * (after.start - here.start).total_seconds() / 3_600 for here, after in pairwise(loads))
    return Energy(round(wh))


def carried(route: Route, carrying: MoveId | None) -> Iterator[tuple[Activity, MoveId | None]]:
    """Each activity of a route with the container on the truck meanwhile; `carrying`: what it has at the start."""
    for activity in route.activities:
        if activity.kind is ActivityKind.LOAD:
            carrying = activity.move
        yield activity, carrying
        if activity.kind is ActivityKind.UNLOAD:
            carrying = None


def _driven(problem: PlanningProblem, plan: Plan) -> tuple[Distance, Distance]:
    """Road with and without a container."""
    loaded = empty = 0
    for route in plan.routes:
        for activity, move in carried(route, problem.truck_by_id[route.truck].carrying):
            leg = problem.leg_by_ends.get((activity.origin, activity.place)) if activity.origin else None
            if activity.kind is not ActivityKind.DRIVE or leg is None:
                continue
            if move is not None:
                loaded += leg.distance.m
            else:
                empty += leg.distance.m
    return Distance(loaded), Distance(empty)
