"""Stations and EVSEs."""

from __future__ import annotations

import small_hub as small

from portwatt.events import (
    EvseStatus,
    EvseStatusChanged,
    PeerFaultSeen,
    ReturnedToService,
    StationDisconnected,
    TakenOutOfService,
)
from portwatt.state import fold
from portwatt.state.stations import in_service

UP = small.in_the_morning()


def status(evse, value: EvseStatus) -> EvseStatusChanged:
    return EvseStatusChanged(at=UP.at, station=small.CCS, evse=evse, status=value, reported_at=UP.at)


def test_an_evse_can_be_counted_on_unless_somebody_says_otherwise():
    assert in_service(UP, small.CCS1)
    assert not in_service(UP, "ccs/9")
    for event in (
        StationDisconnected(at=UP.at, station=small.CCS, reason=""),
        TakenOutOfService(at=UP.at, station=small.CCS, evse=None, reason=""),
        TakenOutOfService(at=UP.at, station=small.CCS, evse=small.CCS1, reason=""),
        status(small.CCS1, EvseStatus.FAULTED),
        status(None, EvseStatus.UNAVAILABLE),
    ):
        assert not in_service(fold([event], UP), small.CCS1)


def test_what_is_said_of_the_whole_station_reaches_its_evses_only_when_it_is_bad():
    bad = fold([status(None, EvseStatus.FAULTED)], UP)
    assert not in_service(bad, small.CCS1)
    assert not in_service(bad, small.CCS2)
    assert in_service(bad, small.GBT1)
    assert not in_service(fold([status(None, EvseStatus.AVAILABLE)], bad), small.CCS1)


def test_back_in_service():
    out = TakenOutOfService(at=UP.at, station=small.CCS, evse=small.CCS1, reason="cable")
    state = fold([out, ReturnedToService(at=UP.at, station=small.CCS, evse=small.CCS1)], UP)
    assert in_service(state, small.CCS1)
    assert "ccs is back in service" in state.replanning.reasons


def test_protocol_faults_are_counted():
    fault = PeerFaultSeen(at=UP.at, station=small.CCS, code="FormatViolation", detail="")
    assert fold([fault, fault], UP).stations[small.CCS].faults == 2
