"""Handshakes counted by pair: merged, judged by energy, time and error, and never by what says nothing of the pair."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
import small_hub as small
from hypothesis import given, settings
from msgspec.structs import replace

from portwatt.commands import SetChargingProfile
from portwatt.events import (
    ActivityStarted,
    AnyEvent,
    ClockTicked,
    CommandIssued,
    EvseStatus,
    EvseStatusChanged,
    PairJudged,
    StationBooted,
    TransactionEnded,
    TransactionStarted,
)
from portwatt.ids import ActivityId, CommandId, EvseId, PackId, TransactionId, TruckId, station_of
from portwatt.model.connector import Adapter, ConnectorStandard
from portwatt.model.pair import Judgement, JudgementKind, PairPattern
from portwatt.model.plan import Activity, ActivityKind
from portwatt.model.station import Connector
from portwatt.state import HubState, fold
from portwatt.state.codec import from_bytes, to_bytes
from portwatt.state.handshakes import MAX_JUDGEMENTS, MERGED, PairRecord, pair_at, station_model
from portwatt.state.limits import LoadLimit
from portwatt.units import Energy, Power, SoC, Window

UP = fold(small.morning())
CCS, GBT, CHAOJI = ConnectorStandard.CCS2, ConnectorStandard.GBT_DC, ConnectorStandard.CHAOJI


def session(
    number: int,
    begin: float,
    length: float = 30,
    kwh: float = 50,
    reason: str = "Local",
    *,
    truck: TruckId | None = small.T1,
    evse: EvseId = small.CCS1,
    **more: object,
) -> list[AnyEvent]:
    """A whole transaction, minutes after the start."""
    name, station = TransactionId(f"ccs:{number}"), station_of(evse)
    start, end = small.minutes(begin), small.minutes(begin + length)
    token = small.token(truck or small.T1)
    return [
        TransactionStarted(
            at=start,
            station=station,
            evse=evse,
            transaction=name,
            token=token,
            truck=truck,
            meter_start=Energy(0),
            reported_at=start,
            **more,  # type: ignore[arg-type]
        ),
        TransactionEnded(
            at=end,
            station=station,
            transaction=name,
            reported_at=end,
            seq_no=1,
            meter_stop=Energy.kwh(kwh),
            reason=reason,
        ),
    ]


def after(*events: AnyEvent, state: HubState = UP) -> HubState:
    return fold(events, state)


def record(state: HubState) -> PairRecord:
    (found,) = state.handshakes.pairs.values()
    return found


def counts(state: HubState) -> tuple[int, int, int, int]:
    found = record(state)
    return found.attempts, found.first_time, found.in_the_end, found.tries


def test_a_charge_that_brings_energy_is_a_first_time_success_of_its_pair() -> None:
    state = after(*session(1, 0))
    assert counts(state) == (1, 1, 1, 1)
    pair = record(state).pair
    assert (pair.truck_model, pair.inlet, pair.plug, pair.station_model) == ("ccs", CCS, CCS, "v m")
    assert not pair.adapter
    assert record(state).last_failure is None


@pytest.mark.parametrize(
    ("kwh", "length", "reason", "works"),
    [
        (0.5, 1, "Local", True),
        (0.499, 30, "Local", False),
        (5, 59 / 60, "Local", False),
        (50, 30, "EmergencyStop", False),
        (50, 30, "SOCLimitReached", True),
        (0, 0.5, "EVDisconnected", False),
    ],
)
def test_success_is_energy_and_time_and_no_error(kwh: float, length: float, reason: str, works: bool) -> None:
    state = after(*session(1, 0, length, kwh, reason))
    assert counts(state) == (1, works, works, 1)
    failure = record(state).last_failure
    assert (failure is None) == works
    if failure is not None:
        assert (failure.cause, failure.source) == (reason, "ccs:1")


def test_a_retry_within_a_quarter_of_an_hour_is_the_same_attempt_and_costs_its_time() -> None:
    state = after(*session(1, 0, 1, 0), *session(2, 4))
    assert counts(state) == (1, 0, 1, 2)
    assert (record(state).retries, record(state).retry_time) == (1, timedelta(minutes=4))


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 40))
def test_what_comes_within_the_pause_is_merged_and_what_comes_later_is_not(pause: float) -> None:
    state = after(*session(1, 0, 10), *session(2, 10 + pause))
    merged = small.minutes(10 + pause) - small.minutes(10) <= MERGED
    assert record(state).attempts == (1 if merged else 2)


def test_another_truck_of_the_model_is_another_attempt() -> None:
    state = after(*session(1, 0), *session(2, 31, truck=small.T2))
    assert counts(state) == (2, 2, 2, 2)


def test_another_software_is_another_pair() -> None:
    boot = StationBooted(at=small.minutes(31), station=small.CCS, vendor="v", model="m", firmware="2")
    state = after(*session(1, 0), boot, *session(2, 32))
    assert {r.pair.station_software for r in state.handshakes.pairs.values()} == {"", "2"}


@pytest.mark.parametrize(
    "more",
    [{"truck": None}, {"refused": "expired"}, {"late": True}, {"pack": PackId("p1")}, {"truck": TruckId("stranger")}],
)
def test_what_says_nothing_of_the_pair_is_not_counted(more: dict[str, object]) -> None:
    assert not after(*session(1, 0, 1, 0, **more)).handshakes.pairs  # type: ignore[arg-type]


def test_a_truck_the_hub_gave_no_power_is_not_counted_unless_the_station_reports_an_error() -> None:
    held = UP.having(limits=UP.limits.set(small.CCS1, LoadLimit(default=Power(0))))
    assert not after(*session(1, 0, 30, 0), state=held).handshakes.pairs
    assert counts(after(*session(1, 0, 30, 0, "GroundFault"), state=held)) == (1, 0, 0, 1)
    on_its_way = SetChargingProfile(
        station=small.CCS, evse=small.CCS1, limit=Power.kw(100), transaction=TransactionId("ccs:1")
    )
    begin, end = session(1, 0, 30, 0)
    issued = CommandIssued(at=small.START, id=CommandId("1"), command=on_its_way)
    assert counts(after(begin, issued, end, state=held)) == (1, 0, 0, 1)


def fault(minute: float, code: str, status: EvseStatus = EvseStatus.FAULTED) -> EvseStatusChanged:
    at = small.minutes(minute)
    return EvseStatusChanged(at=at, station=small.CCS, evse=small.CCS1, status=status, reported_at=at, error_code=code)


def test_an_error_of_the_station_counts_against_the_transaction_it_ends() -> None:
    begin, end = session(1, 0)
    state = after(begin, fault(1, "EVCommunicationError"), fault(2, "GroundFailure"), end)
    assert counts(state) == (1, 0, 0, 1)
    failure = record(state).last_failure
    assert failure is not None
    assert failure.cause == "EVCommunicationError"
    assert not state.handshakes.trouble


def test_a_warning_of_the_station_does_not() -> None:
    begin, end = session(1, 0)
    assert counts(after(begin, fault(1, "ReaderFailure", EvseStatus.OCCUPIED), end)) == (1, 1, 1, 1)


def test_a_fault_before_any_transaction_counts_against_the_truck_that_is_there_to_charge() -> None:
    window = Window(small.START, small.minutes(30))
    charge = Activity(
        id=ActivityId("t1/1"),
        kind=ActivityKind.CHARGE,
        window=window,
        place=small.CHARGING,
        soc_before=SoC(5_000),
        soc_after=SoC(8_000),
        evse=small.CCS1,
    )
    there = UP.having(trucks=UP.trucks.set(small.T1, replace(UP.trucks[small.T1], queue=(charge,))))
    plugged = fault(1, "", EvseStatus.OCCUPIED)
    assert not after(plugged, fault(2, "EVCommunicationError"), state=there).handshakes.pairs
    began = ActivityStarted(at=small.START, truck=small.T1, activity=charge.id, started_at=small.START)
    state = after(began, plugged, fault(2, "EVCommunicationError"), fault(3, "EVCommunicationError"), state=there)
    assert counts(state) == (1, 0, 0, 1)
    assert not after(began, fault(2, "EVCommunicationError"), state=there).handshakes.pairs, "nobody had plugged in"


def test_the_strongest_cable_that_fits_is_taken_and_an_adapter_is_told() -> None:
    model = small.model("m", CHAOJI)
    cables = (Connector(CCS, 900), Connector(GBT, 250), Connector(CHAOJI, 200))
    found = pair_at(UP, model, small.CCS, cables)
    assert found is not None
    assert (found.plug, found.adapter) == (CHAOJI, False)
    adapted = replace(model, adapters=(Adapter(GBT, CHAOJI),))
    found = pair_at(UP, adapted, small.CCS, cables)
    assert found is not None
    assert (found.plug, found.inlet, found.adapter) == (GBT, CHAOJI, True)
    assert pair_at(UP, small.model("g", GBT), small.CCS, cables[:1]) is None


def test_a_station_nobody_described_is_a_model_of_its_own() -> None:
    assert station_model(fold(small.morning()[:1]), small.CCS) == ("ccs", "")
    assert station_model(UP, small.CCS) == ("v m", "")


def judged(kind: JudgementKind, model: str = "ccs") -> PairJudged:
    pairs = PairPattern(truck_model=model)
    return PairJudged(at=small.START, judgement=Judgement(kind=kind, pairs=pairs, reason="seen"))


def test_a_judgement_replaces_its_like_and_clearing_takes_all_back() -> None:
    bar, waive = judged(JudgementKind.INCOMPATIBLE), judged(JudgementKind.WAIVER)
    state = after(bar, judged(JudgementKind.INCOMPATIBLE, "gbt"), waive, bar)
    assert [j.kind for j in state.handshakes.judgements if j.pairs.truck_model == "ccs"] == ["waiver", "incompatible"]
    state = after(judged(JudgementKind.CLEARED), state=state)
    assert [j.pairs.truck_model for j in state.handshakes.judgements] == ["gbt"]
    assert "pairs were judged: cleared" in state.replanning.reasons
    many = after(*(judged(JudgementKind.INCOMPATIBLE, str(n)) for n in range(MAX_JUDGEMENTS + 5)))
    assert len(many.handshakes.judgements) == MAX_JUDGEMENTS


def test_old_attempts_are_let_go_and_what_was_counted_stays() -> None:
    state = after(*session(1, 0), ClockTicked(at=small.minutes(48 * 60)))
    assert not state.handshakes.visits
    assert counts(state) == (1, 1, 1, 1)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    st.lists(st.tuples(st.floats(1, 60), st.floats(0.1, 40), st.floats(0, 2), st.sampled_from(["Local", "Timeout"])))
)
def test_counts_never_contradict_each_other(sessions: list[tuple[float, float, float, str]]) -> None:
    state, minute = UP, 0.0
    for number, (pause, length, kwh, reason) in enumerate(sessions):
        minute += pause
        state = after(*session(number, minute, length, kwh, reason), state=state)
        minute += length
    if not sessions:
        return
    found = record(state)
    assert found.first_time <= found.in_the_end <= found.attempts <= found.tries == len(sessions)
    assert found.retries <= found.tries - found.attempts
    assert found.retry_time <= found.retries * MERGED
    assert found.last_failure is not None or found.first_time == found.attempts
    assert from_bytes(to_bytes(state)) == state
