"""Routes in the making: a truck as far as it is planned, and drafts of what it could do next."""

from __future__ import annotations

from typing import NamedTuple

from portwatt.ids import FallbackId, MoveId, PackId
from portwatt.model.plan import Activity, ActivityKind
from portwatt.planning.energy import Filling
from portwatt.planning.problem import TruckStart
from portwatt.planning.racks import SwapSlot
from portwatt.planning.tables import NO_LEG, Job, ModelTable, Tables
from portwatt.planning.timelines import FOREVER


class Step(NamedTuple):
    """An activity in the planner's numbers: seconds, joules, places as indices."""

    kind: ActivityKind
    start: int
    end: int
    place: int
    before: int
    after: int
    origin: int = -1
    move: MoveId | None = None
    evse: int = -1
    filling: Filling | None = None
    rack: int = -1
    swap: SwapSlot | None = None
    fallback: FallbackId | None = None


class TruckWork:
    """A truck and what it was given so far."""

    __slots__ = (
        "breaks",
        "carrying",
        "fixed",
        "floor",
        "joules",
        "model",
        "pack",
        "place",
        "shift_end",
        "start",
        "steps",
        "time",
        "usable",
        "used",
    )

    def __init__(self, tables: Tables, start: TruckStart) -> None:
        self.start = start
        self.model: ModelTable = tables.models[start.model]
        self.fixed: tuple[Activity, ...] = start.fixed
        self.floor = -(-start.reserve.bp * self.model.capacity // 10_000)
        self.shift_end = min(tables.floor(start.shift_end), tables.end)
        self.breaks = [(tables.floor(b.start), tables.ceil(b.end)) for b in sorted(start.breaks)]
        self.steps: list[Step] = []
        self.pack: PackId | None = start.pack
        self.carrying: MoveId | None = start.carrying
        self.used = start.carrying is not None
        self.usable = True
        place, soc, ready = start.place, start.soc, start.ready_at
        for activity in start.fixed:
            place, soc, ready = activity.place, activity.soc_after, activity.window.end
            if activity.kind is ActivityKind.LOAD:
                self.carrying, self.used = activity.move, True
            elif activity.kind is ActivityKind.UNLOAD:
                self.carrying, self.used = None, True
            elif activity.kind is ActivityKind.SWAP:
                self.pack = activity.pack
        self.place = tables.index[place]
        self.joules = tables.joules(start, soc)
        self.time = max(0, tables.ceil(ready))


class Draft:
    """What a truck could do next, step by step; nothing is booked until it is taken."""

    __slots__ = ("_loaded", "_recovering", "joules", "place", "steps", "tables", "time", "truck")

    def __init__(self, tables: Tables, truck: TruckWork) -> None:
        self.tables = tables
        self.truck = truck
        self.place = truck.place
        self.time = truck.time
        self.joules = truck.joules
        self.steps: list[Step] = []
        self._loaded = truck.carrying is not None
        self._recovering = truck.joules < truck.floor

    def drive(self, place: int) -> bool:
        """Drive there. False: there is no leg, or not the energy."""
        here = self.place
        if place == here:
            return True
        took = self.tables.time[here][place]
        if took == NO_LEG:
            return False
        model = self.truck.model
        after = self.joules - (model.loaded if self._loaded else model.empty)[here][place]
        if after < (0 if self._recovering else self.truck.floor):
            return False
        self._do(Step(ActivityKind.DRIVE, self._begin(self.time, took), took, place, self.joules, after, here))
        return True

    def load(self, job: Job) -> bool:
        """Fetch the container, when it is released. False: below the reserve no container is taken on."""
        if self._recovering or self._loaded or self.place != job.origin:
            return False
        took = self.tables.handling[job.origin]
        start = self._begin(max(self.time, job.release), took)
        self._do(Step(ActivityKind.LOAD, start, took, self.place, self.joules, self.joules, move=job.move.id))
        self._loaded = True
        return True

    def unload(self, job: Job) -> None:
        took = self.tables.handling[job.destination]
        start = self._begin(self.time, took)
        self._do(Step(ActivityKind.UNLOAD, start, took, self.place, self.joules, self.joules, move=job.move.id))
        self._loaded = False

    def charge(self, start: int, evse: int, filling: Filling) -> None:
        took = filling.end - start
        step = Step(
            ActivityKind.CHARGE, start, took, self.place, self.joules, filling.joules, evse=evse, filling=filling
        )
        self._do(step)
        self._recovering = self._recovering and self.joules < self.truck.floor

    def swap(self, rack: int, slot: SwapSlot, took: int) -> None:
        full = -(-slot.bp * self.truck.model.capacity // 10_000)
        self._do(Step(ActivityKind.SWAP, slot.start, took, self.place, self.joules, full, rack=rack, swap=slot))
        self._recovering = False

    def third_party(self, start: int, took: int, joules: int, fallback: FallbackId) -> None:
        self._do(Step(ActivityKind.SWAP, start, took, self.place, self.joules, joules, fallback=fallback))
        self._recovering = False

    def free_of_breaks(self, start: int, took: int) -> int:
        return self._begin(start, took)

    @property
    def in_time(self) -> bool:
        """Whether it ends within the shift and the horizon."""
        return self.time <= self.truck.shift_end

    def _begin(self, start: int, took: int) -> int:
        for begin, end in self.truck.breaks:
            if start < end and start + took > begin:
                start = end
        return start

    def _do(self, step: Step) -> None:
        """Append a step (given with how long it takes in place of its end), after waiting for it if need be."""
        if step.start > self.time and (self.steps or self.truck.steps or self.truck.fixed):
            here = self.place
            self.steps.append(Step(ActivityKind.WAIT, self.time, step.start, here, self.joules, self.joules))
        done = step._replace(end=step.start + step.end)
        self.steps.append(done)
        self.time, self.place, self.joules = done.end, done.place, done.after


def latest_start(job: Job) -> int:
    """Latest moment to begin loading and still be in time; `FOREVER` at most."""
    return min(FOREVER, job.deadline - job.service)
