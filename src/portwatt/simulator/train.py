"""Trains as they really run, and what the rail platform says of them before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from portwatt.events import AnyEvent, TrainArrived, TrainDeparted, TrainForecastReceived
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.demand import Demand, Forecast, TrainTruth

SOURCE = "rail platform (simulated)"


def run_trains(demand: Demand, agenda: Agenda, tell: Callable[[AnyEvent], None]) -> None:
    """Enter every word about the day's trains into the agenda: forecasts, arrivals, departures."""
    for truth in demand.truths:
        for at, event in words(truth):
            agenda.at(at, lambda event=event: tell(event))  # type: ignore[misc]


def words(truth: TrainTruth) -> Iterator[tuple[datetime, AnyEvent]]:
    """What is said of one train and when."""
    for forecast in truth.forecasts:
        yield forecast.at, _forecast(truth, forecast)
    yield truth.arrival, TrainArrived(at=truth.arrival, train=truth.train, arrived_at=truth.arrival)
    if truth.cut_off is not None and truth.forecasts:
        # Standing at the yard, it is known when it will leave; only a train that was ever in doubt is worth the word.
        known = Forecast(truth.arrival, truth.arrival, truth.departure, truth.cut_off, truth.available)
        yield truth.arrival, _forecast(truth, known)
    yield truth.departure, TrainDeparted(at=truth.departure, train=truth.train, departed_at=truth.departure)


def _forecast(truth: TrainTruth, forecast: Forecast) -> TrainForecastReceived:
    return TrainForecastReceived(
        at=forecast.at,
        train=truth.train,
        source=SOURCE,
        arrival=forecast.arrival,
        departure=forecast.departure,
        cut_off=forecast.cut_off,
        available=forecast.available,
    )
