"""Where a truck can charge or swap on its way to a job, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator

from portwatt.planning.energy import JOULES, Filling, Supply, fill
from portwatt.planning.resources import Resources
from portwatt.planning.routes import Draft, TruckWork
from portwatt.planning.tables import NO_LEG, ChargePlace, Job

_COMFORT = 80
"""Per cent a charge goes up to where there is time: most curves bend soon after."""
_SHORTEST = 600
"""Seconds of charging a stop is worth at least."""
_A_SECOND_MORE = 2_000_000
"""Joules added to what is needed: a charge stops short of its target by up to a second of its power."""
_SPARE = 5
"""Per cent of the battery a truck keeps above its reserve when it takes a container on: it may use more than planned,
and a truck that falls short with a container on it can do neither what was planned nor anything else."""
_GAP = 1_200
"""Seconds of waiting from which on a truck goes charging instead."""


def with_stop(resources: Resources, truck: TruckWork, job: Job) -> Iterator[Draft]:
    """Drafts of a job with one stop for energy before it, for every way there is."""
    model = truck.model
    for at in model.charging:
        need = _needed(truck, job, at.place)
        if need <= model.capacity:
            comfort = max(need, model.capacity * _COMFORT // 100)
            for target in (comfort, need) if comfort > need else (need,):
                draft = _charged(resources, truck, at, (target, need), truck.shift_end)
                if draft is not None and finish(draft, job):
                    yield draft
    for number in model.swapping:
        draft = _swapped(resources, truck, number)
        if draft is not None and finish(draft, job):
            yield draft
    for number in model.third_parties:
        draft = _by_third_party(resources, truck, number)
        if draft is not None and finish(draft, job):
            yield draft


def direct(resources: Resources, truck: TruckWork, job: Job) -> Draft | None:
    """The job as it is, or with a charge in the time the truck would wait anyway. None: it needs energy first."""
    draft = Draft(resources.tables, truck)
    if not finish(draft, job):
        return None
    filled = _in_the_gap(resources, truck, job, draft)
    return filled or draft


def finish(draft: Draft, job: Job) -> bool:
    """Fetch, carry, put down; and enough energy left to reach a charger. False: it cannot be done."""
    truck = draft.truck
    floor = _least_left(truck)
    if truck.carrying is None and not (draft.drive(job.origin) and draft.load(job)):
        return False
    if not draft.drive(job.destination):
        return False
    draft.unload(job)
    way_out = truck.model.way_out[job.destination]
    return draft.in_time and draft.joules - way_out >= floor


def _least_left(truck: TruckWork) -> int:
    """Joules to have left after a job on the way to the next charger; nothing to spare for what it carries already."""
    return truck.floor if truck.carrying is not None else truck.floor + truck.model.capacity * _SPARE // 100


def top_up(resources: Resources, truck: TruckWork, below: int) -> Draft | None:
    """A charge or swap at the end of what a truck has to do, when it is left with less than `below` per cent."""
    capacity = truck.model.capacity
    if truck.joules * 100 >= capacity * below:
        return None
    target = capacity * _COMFORT // 100
    best: Draft | None = None
    for at in truck.model.charging:
        draft = _charged(resources, truck, at, (target, truck.joules), truck.shift_end)
        if draft is not None and draft.in_time and (best is None or draft.time < best.time):
            best = draft
    for number in truck.model.swapping:
        draft = _swapped(resources, truck, number)
        if draft is not None and draft.in_time and (best is None or draft.time < best.time):
            best = draft
    return best


def _needed(truck: TruckWork, job: Job, place: int) -> int:
    """Joules to have when leaving a place for a job; more than the battery holds where there is no way."""
    model = truck.model
    if truck.carrying is not None:
        on_the_way = model.loaded[place][job.destination]
    else:
        to_origin, laden = model.empty[place][job.origin], model.loaded[job.origin][job.destination]
        on_the_way = NO_LEG if NO_LEG in (to_origin, laden) else to_origin + laden
    if on_the_way == NO_LEG:
        return model.capacity + 1
    need = on_the_way + _least_left(truck) + model.way_out[job.destination]
    return max(need, min(need + _A_SECOND_MORE, model.capacity))


def _charged(
    resources: Resources, truck: TruckWork, at: ChargePlace, wanted: tuple[int, int], leave: int
) -> Draft | None:
    """Drive there and charge: up to the first of `wanted`, at least the second, gone again by `leave`."""
    draft = Draft(resources.tables, truck)
    target, least = wanted
    if draft.joules >= target or not draft.drive(at.place):
        return None
    shortest = at.allowance + _SHORTEST
    bays = resources.bays
    start, evse = min((bays[e].earliest(draft.time, shortest), e) for e in at.evses)
    flows = start + at.allowance
    until = min(leave, bays[evse].free_until(start))
    hub = resources.hub
    filling = fill(at.curve, draft.joules, target, (flows, until), Supply(hub.free, hub.free, hub.length))
    # A second of power is what a charge may stop short of; a target of exactly the battery's end is such a case.
    if filling is None or filling.joules <= draft.joules or filling.joules < min(least, target - _A_SECOND_MORE):
        return None
    draft.charge(start, evse, _from_the_start(filling, start, hub.least(start, flows)))
    return draft


def _from_the_start(filling: Filling, start: int, least: int) -> Filling:
    """The same charge with its power held ready from the start of the stay: a handshake may go well at once."""
    (first_at, power), *others = filling.steps
    if first_at == start:
        return filling
    if least >= power:
        return filling._replace(steps=((start, power), *others))
    return filling._replace(steps=((start, max(0, least)), (first_at, power), *others))


def _swapped(resources: Resources, truck: TruckWork, number: int) -> Draft | None:
    rack = resources.racks[number]
    draft = Draft(resources.tables, truck)
    if not draft.drive(rack.place):
        return None
    arrival = draft.free_of_breaks(draft.time, rack.swap_time)
    slot = rack.earliest(arrival)
    if slot is None or draft.free_of_breaks(slot.start, rack.swap_time) != slot.start:
        return None
    full = slot.bp * truck.model.capacity // 10_000
    if full <= draft.joules:
        return None
    draft.swap(number, slot, rack.swap_time)
    return draft


def _by_third_party(resources: Resources, truck: TruckWork, number: int) -> Draft | None:
    tables = resources.tables
    hired = resources.hired[number]
    offer = hired.offer
    family = tables.problem.family_by_id.get(offer.family) if offer.family else None
    draft = Draft(tables, truck)
    if offer.place is None or family is None or not draft.drive(tables.index[offer.place]):
        return None
    took = int(-(-tables.problem.third_party_swap.total_seconds() // 1))
    found = hired.earliest(draft.free_of_breaks(draft.time, took), took)
    if found is None or draft.free_of_breaks(found[0], took) != found[0]:
        return None
    joules = -(-family.ready_soc.bp * truck.model.capacity // 10_000)
    if joules <= draft.joules:
        return None
    draft.third_party(found[0], took, joules, offer.id)
    return draft


def _in_the_gap(resources: Resources, truck: TruckWork, job: Job, plain: Draft) -> Draft | None:
    """The same job, no later, with a charge while the truck would wait for the release."""
    model, time = truck.model, resources.tables.time
    if truck.carrying is not None or plain.steps[-1].end - truck.time < _GAP:
        return None
    if truck.joules * 100 >= model.capacity * (_COMFORT - 5):
        return None
    begins = next(step.start for step in plain.steps if step.move is not None)
    if begins - truck.time - max(0, time[truck.place][job.origin]) < _GAP:
        return None
    best: Draft | None = None
    target = model.capacity * _COMFORT // 100
    for at in model.charging:
        back = time[at.place][job.origin]
        if back == NO_LEG:
            continue
        draft = _charged(resources, truck, at, (target, truck.joules), begins - back)
        worth = draft is not None and draft.joules > truck.joules + 5 * JOULES * 1_000
        if draft is None or not worth or not finish(draft, job) or draft.time > plain.time:
            continue
        if best is None or draft.joules > best.joules:
            best = draft
    return best
