from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from portwatt.errors import BugError
from portwatt.ids import IdToken
from portwatt.simulator.dialect2x import SWAP_REFUSAL, Dialect2x, id_token
from portwatt.simulator.outlet import Phase
from portwatt.simulator.speech import ClearProfiles, Restart, SetProfile
from portwatt.units import Power
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.versions import OcppVersion

T0 = datetime(2026, 11, 23, 6, tzinfo=UTC)
SPEAK = Dialect2x(OcppVersion.V21)


def profile(schedule: dict[str, object] | None = None, **changes: object) -> v2x.SetChargingProfileRequest:
    periods = [{"startPeriod": 0, "limit": 50_000}]
    plan = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": periods} | (schedule or {})
    given = {
        "id": 4,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [plan],
    }
    return msgspec.convert({"evseId": 1, "chargingProfile": given | changes}, v2x.SetChargingProfileRequest)


def test_a_relative_profile_has_no_start_of_its_own() -> None:
    ask = SPEAK.ask(profile(), T0)
    assert isinstance(ask, SetProfile)
    assert ask.profile is not None
    assert ask.profile.start is None
    assert ask.profile.limit(T0, T0) == Power.kw(50)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (profile({"chargingRateUnit": "A"}), "UnsupportedRateUnit"),
        (profile({"chargingSchedulePeriod": [{"startPeriod": 0, "setpoint": 5.0}]}), "InvalidSchedule"),
        (profile(chargingProfileKind="Dynamic"), "UnsupportedParam"),
        (profile(chargingProfilePurpose="PriorityCharging"), "UnsupportedParam"),
    ],
)
def test_profiles_it_cannot_use(request_: v2x.SetChargingProfileRequest, why: str) -> None:
    assert SPEAK.ask(request_, T0) == SetProfile(1, None, why)
    response = SPEAK.reply(request_, "Rejected", why)
    assert isinstance(response, v2x.SetChargingProfileResponse)
    assert response.status_info is not None
    assert response.status_info.reason_code == why


def test_clearing_a_purpose_it_does_not_have_finds_nothing() -> None:
    body = {"chargingProfileCriteria": {"chargingProfilePurpose": "LocalGeneration"}}
    assert SPEAK.ask(msgspec.convert(body, v2x.ClearChargingProfileRequest), T0) == ClearProfiles(None)


@pytest.mark.parametrize(
    ("kind", "hard", "wait", "resume"),
    [("Immediate", True, False, False), ("OnIdle", False, True, False), ("ImmediateAndResume", False, False, True)],
)
def test_three_kinds_of_reset(kind: str, hard: bool, wait: bool, resume: bool) -> None:
    assert SPEAK.ask(msgspec.convert({"type": kind}, v2x.ResetRequest), T0) == Restart(None, hard, wait, resume)


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_a_status(phase: Phase) -> None:
    plain = phase in (Phase.AVAILABLE, Phase.RESERVED, Phase.UNAVAILABLE, Phase.FAULTED)
    assert SPEAK.status_word(phase, "") == (phase.value if plain else "Occupied")


def test_nobody_has_a_token_of_its_own_kind() -> None:
    assert id_token(IdToken("")).type == "NoAuthorization"
    assert id_token(IdToken("a")).type == "Central"


def test_a_refusal_of_a_pack_is_read_from_its_custom_data() -> None:
    said = {"vendorId": SWAP_REFUSAL, "status": "Rejected", "statusInfo": {"reasonCode": "BatteryType"}}
    assert SPEAK.refusal(v2x.BatterySwapResponse(custom_data=said)) == "BatteryType"
    assert SPEAK.refusal(v2x.BatterySwapResponse(custom_data=said | {"statusInfo": None})) == "Rejected"
    assert SPEAK.refusal(v2x.BatterySwapResponse(custom_data=said | {"status": "Accepted"})) == ""
    assert SPEAK.refusal(v2x.BatterySwapResponse(custom_data={"vendorId": "x"})) == ""
    assert SPEAK.refusal(v2x.BatterySwapResponse()) == ""


def test_it_does_not_speak_16() -> None:
    with pytest.raises(BugError):
        Dialect2x(OcppVersion.V16)
    with pytest.raises(BugError):
        SPEAK.ask(v2x.HeartbeatRequest(), T0)
