"""What each load point may draw at worst."""

from __future__ import annotations

import pytest
import small_hub as small

from portwatt.commands import ClearChargingProfile, Outcome, SetChargingProfile
from portwatt.events import AnyEvent, CommandAnswered, CommandIssued, TransactionEnded, TransactionStarted
from portwatt.ids import CommandId, TransactionId
from portwatt.state import HubState, fold, opened
from portwatt.state.limits import InFlight, LoadLimit, nameplate
from portwatt.units import Energy, Power

PLATE = Power.kw(350)
EMPTY = fold(small.morning()[:1])


def issued(name: str, kw: float, transaction: str | None = None) -> CommandIssued:
    command = SetChargingProfile(
        station=small.CCS,
        evse=small.CCS1,
        limit=Power.kw(kw),
        transaction=TransactionId(transaction) if transaction else None,
    )
    return CommandIssued(at=small.START, id=CommandId(name), command=command)


def answered(name: str, outcome: Outcome = Outcome.ACCEPTED) -> CommandAnswered:
    return CommandAnswered(at=small.START, id=CommandId(name), outcome=outcome)


def started(transaction: str = "ccs:1") -> TransactionStarted:
    return TransactionStarted(
        at=small.START,
        station=small.CCS,
        evse=small.CCS1,
        transaction=TransactionId(transaction),
        token=small.token(small.T1),
        truck=small.T1,
        meter_start=Energy(0),
        reported_at=small.START,
    )


def ended(transaction: str = "ccs:1") -> TransactionEnded:
    return TransactionEnded(
        at=small.START,
        station=small.CCS,
        transaction=TransactionId(transaction),
        reported_at=small.START,
        seq_no=9,
        meter_stop=None,
        reason="Local",
    )


def after(*events: AnyEvent, state: HubState = EMPTY) -> LoadLimit:
    return fold(events, state).limits[small.CCS1]


IDLE = (issued("d", 0), answered("d"))


def test_what_was_never_told_may_draw_by_its_plate():
    assert LoadLimit().worst(PLATE) == PLATE
    assert after(issued("d", 0)).worst(PLATE) == PLATE, "an order is no promise"


def test_the_highest_of_what_is_accepted_and_what_is_on_its_way_counts():
    assert LoadLimit(Power(5)).worst(PLATE) == Power(5)
    assert LoadLimit(Power(5), Power(3)).worst(PLATE) == Power(3)
    assert LoadLimit(Power(5), in_flight=(InFlight("x", Power(9), True),)).worst(PLATE) == Power(9)
    assert LoadLimit(Power(5), in_flight=(InFlight("x", Power(1), True),)).worst(PLATE) == Power(5)
    assert LoadLimit(Power.kw(900)).worst(PLATE) == PLATE


@pytest.mark.parametrize(
    ("outcome", "up", "down"),
    [
        (Outcome.ACCEPTED, 200, 50),
        (Outcome.REFUSED, 100, 100),
        (Outcome.UNDELIVERABLE, 100, 100),
        (Outcome.TIMED_OUT, 200, 100),
    ],
)
def test_an_answer_settles_what_counts(outcome, up, down):
    at_100 = (*IDLE, started(), issued("a", 100, "ccs:1"), answered("a"))
    for kw, wanted in ((200, up), (50, down)):
        limit = after(*at_100, issued("b", kw, "ccs:1"), answered("b", outcome))
        assert limit.worst(PLATE) == Power.kw(wanted)
        assert limit.in_flight == ()
        assert limit.failures == (0 if outcome is Outcome.ACCEPTED else 1)
        assert limit.unsure == (outcome is Outcome.TIMED_OUT)


def test_a_first_limit_without_answer_leaves_the_plate():
    assert after(issued("d", 0), answered("d", Outcome.TIMED_OUT)).worst(PLATE) == PLATE


def test_a_transaction_s_limit_ends_with_it():
    limit = after(*IDLE, started(), issued("a", 100, "ccs:1"), answered("a"), ended())
    assert (limit.transaction, limit.default) == (None, Power(0))


def test_an_answer_that_comes_after_the_transaction_says_nothing_about_the_next_one():
    """A station that was never told its default would otherwise be taken for bound."""
    limit = after(started(), issued("a", 10, "ccs:1"), ended(), started("ccs:2"), answered("a"))
    assert limit.transaction is None
    assert limit.worst(PLATE) == PLATE


def test_a_transaction_whose_end_was_lost_leaves_no_limit_to_the_next():
    limit = after(started(), issued("a", 10, "ccs:1"), answered("a"), started("ccs:2"))
    assert limit.worst(PLATE) == PLATE


def test_cleared_profiles_leave_the_plate():
    clear = CommandIssued(
        at=small.START, id=CommandId("c"), command=ClearChargingProfile(station=small.CCS, evse=small.CCS1)
    )
    assert after(*IDLE, clear).worst(PLATE) == Power(0)
    assert after(*IDLE, clear, answered("c")).worst(PLATE) == PLATE


def test_nameplates():
    state = opened(small.morning()[0])
    assert nameplate(state, small.CCS1) == PLATE
    assert nameplate(state, small.SWAP) == Power.kw(400)
    assert nameplate(state, small.CCS) == nameplate(state, "stranger") == Power(0)
