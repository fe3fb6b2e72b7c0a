"""Load points, and water-filling."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import small_hub as small
from hypothesis import given
from msgspec.structs import replace

from portwatt.commands import DispatchTruck
from portwatt.events import ActivityStarted, CommandIssued, PlanAdopted, TransactionStarted, TransactionUpdated
from portwatt.ids import ActivityId, CommandId, PackId, PlanId, TransactionId
from portwatt.model.plan import Activity, ActivityKind, PackCharge, Plan, PowerStep
from portwatt.rules.load import committed, fill, load_points, step_at
from portwatt.state import fold
from portwatt.units import Energy, Power, SoC, Window


@given(st.lists(st.integers(0, 1_000)), st.integers(-100, 5_000))
def test_water_filling_is_fair_and_uses_what_there_is(demands, budget):
    given_ = fill(demands, budget)
    assert all(0 <= g <= d for g, d in zip(given_, demands, strict=True))
    assert sum(given_) <= max(0, budget)
    short = [g for g, d in zip(given_, demands, strict=True) if g < d]
    if short:
        assert sum(given_) > budget - len(demands)
        assert max(short) - min(short) <= 1
        assert max(given_) <= max(short) + 1
    else:
        assert given_ == demands


def test_the_step_of_a_profile():
    profile = (PowerStep(small.minutes(10), Power(1)), PowerStep(small.minutes(20), Power(2)))
    assert [step_at(profile, small.minutes(n)).w for n in (9, 10, 19, 20, 99)] == [0, 1, 1, 2, 2]


def started(truck=small.T1, evse=small.CCS1) -> TransactionStarted:
    return TransactionStarted(
        at=small.minutes(30),
        station=small.CCS,
        evse=evse,
        transaction=TransactionId("ccs:1"),
        token=small.token(truck),
        truck=truck,
        meter_start=Energy(0),
        reported_at=small.minutes(30),
    )


def charge(steps) -> Activity:
    """A charge from minute 40 to 80 of the day."""
    return Activity(
        id=ActivityId("t1/1"),
        kind=ActivityKind.CHARGE,
        window=Window(small.minutes(40), small.minutes(80)),
        place=small.CHARGING,
        soc_before=SoC.percent(50),
        soc_after=SoC.percent(80),
        evse=small.CCS1,
        profile=tuple(PowerStep(small.minutes(m), Power.kw(kw)) for m, kw in steps),
    )


def test_an_evse_demands_what_the_truck_takes_at_its_state_of_charge():
    state = fold([started()], small.in_the_morning())
    (point,) = (p for p in load_points(state) if p.evse)
    assert (point.demand, point.planned, point.accepted, point.worst) == (300_000, False, 0, 0)
    fuller = replace(
        state, transactions=state.transactions.set("ccs:1", replace(state.transactions["ccs:1"], soc=SoC.percent(100)))
    )
    assert next(p for p in load_points(fuller) if p.evse).demand == 20_000


def test_an_evse_demands_what_the_plan_gives_it_from_when_the_charge_really_began_and_all_when_behind():
    order = CommandIssued(
        at=small.minutes(25),
        id=CommandId("1"),
        command=DispatchTruck(truck=small.T1, activities=(charge(((40, 100), (60, 0))),)),
    )
    begun = ActivityStarted(
        at=small.minutes(30), truck=small.T1, activity=ActivityId("t1/1"), started_at=small.minutes(30)
    )
    state = fold([order, begun, started()], small.in_the_morning())

    def demand(minute: float) -> tuple[int, bool]:
        point = next(p for p in load_points(replace(state, at=small.minutes(minute))) if p.evse)
        return point.demand, point.planned

    assert [demand(m) for m in (31, 49, 51, 69, 71)] == [(100_000, True)] * 2 + [(0, True)] * 2 + [(300_000, True)]


def test_a_swap_station_demands_what_its_packs_need_or_the_plan_gives_them():
    state = small.in_the_morning()
    assert next(p for p in load_points(state) if not p.evse).demand == 240_000
    window = Window(small.minutes(60), small.minutes(90))
    plan = Plan(
        id=PlanId("p"),
        hub=state.hub.id,
        horizon=Window(small.START, small.START + timedelta(hours=36)),
        routes=(),
        pack_charges=(
            PackCharge(
                PackId("p3"),
                small.SLOTS[2],
                window,
                (PowerStep(window.start, Power.kw(70)),),
                SoC.percent(40),
                SoC.percent(90),
            ),
        ),
    )
    state = fold([PlanAdopted(at=small.START, plan=plan, reasons=(), changes=())], state)

    def demand(minute: float) -> int:
        return next(p for p in load_points(replace(state, at=small.minutes(minute))) if not p.evse).demand

    assert [demand(m) for m in (0, 60, 89, 90)] == [120_000, 190_000, 190_000, 240_000]


def test_before_anything_is_told_a_swap_station_may_draw_what_its_plate_says():
    state = small.in_the_morning()
    assert committed(state) == Power.kw(240)


def test_whose_token_was_refused_gets_nothing_until_another_is_shown():
    state = fold([replace(started(), refused="the truck does not fit")], small.in_the_morning())
    assert [p.demand for p in load_points(state) if p.evse == small.CCS1] == [0]
    shown = TransactionUpdated(
        at=state.at,
        station=small.CCS,
        transaction=started().transaction,
        reported_at=state.at,
        seq_no=1,
        token=small.token(small.T1),
        truck=small.T1,
        refused="",
    )
    again = fold([shown], state)
    assert [p.demand for p in load_points(again) if p.evse == small.CCS1] > [0]
