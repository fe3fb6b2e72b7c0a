"""Who is let in where."""

from __future__ import annotations

import small_hub as small
from msgspec.structs import replace

from portwatt.events import TakenOutOfService, TransactionStarted
from portwatt.ids import EvseId, IdToken, PackId, ReservationId, StationId, TransactionId
from portwatt.model.connector import ConnectorStandard
from portwatt.model.handshake import HandshakeOdds
from portwatt.rules.authorise import Verdict, authorise
from portwatt.state import HubState, apply, fold
from portwatt.state.reservations import ReservationState
from portwatt.units import Energy

UP = small.in_the_morning()


def verdict(state: HubState, station=small.CCS, evse=small.CCS1, truck=small.T1) -> Verdict:
    answer = authorise(state, station, evse, small.token(truck))
    assert answer.accepted == (answer.verdict is Verdict.ACCEPTED)
    assert bool(answer.reason) != answer.accepted
    assert answer.truck == truck
    return answer.verdict


def charging(truck=small.T1, evse=small.CCS1) -> HubState:
    return apply(
        UP,
        TransactionStarted(
            at=small.START,
            station=small.CCS,
            evse=evse,
            transaction=TransactionId("ccs:1"),
            token=small.token(truck),
            truck=truck,
            meter_start=Energy(0),
            reported_at=small.START,
        ),
    )


def test_a_truck_of_the_hub_may_charge_where_it_fits():
    assert verdict(UP) is Verdict.ACCEPTED
    assert verdict(UP, evse=None) is Verdict.ACCEPTED


def test_a_token_nobody_knows_is_refused():
    answer = authorise(UP, small.CCS, small.CCS1, IdToken("stranger"))
    assert (answer.verdict, answer.truck) == (Verdict.UNKNOWN_TOKEN, None)


def test_a_station_or_evse_that_is_not_listed_is_refused():
    assert verdict(UP, station=StationId("no")) is Verdict.UNKNOWN_STATION
    assert verdict(UP, evse=EvseId("ccs/9")) is Verdict.UNKNOWN_STATION


def test_the_wrong_plug_and_the_barred_pair():
    assert verdict(UP, truck=small.T3) is Verdict.DOES_NOT_FIT
    odds = (HandshakeOdds(ConnectorStandard.CCS2, ConnectorStandard.CCS2, 0.5, barred=True),)
    assert verdict(replace(UP, hub=replace(UP.hub, odds=odds))) is Verdict.BARRED_PAIR


def test_out_of_service():
    out = apply(UP, TakenOutOfService(at=small.START, station=small.CCS, evse=small.CCS1, reason="cable"))
    assert verdict(out) is Verdict.OUT_OF_SERVICE
    assert verdict(out, evse=small.CCS2) is Verdict.ACCEPTED
    assert verdict(out, evse=None) is Verdict.ACCEPTED


def test_an_evse_kept_for_another_truck_until_the_reservation_runs_out():
    held = ReservationState(small.CCS1, small.token(small.T2), small.T2, small.minutes(10))
    state = UP.having(reservations=UP.reservations.set(ReservationId(1), held))
    assert verdict(state) is Verdict.RESERVED
    assert verdict(state, truck=small.T2) is Verdict.ACCEPTED
    assert verdict(replace(state, at=small.minutes(10))) is Verdict.ACCEPTED


def test_one_transaction_a_truck():
    state = charging()
    assert verdict(state, evse=small.CCS2) is Verdict.CONCURRENT_TX
    assert verdict(state) is Verdict.ACCEPTED, "asked again by the station of its own transaction"


def test_a_pack_that_charges_in_its_slot_is_no_transaction_of_its_truck():
    state = charging()
    known = state.transactions[TransactionId("ccs:1")]
    slot = state.having(transactions=state.transactions.set(TransactionId("ccs:1"), replace(known, pack=PackId("p1"))))
    assert verdict(slot, evse=small.CCS2) is Verdict.ACCEPTED


def test_nothing_starts_before_the_idle_limit_is_confirmed():
    untold = fold(small.morning())
    answer = authorise(untold, small.CCS, small.CCS1, small.token(small.T1))
    assert answer.verdict is Verdict.LIMIT_NOT_CONFIRMED
    assert "limit not yet confirmed" in answer.reason


def test_a_swap_station_takes_its_family_only():
    assert verdict(UP, small.SWAP, None, small.T4) is Verdict.ACCEPTED
    assert verdict(UP, small.SWAP, small.SLOTS[0], small.T1) is Verdict.DOES_NOT_FIT
    out = apply(UP, TakenOutOfService(at=small.START, station=small.SWAP, evse=None, reason="robot"))
    assert verdict(out, small.SWAP, None, small.T4) is Verdict.OUT_OF_SERVICE
