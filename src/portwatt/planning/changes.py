"""What a plan does differently from the one in force, move by move, and why: the words of PlanAdopted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from portwatt.ids import MoveId, TrainId, TruckId
from portwatt.model.plan import Plan, PlanChange
from portwatt.planning.problem import OpenMove, PlanningProblem
from portwatt.planning.score import deliveries, takers

_WORTH_TELLING = timedelta(minutes=15)
"""A delivery that moves by less is the same plan to everybody who waits for it."""


def changes(problem: PlanningProblem, plan: Plan) -> tuple[PlanChange, ...]:
    """Differences from `problem.in_force` for every move both plans know; none when no plan was in force."""
    before = problem.in_force
    if before is None:
        return ()
    difference = _Difference(problem, before, plan)
    known = {*takers(before), *(left.move for left in before.unserved)}
    return tuple(change for move in problem.moves if move.id in known for change in difference.of(move))


class _Difference:
    """Both plans, looked up by move."""

    def __init__(self, problem: PlanningProblem, before: Plan, after: Plan) -> None:
        self.problem = problem
        self.takers = takers(before), takers(after)
        self.times = deliveries(before), deliveries(after)
        self.left = {u.move: u.detail for u in after.unserved}
        self.reasons = {use.move: use.reason for use in after.fallbacks}
        self.rebooked = {r.move: r for r in after.rebookings}
        self.before_rebooked: dict[MoveId, TrainId | None] = {r.move: r.to_train for r in before.rebookings}

    def of(self, move: OpenMove) -> Iterator[PlanChange]:
        old, new = (taken.get(move.id) for taken in self.takers)
        then, now = (times.get(move.id) for times in self.times)
        truck = TruckId(new) if new in self.problem.truck_by_id else None
        if new is None and old is not None:
            yield PlanChange(f"move {move.id} is not carried", move.id, None, self.left.get(move.id, ""))
        elif old is None and new is not None:
            yield PlanChange(f"move {move.id} goes to {new}", move.id, truck, "could not be carried before")
        elif new != old:
            what = f"move {move.id} goes to {new} instead of {old}"
            yield PlanChange(what, move.id, truck, self._why(move, str(old), then))
        elif then and now and abs(now - then) >= _WORTH_TELLING:
            word = "later" if now > then else "earlier"
            what = f"move {move.id} is delivered at {now:%H:%M} UTC, {word} than {then:%H:%M}"
            yield PlanChange(what, move.id, truck, self._why_then(move, then))
        yield from self._train(move, truck)

    def _train(self, move: OpenMove, truck: TruckId | None) -> Iterator[PlanChange]:
        """A container on another train than the plan before had it on, which the moves' bookings already follow."""
        one = self.rebooked.get(move.id)
        if one is None or (move.id in self.before_rebooked and self.before_rebooked[move.id] == one.to_train):
            return
        what = (
            f"misses {one.from_train}" if one.to_train is None else f"takes {one.to_train} instead of {one.from_train}"
        )
        yield PlanChange(f"container {move.container.id} {what}", move.id, truck, one.reason)

    def _why(self, move: OpenMove, old: str, then: datetime | None) -> str:
        if old not in self.problem.truck_by_id and old not in {f.id for f in self.problem.fallbacks}:
            return f"{old} is not available"
        if move.id in self.reasons:
            return self.reasons[move.id]
        return self._why_then(move, then) if then else f"it is served better than by {old}"

    @staticmethod
    def _why_then(move: OpenMove, then: datetime) -> str:
        if then < move.release:
            return f"it is released only at {move.release:%H:%M} UTC"
        if then > move.deadline:
            return f"it would have been late for {move.deadline:%H:%M} UTC"
        return "others are more urgent, or it fits better so"
