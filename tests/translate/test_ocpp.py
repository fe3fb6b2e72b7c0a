"""The door: every command in every version against the official schemas, and what a version cannot say."""

import msgspec
import pytest
import small_hub as small

from portwatt.commands import (
    CancelReservation,
    ChangeAvailability,
    ClearChargingProfile,
    RequestBatterySwap,
    RequestStartTransaction,
    RequestStopTransaction,
    ReserveEvse,
    Reset,
    SendDataTransfer,
    SetChargingProfile,
    StationCommand,
    TriggerMessage,
)
from portwatt.errors import BugError
from portwatt.events import HubOpened
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.ids import IdToken, ReservationId, TransactionId
from portwatt.state import fold
from portwatt.translate import CannotSay, handle, request
from portwatt.translate.ocpp import WORDS
from portwatt.units import Power
from portwatt.wire.ocpp import v16
from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.versions import OcppVersion

STATE = fold([HubOpened(at=small.START, hub=small.hub())])
TOKEN = small.token(small.T1)
TX = TransactionId("ccs:12")
AT = {"station": small.CCS}
COMMANDS: list[StationCommand] = [
    RequestStartTransaction(**AT, evse=small.CCS1, token=TOKEN, remote_start_id=3),
    RequestStopTransaction(**AT, transaction=TX),
    ReserveEvse(
        **AT, evse=small.CCS1, reservation=ReservationId(4), token=TOKEN, truck=small.T1, until=small.minutes(30.01)
    ),
    CancelReservation(**AT, reservation=ReservationId(4)),
    SetChargingProfile(**AT, limit=Power(123_457)),
    SetChargingProfile(**AT, limit=Power(-5), evse=small.CCS1),
    SetChargingProfile(**AT, limit=Power(0), evse=small.CCS1, transaction=TX),
    ClearChargingProfile(**AT),
    ClearChargingProfile(**AT, evse=small.CCS1),
    ChangeAvailability(**AT, operative=False),
    ChangeAvailability(**AT, evse=small.CCS2),
    Reset(**AT),
    Reset(**AT, hard=True),
    TriggerMessage(**AT, message="StatusNotification", evse=small.CCS1),
    TriggerMessage(**AT, message="Heartbeat"),
    RequestBatterySwap(station=small.SWAP, token=TOKEN, truck=small.T4, request_id=5),
    SendDataTransfer(**AT, vendor="v", message="m", data="d"),
    SendDataTransfer(**AT, vendor="v"),
]


def test_every_station_command_is_tried() -> None:
    assert {type(c) for c in COMMANDS} == set(StationCommand.__subclasses__()) == set(WORDS[OcppVersion.V21])


@pytest.mark.parametrize("version", list(OcppVersion))
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: type(c).__name__)
def test_a_command_is_said_as_the_schema_wants_or_not_at_all(version: OcppVersion, command: StationCommand) -> None:
    if isinstance(command, RequestBatterySwap) and version is not OcppVersion.V21:
        with pytest.raises(CannotSay, match=version.value):
            request(version, STATE, command)
        return
    message = request(version, STATE, command)
    name = next(a.name for a in ACTIONS[version].values() if a.request is type(message))
    assert load_schemas()[version].request_fault(name, msgspec.to_builtins(message)) is None


@pytest.mark.parametrize(
    ("version", "command"),
    [
        (OcppVersion.V16, RequestStartTransaction(**AT, evse=small.CCS1, token=IdToken("x" * 21), remote_start_id=1)),
        (OcppVersion.V201, RequestStartTransaction(**AT, evse=small.CCS1, token=IdToken("x" * 37), remote_start_id=1)),
        (OcppVersion.V16, RequestStopTransaction(**AT, transaction=TransactionId("ccs:abc"))),
        (OcppVersion.V16, TriggerMessage(**AT, message="TransactionEvent")),
        (OcppVersion.V21, TriggerMessage(**AT, message="Nonsense")),
        (OcppVersion.V21, SetChargingProfile(**AT, limit=Power(1), transaction=TX)),
    ],
    ids=str,
)
def test_what_a_version_has_no_words_for(version: OcppVersion, command: StationCommand) -> None:
    with pytest.raises(CannotSay):
        request(version, STATE, command)


def test_a_request_without_a_handler_is_our_own_fault() -> None:
    with pytest.raises(BugError, match=r"ocpp2\.1"):
        handle(OcppVersion.V21, STATE, small.CCS, v16.HeartbeatRequest(), small.START)
