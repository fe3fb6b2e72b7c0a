"""A plan in the making: resources, routes, and what became of every move."""

from __future__ import annotations

from typing import NamedTuple

from portwatt.ids import MoveId
from portwatt.model.plan import UnservedReason
from portwatt.planning.resources import Hired, Resources
from portwatt.planning.routes import Draft, TruckWork
from portwatt.planning.tables import Job, Tables


class Shuttle(NamedTuple):
    """A move a diesel shuttle carries, from when to when, with which of its vehicles, and why."""

    job: Job
    hired: Hired
    unit: int
    start: int
    reason: str


class Work:
    """Everything decided so far. `delivered`: when, in seconds from the start of the horizon."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.resources = Resources(tables)
        self.trucks = [TruckWork(tables, start) for start in tables.problem.trucks]
        self.delivered: dict[MoveId, int] = {}
        self.shuttles: list[Shuttle] = []
        self.unserved: list[tuple[MoveId, UnservedReason, str]] = []
        self.settled: set[MoveId] = set()
        """Moves fixed in what trucks and fallbacks do already: not to be planned."""
        self._take_fixed()

    def take(self, draft: Draft, job: Job | None) -> None:
        """Make a draft part of the plan."""
        truck = draft.truck
        for step in draft.steps:
            self.resources.take(truck, step)
        truck.steps.extend(draft.steps)
        truck.place, truck.time, truck.joules = draft.place, draft.time, draft.joules
        if job is not None:
            truck.carrying = None
            truck.used = True
            self.delivered[job.move.id] = draft.time

    def hire(self, shuttle: Shuttle) -> None:
        """Give a move to a diesel shuttle."""
        job = shuttle.job
        end = shuttle.start + job.service
        shuttle.hired.units[shuttle.unit].take(shuttle.start, end + way_back(self.tables, job))
        self.shuttles.append(shuttle)
        self.delivered[job.move.id] = end

    def leave(self, job: Job, reason: UnservedReason, detail: str) -> None:
        """List a move as unserved."""
        self.unserved.append((job.move.id, reason, detail))

    def _take_fixed(self) -> None:
        for truck in self.trucks:
            for activity in truck.fixed:
                if activity.move is not None and activity.kind in ("load", "unload"):
                    self.settled.add(activity.move)
                    if activity.kind == "unload":
                        self.delivered[activity.move] = self.tables.ceil(activity.window.end)
        for use in self.tables.problem.fixed_fallbacks:
            self.settled.add(use.move)
            self.delivered[use.move] = self.tables.ceil(use.window.end)


def way_back(tables: Tables, job: Job) -> int:
    """Seconds a shuttle drives back empty; over the way there where no leg leads back."""
    back = tables.time[job.destination][job.origin]
    return back if back >= 0 else max(0, tables.time[job.origin][job.destination])
