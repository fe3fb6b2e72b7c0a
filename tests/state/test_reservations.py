"""Reservations."""

from __future__ import annotations

import small_hub as small

from portwatt.commands import CancelReservation, Outcome, ReserveEvse
from portwatt.events import ClockTicked, CommandAnswered, CommandIssued, ReservationEnded, TransactionStarted
from portwatt.ids import CommandId, ReservationId, TransactionId
from portwatt.state import apply, fold
from portwatt.units import Energy

UP = small.in_the_morning()
NUMBER = ReservationId(5)
ASKED = CommandIssued(
    at=small.START,
    id=CommandId("r"),
    command=ReserveEvse(
        station=small.CCS,
        evse=small.CCS1,
        reservation=NUMBER,
        token=small.token(small.T1),
        truck=small.T1,
        until=small.minutes(30),
    ),
)


def answered(outcome: Outcome = Outcome.ACCEPTED, name: str = "r") -> CommandAnswered:
    return CommandAnswered(at=small.START, id=CommandId(name), outcome=outcome)


HELD = fold([ASKED, answered()], UP)


def started(truck, evse, reservation=None) -> TransactionStarted:
    return TransactionStarted(
        at=small.START,
        station=small.CCS,
        evse=evse,
        transaction=TransactionId("ccs:1"),
        token=small.token(truck),
        truck=truck,
        meter_start=Energy(0),
        reported_at=small.START,
        reservation=reservation,
    )


def test_it_holds_once_the_station_says_so():
    assert NUMBER not in fold([ASKED], UP).reservations
    assert NUMBER not in fold([ASKED, answered(Outcome.REFUSED)], UP).reservations
    assert HELD.reservations[NUMBER].truck == small.T1
    assert HELD.next_number == 6


def test_it_ends_by_the_clock_the_station_a_cancellation_or_its_use():
    cancel = CommandIssued(
        at=small.START, id=CommandId("c"), command=CancelReservation(station=small.CCS, reservation=NUMBER)
    )
    assert NUMBER in apply(HELD, ClockTicked(at=small.minutes(29))).reservations
    assert NUMBER in apply(HELD, cancel).reservations
    for ending in (
        [ClockTicked(at=small.minutes(30))],
        [ReservationEnded(at=small.START, station=small.CCS, reservation=NUMBER, reason="Expired")],
        [cancel, answered(name="c")],
        [started(small.T1, small.CCS2, NUMBER)],
        [started(small.T1, small.CCS1)],
    ):
        assert NUMBER not in fold(ending, HELD).reservations


def test_another_truck_or_another_evse_does_not_use_it_up():
    assert NUMBER in apply(HELD, started(small.T2, small.CCS1)).reservations
    assert NUMBER in apply(HELD, started(small.T1, small.CCS2)).reservations
