"""Whether a plan can be done. Shares nothing with any planner but the model and the problem.

Every rule is replayed from the plan's own words; nothing is taken from how the plan was made. What is fixed (under way
or about to start) is required to be unchanged and otherwise not blamed: the plan could not have chosen it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct

from portwatt.ids import MoveId, PlaceId
from portwatt.model.plan import Activity, ActivityKind, Plan, Route
from portwatt.planning.check_moves import Handled, check_moves
from portwatt.planning.check_packs import check_packs
from portwatt.planning.check_power import check_charge, check_grid, check_occupancy
from portwatt.planning.problem import PlanningProblem, TruckStart
from portwatt.planning.violations import Violation, ViolationKind
from portwatt.units import SoC

_SOC_TOLERANCE = 2
"""Hundredths of a percent: both ends of an activity are rounded to one."""


def check(problem: PlanningProblem, plan: Plan) -> tuple[Violation, ...]:
    """Everything that is wrong with a plan; empty: it can be done."""
    found: list[Violation] = []
    handled: list[Handled] = []
    seen: set[str] = set()
    for route in plan.routes:
        truck = problem.truck_by_id.get(route.truck)
        if truck is None or route.truck in seen:
            why = "has two routes" if route.truck in seen else "is not known"
            found.append(Violation(ViolationKind.UNKNOWN, f"truck {route.truck} {why}", truck=route.truck))
            continue
        seen.add(route.truck)
        walk = _Walk(problem, truck, route)
        found.extend(walk.violations())
        handled.extend(walk.handled)
    found.extend(
        Violation(ViolationKind.PREFIX, f"truck {t.id}: what it is doing is missing from the plan", truck=t.id)
        for t in problem.trucks
        if t.fixed and t.id not in seen
    )
    found.extend(check_moves(problem, plan, handled))
    found.extend(check_occupancy(problem, plan))
    found.extend(check_grid(problem, plan))
    found.extend(check_packs(problem, plan))
    return tuple(found)


class _State(Struct):
    """Where a walk along a route has come to."""

    place: PlaceId
    time: datetime
    soc: SoC
    carrying: MoveId | None
    loaded_at: datetime | None
    recovering: bool
    begun: bool


class _Walk:
    """One route, activity by activity."""

    def __init__(self, problem: PlanningProblem, truck: TruckStart, route: Route) -> None:
        self.problem = problem
        self.truck = truck
        self.route = route
        self.model = problem.model_by_id[truck.model]
        self.handled: list[Handled] = []
        self.now = _State(truck.place, truck.ready_at, truck.soc, truck.carrying, None, False, False)
        self._by_kind: dict[ActivityKind, Callable[[Activity], Iterator[Violation]]] = {
            ActivityKind.DRIVE: self._drive,
            ActivityKind.LOAD: self._load,
            ActivityKind.UNLOAD: self._unload,
            ActivityKind.WAIT: self._wait,
            ActivityKind.CHARGE: self._charge,
            ActivityKind.SWAP: self._swap,
        }

    def violations(self) -> Iterator[Violation]:
        fixed = self.truck.fixed
        if self.route.activities[: len(fixed)] != fixed:
            yield self._wrong(ViolationKind.PREFIX, "what is under way or about to start was changed", None)
            return
        for activity in fixed:
            self._take_fixed(activity)
        self.now.recovering = self.now.soc < self.truck.reserve
        for activity in self.route.activities[len(fixed) :]:
            yield from self._common(activity)
            yield from self._by_kind[activity.kind](activity)
            yield from self._reserve(activity)
            self.now.place, self.now.time, self.now.soc = activity.place, activity.window.end, activity.soc_after
            self.now.begun = True
        if self.now.carrying is not None:
            self.handled.append(Handled(self.now.carrying, self.truck.id, self.now.loaded_at, None))

    def _take_fixed(self, activity: Activity) -> None:
        now = self.now
        if activity.kind is ActivityKind.LOAD:
            now.carrying, now.loaded_at = activity.move, activity.window.start
        elif activity.kind is ActivityKind.UNLOAD and activity.move is not None:
            self.handled.append(Handled(activity.move, self.truck.id, now.loaded_at, activity.window.end, True))
            now.carrying = None
        now.place, now.time, now.soc = activity.place, activity.window.end, activity.soc_after
        now.begun = True

    def _common(self, activity: Activity) -> Iterator[Violation]:
        now, window = self.now, activity.window
        if window.start < now.time or (now.begun and window.start != now.time):
            word = "overlaps the one before, which ends" if window.start < now.time else "leaves a gap after the one"
            yield self._wrong(ViolationKind.TIME, f"{word} at {now.time:%H:%M:%S}", activity)
        starts_at = activity.origin if activity.kind is ActivityKind.DRIVE else activity.place
        if starts_at != now.place:
            yield self._wrong(ViolationKind.PLACE, f"begins at {starts_at}, but the truck is at {now.place}", activity)
        if activity.soc_before != now.soc:
            text = f"begins with {activity.soc_before.as_percent} %, but the truck has {now.soc.as_percent} %"
            yield self._wrong(ViolationKind.SOC_JUMP, text, activity)
        if window.end > self.truck.shift_end:
            yield self._wrong(ViolationKind.SHIFT, f"ends after the shift at {self.truck.shift_end:%H:%M}", activity)
        if window.end > self.problem.horizon.end:
            yield self._wrong(ViolationKind.HORIZON, "ends after the horizon of the plan", activity)
        if activity.kind not in (ActivityKind.WAIT, ActivityKind.CHARGE):
            for pause in self.truck.breaks:
                if pause.overlaps(window):
                    yield self._wrong(ViolationKind.BREAK, f"runs into the break at {pause.start:%H:%M}", activity)

    def _reserve(self, activity: Activity) -> Iterator[Violation]:
        """Below the reserve only a truck that began there may be, and it may not take on a container."""
        short = activity.soc_after < self.truck.reserve
        if self.now.recovering and short and activity.kind is not ActivityKind.LOAD:
            return
        if short:
            text = (
                f"leaves {activity.soc_after.as_percent} %, below the reserve of {self.truck.reserve.as_percent} %;"
                " charge before it"
            )
            yield self._wrong(ViolationKind.SOC_RESERVE, text, activity)
        self.now.recovering = False

    def _drive(self, activity: Activity) -> Iterator[Violation]:
        if activity.origin is None or activity.origin == activity.place:
            yield self._wrong(ViolationKind.MALFORMED, "a drive needs an origin other than where it ends", activity)
            return
        leg = self.problem.leg_by_ends.get((activity.origin, activity.place))
        if leg is None:
            text = f"there is no leg from {activity.origin} to {activity.place}"
            yield self._wrong(ViolationKind.LEG, text, activity)
            return
        if activity.window.length < leg.duration:
            text = f"takes {activity.window.length}, but the leg takes {leg.duration}"
            yield self._wrong(ViolationKind.LEG, text, activity)
        loaded = self.now.carrying is not None
        rate = self.model.consumption_loaded if loaded else self.model.consumption_empty
        wanted = rate.over(leg.distance).wh * 10_000 / self.model.battery.wh
        used = activity.soc_before.bp - activity.soc_after.bp
        if abs(used - wanted) > _SOC_TOLERANCE:
            text = f"uses {used / 100} %, but {'loaded' if loaded else 'empty'} it takes {wanted / 100:.2f} %"
            yield self._wrong(ViolationKind.CONSUMPTION, text, activity)

    def _load(self, activity: Activity) -> Iterator[Violation]:
        yield from self._still(activity)
        move = self.problem.move_by_id.get(activity.move) if activity.move else None
        if move is None:
            yield self._wrong(ViolationKind.UNKNOWN, f"move {activity.move} is not among the moves", activity)
            return
        if self.now.carrying is not None:
            yield self._wrong(ViolationKind.LOAD, f"already carries move {self.now.carrying}", activity)
        if activity.place != move.origin:
            yield self._wrong(ViolationKind.LOAD, f"loads move {move.id} here, but it waits at {move.origin}", activity)
        if activity.window.start < move.release:
            text = f"fetches move {move.id} before its release at {move.release:%H:%M}"
            yield self._wrong(ViolationKind.RELEASE, text, activity)
        if move.on_hold:
            yield self._wrong(ViolationKind.HOLD, f"fetches move {move.id}, which is on hold", activity)
        yield from self._handling(activity)
        self.now.carrying, self.now.loaded_at = move.id, activity.window.start

    def _unload(self, activity: Activity) -> Iterator[Violation]:
        yield from self._still(activity)
        if activity.move is None or activity.move != self.now.carrying:
            yield self._wrong(ViolationKind.LOAD, f"puts down {activity.move}, which it does not carry", activity)
            return
        move = self.problem.move_by_id.get(activity.move)
        if move is not None and activity.place != move.destination:
            text = f"puts move {move.id} down here, but it goes to {move.destination}"
            yield self._wrong(ViolationKind.LOAD, text, activity)
        yield from self._handling(activity)
        self.handled.append(Handled(activity.move, self.truck.id, self.now.loaded_at, activity.window.end))
        self.now.carrying = None

    def _wait(self, activity: Activity) -> Iterator[Violation]:
        yield from self._still(activity)

    def _charge(self, activity: Activity) -> Iterator[Violation]:
        for kind, text in check_charge(self.problem, self.model, activity):
            yield self._wrong(kind, text, activity)

    def _swap(self, activity: Activity) -> Iterator[Violation]:
        if self.model.family is None:
            yield self._wrong(ViolationKind.FAMILY, "swaps, but its battery is fixed", activity)
            return
        if activity.fallback is not None:
            yield from self._third_party(activity)
            return
        station = self.problem.swap_station_by_id.get(activity.station) if activity.station else None
        if station is None or activity.pack is None or activity.lane is None:
            yield self._wrong(ViolationKind.MALFORMED, "a swap needs a known station, a lane and a pack", activity)
            return
        if station.family != self.model.family:
            text = f"swaps packs of {self.model.family}, but {station.id} holds {station.family}"
            yield self._wrong(ViolationKind.FAMILY, text, activity)
        if station.place != activity.place:
            yield self._wrong(ViolationKind.PLACE, f"swaps at {station.id}, which is at {station.place}", activity)
        if activity.window.length < station.swap_time:
            yield self._wrong(ViolationKind.HANDLING, f"a swap takes {station.swap_time}", activity)
        if not 0 <= activity.lane < station.lanes:
            yield self._wrong(ViolationKind.UNKNOWN, f"{station.id} has no lane {activity.lane}", activity)

    def _third_party(self, activity: Activity) -> Iterator[Violation]:
        offer = next((f for f in self.problem.fallbacks if f.id == activity.fallback), None)
        if offer is None:
            yield self._wrong(ViolationKind.UNKNOWN, f"fallback {activity.fallback} is not known", activity)
            return
        if offer.family != self.model.family:
            text = f"swaps packs of {self.model.family}, but {offer.id} has {offer.family}"
            yield self._wrong(ViolationKind.FAMILY, text, activity)
            return
        if offer.place != activity.place:
            yield self._wrong(ViolationKind.PLACE, f"swaps at {offer.id}, which is at {offer.place}", activity)
        if activity.window.length < self.problem.third_party_swap:
            yield self._wrong(ViolationKind.HANDLING, f"takes {self.problem.third_party_swap}", activity)
        family = self.problem.family_by_id.get(self.model.family) if self.model.family else None
        if family is not None and activity.soc_after != family.ready_soc:
            text = f"a third party is counted on for {family.ready_soc.as_percent} %, no more and no less"
            yield self._wrong(ViolationKind.SOC_JUMP, text, activity)

    def _still(self, activity: Activity) -> Iterator[Violation]:
        if activity.soc_before != activity.soc_after:
            yield self._wrong(ViolationKind.SOC_JUMP, "changes the state of charge without charging", activity)

    def _handling(self, activity: Activity) -> Iterator[Violation]:
        place = self.problem.place_by_id.get(activity.place)
        if place is not None and activity.window.length < place.handling:
            text = f"takes {activity.window.length}, but handling at {place.id} takes {place.handling}"
            yield self._wrong(ViolationKind.HANDLING, text, activity)

    def _wrong(self, kind: ViolationKind, text: str, activity: Activity | None) -> Violation:
        truck = self.truck.id
        if activity is None:
            return Violation(kind, f"truck {truck}: {text}", truck=truck)
        where = f"truck {truck}, {activity.kind.value} at {activity.place}, {activity.window.start:%d %b %H:%M}"
        return Violation(
            kind,
            f"{where}: {text}",
            truck=truck,
            move=activity.move,
            evse=activity.evse,
            station=activity.station,
            at=activity.window.start,
        )
