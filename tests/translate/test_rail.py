"""Trains: news, no news, and mistakes."""

from datetime import datetime, timedelta

import pytest
import small_hub as small

from portwatt.errors import NotFoundError, UsageError
from portwatt.events import TrainForecastReceived
from portwatt.ids import TrainId
from portwatt.state import HubState, fold
from portwatt.translate import rail
from portwatt.translate.rail import TrainForecast, forecast


@pytest.fixture
def state() -> HubState:
    return fold(small.morning())


def told(state: HubState, **times: datetime) -> tuple[TrainForecastReceived, ...]:
    return forecast(state, TrainForecast(train=small.OUT1, source="rail", **times), small.minutes(1))


def test_an_estimate_that_moves_by_a_minute_is_news(state: HubState) -> None:
    planned = state.trains[small.OUT1].run.call.departure.planned
    assert told(state, departure=planned + timedelta(seconds=59)) == ()
    (event,) = told(state, departure=planned + timedelta(seconds=60))
    assert event.departure == planned + timedelta(seconds=60)
    after = fold([event], state)
    assert told(after, departure=planned + timedelta(seconds=100)) == ()
    assert told(after, departure=planned) != ()


def test_nothing_said_is_no_news(state: HubState) -> None:
    assert told(state) == ()


def test_when_one_time_moves_all_are_kept(state: HubState) -> None:
    known = state.trains[small.OUT1]
    late = known.run.call.departure.planned + timedelta(hours=1)
    (event,) = told(state, departure=late, cut_off=known.cut_off)
    assert fold([event], state).trains[small.OUT1].cut_off == known.cut_off


def test_mistakes_are_named(state: HubState) -> None:
    with pytest.raises(NotFoundError, match="ghost"):
        forecast(state, TrainForecast(train=TrainId("ghost"), source="rail"), small.START)
    with pytest.raises(UsageError, match="time zone"):
        told(state, arrival=datetime(2026, 11, 23))  # noqa: DTZ001
    with pytest.raises(UsageError, match="cannot leave"):
        told(state, arrival=small.minutes(10), departure=small.minutes(5))


def test_a_train_comes_goes_or_falls_away_once(state: HubState) -> None:
    for say in (rail.arrived, rail.departed):
        (event,) = say(state, small.OUT1, small.minutes(200), small.minutes(201))
        assert say(fold([event], state), small.OUT1, small.minutes(200), small.minutes(202)) == ()
    gone = fold(rail.cancelled(state, small.OUT1, "storm", small.minutes(1)), state)
    assert gone.trains[small.OUT1].cancelled
    assert rail.cancelled(gone, small.OUT1, "storm", small.minutes(2)) == ()
    assert told(gone, departure=small.minutes(900)) == ()
