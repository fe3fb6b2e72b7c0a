"""OCPP 2.0.1 and 2.1: the requests both share, frame by frame."""

import pytest
import small_hub as small
from talk import Talk

from portwatt.commands import Outcome, ReserveEvse
from portwatt.events import (
    AuthorizationDecided,
    CommandAnswered,
    CommandIssued,
    EvseStatus,
    PeerFaultSeen,
    ReservationEnded,
    StationBooted,
    StationClockDrifted,
)
from portwatt.ids import CommandId, ReservationId
from portwatt.state import fold
from portwatt.wire.ocpp.versions import OcppVersion

BOOT = {"reason": "PowerUp", "chargingStation": {"vendorName": "v", "model": "m", "serialNumber": "s"}}


@pytest.fixture(params=[OcppVersion.V201, OcppVersion.V21])
def talk(request: pytest.FixtureRequest) -> Talk:
    return Talk(request.param, small.CCS)


def test_boot(talk: Talk) -> None:
    answer = talk.says("BootNotification", BOOT)
    assert (answer["status"], answer["currentTime"]) == ("Accepted", "2026-11-23T00:00:01Z")
    booted = StationBooted(at=talk.now, station=small.CCS, vendor="v", model="m", serial="s", reason="PowerUp")
    assert talk.events == (booted,)
    assert talk.says("BootNotification", BOOT, overloaded=True)["status"] == "Pending"
    assert talk.events == ()


def test_heartbeat(talk: Talk) -> None:
    assert talk.says("Heartbeat", {}) == {"currentTime": "2026-11-23T00:00:01Z"}
    assert talk.kinds() == ["HeartbeatReceived"]


def test_status(talk: Talk) -> None:
    status = {"timestamp": talk.stamp(), "connectorStatus": "Faulted", "evseId": 2, "connectorId": 1}
    talk.says("StatusNotification", status)
    assert talk.state.evses[small.CCS2].status is EvseStatus.FAULTED
    talk.says("StatusNotification", status | {"evseId": 0})
    assert talk.state.evses[small.CCS1].status is EvseStatus.FAULTED
    talk.says("StatusNotification", status | {"evseId": 5})
    assert [type(e) for e in talk.events] == [PeerFaultSeen]


def test_an_available_slot_is_empty() -> None:
    talk = Talk(OcppVersion.V21, small.SWAP)
    status = {"timestamp": talk.stamp(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    talk.says("StatusNotification", status)
    assert talk.kinds() == ["EvseStatusChanged", "SlotReported"]
    assert talk.state.evses[small.SLOTS[0]].pack is None


def test_a_clock_that_is_off_is_alarmed(talk: Talk) -> None:
    status = {"timestamp": talk.stamp(hours=8), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    talk.says("StatusNotification", status)
    assert [type(e) for e in talk.events][1:] == [StationClockDrifted]


def test_authorize_says_why_not(talk: Talk) -> None:
    def shown(token: str) -> dict:
        info: dict = talk.says("Authorize", {"idToken": {"idToken": token, "type": "ISO14443"}})["idTokenInfo"]
        return info

    assert shown(small.token(small.T1)) == {"status": "Accepted"}
    assert shown("nobody")["status"] == "Unknown"
    misfit = shown(small.token(small.T3))
    assert misfit["status"] == "NotAllowedTypeEVSE"
    assert misfit["personalMessage"]["content"]
    (decided,) = talk.events
    assert isinstance(decided, AuthorizationDecided)
    assert not decided.accepted


def test_no_token_is_enough_at_a_swap_station() -> None:
    nobody = {"idToken": {"idToken": "", "type": "NoAuthorization"}}
    assert Talk(OcppVersion.V21, small.SWAP).says("Authorize", nobody) == {"idTokenInfo": {"status": "Accepted"}}
    assert Talk(OcppVersion.V21, small.CCS).says("Authorize", nobody)["idTokenInfo"]["status"] == "Unknown"


def test_a_reservation_ends_once(talk: Talk) -> None:
    held = ReserveEvse(
        station=small.CCS,
        evse=small.CCS1,
        reservation=ReservationId(7),
        token=small.token(small.T1),
        truck=small.T1,
        until=small.minutes(60),
    )
    issued = CommandIssued(at=talk.now, id=CommandId("x"), command=held)
    talk.state = fold([issued, CommandAnswered(at=talk.now, id=CommandId("x"), outcome=Outcome.ACCEPTED)], talk.state)
    over = {"reservationId": 7, "reservationUpdateStatus": "Expired"}
    assert talk.says("ReservationStatusUpdate", over) == {}
    ended = ReservationEnded(at=talk.now, station=small.CCS, reservation=ReservationId(7), reason="Expired")
    assert talk.events == (ended,)
    talk.says("ReservationStatusUpdate", over)
    assert talk.events == ()


def test_vendor_data_may_be_any_json(talk: Talk) -> None:
    assert talk.says("DataTransfer", {"vendorId": "else", "data": {"a": [1]}}) == {"status": "UnknownVendorId"}
    assert talk.says("DataTransfer", {"vendorId": "v", "data": {"a": [1]}}) == {"status": "Accepted"}
    assert [e.data for e in talk.events] == ['{"a":[1]}']
