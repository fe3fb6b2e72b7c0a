"""The matrix: from a log, from verdicts, added up, with honest intervals."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
import small_hub as small
from hypothesis import given
from immutables import Map
from msgspec.structs import replace

from portwatt.events import TransactionEnded, TransactionStarted
from portwatt.ids import TransactionId, TruckModelId
from portwatt.interop.finding import Attempt, Finding, Outcome, Side, StageSpan, Verdict
from portwatt.interop.matrix import CompatibilityMatrix, from_events, from_state, from_verdict, merge, records, wilson
from portwatt.model.connector import ConnectorStandard
from portwatt.model.pair import Judgement, JudgementKind, Pair, PairPattern
from portwatt.state import fold
from portwatt.state.handshakes import PairFailure, PairRecord
from portwatt.units import Energy

CCS = ConnectorStandard.CCS2


def pair(model: str = "eActros", edition: str = "") -> Pair:
    return Pair(truck_model=TruckModelId(model), inlet=CCS, station_model="v m", plug=CCS, edition=edition)


def record(model: str, counts: list[int], failed: int | None) -> PairRecord:
    first, late, never, extra = counts
    return PairRecord(
        pair=pair(model),
        attempts=first + late + never,
        first_time=first,
        in_the_end=first + late,
        tries=first + late + never + extra,
        retries=extra,
        retry_time=timedelta(minutes=extra),
        last_failure=None if failed is None else PairFailure(small.minutes(failed), "V08", "said no", "a.pcap"),
    )


rows = st.builds(
    record,
    st.sampled_from(["a", "b", "c"]),
    st.lists(st.integers(0, 50), min_size=4, max_size=4),
    st.none() | st.integers(0, 1000),
)
judgements = st.builds(
    Judgement,
    kind=st.sampled_from(JudgementKind),
    pairs=st.builds(PairPattern, truck_model=st.sampled_from(["a", "b"])),
    reason=st.just("seen"),
    until=st.none() | st.integers(0, 99).map(small.minutes),
)
matrices = st.builds(
    lambda rows, judged: CompatibilityMatrix(Map({r.pair.id: r for r in rows}), tuple(sorted(set(judged), key=repr))),
    st.lists(rows, max_size=3),
    st.lists(judgements, max_size=3),
)


@given(matrices, matrices, matrices)
def test_adding_is_associative_and_commutative_and_nothing_is_its_zero(
    one: CompatibilityMatrix, two: CompatibilityMatrix, three: CompatibilityMatrix
) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, CompatibilityMatrix()) == one


@given(matrices, matrices)
def test_adding_loses_no_attempt_and_keeps_the_last_failure(one: CompatibilityMatrix, two: CompatibilityMatrix) -> None:
    both = merge(one, two)
    assert sum(r.attempts for r in records(both)) == sum(r.attempts for m in (one, two) for r in records(m))
    for name, row in both.pairs.items():
        parts = [m.pairs[name].last_failure for m in (one, two) if name in m.pairs]
        assert row.last_failure == max((f for f in parts if f is not None), default=None)


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    successes, attempts = counts
    low, high = wilson(successes, attempts)
    assert 0.0 <= low <= high <= 1.0
    if attempts:
        assert low <= successes / attempts <= high
        twice = wilson(2 * successes, 2 * attempts)
        assert twice[1] - twice[0] < high - low


@pytest.mark.parametrize(
    ("successes", "attempts", "interval"),
    # Reckoned by hand from the formula in E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
    [(0, 0, (0, 1)), (5, 10, (0.2366, 0.7634)), (10, 10, (0.7225, 1)), (0, 10, (0, 0.2775))],
)
def test_known_intervals(successes: int, attempts: int, interval: tuple[float, float]) -> None:
    assert wilson(successes, attempts) == pytest.approx(interval, abs=1e-4)


def test_a_log_and_its_state_give_the_same_matrix() -> None:
    name, more = TransactionId("ccs:1"), {"station": small.CCS}
    start, end = small.minutes(1), small.minutes(40)
    log = [
        *small.morning(),
        TransactionStarted(
            at=start,
            evse=small.CCS1,
            transaction=name,
            token=small.token(small.T1),
            truck=small.T1,
            meter_start=Energy(0),
            reported_at=start,
            **more,
        ),
        TransactionEnded(
            at=end, transaction=name, reported_at=end, seq_no=1, meter_stop=Energy.kwh(9), reason="Local", **more
        ),
    ]
    assert from_events(log) == from_state(fold(log))
    (row,) = records(from_events(log))
    assert (row.attempts, row.first_time) == (1, 1)


def attempt(outcome: Outcome, plug_in: int = 1, minute: float = 0, watts: float | None = None) -> Attempt:
    start = small.minutes(minute)
    span = StageSpan("charging", start, start + timedelta(minutes=2), (1, 9))
    found = (Finding("V10", Side.STATION, 0.9, (5,), "answered after 2.55 s", "make it answer in time"),)
    times = (start, start + timedelta(minutes=1), start + timedelta(minutes=2))
    curve = () if watts is None else tuple((at, watts / 10, 10.0, None) for at in times)
    failed = outcome in (Outcome.FAILED, Outcome.ABNORMAL)
    return Attempt(1, plug_in, "ISO 15118-2", outcome, (span,), found if failed else (), curve=curve)


def learnt(*attempts: Attempt) -> list[PairRecord]:
    verdict = Verdict("a.pcap", attempts[-1].outcome, attempts)
    return records(from_verdict(verdict, lambda a: pair(edition=a.protocol)))


def test_a_capture_counts_by_its_outcome_and_names_its_first_finding() -> None:
    (row,) = learnt(attempt(Outcome.ABNORMAL))
    assert (row.attempts, row.first_time, row.in_the_end) == (1, 0, 0)
    assert row.pair.edition == "ISO 15118-2"
    failure = row.last_failure
    assert failure is not None
    assert (failure.cause, failure.side, failure.source) == ("V10", "station", "a.pcap")


def test_a_tolerated_departure_is_not_named_as_the_cause() -> None:
    bad = attempt(Outcome.FAILED)
    quirk = replace(bad.findings[0], rule="V17", quirk=True)
    (row,) = learnt(replace(bad, findings=(quirk, *bad.findings)))
    assert row.last_failure is not None
    assert row.last_failure.cause == "V10"
    (row,) = learnt(replace(bad, findings=(quirk,)))
    assert row.last_failure is not None
    assert (row.last_failure.cause, row.last_failure.text) == ("failed", "no rule says why")


def test_retries_of_one_plug_in_are_one_attempt() -> None:
    (row,) = learnt(attempt(Outcome.FAILED), attempt(Outcome.PASS, minute=3), attempt(Outcome.PASS, 2, minute=30))
    assert (row.attempts, row.first_time, row.in_the_end, row.tries) == (2, 1, 2, 3)
    assert (row.retries, row.retry_time) == (1, timedelta(minutes=3))


@pytest.mark.parametrize(
    ("watts", "counted"),
    [(None, 0), (100.0, 0), (15_100.0, 1), (14_900.0, 0)],  # 2 min at 15 kW are 0.5 kWh
)
def test_what_was_stopped_on_purpose_counts_only_if_it_brought_enough(watts: float | None, counted: int) -> None:
    assert sum(r.first_time for r in learnt(attempt(Outcome.STOPPED, watts=watts))) == counted
    assert sum(r.attempts for r in learnt(attempt(Outcome.STOPPED, watts=watts))) == counted


def test_a_capture_without_a_session_adds_nothing() -> None:
    assert learnt(attempt(Outcome.NO_SESSION)) == []
    assert from_verdict(Verdict("a.pcap", Outcome.NO_SESSION, ()), lambda a: pair()) == CompatibilityMatrix()
