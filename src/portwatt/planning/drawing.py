"""From the planner's numbers to a Plan: moments, states of charge, names, rebookings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from portwatt.ids import ActivityId, EvseId, MoveId, PackId, StationId, TrainId, activity_id, activity_number
from portwatt.model.plan import (
    Activity,
    ActivityKind,
    FallbackUse,
    PackCharge,
    Plan,
    PowerStep,
    Rebooking,
    Route,
    Unserved,
)
from portwatt.planning.energy import Filling
from portwatt.planning.racks import Rack
from portwatt.planning.routes import Step, TruckWork
from portwatt.planning.tables import Job, Tables
from portwatt.planning.work import Shuttle, Work
from portwatt.units import Money, Power, SoC, Window, local_time

PLANNER = "greedy"

_Likeness = tuple[object, ...]


def draw(work: Work, seed: int) -> Plan:
    """The plan a work came to."""
    tables = work.tables
    problem = tables.problem
    return Plan(
        id=problem.plan,
        hub=problem.hub,
        horizon=problem.horizon,
        routes=tuple(_route(tables, truck) for truck in work.trucks if truck.steps or truck.fixed),
        pack_charges=tuple(charge for rack in work.resources.racks for charge in _pack_charges(tables, rack)),
        fallbacks=(*problem.fixed_fallbacks, *(_use(tables, shuttle) for shuttle in work.shuttles)),
        rebookings=tuple(rebookings(tables, work.delivered)),
        unserved=tuple(Unserved(move, reason, detail) for move, reason, detail in sorted(work.unserved)),
        planner=PLANNER,
        seed=seed,
    )


def rebookings(tables: Tables, delivered: dict[MoveId, int]) -> Iterator[Rebooking]:
    """Containers that do not reach their booked train, in order of delivery, each to the next with room for it."""
    jobs = tables.jobs
    used: dict[TrainId, int] = defaultdict(int)
    late: list[tuple[int, MoveId]] = []
    for name, job in jobs.items():
        if not job.move.trains:
            continue
        at = delivered.get(name)
        if at is not None and at > job.deadline:
            late.append((at, name))
        else:
            used[job.move.trains[0].train] += job.move.container.teu
    room = {row.train: row.teu for row in tables.problem.train_room}
    for at, name in sorted(late):
        yield _rebooking(tables, jobs[name], at, used, room)


def _rebooking(tables: Tables, job: Job, at: int, used: dict[TrainId, int], room: dict[TrainId, int]) -> Rebooking:
    move = job.move
    booked = move.trains[0]
    minutes = -((job.deadline - at) // 60)
    when = local_time(tables.moment(at), tables.problem.timezone)
    text = f"delivered {when}, {minutes} min after the cut-off of {booked.train}"
    for option, cut_off in zip(move.trains[1:], job.cut_offs[1:], strict=True):
        if at > cut_off:
            continue
        teu = move.container.teu
        if option.train in room and used[option.train] + teu > room[option.train]:
            text += f"; {option.train} is full"
            continue
        used[option.train] += teu
        return Rebooking(move.id, booked.train, option.train, text)
    return Rebooking(move.id, booked.train, None, f"{text}; no later train takes it")


def _route(tables: Tables, truck: TruckWork) -> Route:
    names = _Names(tables, truck)
    drawn: list[Activity] = list(truck.fixed)
    for step in truck.steps:
        start = tables.moment(step.start)
        if drawn and drawn[-1].window.end < start:
            # What is fixed may end within a second of the planner's whole ones.
            before = drawn[-1]
            gap = Step(ActivityKind.WAIT, 0, 0, tables.index[before.place], step.before, step.before)
            drawn.append(_activity(tables, truck, gap, Window(before.window.end, start), names))
        drawn.append(_activity(tables, truck, step, Window(start, tables.moment(step.end)), names))
    return Route(truck.start.id, tuple(drawn))


def _activity(tables: Tables, truck: TruckWork, step: Step, window: Window, names: _Names) -> Activity:
    problem, capacity = tables.problem, truck.model.capacity
    evse: EvseId | None = problem.evses[step.evse].id if step.evse >= 0 else None
    station: StationId | None = problem.swap_stations[step.rack].id if step.rack >= 0 else None
    origin = tables.places[step.origin] if step.origin >= 0 else None
    place = tables.places[step.place]
    return Activity(
        id=names.next((step.kind, origin, place, step.move, evse, station, step.fallback)),
        kind=step.kind,
        window=window,
        place=place,
        soc_before=SoC(step.before * 10_000 // capacity),
        soc_after=SoC(step.after * 10_000 // capacity),
        origin=origin,
        move=step.move,
        evse=evse,
        profile=profile(tables, step.filling) if step.filling else (),
        station=station,
        lane=step.swap.lane if step.swap else None,
        pack=step.swap.pack if step.swap else None,
        fallback=step.fallback,
    )


class _Names:
    """Names of a truck's activities, counted up along its route.

    The plan in force's name where the activity is the same and nothing before it is new; new ones otherwise: a truck's
    orders are told from what is still ahead by their numbers, so numbers never go down along a route.
    """

    def __init__(self, tables: Tables, truck: TruckWork) -> None:
        self.truck = truck.start
        self.last = max([self.truck.next_number - 1, *(activity_number(a.id) for a in truck.fixed)])
        self.free = self.last + 1
        self.known: dict[_Likeness, list[ActivityId]] = defaultdict(list)
        in_force = tables.problem.in_force
        old = next((r for r in in_force.routes if r.truck == self.truck.id), None) if in_force else None
        for activity in reversed(old.activities) if old else ():
            self.known[_likeness(activity)].append(activity.id)
            self.free = max(self.free, activity_number(activity.id) + 1)

    def next(self, likeness: _Likeness) -> ActivityId:
        known = self.known.get(likeness)
        while known:
            name = known.pop()
            if activity_number(name) > self.last:
                self.last = activity_number(name)
                return name
        self.last = self.free
        self.free += 1
        return activity_id(self.truck.id, self.last)


def _likeness(activity: Activity) -> _Likeness:
    a = activity
    return (a.kind, a.origin, a.place, a.move, a.evse, a.station, a.fallback)


def profile(tables: Tables, filling: Filling) -> tuple[PowerStep, ...]:
    """The power of a charge, step by step."""
    return tuple(PowerStep(tables.moment(at), Power(watts)) for at, watts in filling.steps)


def _pack_charges(tables: Tables, rack: Rack) -> Iterator[PackCharge]:
    slots: dict[tuple[PackId, int], EvseId] = rack.slots()
    for charge in rack.charges:
        window = Window(tables.moment(charge.filling.steps[0][0]), tables.moment(charge.filling.end))
        yield PackCharge(
            charge.pack,
            slots[charge.pack, charge.since],
            window,
            profile(tables, charge.filling),
            SoC(charge.before_bp),
            SoC(charge.after_bp),
        )


def _use(tables: Tables, shuttle: Shuttle) -> FallbackUse:
    job, offer = shuttle.job, shuttle.hired.offer
    there = max(0, tables.metres[job.origin][job.destination])
    back = tables.metres[job.destination][job.origin]
    metres = there + (back if back >= 0 else there)
    cost = Money(offer.per_use.cents + round(offer.per_km.cents * metres / 1000), offer.per_use.currency)
    window = Window(tables.moment(shuttle.start), tables.moment(shuttle.start + job.service))
    return FallbackUse(job.move.id, offer.id, window, cost, shuttle.reason)
