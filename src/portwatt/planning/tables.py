"""The problem in the planner's own numbers: places as indices, whole seconds from the horizon's start, joules."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from portwatt.ids import PlaceId
from portwatt.model.fallback import FallbackKind
from portwatt.model.place import Leg
from portwatt.model.truck import TruckModel
from portwatt.planning.energy import JOULES, Stair, stair
from portwatt.planning.problem import EvseOffer, OpenMove, PlanningProblem, TruckStart, best_fit
from portwatt.planning.timelines import FOREVER
from portwatt.units import Consumption, SoC

NO_LEG = -1


class Job(NamedTuple):
    """A move to be planned. `cut_offs`: of its trains in order, or its due time alone."""

    move: OpenMove
    origin: int
    destination: int
    release: int
    cut_offs: tuple[int, ...]
    service: int
    """Loading, driving and unloading."""

    @property
    def deadline(self) -> int:
        return self.cut_offs[0]


class ChargePlace(NamedTuple):
    """EVSEs at one place that are alike for one truck model."""

    place: int
    curve: Stair
    allowance: int
    evses: tuple[int, ...]


class ModelTable(NamedTuple):
    """What a truck model needs and can use."""

    capacity: int
    empty: list[list[int]]
    """Joules from place to place without a container; NO_LEG where there is no leg."""
    loaded: list[list[int]]
    charging: tuple[ChargePlace, ...]
    swapping: tuple[int, ...]
    third_parties: tuple[int, ...]
    way_out: list[int]
    """Least joules from each place to somewhere it can charge or swap; 0 where it can nowhere."""


class Tables:
    """All of it, made once per plan."""

    def __init__(self, problem: PlanningProblem) -> None:
        self.problem = problem
        self.start = problem.horizon.start
        self.end = self.floor(problem.horizon.end)
        self.margin = int(problem.margin.total_seconds())
        self.slot = int(problem.slot.total_seconds())
        self.places = [p.id for p in problem.places]
        self.index: dict[PlaceId, int] = {name: i for i, name in enumerate(self.places)}
        self.handling = [seconds(p.handling) for p in problem.places]
        self.time = self._by_ends(lambda leg: seconds(leg.duration))
        self.metres = self._by_ends(lambda leg: leg.distance.m)
        self.models = {m.id: self._model(m) for m in problem.models}
        self.jobs = {m.id: self._job(m) for m in problem.moves}

    def floor(self, moment: datetime) -> int:
        return min(FOREVER, math.floor((moment - self.start).total_seconds()))

    def ceil(self, moment: datetime) -> int:
        return min(FOREVER, math.ceil((moment - self.start).total_seconds()))

    def moment(self, second: int) -> datetime:
        return self.start + timedelta(seconds=second)

    def joules(self, truck: TruckStart, soc: SoC) -> int:
        """Energy at a state of charge, rounded so that the state of charge comes back the same."""
        return -(-soc.bp * self.models[truck.model].capacity // 10_000)

    def _by_ends(self, value: Callable[[Leg], int]) -> list[list[int]]:
        """A figure of every leg, from place to place: 0 from a place to itself, NO_LEG where there is no leg."""
        size = len(self.places)
        rows = [[0 if here == there else NO_LEG for there in range(size)] for here in range(size)]
        for leg in self.problem.legs:
            if leg.origin != leg.destination:
                rows[self.index[leg.origin]][self.index[leg.destination]] = value(leg)
        return rows

    def _job(self, move: OpenMove) -> Job:
        origin, destination = self.index[move.origin], self.index[move.destination]
        cut_offs = [t.cut_off for t in move.trains] or [move.due]
        drive = self.time[origin][destination]
        return Job(
            move,
            origin,
            destination,
            self.ceil(move.release),
            tuple(self.floor(c) for c in cut_offs),
            self.handling[origin] + drive + self.handling[destination],
        )

    def _uses(self, rate: Consumption) -> list[list[int]]:
        return self._by_ends(lambda leg: rate.over(leg.distance).wh * JOULES)

    def _model(self, model: TruckModel) -> ModelTable:
        problem = self.problem
        empty = self._uses(model.consumption_empty)
        charging = self._charging(model)
        swapping = tuple(i for i, s in enumerate(problem.swap_stations) if s.family == model.family)
        third = tuple(
            i
            for i, f in enumerate(problem.fallbacks)
            if f.kind is FallbackKind.THIRD_PARTY_SWAP and model.family is not None and f.family == model.family
        )
        sources = {c.place for c in charging} | {self.index[problem.swap_stations[i].place] for i in swapping}
        way_out = [
            min((empty[here][there] for there in sources if empty[here][there] != NO_LEG), default=0)
            for here in range(len(self.places))
        ]
        loaded = self._uses(model.consumption_loaded)
        return ModelTable(model.battery.wh * JOULES, empty, loaded, charging, swapping, third, way_out)

    def _charging(self, model: TruckModel) -> tuple[ChargePlace, ...]:
        alike: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for number, evse in enumerate(self.problem.evses):
            key = self._alike(model, evse)
            if key is not None:
                alike[key].append(number)
        return tuple(
            ChargePlace(place, stair(model, watts), allowance, tuple(evses))
            for (place, watts, allowance), evses in alike.items()
        )

    def _alike(self, model: TruckModel, evse: EvseOffer) -> tuple[int, int, int] | None:
        fit = best_fit(model, evse, self.problem.odds)
        if fit is None or fit.power.w <= 0:
            return None
        return self.index[evse.place], fit.power.w, seconds(self.problem.allowance(fit.odds))


def seconds(duration: timedelta) -> int:
    """Whole seconds, rounded up."""
    return math.ceil(duration.total_seconds())
