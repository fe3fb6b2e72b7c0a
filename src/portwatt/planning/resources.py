"""What trucks share: bays, swap stations, power, shuttles, providers; with what is fixed already booked."""

from __future__ import annotations

from portwatt.model.fallback import Fallback, FallbackKind
from portwatt.model.plan import Activity, ActivityKind, PowerStep
from portwatt.planning.problem import TruckStart
from portwatt.planning.racks import Rack, SwapTaken
from portwatt.planning.routes import Step, TruckWork
from portwatt.planning.tables import Tables
from portwatt.planning.timelines import Busy, PowerSlots


class Hired:
    """A fallback: one busy line for each of the vehicles, or bays, it has at once."""

    def __init__(self, offer: Fallback) -> None:
        self.offer = offer
        self.units = [Busy() for _ in range(offer.capacity)]

    def earliest(self, moment: int, duration: int) -> tuple[int, int] | None:
        """(start, unit) of the first use; None: it has no unit at all."""
        return min(((unit.earliest(moment, duration), n) for n, unit in enumerate(self.units)), default=None)

    def take_fixed(self, start: int, end: int) -> None:
        """Book what is under way in the unit that is free for it."""
        for unit in self.units:
            if unit.earliest(start, end - start) == start:
                unit.take(start, end)
                return
        if self.units:
            self.units[0].cover(start, end)


class Resources:
    """Everything shared, as far as it is booked."""

    def __init__(self, tables: Tables) -> None:
        problem = tables.problem
        self.tables = tables
        self.hub = PowerSlots(_free_power(tables), tables.slot)
        self.bays = [Busy([(tables.floor(w.start), tables.ceil(w.end)) for w in e.closed]) for e in problem.evses]
        self.racks = [Rack(tables, offer, self.hub) for offer in problem.swap_stations]
        self.hired = [Hired(offer) for offer in problem.fallbacks]
        self.shuttles = [h for h in self.hired if h.offer.kind is FallbackKind.DIESEL_SHUTTLE]
        self._evse_index = {e.id: i for i, e in enumerate(problem.evses)}
        self._rack_index = {s.id: i for i, s in enumerate(problem.swap_stations)}
        self._hired_by_id = {h.offer.id: h for h in self.hired}
        for truck in problem.trucks:
            self._take_fixed(truck)
        for use in problem.fixed_fallbacks:
            job = tables.jobs.get(use.move)
            hired = self._hired_by_id.get(use.fallback)
            if job is not None and hired is not None:
                back = max(0, tables.time[job.destination][job.origin], tables.time[job.origin][job.destination])
                hired.take_fixed(tables.floor(use.window.start), tables.ceil(use.window.end) + back)
        for rack in self.racks:
            rack.open()

    def take(self, truck: TruckWork, step: Step) -> None:
        """Book what a step needs."""
        if step.filling is not None:
            self.bays[step.evse].take(step.start, step.end)
            self.hub.take(step.filling.stretches())
        elif step.swap is not None:
            returned_bp = step.before * 10_000 // truck.model.capacity
            self.racks[step.rack].take(step.swap, truck.start.id, truck.pack, returned_bp)
            truck.pack = step.swap.pack
        elif step.fallback is not None:
            self._hired_by_id[step.fallback].take_fixed(step.start, step.end)
            truck.pack = None

    def _take_fixed(self, truck: TruckStart) -> None:
        tables, pack = self.tables, truck.pack
        for activity in truck.fixed:
            start, end = tables.floor(activity.window.start), tables.ceil(activity.window.end)
            if activity.evse in self._evse_index and activity.evse is not None:
                self.bays[self._evse_index[activity.evse]].cover(start, end)
                self.hub.take(_stretches(tables, activity))
            elif activity.kind is ActivityKind.SWAP:
                if activity.fallback in self._hired_by_id and activity.fallback is not None:
                    self._hired_by_id[activity.fallback].take_fixed(start, end)
                elif activity.station in self._rack_index and activity.station is not None:
                    rack = self.racks[self._rack_index[activity.station]]
                    rack.hold_lane(activity.lane or 0, start, end)
                    if activity.pack is not None:
                        taken = SwapTaken(start, activity.lane or 0, truck.id, end, activity.pack, pack, True)
                        rack.take_fixed(taken, activity.soc_before.bp)
                pack = activity.pack


def _free_power(tables: Tables) -> list[int]:
    """Least of the grid limit in each slot."""
    slots = -(-tables.end // tables.slot)
    free = [-1] * slots
    steps: tuple[PowerStep, ...] = tables.problem.grid
    for index, step in enumerate(steps):
        begin = max(0, tables.floor(step.start)) // tables.slot
        last = index + 1 == len(steps)
        end = slots if last else min(slots, -(-max(0, tables.ceil(steps[index + 1].start)) // tables.slot))
        for slot in range(begin, end):
            free[slot] = step.power.w if free[slot] < 0 else min(free[slot], step.power.w)
    return free


def _stretches(tables: Tables, activity: Activity) -> list[tuple[int, int, int]]:
    starts = [tables.floor(step.start) for step in activity.profile]
    ends = [*starts[1:], tables.ceil(activity.window.end)]
    return [
        (start, end, step.power.w) for start, end, step in zip(starts, ends, activity.profile, strict=True) if end > 0
    ]
