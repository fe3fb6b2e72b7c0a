"""OCPP 1.6: what each request comes to, frame by frame."""

from datetime import timedelta

import pytest
import small_hub as small
from talk import Talk

from portwatt.events import (
    AuthorizationDecided,
    EvseStatus,
    EvseStatusChanged,
    PeerFaultSeen,
    StationBooted,
    StationClockDrifted,
    VendorDataReceived,
)
from portwatt.translate.ocpp import HANDLERS
from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.versions import Direction, OcppVersion, Role

BOOT = {"chargePointVendor": "v", "chargePointModel": "m", "firmwareVersion": "1.2", "chargePointSerialNumber": "s"}


@pytest.fixture
def talk() -> Talk:
    return Talk(OcppVersion.V16, small.CCS)


@pytest.mark.parametrize("version", list(OcppVersion))
def test_every_request_a_station_may_send_has_a_handler(version: OcppVersion) -> None:
    inbound = {a.request for a in ACTIONS[version].values() if a.direction.reaches(Role.CENTRAL)}
    assert Direction.BOTH in {a.direction for a in ACTIONS[version].values()}
    assert set(HANDLERS[version]) == inbound


def test_boot_is_welcomed_with_the_hubs_clock(talk: Talk) -> None:
    answer = talk.says("BootNotification", BOOT)
    assert answer["status"] == "Accepted"
    assert answer["currentTime"] == "2026-11-23T00:00:01Z"
    assert 300 <= answer["interval"] <= 360
    booted = StationBooted(at=talk.now, station=small.CCS, vendor="v", model="m", firmware="1.2", serial="s")
    assert talk.events == (booted,)


def test_boot_waits_while_the_hub_is_overloaded(talk: Talk) -> None:
    answer = talk.says("BootNotification", BOOT, overloaded=True)
    assert answer["status"] == "Pending"
    assert 30 <= answer["interval"] <= 90
    assert talk.events == ()


def test_heartbeat_is_a_fact_and_tells_the_time(talk: Talk) -> None:
    assert talk.says("Heartbeat", {}) == {"currentTime": "2026-11-23T00:00:01Z"}
    assert talk.state.stations[small.CCS].heard_at == talk.now


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("Available", EvseStatus.AVAILABLE),
        ("Preparing", EvseStatus.OCCUPIED),
        ("Charging", EvseStatus.OCCUPIED),
        ("SuspendedEV", EvseStatus.OCCUPIED),
        ("SuspendedEVSE", EvseStatus.OCCUPIED),
        ("Finishing", EvseStatus.OCCUPIED),
        ("Reserved", EvseStatus.RESERVED),
        ("Unavailable", EvseStatus.UNAVAILABLE),
        ("Faulted", EvseStatus.FAULTED),
    ],
)
def test_every_status_is_mapped(talk: Talk, told: str, meant: EvseStatus) -> None:
    talk.says("StatusNotification", {"connectorId": 2, "errorCode": "NoError", "status": told})
    assert talk.state.evses[small.CCS2].status is meant


def test_connector_0_is_the_whole_station(talk: Talk) -> None:
    fault = {
        "connectorId": 0,
        "errorCode": "GroundFailure",
        "status": "Faulted",
        "timestamp": "2026-11-23T08:00:00+08:00",
    }
    talk.says("StatusNotification", fault)
    (event,) = talk.events
    assert isinstance(event, EvseStatusChanged)
    assert event.evse is None
    assert event.error_code == "GroundFailure"
    assert event.reported_at == small.START
    assert event.reported_at.utcoffset() == timedelta(0)
    assert talk.state.evses[small.CCS1].status is EvseStatus.FAULTED


def test_a_connector_the_hub_file_lacks_is_answered_and_noted(talk: Talk) -> None:
    before = set(talk.state.evses)
    assert talk.says("StatusNotification", {"connectorId": 9, "errorCode": "NoError", "status": "Available"}) == {}
    (fault,) = talk.events
    assert isinstance(fault, PeerFaultSeen)
    assert "9" in fault.detail
    assert set(talk.state.evses) == before


def test_drift_is_alarmed_once_per_change_and_when_it_is_over(talk: Talk) -> None:
    drifts = []
    for minutes in (0, -5, -5.1, -7, 0, 0):
        status = {
            "connectorId": 1,
            "errorCode": "NoError",
            "status": "Available",
            "timestamp": talk.stamp(minutes=minutes),
        }
        talk.says("StatusNotification", status)
        drifts.append([round(e.drift.total_seconds()) for e in talk.events if isinstance(e, StationClockDrifted)])
    assert drifts == [[], [-301], [], [-421], [-1], []]


def test_authorize_decides_by_the_rules_and_ignores_case(talk: Talk) -> None:
    assert talk.says("Authorize", {"idTag": "TOKEN-T1"}) == {"idTagInfo": {"status": "Accepted"}}
    (decided,) = talk.events
    assert isinstance(decided, AuthorizationDecided)
    assert (decided.token, decided.truck, decided.accepted) == (small.token(small.T1), small.T1, True)
    assert talk.says("Authorize", {"idTag": "nobody"}) == {"idTagInfo": {"status": "Invalid"}}
    assert talk.says("Authorize", {"idTag": small.token(small.T3)}) == {"idTagInfo": {"status": "Blocked"}}


def test_data_of_an_unknown_vendor_is_not_taken(talk: Talk) -> None:
    assert talk.says("DataTransfer", {"vendorId": "else"}) == {"status": "UnknownVendorId"}
    assert talk.events == ()


def test_data_of_the_stations_own_vendor_is_kept(talk: Talk) -> None:
    assert talk.says("DataTransfer", {"vendorId": "V", "messageId": "a", "data": "b"}) == {"status": "Accepted"}
    assert talk.events == (VendorDataReceived(at=talk.now, station=small.CCS, vendor="V", message="a", data="b"),)
