"""Commands that are out, and what their fate does."""

from __future__ import annotations

import small_hub as small

from portwatt.commands import CommitArrival, OrderFallback, Outcome, RequestStartTransaction, TriggerMessage
from portwatt.events import CommandAnswered, CommandIssued
from portwatt.ids import CommandId, MoveId
from portwatt.state import fold
from portwatt.state.moves import MoveStatus
from portwatt.state.trains import Commitment
from portwatt.units import Window

UP = small.in_the_morning()


def issued(command, name: str = "c") -> CommandIssued:
    return CommandIssued(at=small.minutes(1), id=CommandId(name), command=command)


def answered(outcome: Outcome, name: str = "c") -> CommandAnswered:
    return CommandAnswered(at=small.minutes(2), id=CommandId(name), outcome=outcome)


def test_a_command_is_out_until_it_is_answered_once():
    trigger = TriggerMessage(station=small.CCS, message="StatusNotification")
    state = fold([issued(trigger)], UP)
    assert state.commands[CommandId("c")].issued_at == small.minutes(1)
    state = fold([answered(Outcome.REFUSED)], state)
    assert not state.commands
    again = fold([answered(Outcome.ACCEPTED), answered(Outcome.ACCEPTED, "never sent")], state)
    assert again == state.having(seq=again.seq, at=again.at)


def test_numbers_are_never_given_twice():
    start = RequestStartTransaction(station=small.CCS, evse=small.CCS1, token=small.token(small.T1), remote_start_id=41)
    assert fold([issued(start)], UP).next_number == 42
    older = RequestStartTransaction(station=small.CCS, evse=small.CCS1, token=small.token(small.T1), remote_start_id=3)
    assert fold([issued(start), issued(older, "d")], UP).next_number == 42


def test_a_fallback_that_refuses_gives_the_move_back_and_asks_for_a_plan():
    order = OrderFallback(fallback=small.SHUTTLE, move=MoveId("m1"), window=Window(small.START, small.minutes(60)))
    state = fold([issued(order)], UP)
    assert (state.moves["m1"].status, state.moves["m1"].fallback) == (MoveStatus.ON_FALLBACK, small.SHUTTLE)
    state = fold([answered(Outcome.REFUSED)], state)
    assert (state.moves["m1"].status, state.moves["m1"].fallback) == (MoveStatus.OPEN, None)
    assert "shuttle did not take move m1" in state.replanning.reasons


def test_what_was_promised_is_remembered():
    state = fold([issued(CommitArrival(train=small.OUT1, on_time=3, at_risk=1))], UP)
    assert state.trains[small.OUT1].committed == Commitment(3, 1, small.minutes(1))
