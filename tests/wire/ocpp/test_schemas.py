"""Schema errors become the error codes of the version, with the place in words."""

from collections.abc import Mapping
from typing import Any

import pytest

from portwatt.errors import BugError
from portwatt.wire.ocpp.schemas import SchemaSet, Violation
from portwatt.wire.ocpp.versions import ErrorCode, OcppVersion

BOOT: dict[str, Any] = {"chargingStation": {"model": "m", "vendorName": "v"}, "reason": "PowerUp"}
LIMIT = {"startPeriod": 0, "limit": 10.0}


def station(**change: Any) -> dict[str, Any]:
    return BOOT | {"chargingStation": BOOT["chargingStation"] | change}


def fault(schemas: Mapping[OcppVersion, SchemaSet], version: OcppVersion, action: str, payload: object) -> Violation:
    violation = schemas[version].request_fault(action, payload)
    assert violation is not None
    return violation


def test_a_valid_payload_has_no_fault(schemas: Mapping[OcppVersion, SchemaSet]) -> None:
    assert schemas[OcppVersion.V21].request_fault("BootNotification", BOOT) is None
    assert schemas[OcppVersion.V21].response_fault("StatusNotification", {}) is None


@pytest.mark.parametrize(
    ("payload", "code", "pointer", "words"),
    [
        ({"reason": "PowerUp"}, ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, "", "chargingStation is missing"),
        (station(model=3), ErrorCode.TYPE_CONSTRAINT_VIOLATION, "/chargingStation/model", "type string"),
        (station(model="x" * 21), ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "/chargingStation/model", "20 characters"),
        (BOOT | {"reason": "Bored"}, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "/reason", "one of ApplicationReset"),
        (BOOT | {"extra": 1}, ErrorCode.FORMAT_VIOLATION, "", "does not have: extra"),
    ],
)
def test_codes_and_places_of_2_1(
    schemas: Mapping[OcppVersion, SchemaSet], payload: object, code: ErrorCode, pointer: str, words: str
) -> None:
    violation = fault(schemas, OcppVersion.V21, "BootNotification", payload)
    assert (violation.code, violation.pointer) == (code, pointer)
    assert words in violation.description
    assert violation.description.startswith(pointer or "payload")


def test_an_incomplete_payload_is_a_protocol_error_in_1_6(schemas: Mapping[OcppVersion, SchemaSet]) -> None:
    assert fault(schemas, OcppVersion.V16, "Authorize", {}).code is ErrorCode.PROTOCOL_ERROR


def test_too_few_and_too_many_elements(schemas: Mapping[OcppVersion, SchemaSet]) -> None:
    few = fault(schemas, OcppVersion.V201, "MeterValues", {"evseId": 1, "meterValue": []})
    assert (few.code, few.pointer) == (ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, "/meterValue")
    schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [LIMIT]}
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule] * 4,
    }
    many = fault(schemas, OcppVersion.V201, "SetChargingProfile", {"evseId": 1, "chargingProfile": profile})
    assert many.code is ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
    assert "at most 3" in many.description


def test_bounds(schemas: Mapping[OcppVersion, SchemaSet]) -> None:
    swap = {"idToken": {"idToken": "a", "type": "Central"}, "requestId": 1, "eventType": "BatteryIn"}
    battery = {"evseId": 1, "serialNumber": "s", "soC": 100.5, "soH": 90}
    high = fault(schemas, OcppVersion.V21, "BatterySwap", swap | {"batteryData": [battery]})
    assert (high.code, high.pointer) == (ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "/batteryData/0/soC")
    low = fault(schemas, OcppVersion.V21, "BatterySwap", swap | {"batteryData": [battery | {"soC": 1, "evseId": -1}]})
    assert "at least 0" in low.description


@pytest.mark.parametrize(("limit", "holds"), [(0.1, True), (0.3, True), (1.1, True), (179999.9, True), (0.15, False)])
def test_one_decimal_is_judged_exactly(schemas: Mapping[OcppVersion, SchemaSet], limit: float, holds: bool) -> None:
    period = {"startPeriod": 0, "limit": limit}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "W", "chargingSchedulePeriod": [period]},
    }
    payload = {"connectorId": 1, "csChargingProfiles": profile}
    assert (schemas[OcppVersion.V16].request_fault("SetChargingProfile", payload) is None) is holds


def test_a_payload_too_deep_for_the_validator_is_a_fault(schemas: Mapping[OcppVersion, SchemaSet]) -> None:
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"a": deep}
    assert fault(schemas, OcppVersion.V21, "BootNotification", station(model=deep)).description


def test_an_unknown_document_is_our_own_fault(schemas: Mapping[OcppVersion, SchemaSet]) -> None:
    with pytest.raises(BugError, match="no schema document"):
        schemas[OcppVersion.V21].request_fault("Nonsense", {})
