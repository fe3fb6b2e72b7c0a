"""Every kind of violation is found in a plan that has it, and none in one that has not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from portwatt.ids import EvseId, MoveId, PackId, PlaceId, TrainId, TruckId, TruckModelId
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.plan import (
    Activity,
    ActivityKind,
    Plan,
    PowerStep,
    Rebooking,
    Route,
    Unserved,
    UnservedReason,
)
from portwatt.model.station import VoltageWindow
from portwatt.planning.checker import check
from portwatt.planning.problem import PlanningProblem, TrainRoom
from portwatt.planning.violations import ViolationKind
from portwatt.units import Money, Power, SoC, Window

MINUTE = timedelta(minutes=1)
Case = tuple[PlanningProblem, Plan]
Turn = Callable[[PlanningProblem, Plan], Case]
WRONG: dict[ViolationKind, list[Turn]] = {}


def wrong(kind: ViolationKind) -> Callable[[Turn], Turn]:
    """Marks a function that turns a good case into one with this violation."""

    def note(turn: Turn) -> Turn:
        WRONG.setdefault(kind, []).append(turn)
        return turn

    return note


# ── helpers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def where(plan: Plan, kind: ActivityKind, *, last: bool = False) -> tuple[int, int, Activity]:
    """Route number, activity number and activity of the first (or last) of a kind, the first of each route apart."""
    found = [
        (r, n, a)
        for r, route in enumerate(plan.routes)
        for n, a in enumerate(route.activities)
        if a.kind is kind and n > 0
    ]
    return found[-1 if last else 0]


def swaps(plan: Plan) -> list[tuple[int, int, Activity]]:
    """Every swap in order of time."""
    found = [
        (r, n, a)
        for r, route in enumerate(plan.routes)
        for n, a in enumerate(route.activities)
        if a.kind is ActivityKind.SWAP
    ]
    return sorted(found, key=lambda one: one[2].window.start)


def change(plan: Plan, at: tuple[int, int, Activity], **fields: object) -> Plan:
    """The plan with fields of one activity replaced."""
    r, n, activity = at
    route = plan.routes[r]
    activities = (*route.activities[:n], replace(activity, **fields), *route.activities[n + 1 :])
    return with_route(plan, r, activities)


def with_route(plan: Plan, r: int, activities: tuple[Activity, ...]) -> Plan:
    routes = (*plan.routes[:r], replace(plan.routes[r], activities=activities), *plan.routes[r + 1 :])
    return replace(plan, routes=routes)


def later(window: Window, by: timedelta) -> Window:
    return Window(window.start + by, window.end + by)


def truck_of(problem: PlanningProblem, plan: Plan, at: tuple[int, int, Activity], **fields: object) -> PlanningProblem:
    """The problem with fields replaced of the truck that does an activity."""
    name = plan.routes[at[0]].truck
    return replace(problem, trucks=tuple(replace(t, **fields) if t.id == name else t for t in problem.trucks))


def move_of(problem: PlanningProblem, name: MoveId | None, **fields: object) -> PlanningProblem:
    return replace(problem, moves=tuple(replace(m, **fields) if m.id == name else m for m in problem.moves))


def models(problem: PlanningProblem, **fields: object) -> PlanningProblem:
    return replace(problem, models=tuple(replace(m, **fields) for m in problem.models))


def evses(problem: PlanningProblem, **fields: object) -> PlanningProblem:
    return replace(problem, evses=tuple(replace(e, **fields) for e in problem.evses))


def stations(problem: PlanningProblem, **fields: object) -> PlanningProblem:
    return replace(problem, swap_stations=tuple(replace(s, **fields) for s in problem.swap_stations))


# ── what can be wrong, one thing at a time ──────────────────────────────────────────────────────────────────────────


@wrong(ViolationKind.UNKNOWN)
def unknown_truck(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, replace(plan, routes=(*plan.routes, Route(TruckId("nobody"), ())))


@wrong(ViolationKind.UNKNOWN)
def one_truck_two_routes(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, replace(plan, routes=(*plan.routes, Route(plan.routes[0].truck, ())))


@wrong(ViolationKind.UNKNOWN)
def unknown_move_unserved(problem: PlanningProblem, plan: Plan) -> Case:
    ghost = Unserved(MoveId("ghost"), UnservedReason.NO_TIME, "")
    return problem, replace(plan, unserved=(*plan.unserved, ghost))


@wrong(ViolationKind.MALFORMED)
def drive_from_nowhere(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, change(plan, where(plan, ActivityKind.DRIVE), origin=None)


@wrong(ViolationKind.MALFORMED)
def charge_without_evse(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, change(plan, where(plan, ActivityKind.CHARGE), evse=None)


@wrong(ViolationKind.MALFORMED)
def profile_that_begins_late(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.CHARGE)
    first, *rest = at[2].profile
    return problem, change(plan, at, profile=(replace(first, start=first.start + timedelta(seconds=1)), *rest))


@wrong(ViolationKind.MALFORMED)
def swap_without_pack(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, change(plan, where(plan, ActivityKind.SWAP), pack=None)


@wrong(ViolationKind.PREFIX)
def something_else_was_under_way(problem: PlanningProblem, plan: Plan) -> Case:
    first = plan.routes[0].activities[0]
    doing = replace(first, window=later(first.window, -MINUTE))
    return truck_of(problem, plan, (0, 0, first), fixed=(doing,)), plan


@wrong(ViolationKind.PREFIX)
def what_was_under_way_is_gone(problem: PlanningProblem, plan: Plan) -> Case:
    first = plan.routes[0].activities[0]
    return truck_of(problem, plan, (0, 0, first), fixed=(first,)), replace(plan, routes=plan.routes[1:])


@wrong(ViolationKind.PREFIX)
def a_fallback_under_way_is_gone(problem: PlanningProblem, plan: Plan) -> Case:
    use = replace(plan.fallbacks[0], reason="another word")
    return replace(problem, fixed_fallbacks=(use,)), plan


@wrong(ViolationKind.PLACE)
def loads_where_it_is_not(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, change(plan, where(plan, ActivityKind.LOAD), place=PlaceId("depot"))


@wrong(ViolationKind.PLACE)
def charges_where_the_evse_is_not(problem: PlanningProblem, plan: Plan) -> Case:
    return evses(problem, place=PlaceId("quay")), plan


@wrong(ViolationKind.TIME)
def a_gap(problem: PlanningProblem, plan: Plan) -> Case:
    r, n, activity = where(plan, ActivityKind.UNLOAD, last=True)
    return problem, change(plan, (r, n, activity), window=later(activity.window, MINUTE))


@wrong(ViolationKind.TIME)
def an_overlap(problem: PlanningProblem, plan: Plan) -> Case:
    r, n, activity = where(plan, ActivityKind.UNLOAD, last=True)
    return problem, change(plan, (r, n, activity), window=later(activity.window, -MINUTE))


@wrong(ViolationKind.TIME)
def before_the_truck_is_ready(problem: PlanningProblem, plan: Plan) -> Case:
    first = plan.routes[0].activities[0]
    return truck_of(problem, plan, (0, 0, first), ready_at=first.window.start + MINUTE), plan


@wrong(ViolationKind.LEG)
def the_leg_is_gone(problem: PlanningProblem, plan: Plan) -> Case:
    _, _, drive = where(plan, ActivityKind.DRIVE)
    kept = tuple(leg for leg in problem.legs if (leg.origin, leg.destination) != (drive.origin, drive.place))
    return replace(problem, legs=kept), plan


@wrong(ViolationKind.LEG)
def driven_too_fast(problem: PlanningProblem, plan: Plan) -> Case:
    return replace(problem, legs=tuple(replace(g, duration=g.duration + MINUTE) for g in problem.legs)), plan


@wrong(ViolationKind.CONSUMPTION)
def uses_less_than_it_takes(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.DRIVE)
    return problem, change(plan, at, soc_after=SoC(at[2].soc_after.bp + 50))


@wrong(ViolationKind.HANDLING)
def handled_too_fast(problem: PlanningProblem, plan: Plan) -> Case:
    return replace(problem, places=tuple(replace(p, handling=p.handling + MINUTE) for p in problem.places)), plan


@wrong(ViolationKind.HANDLING)
def swapped_too_fast(problem: PlanningProblem, plan: Plan) -> Case:
    return stations(problem, swap_time=timedelta(minutes=9)), plan


@wrong(ViolationKind.SHIFT)
def after_the_shift(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.UNLOAD)
    return truck_of(problem, plan, at, shift_end=at[2].window.end - MINUTE), plan


@wrong(ViolationKind.BREAK)
def in_the_break(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.DRIVE)
    return truck_of(problem, plan, at, breaks=(Window(at[2].window.start, at[2].window.start + MINUTE),)), plan


@wrong(ViolationKind.HORIZON)
def after_the_horizon(problem: PlanningProblem, plan: Plan) -> Case:
    _, _, last = where(plan, ActivityKind.UNLOAD, last=True)
    return replace(problem, horizon=Window(problem.horizon.start, last.window.end - MINUTE)), plan


@wrong(ViolationKind.LOAD)
def puts_down_what_it_does_not_carry(problem: PlanningProblem, plan: Plan) -> Case:
    other = where(plan, ActivityKind.UNLOAD, last=True)[2].move
    return problem, change(plan, where(plan, ActivityKind.UNLOAD), move=other)


@wrong(ViolationKind.LOAD)
def already_carries_one(problem: PlanningProblem, plan: Plan) -> Case:
    other = where(plan, ActivityKind.LOAD, last=True)[2].move
    return truck_of(problem, plan, where(plan, ActivityKind.LOAD), carrying=other), plan


@wrong(ViolationKind.LOAD)
def fetches_at_the_wrong_place(problem: PlanningProblem, plan: Plan) -> Case:
    _, _, load = where(plan, ActivityKind.LOAD)
    return move_of(problem, load.move, origin=PlaceId("depot")), plan


@wrong(ViolationKind.MOVE_TWICE)
def carried_and_unserved(problem: PlanningProblem, plan: Plan) -> Case:
    move = where(plan, ActivityKind.UNLOAD)[2].move
    assert move is not None
    return problem, replace(plan, unserved=(*plan.unserved, Unserved(move, UnservedReason.NO_TIME, "")))


@wrong(ViolationKind.MOVE_LOST)
def forgotten(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, replace(plan, fallbacks=plan.fallbacks[1:])


@wrong(ViolationKind.MOVE_LOST)
def fetched_and_never_put_down(problem: PlanningProblem, plan: Plan) -> Case:
    route = plan.routes[0].activities
    last = max(n for n, a in enumerate(route) if a.kind is ActivityKind.UNLOAD)
    return problem, with_route(plan, 0, route[:last])


@wrong(ViolationKind.HOLD)
def fetched_while_on_hold(problem: PlanningProblem, plan: Plan) -> Case:
    return move_of(problem, where(plan, ActivityKind.LOAD)[2].move, on_hold=True), plan


@wrong(ViolationKind.HOLD)
def shuttled_while_on_hold(problem: PlanningProblem, plan: Plan) -> Case:
    return move_of(problem, plan.fallbacks[0].move, on_hold=True), plan


@wrong(ViolationKind.RELEASE)
def fetched_before_release(problem: PlanningProblem, plan: Plan) -> Case:
    _, _, load = where(plan, ActivityKind.LOAD)
    return move_of(problem, load.move, release=load.window.start + MINUTE), plan


@wrong(ViolationKind.CUT_OFF)
def late_and_not_rebooked(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, replace(plan, rebookings=())


@wrong(ViolationKind.CUT_OFF)
def rebooked_to_a_train_it_misses(problem: PlanningProblem, plan: Plan) -> Case:
    first, *rest = plan.rebookings
    return problem, replace(plan, rebookings=(replace(first, to_train=first.from_train), *rest))


@wrong(ViolationKind.CUT_OFF)
def given_up_too_soon(problem: PlanningProblem, plan: Plan) -> Case:
    first, *rest = plan.rebookings
    return problem, replace(plan, rebookings=(replace(first, to_train=None), *rest))


@wrong(ViolationKind.CUT_OFF)
def rebooked_without_need(problem: PlanningProblem, plan: Plan) -> Case:
    late = {r.move for r in plan.rebookings}
    unserved = {u.move for u in plan.unserved}
    move = next(m for m in problem.moves if len(m.trains) > 1 and m.id not in late | unserved)
    needless = Rebooking(move.id, move.trains[0].train, move.trains[1].train, "why not")
    return problem, replace(plan, rebookings=(*plan.rebookings, needless))


@wrong(ViolationKind.CUT_OFF)
def rebooked_from_a_strange_train(problem: PlanningProblem, plan: Plan) -> Case:
    first, *rest = plan.rebookings
    return problem, replace(plan, rebookings=(replace(first, from_train=TrainId("strange")), *rest))


@wrong(ViolationKind.TRAIN_ROOM)
def a_full_train(problem: PlanningProblem, plan: Plan) -> Case:
    to_train = plan.rebookings[0].to_train
    assert to_train is not None
    return replace(problem, train_room=(TrainRoom(to_train, 0),)), plan


@wrong(ViolationKind.SOC_RESERVE)
def below_the_reserve(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.DRIVE)
    reserve = SoC(at[2].soc_after.bp + 1)
    assert reserve <= problem.truck_by_id[plan.routes[at[0]].truck].soc
    return truck_of(problem, plan, at, reserve=reserve), plan


@wrong(ViolationKind.SOC_RESERVE)
def takes_on_a_container_below_the_reserve(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.LOAD)
    return truck_of(problem, plan, at, reserve=SoC(10_000)), plan


@wrong(ViolationKind.SOC_JUMP)
def fuller_than_it_was(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.LOAD)
    return problem, change(plan, at, soc_before=SoC(10_000), soc_after=SoC(10_000))


@wrong(ViolationKind.SOC_JUMP)
def full_by_waiting(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, change(plan, where(plan, ActivityKind.WAIT), soc_after=SoC(10_000))


@wrong(ViolationKind.SOC_JUMP)
def more_than_the_profile_brings(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.CHARGE)
    return problem, change(plan, at, soc_after=SoC(at[2].soc_after.bp + 20))


@wrong(ViolationKind.SOC_JUMP)
def more_than_is_in_the_pack(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.SWAP)
    return problem, change(plan, at, soc_after=SoC(at[2].soc_after.bp - 20))


@wrong(ViolationKind.SOC_JUMP)
def no_time_left_for_the_handshake(problem: PlanningProblem, plan: Plan) -> Case:
    return replace(problem, connect=timedelta(minutes=6)), plan


@wrong(ViolationKind.CONNECTOR)
def no_plug_fits(problem: PlanningProblem, plan: Plan) -> Case:
    return models(problem, inlets=(), adapters=()), plan


@wrong(ViolationKind.VOLTAGE)
def the_voltage_is_too_high(problem: PlanningProblem, plan: Plan) -> Case:
    return evses(problem, voltage=VoltageWindow(200, 600)), plan


@wrong(ViolationKind.BARRED)
def the_pair_is_barred(problem: PlanningProblem, plan: Plan) -> Case:
    pairs = [
        HandshakeOdds(c.standard, inlet, 0.0, barred=True)
        for e in problem.evses
        for c in e.connectors
        for m in problem.models
        for inlet in m.inlets
    ]
    return replace(problem, odds=tuple(pairs)), plan


@wrong(ViolationKind.FAMILY)
def a_fixed_battery_is_swapped(problem: PlanningProblem, plan: Plan) -> Case:
    return models(problem, family=None), plan


@wrong(ViolationKind.FAMILY)
def a_pack_of_another_family(problem: PlanningProblem, plan: Plan) -> Case:
    swapper = TruckModelId("swapper")
    other = tuple(replace(m, family="other") if m.id == swapper else m for m in problem.models)
    return replace(problem, models=other), plan


@wrong(ViolationKind.POWER)
def more_than_the_evse_gives(problem: PlanningProblem, plan: Plan) -> Case:
    return evses(problem, max_power=Power.kw(50)), plan


@wrong(ViolationKind.POWER)
def more_than_the_cable_carries(problem: PlanningProblem, plan: Plan) -> Case:
    thin = tuple(replace(e, connectors=tuple(replace(c, max_a=80) for c in e.connectors)) for e in problem.evses)
    return replace(problem, evses=thin), plan


@wrong(ViolationKind.POWER)
def more_than_the_battery_takes(problem: PlanningProblem, plan: Plan) -> Case:
    weak = tuple(
        replace(m, curve=tuple(replace(p, power=p.power.scaled(0.5)) for p in m.curve)) for m in problem.models
    )
    return replace(problem, models=weak), plan


@wrong(ViolationKind.POWER)
def power_back_into_the_grid(problem: PlanningProblem, plan: Plan) -> Case:
    at = where(plan, ActivityKind.CHARGE)
    return problem, change(plan, at, profile=(PowerStep(at[2].window.start, Power.kw(-10)),))


@wrong(ViolationKind.EVSE_DOUBLE)
def two_at_one_evse(problem: PlanningProblem, plan: Plan) -> Case:
    by_evse: dict[str | None, tuple[int, int, Activity]] = {}
    for r, route in enumerate(plan.routes):
        for n, activity in enumerate(route.activities):
            other = by_evse.setdefault(activity.evse, (r, n, activity))
            if activity.evse is not None and other[0] != r:
                return problem, change(plan, (r, n, activity), window=other[2].window)
    raise AssertionError("no EVSE is used by two trucks")


@wrong(ViolationKind.LANE_DOUBLE)
def two_in_one_lane(problem: PlanningProblem, plan: Plan) -> Case:
    first, second = swaps(plan)[:2]
    return problem, change(plan, second, window=later(first[2].window, MINUTE))


@wrong(ViolationKind.UNKNOWN)
def a_lane_that_is_not_there(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, change(plan, where(plan, ActivityKind.SWAP), lane=7)


@wrong(ViolationKind.PACK)
def a_pack_that_is_not_there(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, change(plan, where(plan, ActivityKind.SWAP), pack=PackId("elsewhere"))


@wrong(ViolationKind.PACK)
def a_pack_that_is_not_full_enough(problem: PlanningProblem, plan: Plan) -> Case:
    return replace(problem, families=tuple(replace(f, ready_soc=SoC(10_000)) for f in problem.families)), plan


@wrong(ViolationKind.PACK)
def a_pack_handed_out_twice(problem: PlanningProblem, plan: Plan) -> Case:
    first, second = swaps(plan)[:2]
    return problem, change(plan, second, pack=first[2].pack)


@wrong(ViolationKind.PACK_CHARGE)
def charged_in_another_slot(problem: PlanningProblem, plan: Plan) -> Case:
    first, *rest = plan.pack_charges
    return problem, replace(plan, pack_charges=(replace(first, slot=EvseId("W1/9")), *rest))


@wrong(ViolationKind.PACK_CHARGE)
def charged_twice_at_once(problem: PlanningProblem, plan: Plan) -> Case:
    return problem, replace(plan, pack_charges=(*plan.pack_charges, plan.pack_charges[0]))


@wrong(ViolationKind.PACK_CHARGE)
def fuller_than_its_profile_brings(problem: PlanningProblem, plan: Plan) -> Case:
    first, *rest = plan.pack_charges
    return problem, replace(plan, pack_charges=(replace(first, soc_after=SoC(first.soc_before.bp + 1)), *rest))


@wrong(ViolationKind.PACK_CHARGE)
def fuller_than_the_pack_was(problem: PlanningProblem, plan: Plan) -> Case:
    first, *rest = plan.pack_charges
    return problem, replace(plan, pack_charges=(replace(first, soc_before=SoC(first.soc_before.bp + 100)), *rest))


@wrong(ViolationKind.PACK_CHARGE)
def charged_before_it_came(problem: PlanningProblem, plan: Plan) -> Case:
    last = max(plan.pack_charges, key=lambda c: c.window.start)
    back = -(last.window.start - problem.horizon.start)
    profile = tuple(PowerStep(s.start + back, s.power) for s in last.profile)
    early = replace(last, window=later(last.window, back), profile=profile)
    return problem, replace(plan, pack_charges=tuple(early if c is last else c for c in plan.pack_charges))


@wrong(ViolationKind.SLOT_POWER)
def more_than_a_slot_gives(problem: PlanningProblem, plan: Plan) -> Case:
    return replace(problem, families=tuple(replace(f, slot_power=Power.kw(40)) for f in problem.families)), plan


@wrong(ViolationKind.STATION_POWER)
def more_than_the_station_may(problem: PlanningProblem, plan: Plan) -> Case:
    return stations(problem, max_power=Power.kw(40)), plan


@wrong(ViolationKind.GRID)
def more_than_the_grid_gives(problem: PlanningProblem, plan: Plan) -> Case:
    return replace(problem, grid=(PowerStep(problem.horizon.start, Power.kw(50)),)), plan


@wrong(ViolationKind.GRID)
def the_limit_falls_meanwhile(problem: PlanningProblem, plan: Plan) -> Case:
    _, _, charge = where(plan, ActivityKind.CHARGE)
    cut = PowerStep(charge.window.start + charge.window.length / 2, Power.kw(5))
    return replace(problem, grid=(problem.grid[0], cut)), plan


@wrong(ViolationKind.OUT_OF_SERVICE)
def an_evse_out_of_service(problem: PlanningProblem, plan: Plan) -> Case:
    return evses(problem, closed=(problem.horizon,)), plan


@wrong(ViolationKind.OUT_OF_SERVICE)
def a_swap_station_out_of_service(problem: PlanningProblem, plan: Plan) -> Case:
    return stations(problem, closed=(problem.horizon,)), plan


@wrong(ViolationKind.FALLBACK)
def a_shuttle_at_the_wrong_price(problem: PlanningProblem, plan: Plan) -> Case:
    first, *rest = plan.fallbacks
    return problem, replace(plan, fallbacks=(replace(first, cost=Money(1)), *rest))


@wrong(ViolationKind.FALLBACK)
def a_swap_provider_that_carries(problem: PlanningProblem, plan: Plan) -> Case:
    provider = problem.fallbacks[1].id
    first, *rest = plan.fallbacks
    return problem, replace(plan, fallbacks=(replace(first, fallback=provider), *rest))


@wrong(ViolationKind.FALLBACK_CAPACITY)
def more_shuttles_than_there_are(problem: PlanningProblem, plan: Plan) -> Case:
    return replace(problem, fallbacks=tuple(replace(f, capacity=0) for f in problem.fallbacks)), plan


# ── the tests ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_good_plan_has_none(answered) -> None:
    assert check(answered.problem, answered.plan) == ()


@pytest.mark.parametrize(
    ("kind", "turn"),
    [(kind, turn) for kind, turns in WRONG.items() for turn in turns],
    ids=lambda v: getattr(v, "__name__", v),
)
def test_finds(kind: ViolationKind, turn: Turn, answered) -> None:
    found = check(*turn(answered.problem, answered.plan))
    assert kind in {violation.kind for violation in found}
    assert all(violation.message for violation in found)


def test_every_kind_is_tested() -> None:
    assert set(WRONG) == set(ViolationKind)


def test_names_the_truck_the_place_and_the_time(answered) -> None:
    problem, plan = handled_too_fast(answered.problem, answered.plan)
    message = check(problem, plan)[0].message
    activity = next(a for a in plan.routes[0].activities if a.kind in (ActivityKind.LOAD, ActivityKind.UNLOAD))
    assert plan.routes[0].truck in message
    assert activity.place in message
    assert f"{activity.window.start:%H:%M}" in message


def test_what_is_fixed_is_not_blamed(answered) -> None:
    """A truck that was sent off too fast is no fault of this plan, as long as the plan leaves it as it is."""
    problem, plan = driven_too_fast(answered.problem, answered.plan)
    route = plan.routes[0]
    fixed = truck_of(problem, plan, (0, 0, route.activities[0]), fixed=route.activities)
    assert any(v.truck == route.truck for v in check(problem, plan))
    assert not any(v.truck == route.truck for v in check(fixed, plan))


def test_an_empty_plan_loses_every_move(answered) -> None:
    problem = answered.problem
    nothing = Plan(problem.plan, problem.hub, problem.horizon, ())
    found = check(problem, nothing)
    assert {v.kind for v in found} == {ViolationKind.MOVE_LOST}
    assert len(found) == len(problem.moves)
