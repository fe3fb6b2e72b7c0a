from __future__ import annotations

from datetime import timedelta

import pytest

from portwatt.commands import OrderFallback, Replan
from portwatt.events import (
    ActivityEnded,
    AnyEvent,
    AuthorizationDecided,
    ClockTicked,
    CommandIssued,
    EvseStatus,
    EvseStatusChanged,
    FallbackEnded,
    GridLimitChanged,
    HubRestarted,
    PlanAdopted,
    PlanRejected,
    StationDisconnected,
    SwapTimedOut,
    TakenOutOfService,
    TrainCancelled,
    TrainForecastReceived,
    TruckUnavailable,
)
from portwatt.model.plan import PlanChange
from portwatt.state import HubState, apply
from portwatt.terminal.news import news_of
from portwatt.units import Power, SoC, Window


def told(state: HubState, event: AnyEvent) -> tuple[str, bool] | None:
    news = news_of(apply(state, event), event)
    return (news.text, news.bad) if news else None


def test_a_plan_says_why_and_what_moved(morning: HubState) -> None:
    assert morning.plan is not None
    reasons = ("train 1 is late", "a station is out", "new moves")
    changes = (PlanChange("M1 goes to truck 7"),)
    news = told(morning, PlanAdopted(at=morning.at, plan=morning.plan, reasons=reasons, changes=changes))
    assert news is not None
    assert "train 1 is late; a station is out; 1 more" in news[0]
    assert news[0].startswith("new plan, 1 change: ")
    assert news[0].endswith("So M1 goes to truck 7")
    assert not news[1]


def test_a_plan_not_adopted_says_why(morning: HubState) -> None:
    event = PlanRejected(at=morning.at, plan=None, reasons=(), detail="the worker died")
    assert told(morning, event) == ("a new plan was not adopted: the worker died", True)


def test_a_plan_that_changes_nothing_says_so(morning: HubState) -> None:
    assert morning.plan is not None
    event = PlanAdopted(at=morning.at, plan=morning.plan, reasons=("new moves",), changes=())
    assert told(morning, event) == ("new plan, nothing moves: new moves", False)


@pytest.mark.parametrize(("late", "news"), [(60, True), (2, False)])
def test_a_train_is_news_when_it_is_late(morning: HubState, late: int, news: bool) -> None:
    train = next(iter(morning.trains.values())).run
    arrival = train.call.arrival.planned + timedelta(minutes=late)
    event = TrainForecastReceived(at=morning.at, train=train.id, source="rail", arrival=arrival)
    found = told(morning, event)
    assert (found is not None) == news
    if found:
        assert f"{train.number} is {late} min late (rail)" in found[0]


def test_what_goes_wrong_is_told(morning: HubState) -> None:
    at = morning.at
    station = morning.hub.stations[0]
    truck, activity = next((t, k.queue[0]) for t, k in morning.trucks.items() if k.queue)
    evse = station.evses[0].id
    events: list[tuple[AnyEvent, str]] = [
        (StationDisconnected(at=at, station=station.id, reason="silent"), "silent"),
        (
            EvseStatusChanged(
                at=at, station=station.id, evse=evse, status=EvseStatus.FAULTED, reported_at=at, error_code="Ground"
            ),
            f"{evse} is faulted: Ground",
        ),
        (TakenOutOfService(at=at, station=station.id, evse=None, reason="repair"), "repair"),
        (TrainCancelled(at=at, train=next(iter(morning.trains)), reason="strike"), "strike"),
        (GridLimitChanged(at=at, limit=Power.kw(300), reason="heat"), "300 kW: heat"),
        (TruckUnavailable(at=at, truck=truck, reason="tyre"), f"truck {truck} is out: tyre"),
        (SwapTimedOut(at=at, station="S", request_id=1, token="T", packs=()), "timed out"),
        (
            ActivityEnded(
                at=at, truck=truck, activity=activity.id, ended_at=at, soc=SoC(5000), done=False, detail="gate shut"
            ),
            "gate shut",
        ),
        (FallbackEnded(at=at, fallback="D", move="M", ended_at=at, done=False, detail="no driver"), "no driver"),
        (
            AuthorizationDecided(
                at=at, station=station.id, evse=None, token="X", truck=None, accepted=False, reason="unknown"
            ),
            "refused, unknown",
        ),
        (
            CommandIssued(
                at=at,
                id="c",
                command=OrderFallback(fallback="D", move=next(iter(morning.moves)), window=Window(at, at)),
            ),
            "asked to carry",
        ),
    ]
    for event, words in events:
        found = told(morning, event)
        assert found is not None, event
        assert words in found[0]
        assert found[1]


def test_daily_business_is_no_news(morning: HubState) -> None:
    at = morning.at
    evse = morning.hub.stations[0].evses[0].id
    station = morning.hub.stations[0].id
    truck, activity = next((t, k.queue[0]) for t, k in morning.trucks.items() if k.queue)
    for event in (
        ClockTicked(at=at),
        EvseStatusChanged(at=at, station=station, evse=evse, status=EvseStatus.AVAILABLE, reported_at=at),
        ActivityEnded(at=at, truck=truck, activity=activity.id, ended_at=at, soc=SoC(5000)),
        FallbackEnded(at=at, fallback="D", move="M", ended_at=at),
        AuthorizationDecided(at=at, station=station, evse=None, token="X", truck=None, accepted=True),
        CommandIssued(at=at, id="c", command=Replan(reasons=())),
        TrainForecastReceived(at=at, train="nobody", source="rail"),
    ):
        assert told(morning, event) is None


def test_a_restart_is_told_without_alarm(morning: HubState) -> None:
    news = told(morning, HubRestarted(at=morning.at))
    assert news is not None
    assert not news[1]
