"""The door: which actions pass, leniency with times, and our own messages checked."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest

from portwatt.errors import BugError
from portwatt.wire.ocpp import v2x, v16
from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.door import Door
from portwatt.wire.ocpp.schemas import SchemaSet, Violation
from portwatt.wire.ocpp.v2x_enums import ResetType
from portwatt.wire.ocpp.v2x_types import IdToken
from portwatt.wire.ocpp.versions import KNOWN_ACTIONS, ErrorCode, OcppVersion, Role

CHINA = timezone(timedelta(hours=8))
STATUS = {"timestamp": "2026-11-23T08:00:00", "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}


@pytest.fixture
def door(schemas: Mapping[OcppVersion, SchemaSet]) -> Door:
    return Door(schemas[OcppVersion.V21], Role.CENTRAL, None)


def refused(result: object) -> ErrorCode:
    assert isinstance(result, Violation)
    return result.code


@pytest.mark.parametrize("version", list(OcppVersion))
@pytest.mark.parametrize("role", list(Role))
def test_each_known_action_is_served_or_not_supported(
    version: OcppVersion, role: Role, schemas: Mapping[OcppVersion, SchemaSet]
) -> None:
    """An empty payload tells: a served action complains about its schema or passes, another is refused by name."""
    door = Door(schemas[version], role, None)
    for action, direction in KNOWN_ACTIONS[version].items():
        result = door.request(action, {}, UTC)
        served = action in ACTIONS[version] and direction.reaches(role)
        assert (isinstance(result, Violation) and result.code is ErrorCode.NOT_SUPPORTED) is not served


@pytest.mark.parametrize("action", ["Nonsense", "", "bootnotification", "StartTransaction", "x" * 5000])
def test_what_the_version_does_not_know_is_not_implemented(door: Door, action: str) -> None:
    result = door.request(action, {}, UTC)
    assert refused(result) is ErrorCode.NOT_IMPLEMENTED
    assert isinstance(result, Violation)
    assert len(result.description) < 255


def test_a_switched_off_action_is_not_supported(schemas: Mapping[OcppVersion, SchemaSet]) -> None:
    door = Door(schemas[OcppVersion.V21], Role.CENTRAL, frozenset({"Heartbeat"}))
    assert door.request("Heartbeat", {}, UTC) == v2x.HeartbeatRequest()
    assert refused(door.request("BatterySwap", {}, UTC)) is ErrorCode.NOT_SUPPORTED


@pytest.mark.parametrize(("zone", "hour"), [(UTC, 8), (CHINA, 0)])
def test_a_time_without_zone_gets_that_of_the_profile(door: Door, zone: timezone, hour: int) -> None:
    message = door.request("StatusNotification", STATUS, zone)
    assert isinstance(message, v2x.StatusNotificationRequest)
    assert message.timestamp == datetime(2026, 11, 23, hour, tzinfo=UTC)


def test_times_without_zone_are_found_inside(door: Door) -> None:
    values = [{"timestamp": "2026-11-23T08:00:00.5", "sampledValue": [{"value": 1}]}] * 2
    message = door.request("MeterValues", {"evseId": 1, "meterValue": values}, CHINA)
    assert isinstance(message, v2x.MeterValuesRequest)
    assert {one.timestamp for one in message.meter_value} == {datetime(2026, 11, 23, 0, 0, 0, 500_000, tzinfo=UTC)}


def test_text_that_looks_like_a_time_is_left_alone(door: Door) -> None:
    payload = {"vendorId": "v", "data": {"at": "2026-11-23T08:00:00"}}
    assert door.request("DataTransfer", payload, CHINA) == v2x.DataTransferRequest(
        vendor_id="v", data={"at": "2026-11-23T08:00:00"}
    )


@pytest.mark.parametrize("text", ["2026-11-23T08:00+08:00", "20261123T000000Z", "2026-11-23 00:00:00.000Z"])
def test_other_iso_8601_forms_are_read(door: Door, text: str) -> None:
    message = door.request("StatusNotification", STATUS | {"timestamp": text}, CHINA)
    assert isinstance(message, v2x.StatusNotificationRequest)
    assert message.timestamp == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T25:00:00", "12:00"]
)
def test_a_time_that_is_none_is_refused(door: Door, text: str) -> None:
    result = door.request("StatusNotification", STATUS | {"timestamp": text}, UTC)
    assert refused(result) is ErrorCode.PROPERTY_CONSTRAINT_VIOLATION
    assert isinstance(result, Violation)
    assert "timestamp" in result.description


def test_an_integral_float_is_an_integer(door: Door) -> None:
    message = door.request("StatusNotification", json.loads(json.dumps(STATUS | {"evseId": 1.0})), UTC)
    assert isinstance(message, v2x.StatusNotificationRequest)
    assert message.evse_id == 1
    assert type(message.evse_id) is int


def test_custom_data_is_kept(door: Door) -> None:
    message = door.request("Heartbeat", {"customData": {"vendorId": "v", "x": [1, {"y": None}]}}, UTC)
    assert message == v2x.HeartbeatRequest(custom_data={"vendorId": "v", "x": [1, {"y": None}]})


def test_we_ask_only_what_our_role_and_version_may(schemas: Mapping[OcppVersion, SchemaSet], door: Door) -> None:
    reset = v2x.ResetRequest(type=ResetType.ON_IDLE)
    assert door.askable(reset).name == "Reset"
    with pytest.raises(BugError, match="no request we may send"):
        door.askable(v2x.HeartbeatRequest())
    with pytest.raises(BugError, match="no request we may send"):
        door.askable(v16.HeartbeatRequest())
    with pytest.raises(BugError, match="no request we may send"):
        Door(schemas[OcppVersion.V201], Role.CENTRAL, None).askable(
            v2x.RequestBatterySwapRequest(id_token=IdToken(id_token="a", type="Central"), request_id=1)
        )


def test_what_2_0_1_does_not_know_is_our_own_fault(schemas: Mapping[OcppVersion, SchemaSet]) -> None:
    door = Door(schemas[OcppVersion.V201], Role.CENTRAL, None)
    reset = v2x.ResetRequest(type=ResetType.IMMEDIATE_AND_RESUME)
    with pytest.raises(BugError, match=r"/type: must be one of Immediate, OnIdle"):
        door.check_request(door.askable(reset), reset)


def test_a_response_must_be_of_the_right_type_and_hold(door: Door) -> None:
    action = ACTIONS[OcppVersion.V21]["Heartbeat"]
    door.check_response(action, v2x.HeartbeatResponse(current_time=datetime(2026, 11, 23, tzinfo=UTC)))
    with pytest.raises(BugError, match="does not answer"):
        door.check_response(action, v2x.StatusNotificationResponse())
    data = ACTIONS[OcppVersion.V21]["BatterySwap"]
    with pytest.raises(BugError, match="vendorId is missing"):
        door.check_response(data, v2x.BatterySwapResponse(custom_data={"status": "BatterySoHLow"}))
