"""Transactions: repetitions, stragglers, lost ends."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import small_hub as small
from hypothesis import given, settings

from portwatt.events import AnyEvent, ClockTicked, TransactionEnded, TransactionStarted, TransactionUpdated
from portwatt.ids import TransactionId
from portwatt.state import HubState, fold
from portwatt.state.keeping import KEEP
from portwatt.state.transactions import running, seen
from portwatt.units import Energy, Power, SoC

UP = small.in_the_morning()
TX = TransactionId("ccs:1")


def started(transaction=TX, evse=small.CCS1, **more) -> TransactionStarted:
    known = {"at": small.START, "reported_at": small.START, "meter_start": Energy(1_000), "truck": small.T1} | more
    return TransactionStarted(
        station=small.CCS, evse=evse, transaction=transaction, token=small.token(small.T1), **known
    )


def updated(
    seq_no: int, kwh: float | None = None, kw: float | None = None, transaction=TX, **more
) -> TransactionUpdated:
    at = small.minutes(seq_no)
    return TransactionUpdated(
        at=at,
        station=small.CCS,
        transaction=transaction,
        reported_at=at,
        seq_no=seq_no,
        meter=None if kwh is None else Energy(1_000) + Energy.kwh(kwh),
        power=None if kw is None else Power.kw(kw),
        **more,
    )


def ended(seq_no: int, kwh: float | None = None, transaction=TX, minute: float | None = None) -> TransactionEnded:
    at = small.minutes(seq_no if minute is None else minute)
    return TransactionEnded(
        at=at,
        station=small.CCS,
        transaction=transaction,
        reported_at=at,
        seq_no=seq_no,
        meter_stop=None if kwh is None else Energy(1_000) + Energy.kwh(kwh),
        reason="Local",
    )


def after(*events: AnyEvent) -> HubState:
    return fold(events, UP)


def test_a_transaction_runs_at_its_evse_until_it_ends():
    state = after(started(), updated(1, 10, 300, soc=SoC.percent(55)))
    assert [name for name, _ in running(state)] == [TX]
    assert state.transactions[TX].energy == Energy.kwh(10)
    assert state.totals.load == Power.kw(300)
    state = fold([ended(2, 12)], state)
    assert running(state) == []
    assert state.transactions[TX].energy == Energy.kwh(12)
    assert (state.totals.load, state.totals.energy) == (Power(0), Energy.kwh(12))


def test_numbers_tell_a_repetition_from_a_straggler():
    known = after(started(), updated(1), updated(4)).transactions[TX]
    assert [n for n in range(7) if seen(known, n)] == [0, 1, 4]
    late = fold([updated(3)], after(started(), updated(1), updated(4))).transactions[TX]
    assert [n for n in range(7) if seen(late, n)] == [0, 1, 3, 4]


def test_a_straggler_adds_no_energy_twice_and_does_not_turn_the_clock_back():
    state = after(started(), updated(1, 5, 100), updated(3, 20, 300, soc=SoC.percent(60)))
    late = fold([updated(2, 10, 200, soc=SoC.percent(55))], state)
    assert late.totals.energy == Energy.kwh(20)
    assert late.transactions[TX].power == Power.kw(300)
    assert late.transactions[TX].soc == SoC.percent(60)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.permutations([updated(n, n * 3.0, 100 + n) for n in range(1, 8)]))
def test_in_whatever_order_reports_come_the_energy_is_that_of_the_register(reports):
    state = fold([*reports, ended(9, 30)], after(started()))
    assert state.totals.energy == state.transactions[TX].energy == Energy.kwh(30)
    assert state.totals.load == Power(0)
    assert state.transactions[TX].missing == (8,)


def test_an_end_said_twice_ends_once():
    once = after(started(), ended(2, 12))
    twice = fold([ended(2, 12)], once)
    assert twice.totals == once.totals
    assert twice.totals.transactions == 1


def test_a_transaction_heard_of_late_is_completed_by_its_start():
    state = after(started(late=True, seq_no=3, truck=None), started(seq_no=0))
    known = state.transactions[TX]
    assert known.truck == small.T1
    assert known.missing == (1, 2)


def test_a_transaction_whose_end_was_lost_draws_no_more_when_the_next_starts():
    second = TransactionId("ccs:2")
    state = after(started(), updated(1, 10, 300), started(second), updated(1, 1, 50, second))
    assert state.totals.load == Power.kw(50)
    assert [name for name, _ in running(state)] == [second]
    state = fold([updated(2, 11, 280)], state)
    assert state.totals.load == Power.kw(50), "what it still says is history"
    state = fold([ended(3, 12), ended(2, 2, second)], state)
    assert state.totals.load == Power(0)
    assert state.totals.energy == Energy.kwh(14)
    assert state.evses[small.CCS1].transaction is None


def test_what_is_said_of_an_unknown_transaction_changes_nothing():
    assert after(updated(1, 5, 100), ended(2, 6)).totals == UP.totals


def test_ended_transactions_are_let_go_after_a_week_and_running_ones_kept():
    other = TransactionId("ccs:2")
    state = after(started(), ended(2, 12), started(other, small.CCS2))
    for wait, kept in ((KEEP, {TX, other}), (KEEP + timedelta(hours=1), {other})):
        ticked = fold([ClockTicked(at=small.minutes(2) + wait)], state)
        assert set(ticked.transactions) == kept
