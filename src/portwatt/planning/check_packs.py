"""Checks on swap stations: each pack replayed from slot to truck to slot, its charging, the power of the station."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from portwatt.ids import EvseId, PackId, StationId, TruckId
from portwatt.model.pack import PackFamily
from portwatt.model.plan import Activity, ActivityKind, PackCharge, Plan, PowerStep
from portwatt.planning.check_power import Load, changes_of, overloads, spans
from portwatt.planning.problem import PlanningProblem, SwapOffer
from portwatt.planning.violations import Violation, ViolationKind

_SOC_TOLERANCE = 2
"""Hundredths of a percent: both ends of a charge are rounded to one."""


class _Stay(Struct):
    """A pack in a slot: from when it may charge, with how much, and until when (None: to the end)."""

    pack: PackId | None
    slot: EvseId
    since: datetime
    soc_bp: int
    until: datetime | None = None


class _Swap(Struct, frozen=True):
    truck: TruckId
    activity: Activity
    fixed: bool


def check_packs(problem: PlanningProblem, plan: Plan) -> Iterator[Violation]:
    """Every pack handed out was there and full enough; every charge of a pack was possible."""
    charges: dict[PackId, list[PackCharge]] = defaultdict(list)
    for charge in sorted(plan.pack_charges, key=lambda c: c.window.start):
        charges[charge.pack].append(charge)
    book = _Book(problem, charges)
    fitted = {truck.id: truck.pack for truck in problem.trucks}
    for swap in sorted(_swaps(problem, plan), key=lambda s: (s.activity.window.start, s.activity.lane or 0, s.truck)):
        returned = fitted.get(swap.truck)
        if swap.activity.fallback is not None:
            fitted[swap.truck] = None
            continue
        yield from book.swap(swap, returned)
        fitted[swap.truck] = swap.activity.pack
    yield from book.check_charges(plan)
    for offer in problem.swap_stations:
        yield from _station(problem, plan, offer)


def _swaps(problem: PlanningProblem, plan: Plan) -> Iterator[_Swap]:
    for route in plan.routes:
        truck = problem.truck_by_id.get(route.truck)
        fixed = len(truck.fixed) if truck else 0
        for index, activity in enumerate(route.activities):
            if activity.kind is ActivityKind.SWAP:
                yield _Swap(route.truck, activity, index < fixed)


class _Book:
    """Where every pack stands, carried forward swap by swap."""

    def __init__(self, problem: PlanningProblem, charges: dict[PackId, list[PackCharge]]) -> None:
        self.problem = problem
        self.charges = charges
        self.stays: dict[StationId, list[_Stay]] = {}
        for offer in problem.swap_stations:
            begin = problem.horizon.start
            self.stays[offer.id] = [_Stay(p.pack, p.slot, begin, p.soc.bp) for p in offer.packs]

    def swap(self, swap: _Swap, returned: PackId | None) -> Iterator[Violation]:
        activity = swap.activity
        offer = self.problem.swap_station_by_id.get(activity.station) if activity.station else None
        if offer is None or activity.pack is None:
            return
        start = activity.window.start
        stays = self.stays[offer.id]
        # A fixed swap may have begun before the horizon, in which the stays begin.
        here_then = (s for s in stays if s.until is None and (swap.fixed or s.since <= start))
        stay = next((s for s in here_then if s.pack == activity.pack), None)
        if stay is None:
            if not swap.fixed:
                text = f"pack {activity.pack} is not in {offer.id} at {start:%d %b %H:%M}"
                yield self._wrong(ViolationKind.PACK, text, swap)
        elif not swap.fixed:
            yield from self._full_enough(swap, offer, stay)
        if stay is not None:
            stay.until = start
        here = any(s.until is None and s.pack == returned for s in stays)
        if returned is not None and not (swap.fixed and here):
            slot = self._slot_for_returned(offer, stay)
            since = max(activity.window.end, self.problem.horizon.start)
            stays.append(_Stay(returned, slot, since, activity.soc_before.bp))

    def _full_enough(self, swap: _Swap, offer: SwapOffer, stay: _Stay) -> Iterator[Violation]:
        activity = swap.activity
        start = activity.window.start
        soc = stay.soc_bp
        for charge in self.charges.get(activity.pack, []) if activity.pack else []:
            if stay.since <= charge.window.start < start:
                if charge.window.end > start:
                    text = f"pack {activity.pack} is handed out while it charges"
                    yield self._wrong(ViolationKind.PACK_CHARGE, text, swap)
                soc = charge.soc_after.bp
        family = self.problem.family_by_id[offer.family]
        if soc < family.ready_soc.bp:
            text = f"pack {activity.pack} has {soc / 100} %, but is ready from {family.ready_soc.as_percent} % on"
            yield self._wrong(ViolationKind.PACK, text, swap)
        if soc != activity.soc_after.bp:
            text = f"the truck leaves with {activity.soc_after.as_percent} %, but the pack has {soc / 100} %"
            yield self._wrong(ViolationKind.SOC_JUMP, text, swap)

    def _slot_for_returned(self, offer: SwapOffer, emptied: _Stay | None) -> EvseId:
        """The first slot empty but for the one just emptied; that one when no other is."""
        taken = {stay.slot for stay in self.stays[offer.id] if stay.until is None}
        if emptied is not None:
            taken.add(emptied.slot)
        free = next((slot for slot in offer.slots if slot not in taken), None)
        if free is not None:
            return free
        return emptied.slot if emptied is not None else offer.slots[0]

    def check_charges(self, plan: Plan) -> Iterator[Violation]:
        for charges in self.charges.values():
            last: PackCharge | None = None
            for charge in charges:
                if last is not None and charge.window.start < last.window.end:
                    text = f"pack {charge.pack} charges twice at once"
                    yield _about(charge, ViolationKind.PACK_CHARGE, text)
                yield from self._charge(charge, last)
                last = charge

    def _charge(self, charge: PackCharge, last: PackCharge | None) -> Iterator[Violation]:
        found = next(
            (
                (offer, stay)
                for offer in self.problem.swap_stations
                for stay in self.stays[offer.id]
                if stay.pack == charge.pack
                and stay.slot == charge.slot
                and stay.since <= charge.window.start
                and (stay.until is None or charge.window.end <= stay.until)
            ),
            None,
        )
        steps = spans(charge.profile, charge.window) if charge.profile else None
        if found is None or steps is None:
            why = "is not in that slot all the time" if found is None else "needs a profile that fills its window"
            text = f"pack {charge.pack} in {charge.slot} from {charge.window.start:%d %b %H:%M:%S}: {why}"
            yield _about(charge, ViolationKind.PACK_CHARGE, text)
            return
        offer, stay = found
        before = last.soc_after.bp if last is not None and last.window.start >= stay.since else stay.soc_bp
        family = self.problem.family_by_id[offer.family]
        yield from _energy(charge, family, before, steps)
        for closed in offer.closed:
            if closed.overlaps(charge.window):
                text = f"pack {charge.pack} charges while {offer.id} is closed"
                yield _about(charge, ViolationKind.OUT_OF_SERVICE, text)

    def _wrong(self, kind: ViolationKind, text: str, swap: _Swap) -> Violation:
        at = swap.activity.window.start
        return Violation(kind, f"truck {swap.truck}: {text}", truck=swap.truck, station=swap.activity.station, at=at)


def _energy(
    charge: PackCharge, family: PackFamily, before_bp: int, steps: list[tuple[datetime, datetime, int]]
) -> Iterator[Violation]:
    if charge.soc_before.bp != before_bp:
        text = f"pack {charge.pack} begins with {charge.soc_before.as_percent} %, but has {before_bp / 100} %"
        yield _about(charge, ViolationKind.PACK_CHARGE, text)
    most = max(watts for _, _, watts in steps)
    if most > family.slot_power.w or min(watts for _, _, watts in steps) < 0:
        text = f"pack {charge.pack} is charged with {most / 1000} kW; a slot gives 0 to {family.slot_power.as_kw} kW"
        yield _about(charge, ViolationKind.SLOT_POWER, text)
    energy = sum(watts * (end - start).total_seconds() for start, end, watts in steps) / 3600
    gained = energy * 10_000 / family.capacity.wh
    if abs(gained - (charge.soc_after.bp - charge.soc_before.bp)) > _SOC_TOLERANCE:
        text = f"pack {charge.pack} ends with {charge.soc_after.as_percent} %, but its profile brings {gained / 100} %"
        yield _about(charge, ViolationKind.PACK_CHARGE, text)


def _station(problem: PlanningProblem, plan: Plan, offer: SwapOffer) -> Iterator[Violation]:
    slots = set(offer.slots)
    loads: list[Load] = []
    for charge in plan.pack_charges:
        if charge.slot in slots and charge.profile:
            loads.extend(changes_of(charge.profile, charge.window, False))
    limit = (PowerStep(problem.horizon.start, offer.max_power),)
    for at, watts, most in overloads(loads, limit):
        text = f"the packs of {offer.id} draw {watts / 1000} kW at {at:%d %b %H:%M:%S}; it may draw {most / 1000} kW"
        yield Violation(ViolationKind.STATION_POWER, text, station=offer.id, at=at)


def _about(charge: PackCharge, kind: ViolationKind, text: str) -> Violation:
    return Violation(kind, text, evse=charge.slot, at=charge.window.start)
