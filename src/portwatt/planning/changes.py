"""What a plan does differently from the one in force, container by container, and why: the words of PlanAdopted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from portwatt.ids import MoveId, TrainId, TruckId
from portwatt.model.plan import ActivityKind, Plan, PlanChange
from portwatt.planning.problem import OpenMove, PlanningProblem
from portwatt.planning.score import deliveries, takers
from portwatt.units import local_time

_WORTH_TELLING = timedelta(minutes=15)
"""A delivery that moves by less is the same plan to everybody who waits for it."""


def changes(problem: PlanningProblem, plan: Plan) -> tuple[PlanChange, ...]:
    """Differences from `problem.in_force` for every move both plans know; none when no plan was in force.

    What a container's train or its being carried at all depends on stands first, the mere times last.
    """
    before = problem.in_force
    if before is None:
        return ()
    difference = _Difference(problem, before, plan)
    known = {*takers(before), *(left.move for left in before.unserved)}
    found = [one for move in problem.moves if move.id in known for one in difference.of(move)]
    return tuple(change for _, change in sorted(found, key=lambda one: one[0]))


_TRAIN, _CARRIED, _TRUCK, _TIME = range(4)
"""How grave a change is, the gravest first."""
_Ranked = tuple[int, PlanChange]


class _Difference:
    """Both plans, looked up by move."""

    def __init__(self, problem: PlanningProblem, before: Plan, after: Plan) -> None:
        self.problem = problem
        self.takers = takers(before), takers(after)
        self.times = deliveries(before), deliveries(after)
        self.carried = _carried(before), _carried(after)
        self.left = {u.move: u.detail for u in after.unserved}
        self.reasons = {use.move: use.reason for use in after.fallbacks}
        self.rebooked = {r.move: r for r in after.rebookings}
        self.before_rebooked: dict[MoveId, TrainId | None] = {r.move: r.to_train for r in before.rebookings}

    def of(self, move: OpenMove) -> Iterator[_Ranked]:
        old, new = (taken.get(move.id) for taken in self.takers)
        then, now = (times.get(move.id) for times in self.times)
        truck = TruckId(new) if new in self.problem.truck_by_id else None
        name = f"container {move.container.id}"
        if new is None and old is not None:
            yield _CARRIED, PlanChange(f"{name} is not carried", move.id, None, self.left.get(move.id, ""))
        elif old is None and new is not None:
            yield _CARRIED, PlanChange(f"{name} goes to {new}", move.id, truck, "could not be carried before")
        elif old is not None and new is not None and new != old:
            what = f"{name} goes to {new} instead of {old}"
            yield _TRUCK, PlanChange(what, move.id, truck, self._why_other(move, old, new, then))
        elif new is not None and then and now and abs(now - then) >= _WORTH_TELLING:
            minutes = round((now - then).total_seconds() / 60)
            moved = f"{abs(minutes)} min {'later' if minutes > 0 else 'earlier'} than before"
            what = f"{name} is delivered {self._local(now)}, {moved}"
            yield _TIME, PlanChange(what, move.id, truck, self._why_then(move, new, then))
        yield from self._train(move, truck)

    def _train(self, move: OpenMove, truck: TruckId | None) -> Iterator[_Ranked]:
        """A container on another train than the plan before had it on, which the moves' bookings already follow."""
        one = self.rebooked.get(move.id)
        if one is None or (move.id in self.before_rebooked and self.before_rebooked[move.id] == one.to_train):
            return
        what = (
            f"misses {one.from_train}" if one.to_train is None else f"takes {one.to_train} instead of {one.from_train}"
        )
        yield _TRAIN, PlanChange(f"container {move.container.id} {what}", move.id, truck, one.reason)

    def _why_other(self, move: OpenMove, old: str, new: str, then: datetime | None) -> str:
        if old not in self.problem.truck_by_id and old not in {f.id for f in self.problem.fallbacks}:
            return f"{old} is not available"
        if move.id in self.reasons:
            return self.reasons[move.id]
        forced = self._forced(move, then) if then else ""
        if forced:
            return forced
        had = set(self.carried[0].get(old, ()))
        instead = [m for m in self.carried[1].get(old, ()) if m not in had]
        nearest = min(instead, key=lambda m: abs(self.times[1][m] - then), default=None) if then else None
        return f"{old} carries {self._name(nearest)} now" if nearest else f"it fits better into the day of {new}"

    def _why_then(self, move: OpenMove, taker: str, then: datetime) -> str:
        forced = self._forced(move, then)
        if forced:
            return forced
        ahead_before, ahead = (_ahead(carried.get(taker, ()), move.id) for carried in self.carried)
        fresh = next((m for m in reversed(ahead) if m not in ahead_before), None)
        if fresh is not None:
            return f"{taker} carries {self._name(fresh)} first"
        gone = next((m for m in reversed(ahead_before) if m not in ahead and m in self.takers[1]), None)
        if gone is not None:
            return f"{taker} does not carry {self._name(gone)} before it any more"
        return f"what {taker} does before it is at other times"

    def _forced(self, move: OpenMove, then: datetime) -> str:
        """What ruled the old delivery out by itself; empty: nothing did."""
        if then < move.release:
            return f"it is released only at {self._local(move.release)}"
        if then > move.deadline:
            return f"it would have been late for {self._local(move.deadline)}"
        return ""

    def _name(self, move: MoveId) -> str:
        known = self.problem.move_by_id.get(move)
        return known.container.id if known else move

    def _local(self, moment: datetime) -> str:
        return local_time(moment, self.problem.timezone)


def _carried(plan: Plan) -> dict[str, tuple[MoveId, ...]]:
    """What each truck delivers, in order."""
    return {
        route.truck: tuple(a.move for a in route.activities if a.kind is ActivityKind.UNLOAD and a.move is not None)
        for route in plan.routes
    }


def _ahead(carried: tuple[MoveId, ...], move: MoveId) -> tuple[MoveId, ...]:
    return carried[: carried.index(move)] if move in carried else carried
