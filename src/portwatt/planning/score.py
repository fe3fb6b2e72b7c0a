"""How good a plan is: terms in strict order, and what it costs, item by item.

The terms come from the plan's own words, whoever made it. A container counts as missed when it has trains and is on
none of them; a move without trains that nobody carries counts as late until the horizon ends. Energy left in the
batteries at the end that was not there at the start is credited at the mean price of the horizon (and owed when there
is less), so that a plan gains nothing by running its trucks down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from portwatt.ids import EvseId, MoveId, TruckModelId
from portwatt.model.fallback import FallbackKind
from portwatt.model.plan import Activity, ActivityKind, Plan, PowerStep
from portwatt.model.tariff import BandName
from portwatt.planning.problem import OpenMove, PlanningProblem, best_fit
from portwatt.units import Distance, Money, Window, whole


class CostItem(Struct, frozen=True):
    """One line of the bill; `band` only for energy."""

    name: str
    amount: Money
    band: BandName | None = None


class Score(Struct, frozen=True, eq=False):
    """Less is better; compared by `key`: strictly in the order of the fields, or by `weighted` when weights are set."""

    missed: int
    late_s: int
    rebooked: int
    diesel: Distance
    third_party_swaps: int
    trucks_used: int
    cost: Money
    items: tuple[CostItem, ...] = ()
    weighted: Money | None = None

    @property
    def key(self) -> tuple[int, ...]:
        if self.weighted is not None:
            return (self.weighted.cents,)
        return (
            self.missed,
            self.late_s,
            self.rebooked,
            self.diesel.m,
            self.third_party_swaps,
            self.trucks_used,
            self.cost.cents,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Score) and self.key == other.key

    def __lt__(self, other: Score) -> bool:
        return self.key < other.key

    def __le__(self, other: Score) -> bool:
        return self.key <= other.key

    def __gt__(self, other: Score) -> bool:
        return self.key > other.key

    def __ge__(self, other: Score) -> bool:
        return self.key >= other.key

    def __hash__(self) -> int:
        return hash(self.key)


def score(problem: PlanningProblem, plan: Plan) -> Score:
    """The score of a plan that answers the problem."""
    missed, late_s, rebooked = _punctuality(problem, plan)
    activities = [a for route in plan.routes for a in route.activities]
    third = [a for a in activities if a.kind is ActivityKind.SWAP and a.fallback is not None]
    used = {r.truck for r in plan.routes if any(a.kind is ActivityKind.UNLOAD for a in r.activities)}
    items = tuple(i for i in _items(problem, plan, activities) if i.amount.cents)
    cost = sum((item.amount for item in items), Money(0, problem.prices.driving_per_km.currency))
    terms = Score(missed, late_s, rebooked, _diesel(problem, plan), len(third), len(used), cost, items)
    return _weigh(problem, terms) if problem.weights else terms


def deliveries(plan: Plan) -> dict[MoveId, datetime]:
    """When each move is delivered, by truck or fallback."""
    found = {use.move: use.window.end for use in plan.fallbacks}
    for route in plan.routes:
        for activity in route.activities:
            if activity.kind is ActivityKind.UNLOAD and activity.move is not None:
                found[activity.move] = activity.window.end
    return found


def _punctuality(problem: PlanningProblem, plan: Plan) -> tuple[int, int, int]:
    """Containers that miss their last train, seconds of lateness, containers on a later train."""
    delivered = deliveries(plan)
    given_up = {r.move for r in plan.rebookings if r.to_train is None}
    missed, late = 0, 0.0
    for move in problem.moves:
        at = delivered.get(move.id)
        if move.trains and (at is None or at > move.last_deadline or move.id in given_up):
            missed += 1
        late += _lateness(problem, move, at)
    return missed, int(late), sum(1 for r in plan.rebookings if r.to_train is not None)


def _lateness(problem: PlanningProblem, move: OpenMove, at: datetime | None) -> float:
    if at is None and move.trains:
        return 0.0
    return max(0.0, ((at or problem.horizon.end) - move.last_deadline).total_seconds())


def _diesel(problem: PlanningProblem, plan: Plan) -> Distance:
    """Kilometres of diesel shuttles, there and back empty."""
    total = Distance()
    legs = problem.leg_by_ends
    for use in plan.fallbacks:
        move = problem.move_by_id.get(use.move)
        there = legs.get((move.origin, move.destination)) if move else None
        if move is not None and there is not None:
            total = total + there.distance + legs.get((move.destination, move.origin), there).distance
    return total


def _items(problem: PlanningProblem, plan: Plan, activities: list[Activity]) -> Iterator[CostItem]:
    prices = problem.prices
    currency = prices.driving_per_km.currency
    draws = list(_draws(problem, plan))
    charged_wh = 0.0
    for band, (cost, wh) in _by_band(problem, draws).items():
        charged_wh += wh
        yield CostItem("energy", Money(whole(cost), currency), band)
    metres, consumed_wh = _driven(problem, plan)
    gained = charged_wh - consumed_wh + _from_third_parties(problem, plan)
    yield CostItem("energy left in batteries", Money(-whole(gained / 1_000 * _mean_price(problem)), currency))
    above = max(0.0, _peak(draws) - prices.peak_so_far.w)
    yield CostItem("demand", Money(whole(prices.demand_per_kw.cents * above / 1_000), currency))
    yield CostItem("driving", Money(whole(prices.driving_per_km.cents * metres / 1_000), currency))
    waiting = sum(_within(a.window, problem) for a in activities if a.kind is ActivityKind.WAIT)
    yield CostItem("waiting", Money(whole(prices.waiting_per_hour.cents * waiting / 3_600), currency))
    yield CostItem("battery wear", Money(whole(prices.pack_wear_per_kwh.cents * charged_wh / 1_000), currency))
    yield CostItem("diesel shuttles", sum((use.cost for use in plan.fallbacks), Money(0, currency)))
    per_use = {f.id: f.per_use for f in problem.fallbacks if f.kind is FallbackKind.THIRD_PARTY_SWAP}
    swaps = (per_use[a.fallback] for a in activities if a.fallback in per_use and a.fallback is not None)
    yield CostItem("third-party swaps", sum(swaps, Money(0, currency)))
    yield CostItem("changes", Money(prices.change.cents * moved(problem.in_force, plan), currency))


class _Draw(Struct, frozen=True):
    """A stretch of constant power in seconds from the horizon's start; it brings energy from `flows` on."""

    start: float
    flows: float
    end: float
    watts: int


def _draws(problem: PlanningProblem, plan: Plan) -> Iterator[_Draw]:
    for charge in plan.pack_charges:
        yield from _stretches(problem, charge.profile, charge.window, timedelta(0))
    allowances: dict[tuple[TruckModelId, EvseId], timedelta] = {}
    for route in plan.routes:
        model = problem.model_by_id[problem.truck_by_id[route.truck].model]
        for activity in route.activities:
            if activity.kind is not ActivityKind.CHARGE or activity.evse not in problem.evse_by_id:
                continue
            key = (model.id, activity.evse)
            if key not in allowances:
                fit = best_fit(model, problem.evse_by_id[activity.evse], problem.odds)
                allowances[key] = problem.allowance(fit.odds) if fit else timedelta(0)
            yield from _stretches(problem, activity.profile, activity.window, allowances[key])


def _stretches(
    problem: PlanningProblem, profile: tuple[PowerStep, ...], window: Window, allowance: timedelta
) -> Iterator[_Draw]:
    begin = problem.horizon.start
    flows = (window.start + allowance - begin).total_seconds()
    ends = [*(step.start for step in profile[1:]), window.end]
    for step, until in zip(profile, ends, strict=False):
        start, end = max(0.0, (step.start - begin).total_seconds()), (until - begin).total_seconds()
        if end > start and step.power.w:
            yield _Draw(start, min(end, max(start, flows)), end, step.power.w)


def _by_band(problem: PlanningProblem, draws: list[_Draw]) -> dict[BandName, tuple[float, float]]:
    """Cents and watt-hours by band."""
    begin = problem.horizon.start
    bands = problem.bands
    starts = [(band.window.start - begin).total_seconds() for band in bands]
    found: dict[BandName, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for draw in draws:
        at = draw.flows
        index = max(0, bisect_right(starts, at) - 1)
        while at < draw.end and index < len(bands):
            until = min(draw.end, starts[index + 1]) if index + 1 < len(bands) else draw.end
            wh = draw.watts * (until - at) / 3_600
            cents, before = found[bands[index].name]
            found[bands[index].name] = (cents + wh * bands[index].price.micro / 10_000_000, before + wh)
            at = until
            index += 1
    return dict(found)


def _mean_price(problem: PlanningProblem) -> float:
    """Mean price over the horizon in cents per kilowatt-hour."""
    length = sum(band.window.length.total_seconds() for band in problem.bands)
    if not length:
        return 0.0
    return sum(b.price.micro * b.window.length.total_seconds() for b in problem.bands) / length / 10_000


def _peak(draws: list[_Draw]) -> int:
    """Highest power drawn at one instant, in watts."""
    changes: dict[float, int] = defaultdict(int)
    for draw in draws:
        changes[draw.start] += draw.watts
        changes[draw.end] -= draw.watts
    level = peak = 0
    for at in sorted(changes):
        level += changes[at]
        peak = max(peak, level)
    return peak


def _driven(problem: PlanningProblem, plan: Plan) -> tuple[int, float]:
    """Metres driven, and watt-hours used on them, by trucks within the horizon."""
    metres, used = 0, 0.0
    for route in plan.routes:
        capacity = problem.model_by_id[problem.truck_by_id[route.truck].model].battery.wh
        for activity in route.activities:
            if activity.kind is ActivityKind.DRIVE and activity.origin is not None:
                leg = problem.leg_by_ends.get((activity.origin, activity.place))
                metres += leg.distance.m if leg else 0
                used += (activity.soc_before.bp - activity.soc_after.bp) * capacity / 10_000
    return metres, used


def _from_third_parties(problem: PlanningProblem, plan: Plan) -> float:
    """Watt-hours that came in packs of third parties."""
    gained = 0.0
    for route in plan.routes:
        capacity = problem.model_by_id[problem.truck_by_id[route.truck].model].battery.wh
        for activity in route.activities:
            if activity.kind is ActivityKind.SWAP and activity.fallback is not None:
                gained += (activity.soc_after.bp - activity.soc_before.bp) * capacity / 10_000
    return gained


def _within(window: Window, problem: PlanningProblem) -> float:
    return max(0.0, (window.end - max(window.start, problem.horizon.start)).total_seconds())


def moved(before: Plan | None, after: Plan) -> int:
    """Moves the plan before gave to another truck or fallback."""
    if before is None:
        return 0
    old, new = takers(before), takers(after)
    return sum(1 for move, taker in old.items() if move in new and new[move] != taker)


def takers(plan: Plan) -> dict[MoveId, str]:
    """Who carries each move: a truck, or a fallback."""
    found: dict[MoveId, str] = {use.move: use.fallback for use in plan.fallbacks}
    for route in plan.routes:
        for activity in route.activities:
            if activity.kind is ActivityKind.UNLOAD and activity.move is not None:
                found[activity.move] = route.truck
    return found


def _weigh(problem: PlanningProblem, terms: Score) -> Score:
    weights = problem.weights
    assert weights is not None
    cents = (
        weights.missed.cents * terms.missed
        + whole(weights.late_per_hour.cents * terms.late_s / 3_600)
        + weights.rebooked.cents * terms.rebooked
        + whole(weights.diesel_per_km.cents * terms.diesel.m / 1_000)
        + weights.third_party_swap.cents * terms.third_party_swaps
        + weights.truck_used.cents * terms.trucks_used
        + terms.cost.cents
    )
    return replace(terms, weighted=Money(cents, terms.cost.currency))
