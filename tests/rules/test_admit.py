"""What a truck can take now, and why not the rest."""

from __future__ import annotations

import small_hub as small
from msgspec.structs import replace

from portwatt.events import EvseStatus, EvseStatusChanged, SlotReported, TransactionStarted
from portwatt.ids import PackId, ReservationId, TransactionId
from portwatt.rules.admit import Obstacle, admit
from portwatt.state import HubState, fold
from portwatt.state.reservations import ReservationState
from portwatt.units import Energy, Power, SoC

UP = small.in_the_morning()


def why(state: HubState, truck=small.T1) -> dict[str, Obstacle]:
    return {r.evse or r.station: r.obstacle for r in admit(state, truck, state.at).refused}


def offered(state: HubState, truck=small.T1) -> list[str]:
    return [o.evse or o.station for o in admit(state, truck, state.at).offers]


def busy(truck, evse) -> TransactionStarted:
    return TransactionStarted(
        at=small.START,
        station=small.CCS,
        evse=evse,
        transaction=TransactionId(f"ccs:{evse}"),
        token=small.token(truck),
        truck=truck,
        meter_start=Energy(0),
        reported_at=small.START,
    )


def test_every_outlet_is_offered_or_refused_with_a_sentence():
    admission = admit(UP, small.T1, UP.at)
    assert offered(UP) == [small.CCS1, small.CCS2]
    assert all(o.power == Power.kw(300) for o in admission.offers)
    assert why(UP) == dict.fromkeys((small.GBT1, small.GBT2, small.SWAP), Obstacle.DOES_NOT_FIT)
    assert all(r.why for r in admission.refused)
    assert admission.say == "Truck t1: go to ccs/1, 300 kW."


def test_a_swap_comes_first_with_the_fullest_pack():
    admission = admit(UP, small.T4, UP.at)
    assert offered(UP, small.T4) == [small.SWAP, small.GBT1, small.GBT2]
    assert (admission.offers[0].pack, admission.offers[0].soc) == (PackId("p1"), SoC.percent(100))


def test_occupied_faulted_reserved():
    held = ReservationState(small.CCS2, small.token(small.T2), small.T2, small.minutes(10))
    state = fold([busy(small.T2, small.CCS1)], UP.having(reservations=UP.reservations.set(ReservationId(1), held)))
    assert {k: why(state)[k] for k in (small.CCS1, small.CCS2)} == {
        small.CCS1: Obstacle.OCCUPIED,
        small.CCS2: Obstacle.RESERVED,
    }
    assert "ccs/2 is reserved for truck t2; that is the next" in admit(state, small.T1, state.at).say
    fault = EvseStatusChanged(
        at=small.START,
        station=small.CCS,
        evse=small.CCS1,
        status=EvseStatus.FAULTED,
        reported_at=small.START,
        error_code="GroundFailure",
    )
    refused = admit(fold([fault], UP), small.T1, UP.at).refused
    assert [r.why for r in refused if r.evse == small.CCS1] == ["ccs/1 is out of service: GroundFailure"]


def test_a_truck_that_is_plugged_in_is_told_where():
    assert why(fold([busy(small.T1, small.CCS1)], UP))[small.CCS2] is Obstacle.CHARGING


def test_limit_not_confirmed():
    assert why(UP.having(limits=type(UP.limits)()))[small.CCS1] is Obstacle.LIMIT_NOT_CONFIRMED


def test_no_full_pack_says_when_the_next_is_ready():
    low = [
        SlotReported(
            at=UP.at, station=small.SWAP, slot=slot, pack=PackId(f"p{n}"), reported_at=UP.at, soc=SoC.percent(s)
        )
        for n, (slot, s) in enumerate(zip(small.SLOTS[:3], (60, 50, 40), strict=True), 1)
    ]
    state = fold(low, UP)
    refused = next(r for r in admit(state, small.T4, state.at).refused if r.station == small.SWAP)
    assert refused.obstacle is Obstacle.NO_FULL_PACK
    assert refused.next_at == small.minutes(42), "30 % of 280 kWh at 120 kW"
    assert refused.why == "swap has no pack at 90 % or more, the next in about 42 min"


def test_what_is_at_hand_comes_before_what_is_elsewhere():
    away = replace(UP.hub.stations[0], place=small.QUAY)
    both = replace(UP.hub.stations[0], id="far", evses=(replace(UP.hub.stations[0].evses[0], id="far/1"),))
    hub = replace(UP.hub, stations=(both, away))
    state = UP.having(
        hub=hub,
        evses=UP.evses.set("far/1", UP.evses[small.CCS1]),
        stations=UP.stations.set("far", UP.stations[small.CCS]),
        limits=UP.limits.set("far/1", UP.limits[small.CCS1]),
    )
    assert offered(state) == [small.CCS1, small.CCS2, "far/1"]
