"""Charging profiles: the same numbers for the same purpose, other numbers for another."""

import pytest
import small_hub as small
from msgspec import to_builtins

from portwatt.commands import SetChargingProfile
from portwatt.events import HubOpened, TransactionStarted
from portwatt.ids import IdToken, TransactionId
from portwatt.state import fold
from portwatt.translate import request
from portwatt.translate.profiles import Purpose, limit
from portwatt.units import Energy, Power
from portwatt.wire.ocpp.versions import OcppVersion

TX = TransactionId("ccs:12")
STARTED = TransactionStarted(
    at=small.START,
    station=small.CCS,
    evse=small.CCS2,
    transaction=TX,
    token=IdToken(""),
    truck=None,
    meter_start=Energy(0),
    reported_at=small.START,
)
STATE = fold([HubOpened(at=small.START, hub=small.hub()), STARTED])


def command(watts: int = 1_000, **target: object) -> SetChargingProfile:
    return SetChargingProfile(station=small.CCS, limit=Power(watts), **target)


def test_numbers_are_stable_and_apart() -> None:
    targets = ({}, {"evse": small.CCS1}, {"evse": small.CCS2}, {"evse": small.CCS1, "transaction": TX})
    first = [limit(STATE, command(1, **t)) for t in targets]
    second = [limit(STATE, command(2, **t)) for t in targets]
    assert [x.profile for x in first] == [x.profile for x in second]
    assert len({x.profile for x in first}) == len(targets)
    assert [x.purpose for x in first] == [Purpose.STATION_MAX, Purpose.TX_DEFAULT, Purpose.TX_DEFAULT, Purpose.TX]


def test_a_transaction_brings_its_evse() -> None:
    assert limit(STATE, command(transaction=TX)).evse == 2


@pytest.mark.parametrize("version", list(OcppVersion))
def test_a_station_limit_is_absolute_and_holds_already(version: OcppVersion) -> None:
    message = to_builtins(request(version, STATE, command()))
    profile = message.get("csChargingProfiles") or message["chargingProfile"]
    schedule = profile["chargingSchedule"] if version is OcppVersion.V16 else profile["chargingSchedule"][0]
    assert profile["chargingProfileKind"] == "Absolute"
    assert schedule["startSchedule"] == "2026-11-22T00:00:00Z"
    assert schedule["chargingRateUnit"] == "W"
    assert schedule["chargingSchedulePeriod"] == ({"startPeriod": 0, "limit": 1_000.0},)


def test_words_of_each_version() -> None:
    of_station, of_transaction = command(), command(evse=small.CCS2, transaction=TX)
    sixteen = to_builtins(request(OcppVersion.V16, STATE, of_station))
    assert (sixteen["connectorId"], sixteen["csChargingProfiles"]["chargingProfilePurpose"]) == (
        0,
        "ChargePointMaxProfile",
    )
    sixteen = to_builtins(request(OcppVersion.V16, STATE, of_transaction))
    assert sixteen["csChargingProfiles"]["transactionId"] == 12
    newer = to_builtins(request(OcppVersion.V21, STATE, of_transaction))
    assert (newer["evseId"], newer["chargingProfile"]["transactionId"]) == (2, "12")
    assert newer["chargingProfile"]["chargingProfileKind"] == "Relative"
    assert "startSchedule" not in newer["chargingProfile"]["chargingSchedule"][0]
