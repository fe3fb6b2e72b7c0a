"""Which facts make a plan doubtful."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import small_hub as small

from portwatt.commands import Replan
from portwatt.events import (
    CommandIssued,
    ContainerReleased,
    EvseStatus,
    EvseStatusChanged,
    HeartbeatReceived,
    MoveWithdrawn,
    StationConnected,
    StationDisconnected,
    SwapTimedOut,
    TrainDeparted,
)
from portwatt.ids import CommandId, MoveId
from portwatt.state import apply, fold
from portwatt.state.reasons import reason

UP = small.in_the_morning()


def why(event) -> str | None:
    return reason(UP, apply(UP, event), event)


def status(value: EvseStatus, evse=small.CCS1) -> EvseStatusChanged:
    return EvseStatusChanged(at=UP.at, station=small.CCS, evse=evse, status=value, reported_at=UP.at)


def test_an_evse_that_goes_out_is_a_reason_and_one_that_is_taken_is_not():
    assert why(status(EvseStatus.FAULTED)) == "EVSE ccs/1 is out"
    assert why(status(EvseStatus.FAULTED, None)) == "station ccs is Faulted"
    assert why(status(EvseStatus.OCCUPIED)) is None
    out = apply(UP, status(EvseStatus.FAULTED))
    back = status(EvseStatus.AVAILABLE)
    assert reason(out, apply(out, back), back) == "EVSE ccs/1 is back"
    still = status(EvseStatus.UNAVAILABLE)
    assert reason(out, apply(out, still), still) is None


def test_a_station_that_comes_back_is_a_reason_where_a_plan_does_without_it():
    gone = StationDisconnected(at=small.minutes(10), station=small.CCS, reason="lost")
    back = StationConnected(at=small.minutes(11), station=small.CCS, version="ocpp2.0.1")
    away = apply(UP, gone)
    assert reason(away, apply(away, back), back) is None
    asked = CommandIssued(at=small.minutes(10.5), id=CommandId("p"), command=Replan(reasons=()))
    planned = apply(away, asked)
    assert reason(planned, apply(planned, back), back) == "station ccs is connected"


def test_a_station_that_was_never_there_before_is_a_reason():
    empty = fold([small.morning()[0]])
    first = StationConnected(at=small.minutes(1), station=small.CCS, version="ocpp2.0.1")
    assert reason(empty, apply(empty, first), first) == "station ccs is connected"


def test_a_train_that_left_with_everybody_is_none():
    event = TrainDeparted(at=UP.at, train=small.OUT2, departed_at=UP.at)
    assert why(event) is None


def test_a_release_is_told_in_the_time_of_the_hub():
    move = next(m for m in UP.moves.values() if m.move.from_train is None)
    at = move.move.release + timedelta(hours=3)
    event = ContainerReleased(at=UP.at, container=move.move.container.id, released_at=at)
    local = at.astimezone(ZoneInfo(UP.hub.timezone))
    said = f"container {move.move.container.id} is released for {local:%d %b %H:%M}"
    assert why(event) == said
    assert reason(apply(UP, event), apply(apply(UP, event), event), event) is None, "told twice"


def test_plain_reasons():
    assert why(MoveWithdrawn(at=UP.at, move=MoveId("m1"))) == "move m1 was withdrawn"
    timed_out = SwapTimedOut(at=UP.at, station=small.SWAP, request_id=1, token=small.token(small.T4), packs=())
    assert why(timed_out) == "a swap at swap timed out"
    assert why(HeartbeatReceived(at=UP.at, station=small.CCS)) is None
