"""The first planner: each move, the most urgent first, to the truck that serves it best in the strict order.

Moves are taken in order of urgency among those released soon, and appended to routes; energy is looked for where a
move would break the reserve, and in the time a truck would wait anyway. Where the first construction leaves something
late, rebooked, given away or undone, it is tried again with other orders, as many as the budget stands for, and the
best is kept. A replan begins with the plan in force and leaves every move where it is still in time. A budget
buys a number of constructions and not a number of seconds, so that the same problem, budget and seed give the same
plan on every machine and in virtual time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import NamedTuple

from portwatt.errors import UsageError
from portwatt.ids import MoveId
from portwatt.model.plan import ActivityKind, Plan
from portwatt.model.plan import UnservedReason as Reason
from portwatt.planning.drawing import draw
from portwatt.planning.faults import broken
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.refuel import direct, top_up, with_stop
from portwatt.planning.routes import Draft, TruckWork, latest_start
from portwatt.planning.score import Score, score, takers
from portwatt.planning.tables import NO_LEG, Job, Tables
from portwatt.planning.timelines import FOREVER
from portwatt.planning.work import Shuttle, Work, way_back

_MISSED = 10**15
_LATE_S = 10**9
_REBOOKED = 10**8
_DIESEL = 5 * 10**7
_THIRD_PARTY = 2 * 10**7
_TIGHT = 10**7
"""In time, but within the margin before the deadline."""
_NEW_TRUCK = 10**6
_SHORT_OF_ENERGY = 1_500
"""Seconds a stop for energy is guessed at, to tell which trucks are worth a closer look."""
_CLOSER_LOOK = 4
_LAST_LOOK = 16
_TOP_UP_BELOW = 40
"""Per cent under which a truck that has nothing more to do goes charging."""
_SECONDS_PER_PAIR = 4e-6
"""What one construction takes for each pair of move and truck (measured, see benchmarks/bench_planner.py)."""
_MOST_ROUNDS = 6
_PATIENCE = 2
"""Constructions in a row that win nothing before the search ends."""
_PUNCTUALITY = 5
"""Terms of a score before trucks and cost."""
_WINDOWS = (3 * 3_600, 6 * 3_600, 12 * 3_600, 48 * 3_600, 900)
"""Moves released within so many seconds of each other are taken by urgency: one for each of the first constructions."""


def plan(problem: PlanningProblem, budget: timedelta, seed: int) -> Plan:
    """A plan that passes the check, for any problem without `faults.broken`, even with no budget at all.

    Raises UsageError, naming every fault, for a problem that is broken.
    """
    faults = broken(problem)
    if faults:
        raise UsageError("this cannot be planned: " + "; ".join(faults))
    tables = Tables(problem)
    chance = Random(seed)  # noqa: S311 - a search, not a secret
    work = _construct(tables, 0, chance)
    best = draw(work, seed)
    reached, fruitless = score(problem, best), 0
    least = _unavoidable(work)
    for number in range(1, _rounds(problem, budget)):
        if fruitless == _PATIENCE or _cannot_be_beaten(reached, least, problem):
            break
        made = draw(_construct(tables, number, chance), seed)
        scored = score(problem, made)
        fruitless += 1
        if _worth_it(problem, scored, reached):
            best, reached, fruitless = made, scored, 0
    return best


class _Least(NamedTuple):
    """What no order of the moves can do away with."""

    missed: int
    late_s: int
    rebooked: int


def _unavoidable(work: Work) -> _Least:
    """What holds, release and what trucks carry already cost in any case: a bound, reckoned from any construction."""
    missed, late, rebooked = 0, 0, 0
    for name, job in work.tables.jobs.items():
        at = max(0, job.release) + job.service
        if name in work.settled:
            at = work.delivered.get(name, FOREVER)
        elif job.move.on_hold:
            at = FOREVER
        if not job.move.trains:
            late += max(0, min(at, work.tables.end) - job.deadline)
        elif at > max(job.cut_offs):
            missed += 1
        elif at > job.deadline:
            rebooked += 1
    return _Least(missed, late, rebooked)


def _cannot_be_beaten(reached: Score, least: _Least, problem: PlanningProblem) -> bool:
    """Whether nothing is left to win but trucks and cost. Seconds are whole here and not everywhere in the problem."""
    punctual = reached.missed <= least.missed and reached.rebooked <= least.rebooked
    return punctual and reached.late_s <= least.late_s + len(problem.moves) and not reached.diesel.m


def _worth_it(problem: PlanningProblem, new: Score, old: Score) -> bool:
    """A plan in force is not turned over for a truck or a few yuan, only for punctuality and fallbacks."""
    if problem.in_force is None or problem.weights is not None:
        return new < old
    return new.key[:_PUNCTUALITY] < old.key[:_PUNCTUALITY]


def _rounds(problem: PlanningProblem, budget: timedelta) -> int:
    once = 0.01 + len(problem.moves) * len(problem.trucks) * _SECONDS_PER_PAIR
    return max(1, min(_MOST_ROUNDS, int(budget.total_seconds() / once)))


def _construct(tables: Tables, number: int, chance: Random) -> Work:
    """One construction: the first from the plan in force, if there is one; then from nothing, by one window after the
    other; then by chance."""
    work = Work(tables)
    in_force = tables.problem.in_force
    if in_force is not None:
        if number == 0:
            _Greedy(work).keep(in_force)
            return work
        number -= 1
    window = _WINDOWS[min(number, len(_WINDOWS) - 1)]
    noise = 0 if number < len(_WINDOWS) else 1_800
    _Greedy(work).run(window, noise, chance)
    return work


class _Greedy:
    """One construction: move after move to whoever serves it best."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.tables = work.tables
        self.prices = work.tables.problem.prices
        self._jobs_of_model: dict[tuple[int, int, int], list[int]] = {}
        in_force = work.tables.problem.in_force
        self._before = takers(in_force) if in_force else {}
        """Who carries each move in the plan in force: to take it away costs the price of a change."""

    def run(self, window: int, noise: int, chance: Random) -> None:
        """Everything anew: moves in waves of release `window` seconds long, the most urgent of a wave first."""
        jobs = self._begin()
        urgency = {j.move.id: latest_start(j) + (chance.randrange(noise) if noise else 0) for j in jobs}
        ahead = sorted(jobs, key=lambda j: (j.release, urgency[j.move.id], j.move.id), reverse=True)
        pool: list[tuple[int, int, Job]] = []
        number = count()
        frontier = 0
        while ahead or pool:
            if not pool:
                frontier = max(frontier, ahead[-1].release)
            while ahead and ahead[-1].release <= frontier + window:
                job = ahead.pop()
                heappush(pool, (urgency[job.move.id], next(number), job))
            self._serve(heappop(pool)[2])
        self._top_up()

    def keep(self, in_force: Plan) -> None:
        """As the plan in force has it, wherever that is still in time; what is new or late finds its place between."""
        jobs = self._begin()
        trucks = {truck.start.id: truck for truck in self.work.trucks}
        holds: dict[MoveId, tuple[int, TruckWork]] = {}
        for route in in_force.routes:
            for activity in route.activities:
                if activity.kind is ActivityKind.LOAD and activity.move is not None and route.truck in trucks:
                    holds[activity.move] = (self.tables.floor(activity.window.start), trucks[route.truck])
        for job in jobs:
            if job.move.id in holds:
                holds[job.move.id][1].used = True

        def turn(job: Job) -> tuple[int, MoveId]:
            soonest = max(0, job.release)
            slack = max(0, latest_start(job) - soonest)
            return holds[job.move.id][0] if job.move.id in holds else soonest + slack // 2, job.move.id

        for job in sorted(jobs, key=turn):
            if job.move.id not in holds or not self._kept(holds[job.move.id][1], job):
                self._serve(job)
        self._top_up()

    def _kept(self, truck: TruckWork, job: Job) -> bool:
        """Leave a move with its truck, where that still brings it in time."""
        if job.move.on_hold or not truck.usable:
            return False
        found = self._best_draft(truck, job)
        if found is None or found[1].time > job.deadline:
            return False
        self.work.take(found[1], job)
        return True

    def _begin(self) -> list[Job]:
        self._deliver_what_is_carried()
        return [job for name, job in self.tables.jobs.items() if name not in self.work.settled]

    def _top_up(self) -> None:
        for truck in self.work.trucks:
            if truck.usable and truck.carrying is None:
                draft = top_up(self.work.resources, truck, _TOP_UP_BELOW)
                if draft is not None:
                    self.work.take(draft, None)

    def _deliver_what_is_carried(self) -> None:
        for truck in sorted(self.work.trucks, key=lambda t: (t.time, t.start.id)):
            if truck.carrying is None:
                continue
            job = self.tables.jobs[truck.carrying]
            self.work.settled.add(job.move.id)
            found = self._best_draft(truck, job)
            if found is None:
                truck.usable = False
                text = f"on truck {truck.start.id}, which can neither deliver it in its shift nor charge on the way"
                self.work.leave(job, Reason.NO_ENERGY, text)
            else:
                self.work.take(found[1], job)

    def _serve(self, job: Job) -> None:
        """Give a move to the best taker, or list it with the reason why nobody takes it."""
        move = job.move
        if move.on_hold:
            self.work.leave(job, Reason.ON_HOLD, "customs has not released it; it is planned as soon as it is")
            return
        if self.tables.time[job.origin][job.destination] == NO_LEG:
            text = f"there is no leg from {move.origin} to {move.destination}; add one to the hub file"
            self.work.leave(job, Reason.NO_LEG, text)
            return
        ranked = self._ranked(job)
        best: tuple[int, Draft] | None = None
        for place, (_, truck) in enumerate(ranked):
            if place >= _CLOSER_LOOK and best is not None and best[0] < _REBOOKED:
                break
            found = self._best_draft(truck, job)
            if found is not None and (best is None or found[0] < best[0]):
                best = found
        if best is None or best[0] >= _DIESEL:
            shuttle = self._shuttle(job, best is None)
            if shuttle is not None and (best is None or shuttle[0] < best[0]):
                self.work.hire(shuttle[1])
                return
        if best is None:
            self.work.leave(job, *self._why_not(job, bool(ranked)))
        else:
            self.work.take(best[1], job)

    def _ranked(self, job: Job) -> list[tuple[int, TruckWork]]:
        """Trucks that could do it, the likely best first: by time, energy guessed, and what the way there costs."""
        time, metres = self.tables.time, self.tables.metres
        origin, release, service = job.origin, job.release, job.service
        deadline = job.deadline
        per_m, per_s = self.prices.driving_per_km.cents / 1_000, self.prices.waiting_per_hour.cents / 3_600
        before, change = self._before.get(job.move.id), self.prices.change.cents
        fresh: dict[tuple[int, int, int], tuple[int, TruckWork]] = {}
        found: list[tuple[int, TruckWork]] = []
        for truck in self.work.trucks:
            here = truck.place
            drive = time[here][origin]
            if drive < 0 or not truck.usable:
                continue
            arrival = truck.time + drive
            need = self._need(truck, job)[here]
            if need < 0:
                continue
            begin = arrival
            if truck.joules - need < truck.floor:
                begin += _SHORT_OF_ENERGY
            waits = 0
            if begin < release:
                waits = release - begin
                begin = release
            end = begin + service
            if end > truck.shift_end:
                continue
            key = self._lateness(job, end) if end + self.tables.margin > deadline else 0
            key += int(metres[here][origin] * per_m)
            if before is not None and truck.start.id != before:
                key += change
            if truck.used:
                found.append((key + int(waits * per_s), truck))
                continue
            # Trucks not yet used that stand together are alike but for what is in them: the fullest stands for all.
            key += _NEW_TRUCK
            alike = (here, id(truck.model), truck.shift_end)
            known = fresh.get(alike)
            if known is None or truck.joules > known[1].joules:
                fresh[alike] = (key, truck)
        found.extend(fresh.values())
        found.sort(key=lambda one: one[0])
        return found[:_LAST_LOOK]

    def _need(self, truck: TruckWork, job: Job) -> list[int]:
        """Joules to have at each place to do a job from there and reach a charger; NO_LEG where it cannot be done."""
        model = truck.model
        key = (id(model), job.origin, job.destination)
        row = self._jobs_of_model.get(key)
        if row is None:
            laden = model.loaded[job.origin][job.destination] + model.way_out[job.destination]
            row = [NO_LEG if to[job.origin] == NO_LEG else to[job.origin] + laden for to in model.empty]
            self._jobs_of_model[key] = row
        return row

    def _best_draft(self, truck: TruckWork, job: Job) -> tuple[int, Draft] | None:
        resources = self.work.resources
        plain = direct(resources, truck, job)
        if plain is not None:
            return self._key(plain, job), plain
        drafts: Iterator[Draft] = with_stop(resources, truck, job)
        return min(((self._key(d, job), d) for d in drafts), key=lambda one: one[0], default=None)

    def _key(self, draft: Draft, job: Job) -> int:
        """What a draft is worth, less is better: the strict order as one number."""
        truck = draft.truck
        key = self._lateness(job, draft.time)
        if not truck.used:
            key += _NEW_TRUCK
        if any(step.fallback is not None for step in draft.steps):
            key += _THIRD_PARTY
        if self._before.get(job.move.id, truck.start.id) != truck.start.id:
            key += self.prices.change.cents
        metres = sum(self.tables.metres[s.origin][s.place] for s in draft.steps if s.origin >= 0)
        idle = draft.time - truck.time if truck.used else draft.steps[-1].end - draft.steps[0].start
        return key + (
            metres * self.prices.driving_per_km.cents // 1_000 + idle * self.prices.waiting_per_hour.cents // 3_600
        )

    def _lateness(self, job: Job, end: int) -> int:
        if end <= job.deadline:
            return 0 if end + self.tables.margin <= job.deadline else _TIGHT
        if not job.move.trains:
            return (end - job.deadline) * _LATE_S
        last = max(job.cut_offs)
        return _REBOOKED if end <= last else _MISSED + (end - last) * _LATE_S

    def _shuttle(self, job: Job, no_truck: bool) -> tuple[int, Shuttle] | None:
        back = way_back(self.tables, job)
        best: tuple[int, int, int, Shuttle] | None = None
        why = "no truck can carry it" if no_truck else "no truck would bring it in time"
        for number, hired in enumerate(self.work.resources.shuttles):
            found = hired.earliest(max(0, job.release), job.service + back)
            if found is None or found[0] + job.service > self.tables.end:
                continue
            start, unit = found
            key = _DIESEL + self._lateness(job, start + job.service)
            one = (key, start, number, Shuttle(job, hired, unit, start, why))
            if best is None or one[:3] < best[:3]:
                best = one
        return None if best is None else (best[0], best[3])

    def _why_not(self, job: Job, tried: bool) -> tuple[Reason, str]:
        hired = "; every shuttle is busy until after the plan ends" if self.work.resources.shuttles else ""
        if hired and not tried:
            return Reason.NO_FALLBACK, f"no truck can fetch it in its shift{hired}"
        trucks = [t for t in self.work.trucks if t.usable]
        laden = [t for t in trucks if t.model.loaded[job.origin][job.destination] + t.floor <= t.model.capacity]
        if not laden:
            return Reason.NO_TRUCK_FITS, f"no truck on duty carries it on a full battery{hired}"
        if tried:
            return Reason.NO_ENERGY, f"no truck in reach finds a free charger or a full pack in time for it{hired}"
        return Reason.NO_TIME, f"no truck can fetch and deliver it before its shift or the plan ends{hired}"
