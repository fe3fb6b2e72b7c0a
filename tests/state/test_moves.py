"""Moves, and the trains they are on."""

from __future__ import annotations

import pytest
import small_hub as small

from portwatt.events import (
    ContainerReleased,
    GateDirection,
    GatePassed,
    MoveRequested,
    MoveWithdrawn,
    TrainCancelled,
    TrainDeparted,
    TrainForecastReceived,
)
from portwatt.ids import ContainerId, MoveId
from portwatt.state import fold
from portwatt.state.moves import MoveStatus, delivered, rebooked, release_of

UP = small.in_the_morning()
M1, M3 = MoveId("m1"), MoveId("m3")


def departed(train) -> TrainDeparted:
    return TrainDeparted(at=small.minutes(300), train=train, departed_at=small.minutes(300))


def test_a_container_that_missed_its_train_takes_the_next_and_then_none():
    state = fold([departed(small.OUT1)], UP)
    assert (state.moves[M1].train, state.moves[M1].missed) == (small.OUT2, False)
    assert f"train {small.OUT1} left without 2 containers" in state.replanning.reasons
    state = fold([departed(small.OUT2)], state)
    assert state.moves[M1].missed


@pytest.mark.parametrize(("minute", "train"), [(240, small.OUT1), (241, small.OUT2)])
def test_a_container_at_the_yard_by_the_cut_off_is_on_its_train(minute, train):
    state = fold([departed(small.OUT1)], delivered(UP, M1, small.minutes(minute)))
    assert state.moves[M1].train == train


def test_a_cancelled_train_takes_nobody_not_even_what_was_there_in_time():
    state = fold([TrainCancelled(at=UP.at, train=small.OUT1)], delivered(UP, M1, small.minutes(1)))
    assert state.moves[M1].train == small.OUT2


def test_a_train_that_is_gone_already_is_skipped():
    state = fold([departed(small.OUT2), departed(small.OUT1)], UP)
    assert state.moves[M1].missed


def test_a_train_that_was_cancelled_is_skipped_too():
    state = fold([TrainCancelled(at=UP.at, train=small.OUT2), departed(small.OUT1)], UP)
    assert state.moves[M1].missed


def test_a_withdrawn_move_misses_no_train():
    state = fold([MoveWithdrawn(at=UP.at, move=M1), departed(small.OUT1), departed(small.OUT2)], UP)
    assert (state.moves[M1].train, state.moves[M1].missed) == (small.OUT1, False)


def test_nobody_goes_back_to_an_earlier_train():
    state = fold([TrainCancelled(at=UP.at, train=small.OUT2)], rebooked(UP, M1, small.OUT2))
    assert state.moves[M1].missed, "the first train still runs, but the plan had given it up"


def test_a_container_can_be_fetched_when_everybody_has_let_it_go():
    assert release_of(UP, UP.moves[M3]) == small.minutes(210), "the train's availability"
    later = TrainForecastReceived(at=UP.at, train=small.IN1, source="test", arrival=small.minutes(240))
    state = fold([later], UP)
    assert release_of(state, state.moves[M3]) == small.minutes(270)
    customs = ContainerReleased(at=UP.at, container=ContainerId("C-m3"), released_at=small.minutes(400))
    state = fold([customs], state)
    assert release_of(state, state.moves[M3]) == small.minutes(400)
    state = fold([TrainCancelled(at=UP.at, train=small.IN1)], state)
    assert release_of(state, state.moves[M3]) is None


def test_customs_hold_lasts_until_customs_speaks():
    state = fold([MoveRequested(at=UP.at, move=small.move("m9", customs_hold=True))], UP)
    assert release_of(state, state.moves["m9"]) is None
    freed = ContainerReleased(at=UP.at, container=ContainerId("C-m9"), released_at=small.minutes(5))
    state = fold([freed], state)
    assert release_of(state, state.moves["m9"]) == small.minutes(5)
    assert any("C-m9 is released" in r for r in state.replanning.reasons)


def test_only_an_open_move_can_be_withdrawn():
    withdrawn = MoveWithdrawn(at=UP.at, move=M1)
    assert fold([withdrawn], UP).moves[M1].status is MoveStatus.WITHDRAWN
    there = delivered(UP, M1, UP.at)
    assert fold([withdrawn], there).moves[M1].status is MoveStatus.DELIVERED


def test_the_gate_is_evidence_and_moves_no_status():
    gates = [
        GatePassed(at=UP.at, place=p, direction=d, passed_at=small.minutes(n), container=ContainerId("C-m1"))
        for n, (p, d) in enumerate(((small.QUAY, GateDirection.OUT), (small.YARD, GateDirection.IN)))
    ]
    known = fold(gates, UP).moves[M1]
    assert (known.left_origin_at, known.reached_destination_at) == (small.minutes(0), small.minutes(1))
    assert known.status is MoveStatus.OPEN
