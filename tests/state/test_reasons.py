"""Which facts make a plan doubtful."""

from __future__ import annotations

import small_hub as small

from portwatt.events import EvseStatus, EvseStatusChanged, HeartbeatReceived, MoveWithdrawn, SwapTimedOut, TrainDeparted
from portwatt.ids import MoveId
from portwatt.state import apply
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


def test_a_train_that_left_with_everybody_is_none():
    event = TrainDeparted(at=UP.at, train=small.OUT2, departed_at=UP.at)
    assert why(event) is None


def test_plain_reasons():
    assert why(MoveWithdrawn(at=UP.at, move=MoveId("m1"))) == "move m1 was withdrawn"
    timed_out = SwapTimedOut(at=UP.at, station=small.SWAP, request_id=1, token=small.token(small.T4), packs=())
    assert why(timed_out) == "a swap at swap timed out"
    assert why(HeartbeatReceived(at=UP.at, station=small.CCS)) is None
