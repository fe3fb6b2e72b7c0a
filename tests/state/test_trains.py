"""Trains: cut-offs and availabilities that follow the estimates."""

from __future__ import annotations

import small_hub as small

from portwatt.events import TrainArrived, TrainDeparted, TrainForecastReceived
from portwatt.state import HubState, fold
from portwatt.state.trains import takes_until

UP = small.in_the_morning()


def forecast(train, **times: float) -> TrainForecastReceived:
    moments = {name: small.minutes(minute) for name, minute in times.items()}
    return TrainForecastReceived(at=UP.at, train=train, source="test", **moments)


def cut_off(state: HubState):
    return state.trains[small.OUT1].cut_off


def test_a_late_departure_moves_the_cut_off_and_an_early_one_does_not():
    assert cut_off(UP) == small.minutes(240)
    assert cut_off(fold([forecast(small.OUT1, departure=360)], UP)) == small.minutes(300)
    assert cut_off(fold([forecast(small.OUT1, departure=200)], UP)) == small.minutes(240)


def test_a_cut_off_that_is_said_counts():
    assert cut_off(fold([forecast(small.OUT1, departure=360, cut_off=250)], UP)) == small.minutes(250)


def test_availability_follows_the_arrival_as_estimated_and_then_as_it_was():
    state = fold([forecast(small.IN1, arrival=200)], UP)
    assert state.trains[small.IN1].available == small.minutes(230)
    state = fold([TrainArrived(at=UP.at, train=small.IN1, arrived_at=small.minutes(190))], state)
    assert state.trains[small.IN1].available == small.minutes(220)


def test_only_what_is_noticeable_asks_for_a_plan():
    assert not any("expected" in r for r in fold([forecast(small.OUT1, departure=304)], UP).replanning.reasons)
    assert (
        "train out1 is now expected 60 min later" in fold([forecast(small.OUT1, departure=360)], UP).replanning.reasons
    )


def test_nobody_can_be_delivered_for_a_train_that_is_gone():
    assert takes_until(UP, small.OUT1) == small.minutes(240)
    gone = fold([TrainDeparted(at=UP.at, train=small.OUT1, departed_at=UP.at)], UP)
    assert takes_until(gone, small.OUT1) is takes_until(UP, "stranger") is None
