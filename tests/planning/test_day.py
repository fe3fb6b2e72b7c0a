"""A day on paper: what is assumed to work, when it begins, what it leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from portwatt.config.hub import load_hub
from portwatt.errors import UsageError
from portwatt.gateways.tables import read_moves, read_trains
from portwatt.planning.day import DayRequest, begins, plan_day, state_of
from portwatt.state.stations import in_service

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def asked() -> DayRequest:
    hub = load_hub(EXAMPLES / "dry-port.toml")
    trains = read_trains(EXAMPLES / "trains.csv", hub)
    return DayRequest(hub, trains, read_moves(EXAMPLES / "moves.csv", hub, trains))


def test_begins_at_local_midnight_of_the_first_release(asked: DayRequest) -> None:
    assert begins(asked) == NOW  # 24 November 00:00 in Shanghai


def test_without_moves_the_first_train_counts(asked: DayRequest) -> None:
    assert begins(replace(asked, moves=())) == NOW


def test_nothing_to_plan_is_said(asked: DayRequest) -> None:
    with pytest.raises(UsageError, match="nothing to plan"):
        begins(replace(asked, moves=(), trains=()))


def test_every_evse_and_slot_counts_as_working(asked: DayRequest) -> None:
    state = state_of(asked, NOW)
    slots = {slot for station in asked.hub.swap_stations for slot in station.slots}
    assert set(state.evses) == set(asked.hub.evse_by_id) | slots
    assert all(in_service(state, evse) for evse in state.evses)
    assert {e.pack for e in state.evses.values() if e.pack} == {p.id for p in asked.hub.packs if p.slot}


def test_everything_asked_reaches_the_planner(asked: DayRequest) -> None:
    day = plan_day(asked, NOW, timedelta(seconds=1), seed=3)
    assert {m.id for m in day.problem.moves} == {m.id for m in asked.moves}
    assert {t.id for t in day.problem.trucks} == {t.id for t in asked.hub.trucks}
    assert {e.id for e in day.problem.evses} == set(asked.hub.evse_by_id)
    assert day.problem.horizon.start == NOW
    assert day.violations == ()
    assert day.plan.seed == 3


def test_the_same_request_gives_the_same_day(asked: DayRequest) -> None:
    assert plan_day(asked, NOW, timedelta(seconds=1), 3) == plan_day(asked, NOW, timedelta(seconds=1), 3)
