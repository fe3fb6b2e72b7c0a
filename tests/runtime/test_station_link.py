"""The hub's end of a station, spoken to by the station's end of the same protocol."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portwatt.commands import Outcome, RequestBatterySwap, RequestStopTransaction, SetChargingProfile
from portwatt.config.hub import load_hub
from portwatt.events import (
    CommandAnswered,
    EvseStatusChanged,
    HubOpened,
    PeerFaultSeen,
    StationBooted,
    StationConnected,
    StationDisconnected,
    TransactionStarted,
)
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.ids import CommandId, EvseId, IdToken, StationId, TransactionId, TruckId
from portwatt.runtime.station_link import FAULT_PERIOD, FAULTS_RECORDED, LinkResult, StationLink
from portwatt.state import HubState, apply, opened
from portwatt.units import Power
from portwatt.wire.ocpp import v16
from portwatt.wire.ocpp.conversation import Conversation, Terms
from portwatt.wire.ocpp.ledger import MessageLedger
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.outputs import Answered, Outgoing, Output, Reply, Request
from portwatt.wire.ocpp.v16_enums import ChargePointErrorCode, ChargePointStatus, ChargingProfileStatus
from portwatt.wire.ocpp.versions import OcppVersion, Role

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
STATION = StationId("P")
EVSE = EvseId("P/1")
HUB = """
id = "H"
name = "H"
timezone = "UTC"
tariff = "ZJ-2026-112"
places = [{ id = "C", name = "C", kind = "charging" }]
grid = { connection_kw = 500 }
[[models]]
id = "M"
battery_kwh = 280
inlets = ["GBT_DC"]
curve = [{ soc_percent = 0, power_kw = 180 }, { soc_percent = 100, power_kw = 20 }]
voltage_low_v = 450
voltage_high_v = 750
consumption_loaded_kwh_per_km = 1.6
consumption_empty_kwh_per_km = 1.0
[[stations]]
id = "P"
place = "C"
evses = [{ max_power_kw = 250, voltage_high_v = 1000, connectors = [{ standard = "GBT_DC", max_a = 250 }] }]
[[trucks]]
id = "T"
model = "M"
fleet = "F"
place = "C"
soc_percent = 20
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> HubState:
    file: Path = tmp_path_factory.mktemp("hub") / "hub.toml"
    file.write_text(HUB, encoding="utf-8")
    return opened(HubOpened(at=NOW, hub=load_hub(file)))


class Ends:
    """A link and the station that talks to it."""

    def __init__(self, state: HubState, version: OcppVersion = OcppVersion.V16) -> None:
        schemas = load_schemas()[version]
        self.state = state
        self.ledger = MessageLedger()
        self.link = StationLink(STATION, schemas, self.ledger)
        self.station = Conversation(Terms(version, Role.STATION), schemas)
        self.count = 0
        self.heard: list[Output] = []

    def say(self, message: Message, now: datetime = NOW) -> LinkResult:
        """The station asks; what the hub sends back reaches it."""
        self.count += 1
        (out,) = self.station.call(f"m{self.count}", message, now)
        assert isinstance(out, Outgoing)
        result = self.link.received(out.text, now, self.state)
        for event in result.events:
            self.state = apply(self.state, event)
        self.heard = [output for frame in result.frames for output in self.station.receive(frame, now)]
        return result

    def answer(self, frame: str, response: Message, now: datetime = NOW) -> LinkResult:
        """The station answers a call of the hub."""
        (request,) = self.station.receive(frame, now)
        assert isinstance(request, Request)
        (text,) = self.station.answer(request.message_id, response)
        return self.link.received(text, now, self.state)


@pytest.fixture
def ends(state: HubState) -> Ends:
    return Ends(state)


PROFILE = SetChargingProfile(station=STATION, evse=EVSE, limit=Power.kw(50))


def test_a_socket_that_opens_is_a_station_connected(ends: Ends) -> None:
    assert ends.link.opened(NOW).events == (StationConnected(at=NOW, station=STATION, version="ocpp1.6"),)


def test_a_frame_becomes_facts_and_its_answer(ends: Ends) -> None:
    result = ends.say(v16.BootNotificationRequest(charge_point_vendor="V", charge_point_model="M"))
    assert [type(e) for e in result.events] == [StationBooted]
    (reply,) = ends.heard
    assert isinstance(reply, Reply)
    assert isinstance(reply.outcome, Answered)


def test_a_busy_hub_tells_a_boot_to_wait(ends: Ends) -> None:
    request = v16.BootNotificationRequest(charge_point_vendor="V", charge_point_model="M")
    (out,) = ends.station.call("m", request, NOW)
    assert isinstance(out, Outgoing)
    result = ends.link.received(out.text, NOW, ends.state, overloaded=True)
    assert result.events == ()
    assert '"Pending"' in result.frames[0]


def test_a_1_6_transaction_is_numbered_from_the_state_it_met(ends: Ends) -> None:
    ends.say(
        v16.StatusNotificationRequest(
            connector_id=1, error_code=ChargePointErrorCode.NO_ERROR, status=ChargePointStatus.AVAILABLE
        )
    )
    number = ends.state.seq + 1
    result = ends.say(v16.StartTransactionRequest(connector_id=1, id_tag="T", meter_start=0, timestamp=NOW))
    (started,) = (e for e in result.events if isinstance(e, TransactionStarted))
    assert started.transaction == f"P:{number}"
    assert f'"transactionId":{number}' in result.frames[0]


def test_a_request_sent_again_after_a_reconnect_is_answered_again_and_not_believed_twice(ends: Ends) -> None:
    start = v16.StartTransactionRequest(connector_id=1, id_tag="T", meter_start=0, timestamp=NOW)
    (out,) = ends.station.call("s", start, NOW)
    assert isinstance(out, Outgoing)
    first = ends.link.received(out.text, NOW, ends.state)
    ends.link.closed(NOW, "lost")
    again = StationLink(STATION, load_schemas()[OcppVersion.V16], ends.ledger).received(out.text, NOW, ends.state)
    assert first.events
    assert again.events == ()
    assert again.frames == first.frames


def test_a_command_goes_out_and_its_answer_ends_it(ends: Ends) -> None:
    sent = ends.link.send(CommandId("7"), PROFILE, ends.state, NOW)
    assert sent.events == ()
    result = ends.answer(sent.frames[0], v16.SetChargingProfileResponse(status=ChargingProfileStatus.ACCEPTED))
    assert result.events == (CommandAnswered(at=NOW, id=CommandId("7"), outcome=Outcome.ACCEPTED),)


def test_limits_overtake_what_waits(ends: Ends) -> None:
    stop = RequestStopTransaction(station=STATION, transaction=TransactionId("P:1"))
    first = ends.link.send(CommandId("1"), stop, ends.state, NOW)
    assert ends.link.send(CommandId("2"), stop, ends.state, NOW).frames == ()
    assert ends.link.send(CommandId("3"), PROFILE, ends.state, NOW).frames == ()
    response = v16.RemoteStopTransactionResponse(status="Rejected")  # type: ignore[arg-type]
    second = ends.answer(first.frames[0], response)
    assert [(e.id, e.outcome) for e in second.events if isinstance(e, CommandAnswered)] == [("1", Outcome.REFUSED)]
    assert '"3","SetChargingProfile"' in second.frames[0]


def test_no_answer_in_time_may_have_been_done_and_what_never_left_was_not(ends: Ends) -> None:
    ends.link.send(CommandId("1"), PROFILE, ends.state, NOW)
    ends.link.send(CommandId("2"), PROFILE, ends.state, NOW)
    deadline = ends.link.next_deadline()
    assert deadline is not None
    late = ends.link.poll(deadline)
    answers = {e.id: e.outcome for e in late.events if isinstance(e, CommandAnswered)}
    assert answers == {"1": Outcome.TIMED_OUT, "2": Outcome.UNDELIVERABLE}


def test_a_lost_socket_ends_every_command_and_the_connection(ends: Ends) -> None:
    ends.link.send(CommandId("1"), PROFILE, ends.state, NOW)
    ends.link.send(CommandId("2"), PROFILE, ends.state, NOW)
    events = ends.link.closed(NOW, "reset by peer").events
    assert [e.outcome for e in events if isinstance(e, CommandAnswered)] == [Outcome.TIMED_OUT, Outcome.UNDELIVERABLE]
    assert events[-1] == StationDisconnected(at=NOW, station=STATION, reason="reset by peer")
    assert ends.link.next_deadline() is None


def test_what_a_version_cannot_say_is_undeliverable(ends: Ends) -> None:
    swap = RequestBatterySwap(station=STATION, token=IdToken("T"), truck=TruckId("T"), request_id=1)
    (event,) = ends.link.send(CommandId("1"), swap, ends.state, NOW).events
    assert isinstance(event, CommandAnswered)
    assert event.outcome is Outcome.UNDELIVERABLE
    assert "ocpp1.6" in event.detail


def test_a_flood_of_broken_frames_is_answered_but_not_all_of_it_recorded(ends: Ends) -> None:
    results = [ends.link.received(f'[2,"{n}","Nonsense",{{}}]', NOW, ends.state) for n in range(FAULTS_RECORDED + 9)]
    faults = [e for r in results for e in r.events]
    assert all(len(r.frames) == 1 for r in results)
    assert len(faults) == FAULTS_RECORDED
    assert isinstance(faults[0], PeerFaultSeen)
    assert faults[0].code == "NotImplemented"
    later = ends.link.received('[2,"z","Nonsense",{}]', NOW + FAULT_PERIOD, ends.state)
    assert len(later.events) == 1


@pytest.mark.parametrize("frame", ["", "[", "{}", '[9,"x"]', '[3,"nobody",{}]', "[2]", "\ud800"])
def test_what_is_no_frame_ends_nothing(ends: Ends, frame: str) -> None:
    ends.link.received(frame, NOW, ends.state)
    result = ends.say(v16.HeartbeatRequest(), NOW + timedelta(seconds=1))
    assert len(result.frames) == 1
    status = v16.StatusNotificationRequest(
        connector_id=1, error_code=ChargePointErrorCode.NO_ERROR, status=ChargePointStatus.AVAILABLE
    )
    ends.station.abandon()
    assert EvseStatusChanged in {type(e) for e in ends.say(status).events}
