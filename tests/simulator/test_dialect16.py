from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from portwatt.errors import BugError
from portwatt.simulator.dialect16 import Dialect16
from portwatt.simulator.outlet import Phase
from portwatt.simulator.profiles import Purpose
from portwatt.simulator.speech import ClearProfiles, Reserve, Restart, SetAvailability, SetProfile
from portwatt.units import Power
from portwatt.wire.ocpp import v16

T0 = datetime(2026, 11, 23, 6, tzinfo=UTC)
SPEAK = Dialect16()


def profile(**changes: object) -> v16.SetChargingProfileRequest:
    schedule = {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000.5}]}
    given = {
        "chargingProfileId": 4,
        "stackLevel": 1,
        "chargingProfilePurpose": "ChargePointMaxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    }
    body = {"connectorId": 0, "csChargingProfiles": given | changes}
    return msgspec.convert(body, v16.SetChargingProfileRequest)


def test_a_profile_without_a_start_starts_now() -> None:
    ask = SPEAK.ask(profile(), T0)
    assert isinstance(ask, SetProfile)
    assert ask.profile is not None
    assert (ask.profile.purpose, ask.profile.start) == (Purpose.STATION_MAX, T0)
    assert ask.profile.limit(None, T0) == Power(11_000)


def test_a_daily_profile_recurs() -> None:
    ask = SPEAK.ask(profile(chargingProfileKind="Recurring", recurrencyKind="Daily"), T0)
    assert isinstance(ask, SetProfile)
    assert ask.profile is not None
    assert ask.profile.recurs is not None


def test_amperes_are_not_understood() -> None:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}
    assert SPEAK.ask(profile(chargingSchedule=schedule), T0) == SetProfile(0, None, "UnsupportedRateUnit")


def test_connector_zero_is_the_station() -> None:
    clear = SPEAK.ask(v16.ClearChargingProfileRequest(connector_id=0), T0)
    assert isinstance(clear, ClearProfiles)
    assert clear.criteria is not None
    assert clear.criteria.outlet == 0
    change = msgspec.convert({"connectorId": 0, "type": "Inoperative"}, v16.ChangeAvailabilityRequest)
    assert SPEAK.ask(change, T0) == SetAvailability(None, operative=False)
    assert isinstance(SPEAK.ask(msgspec.convert({"type": "Soft"}, v16.ResetRequest), T0), Restart)
    reserve = SPEAK.ask(v16.ReserveNowRequest(connector_id=0, expiry_date=T0, id_tag="a", reservation_id=1), T0)
    assert isinstance(reserve, Reserve)
    assert reserve.outlet is None


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_a_status(phase: Phase) -> None:
    status = SPEAK.status(1, phase, "", T0)
    assert isinstance(status, v16.StatusNotificationRequest)
    assert (status.status.value, status.error_code.value) == (phase.value, "NoError")


def test_nobody_asks_a_station_to_boot() -> None:
    with pytest.raises(BugError):
        SPEAK.ask(v16.HeartbeatRequest(), T0)
    with pytest.raises(BugError):
        SPEAK.registration(v16.HeartbeatResponse(current_time=T0))
