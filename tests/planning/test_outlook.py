"""What a plan promises, reckoned on plans small enough to count by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from portwatt.model.container import Container
from portwatt.model.move import Move, TrainChoice
from portwatt.model.place import Leg, Place, PlaceKind
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
    UnservedReason,
)
from portwatt.model.train import Call, CallTime, Direction, TrainRun
from portwatt.planning.outlook import carried, figures, load_profile, train_outlooks
from portwatt.planning.problem import OpenMove, PlanningProblem, TrainOption, TruckStart
from portwatt.units import Distance, Energy, Money, Power, SoC, Window

T0 = datetime(2026, 11, 24, tzinfo=UTC)
MIN = timedelta(minutes=1)
SOC = SoC.percent(50)


def at(minute: int) -> datetime:
    return T0 + minute * MIN


def do(kind: ActivityKind, start: int, end: int, place: str = "A", **more: object) -> Activity:
    return Activity(f"T/{start}", kind, Window(at(start), at(end)), place, SOC, SOC, **more)


def fetch(move: str, start: int) -> tuple[Activity, ...]:
    """Load at A, drive to B, unload, drive back: 10 minutes each."""
    return (
        do(ActivityKind.LOAD, start, start + 10, "A", move=move),
        do(ActivityKind.DRIVE, start + 10, start + 20, "B", origin="A"),
        do(ActivityKind.UNLOAD, start + 20, start + 30, "B", move=move),
        do(ActivityKind.DRIVE, start + 30, start + 40, "A", origin="B"),
    )


def move(name: str, *cut_offs: int) -> Move:
    trains = tuple(TrainChoice(f"X{n}", at(c)) for n, c in enumerate(cut_offs, 1))
    due = trains[0].due if trains else at(60)
    return Move(name, Container("C" + name), "A", "B", T0, due, trains)


def train(number: int, cut_off: int) -> TrainRun:
    call = Call("B", CallTime(T0), CallTime(at(cut_off + 60)), cut_off=at(cut_off))
    return TrainRun(f"X{number}", f"{number}", "s", Direction.OUTBOUND, call, 100)


MOVES = (move("early", 50, 200), move("late", 50, 200), move("lost", 50, 200), move("held", 50), move("local"))
PLAN = Plan(
    "P",
    "H",
    Window(T0, at(600)),
    (Route("T", (*fetch("early", 0), *fetch("late", 40), do(ActivityKind.WAIT, 80, 90))),),
    fallbacks=(FallbackUse("local", "D", Window(at(40), at(70)), Money(0), "no truck"),),
    rebookings=(Rebooking("late", "X1", "X2", "late"), Rebooking("lost", "X1", None, "late")),
    unserved=(Unserved("held", UnservedReason.ON_HOLD, "held"),),
)


def problem() -> PlanningProblem:
    opened = tuple(
        OpenMove(
            m.id,
            m.container,
            m.origin,
            m.destination,
            m.release,
            m.due,
            tuple(TrainOption(c.train, c.due) for c in m.trains),
        )
        for m in MOVES
    )
    legs = (Leg("A", "B", Distance.km(3), 10 * MIN), Leg("B", "A", Distance.km(4), 10 * MIN))
    places = (Place("A", "A", PlaceKind.WAREHOUSE), Place("B", "B", PlaceKind.RAIL_YARD))
    truck = TruckStart("T", "M", "A", SOC, T0, at(600))
    return PlanningProblem("P", "H", Window(T0, at(600)), places, legs, (), (truck,), opened, (), ())


def test_figures_count_each_move_and_container_once() -> None:
    found = figures(problem(), PLAN)
    assert (found.moves, found.by_truck, found.by_fallback, found.unserved) == (5, 2, 1, 1)
    assert (found.containers, found.on_booked_train, found.rebooked, found.missed, found.held) == (4, 1, 1, 1, 1)
    assert found.late == 1  # the local one, due at 60, put down at 70
    assert (found.trucks, found.trucks_used) == (1, 1)
    assert (found.loaded, found.empty) == (Distance.km(6), Distance.km(8))


def test_a_train_counts_those_booked_and_those_that_come_from_others() -> None:
    first, second = train_outlooks((train(1, 50), train(2, 200)), MOVES, PLAN)
    assert (first.booked, first.on_time, first.rebooked_away, first.missed, first.held) == (4, 1, 1, 1, 1)
    assert first.rebooked_here == 0
    assert (second.booked, second.rebooked_here) == (0, 1)
    assert first.least_slack == 20 * MIN
    assert second.least_slack == 130 * MIN


def test_an_inbound_train_counts_what_comes_after_its_due_time_as_late() -> None:
    call = Call("A", CallTime(T0), CallTime(at(60)), available=T0)
    inbound = TrainRun("I1", "1", "s", Direction.INBOUND, call, 100)
    moves = tuple(
        Move(name, Container("C" + name), "A", "B", T0, at(40), from_train="I1") for name in ("early", "late", "held")
    )
    (found,) = train_outlooks((inbound,), moves, replace(PLAN, rebookings=()))
    assert (found.booked, found.on_time, found.late, found.missed, found.held) == (3, 1, 1, 0, 1)
    assert found.least_slack == -30 * MIN


def test_a_container_is_on_the_truck_from_loading_to_unloading() -> None:
    route = Route("T", (do(ActivityKind.DRIVE, 0, 5, "B", origin="A"), *fetch("m", 10)))
    assert [on for _, on in carried(route, None)] == [None, "m", "m", "m", None]
    assert [on for _, on in carried(route, "x")] == ["x", "m", "m", "m", None]


def test_the_load_adds_trucks_and_packs_step_by_step() -> None:
    kw100, kw50 = Power.kw(100), Power.kw(50)
    charge = do(ActivityKind.CHARGE, 0, 60, evse="S/1", profile=(PowerStep(T0, kw100), PowerStep(at(30), kw50)))
    pack = PackCharge("P1", "W/1", Window(at(15), at(45)), (PowerStep(at(15), kw50),), SOC, SOC)
    plan = Plan("P", "H", Window(T0, at(60)), (Route("T", (charge,)),), (pack,))
    loads = [(load.start, load.trucks.as_kw, load.packs.as_kw) for load in load_profile(plan)]
    assert loads == [(T0, 100, 0), (at(15), 100, 50), (at(30), 50, 50), (at(45), 50, 0), (at(60), 0, 0)]
    found = figures(problem(), plan)
    assert found.peak == Power.kw(150)
    assert found.peak_at == at(15)
    assert found.energy == Energy.kwh(100)


def test_nothing_planned_draws_nothing() -> None:
    plan = Plan("P", "H", Window(T0, at(60)), ())
    assert load_profile(plan) == ()
    assert figures(problem(), plan).peak == Power(0)
