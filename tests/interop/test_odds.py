"""Odds: the assumption while little was seen, what was seen as it grows, and never a pair that is marked."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
import small_hub as small
from hypothesis import given
from immutables import Map
from msgspec.structs import replace

from portwatt.events import HubOpened, PairJudged
from portwatt.ids import TruckModelId
from portwatt.interop.matrix import CompatibilityMatrix
from portwatt.interop.odds import ENOUGH, odds, odds_at
from portwatt.model.connector import ConnectorStandard
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.pair import Judgement, JudgementKind, Pair, PairPattern
from portwatt.model.station import ChargingStation
from portwatt.planning.build import problem_from
from portwatt.planning.problem import best_fit
from portwatt.rules.admit import Obstacle, admit
from portwatt.state import HubState, fold
from portwatt.state.handshakes import Handshakes, PairRecord

CCS = ConnectorStandard.CCS2
ASSUMED = HandshakeOdds(CCS, CCS, 0.9, timedelta(minutes=3))
PAIR = Pair(truck_model=TruckModelId("ccs"), inlet=CCS, station_model="v m", plug=CCS)
BAR = Judgement(kind=JudgementKind.INCOMPATIBLE, pairs=PairPattern(truck_model="ccs"), reason="lock broke")


def seen(attempts: int, first: int, pair: Pair = PAIR, **more: object) -> CompatibilityMatrix:
    row = PairRecord(pair, attempts, first, first, attempts, **more)  # type: ignore[arg-type]
    return CompatibilityMatrix(Map({pair.id: row}))


def asked(matrix: CompatibilityMatrix, pair: Pair = PAIR, minute: float = 0) -> HandshakeOdds:
    return odds(matrix, pair, (ASSUMED,), small.minutes(minute))


def test_few_attempts_leave_the_assumption() -> None:
    found = asked(seen(ENOUGH - 1, 0))
    assert (found.success, found.retry, found.basis) == (0.9, ASSUMED.retry, "assumption")
    assert asked(CompatibilityMatrix()).success == 0.9


def test_ten_attempts_weigh_as_much_as_the_assumption() -> None:
    found = asked(seen(10, 5))
    assert found.success == pytest.approx(0.7)
    assert "5 of 10 attempts" in found.basis
    assert found.model == "ccs"


counts = st.integers(ENOUGH, 10_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1)))


@given(counts)
def test_one_more_success_never_makes_the_odds_worse(count: tuple[int, int]) -> None:
    attempts, first = count
    assert asked(seen(attempts, first)).success < asked(seen(attempts, first + 1)).success


@given(counts)
def test_odds_lie_between_what_was_assumed_and_what_was_seen(count: tuple[int, int]) -> None:
    attempts, first = count
    low, high = sorted((0.9, first / attempts))
    assert low - 1e-12 <= asked(seen(attempts, first)).success <= high + 1e-12


def test_much_experience_outweighs_the_assumption() -> None:
    assert asked(seen(10_000, 5_000)).success == pytest.approx(0.5, abs=0.001)


def test_the_retry_time_comes_from_the_data_as_it_grows() -> None:
    found = asked(seen(50, 10, retries=27, retry_time=27 * timedelta(minutes=13)))
    assert found.retry == timedelta(minutes=12)
    assert asked(seen(50, 50)).retry == ASSUMED.retry


def test_experience_with_this_software_goes_first_when_there_is_enough() -> None:
    old, new = (replace(PAIR, station_software=s) for s in ("1", "2"))
    matrix = CompatibilityMatrix(Map({**seen(100, 0, old).pairs, **seen(100, 100, new).pairs}))
    assert asked(matrix, new).success > 0.98
    assert asked(matrix, replace(PAIR, station_software="3")).success == pytest.approx((100 + 9) / 210)


def test_a_mark_bars_and_a_waiver_lifts_it_until_it_expires() -> None:
    waiver = Judgement(kind=JudgementKind.WAIVER, pairs=PairPattern(), reason="trial", until=small.minutes(60))
    matrix = CompatibilityMatrix(judgements=(BAR, waiver))
    assert [asked(matrix, minute=m).barred for m in (0, 59, 60, 61)] == [False, False, True, True]
    assert "trial" in asked(matrix).basis
    barred = replace(ASSUMED, barred=True)
    waived = CompatibilityMatrix(judgements=(waiver,))
    lifted = [odds(waived, PAIR, (barred,), small.minutes(m)).barred for m in (0, 60)]
    assert lifted == [False, True]


@given(st.integers(0, 200), st.integers(0, 200))
def test_whatever_was_seen_a_marked_pair_is_refused(first: int, failed: int) -> None:
    matrix = replace(seen(first + failed, first), judgements=(BAR,))
    assert asked(matrix).barred


def state_with(matrix: CompatibilityMatrix) -> HubState:
    state = fold(small.morning())
    return state.having(handshakes=Handshakes(matrix.pairs, judgements=matrix.judgements))


def test_a_plan_is_asked_with_what_was_learnt_and_with_the_hub_file_otherwise() -> None:
    problem = problem_from(state_with(seen(40, 20)), small.START)
    ccs, gbt = problem.evse_by_id[small.CCS1], problem.evse_by_id[small.GBT1]
    model = problem.model_by_id[TruckModelId("ccs")]
    fit = best_fit(model, ccs, problem.odds)
    assert fit is not None
    assert fit.odds.success == pytest.approx(21 / 42), "the small hub assumes nothing"
    assert gbt.odds == ()
    assert problem.odds == small.hub().odds
    few = problem_from(state_with(seen(ENOUGH - 1, 0)), small.START)
    assert few.evse_by_id[small.CCS1].odds == ()


def test_the_same_state_asks_the_same() -> None:
    state = state_with(seen(40, 20))
    assert problem_from(state, small.START) == problem_from(state, small.START)


def test_a_pair_marked_incompatible_is_neither_planned_nor_admitted() -> None:
    state = fold([PairJudged(at=small.START, judgement=BAR)], fold(small.morning()))
    problem = problem_from(state, small.START)
    model = problem.model_by_id[TruckModelId("ccs")]
    assert best_fit(model, problem.evse_by_id[small.CCS1], problem.odds) is None
    refused = {r.evse: r.obstacle for r in admit(state, small.T1, small.START).refused}
    assert refused[small.CCS1] is Obstacle.BARRED_PAIR


def test_a_waiver_lets_in_what_the_hub_file_bars() -> None:
    barred = replace(small.hub(), odds=(HandshakeOdds(CCS, CCS, 0.9, barred=True),))
    state = fold([HubOpened(at=small.START, hub=barred)], fold(small.morning()))
    station = state.hub.station_by_id[small.CCS]
    assert isinstance(station, ChargingStation)
    assert odds_at(state, station, small.START) == ()
    waiver = Judgement(kind=JudgementKind.WAIVER, pairs=PairPattern(), reason="trial", until=small.minutes(60))
    state = fold([PairJudged(at=small.START, judgement=waiver)], state)
    assert [row.barred for row in odds_at(state, station, small.minutes(59))] == [False]
    assert odds_at(state, station, small.minutes(60)) == ()
    obstacles = {r.evse: r.obstacle for r in admit(state, small.T1, small.START).refused}
    assert obstacles.get(small.CCS1) is not Obstacle.BARRED_PAIR
