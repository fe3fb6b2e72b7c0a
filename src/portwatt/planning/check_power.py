"""Checks on charging: what fits, how much power, who is at which EVSE, and the grid at every instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from portwatt.ids import EvseId
from portwatt.model.connector import fits
from portwatt.model.handshake import odds_for
from portwatt.model.plan import Activity, ActivityKind, Plan, PowerStep
from portwatt.model.truck import TruckModel, accepts
from portwatt.planning.problem import EvseOffer, Fit, PlanningProblem, best_fit
from portwatt.planning.violations import Violation, ViolationKind
from portwatt.units import SoC, Window

_SOC_TOLERANCE = 2
"""Hundredths of a percent: both ends of an activity are rounded to one."""

Load = tuple[datetime, int, bool]
"""At this moment the load changes by so many watts; True: by something fixed."""
Fault = tuple[ViolationKind, str]


def check_charge(problem: PlanningProblem, model: TruckModel, activity: Activity) -> Iterator[Fault]:
    """One charge of one truck, by itself."""
    evse = problem.evse_by_id.get(activity.evse) if activity.evse else None
    if evse is None or not activity.profile:
        yield ViolationKind.MALFORMED, "a charge needs a known EVSE and a profile"
        return
    if evse.place != activity.place:
        yield ViolationKind.PLACE, f"charges at {evse.id}, which is at {evse.place}"
    fit = best_fit(model, evse, problem.odds)
    if fit is None:
        yield _no_fit(problem, model, evse)
        return
    steps = spans(activity.profile, activity.window)
    if steps is None:
        yield ViolationKind.MALFORMED, "the profile must begin with the charge and its steps follow in time"
        return
    yield from _powers(problem, model, activity, fit, steps)


def spans(profile: Sequence[PowerStep], window: Window) -> list[tuple[datetime, datetime, int]] | None:
    """A profile as stretches (start, end, watts) that fill a window; None when it does not."""
    starts = [step.start for step in profile]
    if starts[0] != window.start or starts[-1] >= window.end or any(a >= b for a, b in pairwise(starts)):
        return None
    return list(zip(starts, [*starts[1:], window.end], (s.power.w for s in profile), strict=True))


def _no_fit(problem: PlanningProblem, model: TruckModel, evse: EvseOffer) -> Fault:
    plugs = [c.standard for c in evse.connectors if fits(c.standard, model.inlets, model.adapters)]
    if not plugs:
        return ViolationKind.CONNECTOR, f"no plug of {evse.id} fits the inlets and adapters of {model.id}"
    if not evse.voltage.covers(model.voltage):
        return ViolationKind.VOLTAGE, (
            f"{evse.id} gives {evse.voltage.low_v} to {evse.voltage.high_v} V, but {model.id} needs"
            f" {model.voltage.low_v} to {model.voltage.high_v} V"
        )
    odds = (*evse.odds, *problem.odds)
    barred = ", ".join(p for p in plugs if odds_for(odds, p, model.inlets, model.id).barred)
    return ViolationKind.BARRED, f"the pair of {model.id} with {barred} at {evse.id} is barred"


def _powers(
    problem: PlanningProblem,
    model: TruckModel,
    activity: Activity,
    fit: Fit,
    steps: list[tuple[datetime, datetime, int]],
) -> Iterator[Fault]:
    flows_from = activity.window.start + problem.allowance(fit.odds)
    capacity = model.battery.wh
    stored = activity.soc_before.bp * capacity / 10_000
    for start, end, watts in steps:
        if watts < 0:
            yield ViolationKind.POWER, f"draws {watts} W at {start:%H:%M:%S}; a truck does not give power back"
        if watts > fit.power.w:
            yield ViolationKind.POWER, f"draws {watts / 1000} kW, but EVSE and cable carry {fit.power.as_kw} kW"
        seconds = max(0.0, (end - max(start, flows_from)).total_seconds())
        after = stored + watts * seconds / 3600
        most = _least_accepted(model, stored * 10_000 / capacity, after * 10_000 / capacity)
        if watts > most:
            soc = stored * 100 / capacity
            yield ViolationKind.POWER, f"draws {watts / 1000} kW from {soc:.1f} % on, where the battery takes less"
        stored = after
    gained = stored * 10_000 / capacity - activity.soc_before.bp
    if abs(gained - (activity.soc_after.bp - activity.soc_before.bp)) > _SOC_TOLERANCE:
        text = f"ends with {activity.soc_after.as_percent} %, but the profile brings {gained / 100:+.2f} %"
        yield ViolationKind.SOC_JUMP, text


def _least_accepted(model: TruckModel, before: float, after: float) -> int:
    """Least power the battery takes between two states of charge, up to the rounding of their ends."""

    def at(bp: float) -> int:
        held = [SoC(max(0, min(10_000, int(bp) + shift))) for shift in (-_SOC_TOLERANCE, _SOC_TOLERANCE)]
        return max(accepts(model, soc).w for soc in held)

    inside = [p.power.w for p in model.curve if before + _SOC_TOLERANCE < p.soc.bp < after - _SOC_TOLERANCE]
    return min([at(before), at(after), *inside])


def check_occupancy(problem: PlanningProblem, plan: Plan) -> Iterator[Violation]:
    """No EVSE and no lane for two trucks at once, none while it is closed."""
    at_evse: dict[str, list[tuple[Activity, bool]]] = defaultdict(list)
    in_lane: dict[str, list[tuple[Activity, bool]]] = defaultdict(list)
    for activity, fixed in _activities(problem, plan):
        if activity.kind is ActivityKind.CHARGE and activity.evse is not None:
            at_evse[activity.evse].append((activity, fixed))
        elif activity.kind is ActivityKind.SWAP and activity.station is not None:
            in_lane[f"{activity.station}, lane {activity.lane}"].append((activity, fixed))
    for name, stays in at_evse.items():
        evse = problem.evse_by_id.get(EvseId(name))
        yield from _one_at_a_time(name, stays, ViolationKind.EVSE_DOUBLE)
        yield from _closed(name, stays, evse.closed if evse else ())
    for name, stays in in_lane.items():
        station = stays[0][0].station
        offer = problem.swap_station_by_id.get(station) if station else None
        yield from _one_at_a_time(name, stays, ViolationKind.LANE_DOUBLE)
        yield from _closed(name, stays, offer.closed if offer else ())


def _activities(problem: PlanningProblem, plan: Plan) -> Iterator[tuple[Activity, bool]]:
    for route in plan.routes:
        truck = problem.truck_by_id.get(route.truck)
        fixed = len(truck.fixed) if truck else 0
        for index, activity in enumerate(route.activities):
            yield activity, index < fixed


def _one_at_a_time(name: str, stays: list[tuple[Activity, bool]], kind: ViolationKind) -> Iterator[Violation]:
    stays = sorted(stays, key=lambda stay: (stay[0].window.start, stay[0].id))
    last, last_fixed = stays[0]
    for stay, fixed in stays[1:]:
        if stay.window.start < last.window.end and not (fixed and last_fixed):
            text = f"{name} is given to {last.id} until {last.window.end:%H:%M:%S} and to {stay.id} before that"
            yield Violation(kind, text, evse=stay.evse, station=stay.station, at=stay.window.start)
        if stay.window.end > last.window.end:
            last, last_fixed = stay, fixed


def _closed(name: str, stays: list[tuple[Activity, bool]], closed: Iterable[Window]) -> Iterator[Violation]:
    for window in closed:
        for stay, fixed in stays:
            if not fixed and stay.window.overlaps(window):
                text = f"{name} is closed from {window.start:%H:%M} to {window.end:%H:%M}, in the midst of {stay.id}"
                kind = ViolationKind.OUT_OF_SERVICE
                yield Violation(kind, text, evse=stay.evse, station=stay.station, at=stay.window.start)


def check_grid(problem: PlanningProblem, plan: Plan) -> Iterator[Violation]:
    """The sum of all charging against the limit, at every instant something changes."""
    loads: list[Load] = []
    for activity, fixed in _activities(problem, plan):
        if activity.kind is ActivityKind.CHARGE and activity.profile:
            loads.extend(changes_of(activity.profile, activity.window, fixed))
    for charge in plan.pack_charges:
        if charge.profile:
            loads.extend(changes_of(charge.profile, charge.window, False))
    for at, watts, limit in overloads(loads, problem.grid):
        text = f"charging draws {watts / 1000} kW at {at:%d %b %H:%M:%S}, but the hub has {limit / 1000} kW for it"
        yield Violation(ViolationKind.GRID, text, at=at)


def changes_of(profile: Sequence[PowerStep], window: Window, fixed: bool) -> Iterator[Load]:
    """A profile as changes of load; nothing of it outside its window."""
    level = 0
    for step in profile:
        if window.start <= step.start < window.end:
            yield step.start, step.power.w - level, fixed
            level = step.power.w
    yield window.end, -level, fixed


def overloads(loads: Iterable[Load], limits: Sequence[PowerStep]) -> Iterator[tuple[datetime, int, int]]:
    """Moments at which the limit is first exceeded with something not fixed in it: when, watts drawn, watts allowed."""
    changes: dict[datetime, list[int]] = defaultdict(lambda: [0, 0])
    for at, watts, fixed in loads:
        changes[at][0] += watts
        changes[at][1] += 0 if fixed else watts
    for step in limits:
        changes[step.start][0] += 0
    limit, index, total, chosen, over = limits[0].power.w, 0, 0, 0, False
    for at in sorted(changes):
        while index < len(limits) and limits[index].start <= at:
            limit = limits[index].power.w
            index += 1
        total += changes[at][0]
        chosen += changes[at][1]
        was_over, over = over, total > limit and chosen > 0
        if over and not was_over:
            yield at, total, limit
