"""The terms stand in strict order; the bill adds up."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from portwatt.ids import EvseId
from portwatt.model.plan import Activity, ActivityKind, Plan, PowerStep, Route
from portwatt.model.tariff import Band, BandName
from portwatt.planning.cases import START, Size, day
from portwatt.planning.problem import Prices, Weights
from portwatt.planning.score import Score, score
from portwatt.units import Distance, EnergyPrice, Money, Power, SoC, Window

HOUR = timedelta(hours=1)


def test_each_term_outweighs_all_that_follow() -> None:
    much = {"late_s": 10**6, "rebooked": 900, "third_party_swaps": 90, "trucks_used": 300}
    worst = Score(missed=0, diesel=Distance.km(9_000), cost=Money.cny(10**7), **much)
    steps = [
        worst,
        replace(worst, late_s=0),
        replace(worst, late_s=0, rebooked=0),
        replace(worst, late_s=0, rebooked=0, diesel=Distance(0)),
        replace(worst, late_s=0, rebooked=0, diesel=Distance(0), third_party_swaps=0),
        replace(worst, late_s=0, rebooked=0, diesel=Distance(0), third_party_swaps=0, trucks_used=0),
        Score(0, 0, 0, Distance(0), 0, 0, Money(0)),
    ]
    assert all(better < worse for worse, better in pairwise(steps))
    assert worst < Score(1, 0, 0, Distance(0), 0, 0, Money(0))


def test_weights_replace_the_strict_order() -> None:
    problem = day(Size(moves=1, trucks=0, shuttles=0), 1)
    weights = Weights(Money.cny(500), Money.cny(60), Money(0), Money(0), Money(0), Money(0))
    nothing = Plan(problem.plan, problem.hub, problem.horizon, ())
    weighed = score(replace(problem, weights=weights), nothing)
    assert weighed.weighted is not None
    assert weighed.key == (weighed.weighted.cents,)
    plain = score(problem, nothing)
    assert weighed.weighted.cents == plain.missed * 50_000 + round(plain.late_s / 3_600 * 6_000)


def test_the_items_add_up(answered) -> None:
    reached = score(*answered)
    assert reached.cost == sum((item.amount for item in reached.items), Money(0))
    assert {"energy", "driving", "diesel shuttles"} <= {item.name for item in reached.items}


def test_counts_what_the_plan_says(answered) -> None:
    problem, plan = answered
    reached = score(problem, plan)
    assert reached.rebooked == sum(1 for r in plan.rebookings if r.to_train)
    assert reached.trucks_used == sum(
        1 for r in plan.routes if any(a.kind is ActivityKind.UNLOAD for a in r.activities)
    )
    assert reached.diesel > Distance(0)


def test_a_container_nobody_carries_has_missed_its_train() -> None:
    problem = day(Size(moves=30, trucks=0, shuttles=0), 1)
    nothing = Plan(problem.plan, problem.hub, problem.horizon, ())
    reached = score(problem, nothing)
    with_trains = [m for m in problem.moves if m.trains]
    others = [m for m in problem.moves if not m.trains]
    assert reached.missed == len(with_trains)
    assert reached.late_s == sum(max(0, (problem.horizon.end - m.due).total_seconds()) for m in others)


@pytest.fixture
def charging():
    """One hour of charging at 120 kW across a change of price, and nothing else."""
    problem = day(Size(moves=0, trucks=2, evses=3, swap_stations=0), 1)
    cheap, dear = EnergyPrice.per_kwh("0.5"), EnergyPrice.per_kwh("1.5")
    middle = START + 2 * HOUR
    bands = (
        Band(Window(START, middle), BandName.VALLEY, cheap),
        Band(Window(middle, problem.horizon.end), BandName.PEAK, dear),
    )
    free = Prices(Money(0), Money(0), Money(0))
    problem = replace(problem, bands=bands, odds=(), connect=timedelta(0), prices=free)
    window = Window(middle - HOUR / 2, middle + HOUR / 2)
    truck = problem.trucks[1]
    soc = SoC(5_000)
    charge = Activity(
        f"{truck.id}/1",
        ActivityKind.CHARGE,
        window,
        truck.place,
        soc,
        SoC(soc.bp + 120 * 10_000 // 350),
        evse=EvseId("S1/2"),
        profile=(PowerStep(window.start, Power.kw(120)),),
    )
    return problem, Plan(problem.plan, problem.hub, problem.horizon, (Route(truck.id, (charge,)),))


def test_energy_is_paid_by_band(charging) -> None:
    reached = score(*charging)
    energy = {item.band: item.amount for item in reached.items if item.name == "energy"}
    assert energy == {BandName.VALLEY: Money.cny(30), BandName.PEAK: Money.cny(90)}


def test_energy_left_in_the_batteries_is_credited(charging) -> None:
    problem, plan = charging
    left = next(i.amount for i in score(problem, plan).items if i.name == "energy left in batteries")
    mean = (2 * 0.5 + 22 * 1.5) / 24
    assert left.cents == -round(120 * mean * 100)


def test_what_the_handshake_takes_brings_and_costs_nothing(charging) -> None:
    problem, plan = charging
    slower = score(replace(problem, connect=HOUR / 4), plan)
    valley = next(i.amount for i in slower.items if i.band is BandName.VALLEY)
    assert valley == Money.cny(15)


def test_a_peak_above_the_one_so_far_is_paid(charging) -> None:
    problem, plan = charging
    prices = replace(problem.prices, demand_per_kw=Money.cny(2), peak_so_far=Power.kw(100))
    demand = next(i.amount for i in score(replace(problem, prices=prices), plan).items if i.name == "demand")
    assert demand == Money.cny(40)


def test_a_move_taken_from_its_truck_has_a_price(answered) -> None:
    problem, plan = answered
    first, second, *rest = plan.routes
    exchanged = (replace(first, truck=second.truck), replace(second, truck=first.truck), *rest)
    before = replace(problem, in_force=replace(plan, routes=exchanged))
    moves = sum(1 for r in (first, second) for a in r.activities if a.kind is ActivityKind.UNLOAD)
    changes = next(i.amount for i in score(before, plan).items if i.name == "changes")
    assert changes.cents == moves * problem.prices.change.cents
