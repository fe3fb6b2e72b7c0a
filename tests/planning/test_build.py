"""The problem says what the state says: moves, trains, stations, packs, power."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small
from msgspec.structs import replace

from portwatt.events import (
    ContainerReleased,
    EvseStatus,
    EvseStatusChanged,
    GridLimitChanged,
    MoveRequested,
    MoveWithdrawn,
    PlanAdopted,
    SlotReported,
    StationDisconnected,
    TakenOutOfService,
    TrainCancelled,
    TrainForecastReceived,
    TransactionStarted,
)
from portwatt.ids import PackId, TransactionId
from portwatt.planning.build import problem_from
from portwatt.planning.checker import check
from portwatt.planning.faults import faults
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PlanningProblem
from portwatt.state import HubState, fold
from portwatt.units import Energy, Power, SoC, Window

NO_TIME = timedelta(0)


def after(*events: object) -> HubState:
    return fold([*small.morning(), *events])


def asked(*events: object, at: float = 0) -> PlanningProblem:
    return problem_from(after(*events), small.minutes(at))


def test_the_morning_is_a_problem_without_faults_and_its_plan_passes() -> None:
    problem = asked()
    assert faults(problem) == ()
    assert {m.id for m in problem.moves} == {"m1", "m2", "m3"}
    assert {t.id for t in problem.trucks} == {small.T1, small.T2, small.T3, small.T4}
    made = plan(problem, NO_TIME, 1)
    assert check(problem, made) == ()
    assert made.unserved == ()


def test_begins_at_the_next_whole_second_and_reaches_over_the_horizon() -> None:
    problem = problem_from(after(), small.START + timedelta(microseconds=1))
    assert problem.horizon.start == small.START + timedelta(seconds=1)
    assert problem.horizon.length == small.hub().planning.horizon
    assert problem.bands[0].window.start == problem.horizon.start
    assert problem.bands[-1].window.end == problem.horizon.end


def test_the_name_of_the_plan_follows_the_state() -> None:
    assert asked().plan != asked(TrainCancelled(at=small.START, train=small.OUT1)).plan


def test_cut_offs_follow_the_forecast() -> None:
    late = TrainForecastReceived(at=small.START, train=small.OUT1, source="rail", departure=small.minutes(360))
    move = asked(late).move_by_id["m1"]
    assert [(t.train, t.cut_off) for t in move.trains] == [
        (small.OUT1, small.minutes(300)),
        (small.OUT2, small.minutes(480)),
    ]


def test_a_cancelled_train_is_no_option() -> None:
    move = asked(TrainCancelled(at=small.START, train=small.OUT1)).move_by_id["m1"]
    assert [t.train for t in move.trains] == [small.OUT2]


def test_a_container_whose_trains_are_all_gone_hurries_no_more() -> None:
    gone = [TrainCancelled(at=small.START, train=t) for t in (small.OUT1, small.OUT2)]
    problem = asked(*gone)
    move = problem.move_by_id["m1"]
    assert move.trains == ()
    assert move.due == problem.horizon.end


def test_an_inbound_container_is_released_with_its_train() -> None:
    assert asked().move_by_id["m3"].release == small.minutes(210)
    late = TrainForecastReceived(at=small.START, train=small.IN1, source="rail", arrival=small.minutes(280))
    assert asked(late).move_by_id["m3"].release == small.minutes(310)


def test_a_container_on_hold_is_on_hold_until_customs_releases_it() -> None:
    held = MoveRequested(at=small.START, move=small.move("m9", customs_hold=True))
    assert asked(held).move_by_id["m9"].on_hold
    container = small.move("m9").container.id
    released = ContainerReleased(at=small.START, container=container, released_at=small.minutes(5))
    move = asked(held, released).move_by_id["m9"]
    assert not move.on_hold
    assert move.release == small.minutes(5)


def test_a_withdrawn_move_is_not_planned() -> None:
    assert "m2" not in asked(MoveWithdrawn(at=small.START, move="m2")).move_by_id


def test_what_is_released_after_the_horizon_is_not_planned() -> None:
    far = MoveRequested(
        at=small.START, move=small.move("m9", release=small.minutes(60 * 40), due=small.minutes(60 * 50))
    )
    assert "m9" not in asked(far).move_by_id


def test_a_station_that_is_away_comes_back_after_as_long_again() -> None:
    away = StationDisconnected(at=small.START, station=small.CCS, reason="line")
    problem = asked(away)
    assert problem.evse_by_id[small.CCS1].closed == (Window(small.START, small.minutes(30)),)
    assert problem.evse_by_id[small.GBT1].closed == ()
    much_later = asked(away, at=100)
    assert much_later.evse_by_id[small.CCS1].closed == (Window(small.minutes(100), small.minutes(200)),)


def test_what_a_person_took_out_of_service_stays_out() -> None:
    problem = asked(TakenOutOfService(at=small.START, station=small.GBT, evse=small.GBT1, reason="repair"))
    assert problem.evse_by_id[small.GBT1].closed == (problem.horizon,)
    assert problem.evse_by_id[small.GBT2].closed == ()


def test_a_swap_station_out_of_service_is_closed() -> None:
    problem = asked(TakenOutOfService(at=small.START, station=small.SWAP, evse=None, reason="repair"))
    assert problem.swap_stations[0].closed == (problem.horizon,)


def test_a_faulted_slot_is_not_counted_on_and_neither_is_its_pack() -> None:
    slot = small.SLOTS[0]
    faulted = EvseStatusChanged(
        at=small.START, station=small.SWAP, evse=slot, status=EvseStatus.FAULTED, reported_at=small.START
    )
    offer = asked(faulted).swap_stations[0]
    assert offer.slots == small.SLOTS[1:]
    assert {p.pack for p in offer.packs} == {"p2", "p3"}


def test_packs_are_as_full_as_their_slots_said_last() -> None:
    report = SlotReported(
        at=small.START,
        station=small.SWAP,
        slot=small.SLOTS[2],
        pack=PackId("p3"),
        reported_at=small.START,
        soc=SoC.percent(71),
    )
    packs = {p.pack: p.soc for p in asked(report).swap_stations[0].packs}
    assert packs[PackId("p3")] == SoC.percent(71)


def test_a_truck_nobody_planned_keeps_its_evse_and_its_power() -> None:
    stranger = TransactionStarted(
        at=small.START,
        station=small.CCS,
        evse=small.CCS1,
        transaction=TransactionId("ccs:1"),
        token="stranger",
        truck=None,
        meter_start=Energy(0),
        reported_at=small.START,
    )
    problem = asked(stranger)
    assert problem.evse_by_id[small.CCS1].closed == (Window(small.START, small.minutes(30)),)
    assert [step.power for step in problem.grid] == [Power.kw(2_000) - small.EVSE_POWER, Power.kw(2_000)]


def test_the_grid_limit_is_the_one_in_force() -> None:
    cut = GridLimitChanged(at=small.START, limit=Power.kw(500))
    assert [step.power for step in asked(cut).grid] == [Power.kw(500)]


def test_room_on_a_train_is_what_it_takes() -> None:
    assert {(r.train, r.teu) for r in asked().train_room} == {(t, 100) for t in (small.OUT1, small.OUT2, small.IN1)}


def test_the_plan_in_force_is_part_of_the_problem() -> None:
    made = plan(asked(), NO_TIME, 1)
    state = fold([*small.morning(), PlanAdopted(at=small.START, plan=made, reasons=("first",), changes=())])
    assert problem_from(state, small.minutes(1)).in_force == made


def test_no_truck_and_no_move_is_still_a_problem() -> None:
    hub = replace(small.hub(), trucks=(), packs=small.hub().packs[:3])
    events = [replace(small.morning()[0], hub=hub)]
    problem = problem_from(fold(events), small.START)
    assert problem.trucks == ()
    assert check(problem, plan(problem, NO_TIME, 1)) == ()
