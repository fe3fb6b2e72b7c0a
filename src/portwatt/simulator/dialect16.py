"""OCPP 1.6J as a simulated station speaks it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from portwatt.errors import BugError
from portwatt.ids import IdToken
from portwatt.simulator.outlet import Cause, Phase, Reading, Report
from portwatt.simulator.profiles import Criteria, Profile, Purpose, Step
from portwatt.simulator.speech import (
    Ask,
    CancelReserve,
    ClearProfiles,
    Identity,
    Registration,
    RemoteStart,
    RemoteStop,
    Reserve,
    Restart,
    SetAvailability,
    SetProfile,
    Trigger,
    VendorData,
    Verdict,
)
from portwatt.units import Power
from portwatt.wire.ocpp import v16
from portwatt.wire.ocpp import v16_enums as e
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion

NO_NUMBER: Final = -1
"""What stations of the field send for a transaction that ran wholly offline (notes on OCPP)."""

_REASON: Final[Mapping[Cause, e.Reason]] = {
    Cause.UNPLUGGED: e.Reason.EV_DISCONNECTED,
    Cause.REMOTE_STOP: e.Reason.REMOTE,
    Cause.DEAUTHORIZED: e.Reason.DEAUTHORIZED,
    Cause.SOFT_RESET: e.Reason.SOFT_RESET,
    Cause.HARD_RESET: e.Reason.HARD_RESET,
    Cause.FAULT: e.Reason.OTHER,
    Cause.HANDSHAKE: e.Reason.OTHER,
}

_PURPOSE: Final[Mapping[e.ChargingProfilePurpose, Purpose]] = {
    e.ChargingProfilePurpose.CHARGE_POINT_MAX_PROFILE: Purpose.STATION_MAX,
    e.ChargingProfilePurpose.TX_DEFAULT_PROFILE: Purpose.TX_DEFAULT,
    e.ChargingProfilePurpose.TX_PROFILE: Purpose.TX,
}

_PERIOD: Final[Mapping[e.RecurrencyKind, timedelta]] = {
    e.RecurrencyKind.DAILY: timedelta(days=1),
    e.RecurrencyKind.WEEKLY: timedelta(days=7),
}

_KNOWN_ERRORS: Final = frozenset(code.value for code in e.ChargePointErrorCode)


class Dialect16:
    """Implements `speech.Dialect`."""

    version = OcppVersion.V16

    def boot(self, identity: Identity, cause: str) -> Message:
        """1.6 does not say why it boots."""
        return v16.BootNotificationRequest(
            charge_point_vendor=identity.vendor[:20],
            charge_point_model=identity.model[:20],
            charge_point_serial_number=identity.station[:25],
        )

    def registration(self, response: Message) -> Registration:
        if not isinstance(response, v16.BootNotificationResponse):
            raise BugError(f"{type(response).__name__} does not answer a boot")
        return Registration(response.status is e.RegistrationStatus.ACCEPTED, timedelta(seconds=response.interval))

    def heartbeat(self) -> Message:
        return v16.HeartbeatRequest()

    def status_word(self, phase: Phase, error: str) -> str:
        return f"{phase.value} {error}"

    def status(self, outlet: int, phase: Phase, error: str, at: datetime) -> Message:
        """An error 1.6 has no word for travels as OtherError with the vendor's own word."""
        known = error in _KNOWN_ERRORS
        code = e.ChargePointErrorCode(error) if known else e.ChargePointErrorCode.OTHER_ERROR
        return v16.StatusNotificationRequest(
            connector_id=outlet,
            error_code=code if error else e.ChargePointErrorCode.NO_ERROR,
            status=e.ChargePointStatus(phase.value),
            timestamp=at,
            vendor_error_code=error[:50] if error and not known else None,
        )

    def authorize(self, token: IdToken) -> Message:
        return v16.AuthorizeRequest(id_tag=token)

    def verdict(self, response: Message) -> Verdict | None:
        number = response.transaction_id if isinstance(response, v16.StartTransactionResponse) else None
        if not isinstance(response, v16.AuthorizeResponse | v16.StartTransactionResponse):
            return None
        status = response.id_tag_info.status
        return Verdict(status is e.AuthorizationStatus.ACCEPTED, status.value, number)

    def started(self, report: Report) -> Message:
        transaction = report.transaction
        return v16.StartTransactionRequest(
            connector_id=transaction.outlet,
            id_tag=transaction.token,
            meter_start=transaction.started.register.wh,
            timestamp=report.reading.at,
            reservation_id=transaction.reservation,
        )

    def reports(self, cause: Cause) -> bool:
        """Phases travel as StatusNotification."""
        return cause in (Cause.PERIODIC, Cause.TRIGGERED)

    def updated(self, report: Report) -> Message:
        """The number of the transaction is left out as long as the central system has not given one."""
        asked = report.cause is Cause.TRIGGERED
        context = e.ReadingContext.TRIGGER if asked else e.ReadingContext.SAMPLE_PERIODIC
        return v16.MeterValuesRequest(
            connector_id=report.transaction.outlet,
            transaction_id=None if report.transaction.nameless else report.transaction.number,
            meter_value=(_values(report.reading, context),),
        )

    def ended(self, report: Report) -> Message:
        transaction = report.transaction
        number = None if transaction.nameless else transaction.number
        return v16.StopTransactionRequest(
            meter_stop=report.reading.register.wh,
            timestamp=report.reading.at,
            transaction_id=NO_NUMBER if number is None else number,
            id_tag=transaction.token,
            reason=_REASON[report.cause],
            transaction_data=(_values(report.reading, e.ReadingContext.TRANSACTION_END),),
        )

    def metered(self, outlet: int, reading: Reading) -> Message:
        return v16.MeterValuesRequest(connector_id=outlet, meter_value=(_values(reading, e.ReadingContext.TRIGGER),))

    def trouble(self, outlet: int, error: str, number: int, at: datetime) -> Message | None:
        """The status carries the error code."""
        return None

    def reservation_over(self, reservation: int, why: str) -> Message | None:
        """The status of the connector says it."""
        return None

    def ask(self, request: Message, now: datetime) -> Ask:
        match request:
            case v16.RemoteStartTransactionRequest():
                given = request.charging_profile
                profile, fault = (None, "") if given is None else _profile(given, now)
                return RemoteStart(request.connector_id, IdToken(request.id_tag), None, profile, fault)
            case v16.RemoteStopTransactionRequest():
                return RemoteStop(str(request.transaction_id))
            case v16.ReserveNowRequest():
                outlet = request.connector_id or None
                return Reserve(outlet, request.reservation_id, IdToken(request.id_tag), request.expiry_date)
            case v16.CancelReservationRequest():
                return CancelReserve(request.reservation_id)
            case v16.SetChargingProfileRequest():
                return SetProfile(request.connector_id, *_profile(request.cs_charging_profiles, now))
            case v16.ClearChargingProfileRequest():
                wanted = request.charging_profile_purpose
                purpose = None if wanted is None else _PURPOSE[wanted]
                return ClearProfiles(Criteria(request.id, request.connector_id, purpose, request.stack_level))
            case v16.ChangeAvailabilityRequest():
                return SetAvailability(request.connector_id or None, request.type is e.AvailabilityType.OPERATIVE)
            case v16.ResetRequest():
                return Restart(None, hard=request.type is e.ResetType.HARD)
            case v16.TriggerMessageRequest():
                return Trigger(request.requested_message.value, request.connector_id or None)
            case v16.DataTransferRequest():
                return VendorData(request.vendor_id)
            case _:
                raise BugError(f"nobody asks a station for {type(request).__name__}")

    def reply(self, request: Message, status: str, reason: str = "") -> Message:
        """1.6 has no room for a reason."""
        return msgspec.convert({"status": status}, _RESPONSES[type(request)])


_RESPONSES: Final[Mapping[type[Message], type[Message]]] = {
    v16.RemoteStartTransactionRequest: v16.RemoteStartTransactionResponse,
    v16.RemoteStopTransactionRequest: v16.RemoteStopTransactionResponse,
    v16.ReserveNowRequest: v16.ReserveNowResponse,
    v16.CancelReservationRequest: v16.CancelReservationResponse,
    v16.SetChargingProfileRequest: v16.SetChargingProfileResponse,
    v16.ClearChargingProfileRequest: v16.ClearChargingProfileResponse,
    v16.ChangeAvailabilityRequest: v16.ChangeAvailabilityResponse,
    v16.ResetRequest: v16.ResetResponse,
    v16.TriggerMessageRequest: v16.TriggerMessageResponse,
    v16.DataTransferRequest: v16.DataTransferResponse,
}


def _profile(given: v16.ChargingProfile, now: datetime) -> tuple[Profile | None, str]:
    """The profile, or why it cannot be used. An absolute schedule without a start starts now."""
    schedule = given.charging_schedule
    if schedule.charging_rate_unit is not e.ChargingRateUnit.W:
        return None, "UnsupportedRateUnit"
    relative = given.charging_profile_kind is e.ChargingProfileKind.RELATIVE
    recurring = given.charging_profile_kind is e.ChargingProfileKind.RECURRING
    profile = Profile(
        id=given.charging_profile_id,
        stack_level=given.stack_level,
        purpose=_PURPOSE[given.charging_profile_purpose],
        steps=tuple(
            Step(timedelta(seconds=period.start_period), Power(int(period.limit)))
            for period in schedule.charging_schedule_period
        ),
        start=None if relative else schedule.start_schedule or now,
        duration=None if schedule.duration is None else timedelta(seconds=schedule.duration),
        recurs=_PERIOD[given.recurrency_kind or e.RecurrencyKind.DAILY] if recurring else None,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        transaction=None if given.transaction_id is None else str(given.transaction_id),
    )
    return profile, ""


def _values(reading: Reading, context: e.ReadingContext) -> v16.MeterValue:
    values = [
        _value(str(reading.register.wh), e.Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, e.UnitOfMeasure.WH, context),
        _value(str(reading.power.w), e.Measurand.POWER_ACTIVE_IMPORT, e.UnitOfMeasure.W, context),
    ]
    if reading.soc is not None:
        values.append(_value(f"{reading.soc.as_percent:.2f}", e.Measurand.SOC, e.UnitOfMeasure.PERCENT, context))
    if reading.nominal_v:
        amperes = f"{reading.power.w / reading.nominal_v:.1f}"
        values.append(_value(str(reading.nominal_v), e.Measurand.VOLTAGE, e.UnitOfMeasure.V, context))
        values.append(_value(amperes, e.Measurand.CURRENT_IMPORT, e.UnitOfMeasure.A, context))
    return v16.MeterValue(timestamp=reading.at, sampled_value=tuple(values))


def _value(value: str, measurand: e.Measurand, unit: e.UnitOfMeasure, context: e.ReadingContext) -> v16.SampledValue:
    return v16.SampledValue(value=value, context=context, measurand=measurand, unit=unit)
