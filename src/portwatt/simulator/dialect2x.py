"""OCPP 2.0.1 and 2.1 as a simulated station speaks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from portwatt.errors import BugError
from portwatt.ids import IdToken
from portwatt.simulator.outlet import Cause, Phase, Reading, Report
from portwatt.simulator.profiles import Criteria, Profile, Purpose, Step
from portwatt.simulator.speech import (
    Ask,
    AskSwap,
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
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp import v2x_enums as e
from portwatt.wire.ocpp import v2x_types as t
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion

CONNECTOR: Final = 1
"""These stations show one connector per EVSE, whatever cables it has: one is used at a time."""

_WORD: Final[Mapping[Phase, e.ConnectorStatus]] = {
    Phase.AVAILABLE: e.ConnectorStatus.AVAILABLE,
    Phase.RESERVED: e.ConnectorStatus.RESERVED,
    Phase.UNAVAILABLE: e.ConnectorStatus.UNAVAILABLE,
    Phase.FAULTED: e.ConnectorStatus.FAULTED,
}

_STATE: Final[Mapping[Phase, e.ChargingState]] = {
    Phase.AVAILABLE: e.ChargingState.IDLE,
    Phase.RESERVED: e.ChargingState.IDLE,
    Phase.UNAVAILABLE: e.ChargingState.IDLE,
    Phase.FAULTED: e.ChargingState.EV_CONNECTED,
    Phase.PREPARING: e.ChargingState.EV_CONNECTED,
    Phase.FINISHING: e.ChargingState.EV_CONNECTED,
    Phase.CHARGING: e.ChargingState.CHARGING,
    Phase.SUSPENDED_EV: e.ChargingState.SUSPENDED_EV,
    Phase.SUSPENDED_EVSE: e.ChargingState.SUSPENDED_EVSE,
}

_TRIGGER: Final[Mapping[Cause, e.TriggerReason]] = {
    Cause.AUTHORIZED: e.TriggerReason.AUTHORIZED,
    Cause.REMOTE_START: e.TriggerReason.REMOTE_START,
    Cause.PLUGGED_IN: e.TriggerReason.CABLE_PLUGGED_IN,
    Cause.PERIODIC: e.TriggerReason.METER_VALUE_PERIODIC,
    Cause.PHASE: e.TriggerReason.CHARGING_STATE_CHANGED,
    Cause.TRIGGERED: e.TriggerReason.TRIGGER,
    Cause.RESUMED: e.TriggerReason.TX_RESUMED,
    Cause.TARGET_REACHED: e.TriggerReason.ENERGY_LIMIT_REACHED,
    Cause.UNPLUGGED: e.TriggerReason.EV_COMMUNICATION_LOST,
    Cause.REMOTE_STOP: e.TriggerReason.REMOTE_STOP,
    Cause.DEAUTHORIZED: e.TriggerReason.DEAUTHORIZED,
    Cause.FAULT: e.TriggerReason.ABNORMAL_CONDITION,
    Cause.HANDSHAKE: e.TriggerReason.ABNORMAL_CONDITION,
    Cause.SOFT_RESET: e.TriggerReason.RESET_COMMAND,
    Cause.HARD_RESET: e.TriggerReason.RESET_COMMAND,
}

_REASON: Final[Mapping[Cause, e.Reason]] = {
    Cause.TARGET_REACHED: e.Reason.ENERGY_LIMIT_REACHED,
    Cause.UNPLUGGED: e.Reason.EV_DISCONNECTED,
    Cause.REMOTE_STOP: e.Reason.REMOTE,
    Cause.DEAUTHORIZED: e.Reason.DEAUTHORIZED,
    Cause.FAULT: e.Reason.OTHER,
    Cause.HANDSHAKE: e.Reason.OTHER,
    Cause.SOFT_RESET: e.Reason.IMMEDIATE_RESET,
    Cause.HARD_RESET: e.Reason.IMMEDIATE_RESET,
}

_PURPOSE: Final[Mapping[e.ChargingProfilePurpose, Purpose]] = {
    e.ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE: Purpose.STATION_MAX,
    e.ChargingProfilePurpose.TX_DEFAULT_PROFILE: Purpose.TX_DEFAULT,
    e.ChargingProfilePurpose.TX_PROFILE: Purpose.TX,
}

_PERIOD: Final[Mapping[e.RecurrencyKind, timedelta]] = {
    e.RecurrencyKind.DAILY: timedelta(days=1),
    e.RecurrencyKind.WEEKLY: timedelta(days=7),
}


def id_token(token: IdToken) -> t.IdToken:
    """A token on the wire; the empty one stands for nobody (packs in their slots)."""
    kind = e.IdTokenType.CENTRAL if token else e.IdTokenType.NO_AUTHORIZATION
    return t.IdToken(id_token=token, type=kind.value)


class Dialect2x:
    """Implements `speech.Dialect` for 2.0.1 and 2.1."""

    def __init__(self, version: OcppVersion) -> None:
        if version is OcppVersion.V16:
            raise BugError("OCPP 1.6 has a dialect of its own")
        self.version = version

    def boot(self, identity: Identity, cause: str) -> Message:
        return v2x.BootNotificationRequest(
            charging_station=t.ChargingStation(
                model=identity.model[:20], vendor_name=identity.vendor[:50], serial_number=identity.station[:25]
            ),
            reason=e.BootReason(cause),
        )

    def registration(self, response: Message) -> Registration:
        if not isinstance(response, v2x.BootNotificationResponse):
            raise BugError(f"{type(response).__name__} does not answer a boot")
        return Registration(response.status is e.RegistrationStatus.ACCEPTED, timedelta(seconds=response.interval))

    def heartbeat(self) -> Message:
        return v2x.HeartbeatRequest()

    def status_word(self, phase: Phase, error: str) -> str:
        return _WORD.get(phase, e.ConnectorStatus.OCCUPIED).value

    def status(self, outlet: int, phase: Phase, error: str, at: datetime) -> Message:
        return v2x.StatusNotificationRequest(
            timestamp=at,
            connector_status=_WORD.get(phase, e.ConnectorStatus.OCCUPIED),
            evse_id=outlet,
            connector_id=CONNECTOR,
        )

    def authorize(self, token: IdToken) -> Message:
        return v2x.AuthorizeRequest(id_token=id_token(token))

    def verdict(self, response: Message) -> Verdict | None:
        if not isinstance(response, v2x.AuthorizeResponse | v2x.TransactionEventResponse):
            return None
        info = response.id_token_info
        if info is None:
            return None
        return Verdict(info.status is e.AuthorizationStatus.ACCEPTED, info.status.value)

    def started(self, report: Report) -> Message:
        """Carries the EVSE, the token, and what led to it."""
        transaction = report.transaction
        return _event(
            e.TransactionEventType.STARTED,
            report,
            evse=t.EVSE(id=transaction.outlet, connector_id=CONNECTOR),
            token=id_token(transaction.token),
        )

    def reports(self, cause: Cause) -> bool:
        return True

    def updated(self, report: Report) -> Message:
        return _event(e.TransactionEventType.UPDATED, report)

    def ended(self, report: Report) -> Message:
        return _event(e.TransactionEventType.ENDED, report, reason=_REASON[report.cause])

    def metered(self, outlet: int, reading: Reading) -> Message:
        return v2x.MeterValuesRequest(evse_id=outlet, meter_value=(_values(reading, e.ReadingContext.TRIGGER),))

    def trouble(self, outlet: int, error: str, number: int, at: datetime) -> Message | None:
        """NotifyEvent on the variable Problem of the EVSE (OCPP 2.x has no error code in a status)."""
        event = _variable(number, at, ("EVSE", "Problem"), outlet, "true" if error else "false")
        return events([msgspec.structs.replace(event, tech_code=error[:50] or None, cleared=not error or None)], at)

    def reservation_over(self, reservation: int, why: str) -> Message | None:
        return v2x.ReservationStatusUpdateRequest(
            reservation_id=reservation, reservation_update_status=e.ReservationUpdateStatus(why)
        )

    def ask(self, request: Message, now: datetime) -> Ask:
        match request:
            case v2x.RequestStartTransactionRequest():
                given = request.charging_profile
                profile, fault = (None, "") if given is None else _profile(given, now)
                token = IdToken(request.id_token.id_token)
                return RemoteStart(request.evse_id, token, request.remote_start_id, profile, fault)
            case v2x.RequestStopTransactionRequest():
                return RemoteStop(request.transaction_id)
            case v2x.ReserveNowRequest():
                token = IdToken(request.id_token.id_token)
                return Reserve(request.evse_id, request.id, token, request.expiry_date_time)
            case v2x.CancelReservationRequest():
                return CancelReserve(request.reservation_id)
            case v2x.SetChargingProfileRequest():
                return SetProfile(request.evse_id, *_profile(request.charging_profile, now))
            case v2x.ClearChargingProfileRequest():
                return _clear(request)
            case v2x.ChangeAvailabilityRequest():
                outlet = (request.evse.id or None) if request.evse is not None else None
                return SetAvailability(outlet, request.operational_status is e.OperationalStatus.OPERATIVE)
            case v2x.ResetRequest():
                waits = request.type is e.ResetType.ON_IDLE
                resumes = request.type is e.ResetType.IMMEDIATE_AND_RESUME
                return Restart(request.evse_id or None, hard=not waits and not resumes, wait=waits, resume=resumes)
            case v2x.TriggerMessageRequest():
                return Trigger(request.requested_message.value, request.evse.id if request.evse else None)
            case v2x.DataTransferRequest():
                return VendorData(request.vendor_id)
            case v2x.RequestBatterySwapRequest():
                return AskSwap(IdToken(request.id_token.id_token), request.request_id)
            case _:
                raise BugError(f"nobody asks a station for {type(request).__name__}")

    def reply(self, request: Message, status: str, reason: str = "") -> Message:
        info = {"statusInfo": {"reasonCode": reason[:20]}} if reason else {}
        return msgspec.convert({"status": status} | info, _RESPONSES[type(request)])

    # ── block S, 2.1 only ───────────────────────────────────────────────────────────────────────────────────────────

    def slot(self, outlet: int, pack: str | None, soc_percent: float, first_event: int, at: datetime) -> Message:
        """NotifyEvent: what a slot holds. AvailabilityState Occupied or Available; with a pack its serial number and
        SoC as variables of the BatteryCartridge (facts swap_facts.json; SerialNumber is an assumption)."""
        state = e.ConnectorStatus.OCCUPIED if pack is not None else e.ConnectorStatus.AVAILABLE
        data = [_variable(first_event, at, ("EVSE", "AvailabilityState"), outlet, state.value)]
        if pack is not None:
            data.append(_variable(first_event + 1, at, ("BatteryCartridge", "SerialNumber"), outlet, pack))
            data.append(_variable(first_event + 2, at, ("BatteryCartridge", "SoC"), outlet, f"{soc_percent:.2f}"))
        return events(data, at)

    def swapped(
        self, event: e.BatterySwapEvent, request_id: int, token: IdToken, pack: tuple[int, str, float]
    ) -> Message:
        """BatterySwap; `pack`: slot number, serial number, SoC in percent. State of health is not simulated: 100."""
        slot, serial, soc = pack
        return v2x.BatterySwapRequest(
            battery_data=(t.BatteryData(evse_id=slot, serial_number=serial[:50], soc=soc, soh=100.0),),
            event_type=event,
            id_token=id_token(token),
            request_id=request_id,
        )

    def refusal(self, response: Message) -> str:
        """Why the central system does not want the pack that came in; empty: it does (travels in customData)."""
        said = response.custom_data if isinstance(response, v2x.BatterySwapResponse) else None
        if not said or said.get("vendorId") != SWAP_REFUSAL or said.get("status") == "Accepted":
            return ""
        info = said.get("statusInfo")
        return str(info["reasonCode"]) if isinstance(info, dict) and "reasonCode" in info else "Rejected"


SWAP_REFUSAL: Final = "org.openchargealliance.batteryswapresponse"

_RESPONSES: Final[Mapping[type[Message], type[Message]]] = {
    v2x.RequestStartTransactionRequest: v2x.RequestStartTransactionResponse,
    v2x.RequestStopTransactionRequest: v2x.RequestStopTransactionResponse,
    v2x.ReserveNowRequest: v2x.ReserveNowResponse,
    v2x.CancelReservationRequest: v2x.CancelReservationResponse,
    v2x.SetChargingProfileRequest: v2x.SetChargingProfileResponse,
    v2x.ClearChargingProfileRequest: v2x.ClearChargingProfileResponse,
    v2x.ChangeAvailabilityRequest: v2x.ChangeAvailabilityResponse,
    v2x.ResetRequest: v2x.ResetResponse,
    v2x.TriggerMessageRequest: v2x.TriggerMessageResponse,
    v2x.DataTransferRequest: v2x.DataTransferResponse,
    v2x.RequestBatterySwapRequest: v2x.RequestBatterySwapResponse,
}


def events(data: Sequence[t.EventData], at: datetime) -> v2x.NotifyEventRequest:
    """One complete NotifyEvent."""
    return v2x.NotifyEventRequest(generated_at=at, seq_no=0, event_data=tuple(data))


def _variable(number: int, at: datetime, name: tuple[str, str], outlet: int, value: str) -> t.EventData:
    component, variable = name
    return t.EventData(
        event_id=number,
        timestamp=at,
        trigger=e.EventTrigger.DELTA,
        actual_value=value,
        component=t.Component(name=component, evse=t.EVSE(id=outlet)),
        event_notification_type=e.EventNotification.HARD_WIRED_NOTIFICATION,
        variable=t.Variable(name=variable),
    )


def _event(
    kind: e.TransactionEventType,
    report: Report,
    evse: t.EVSE | None = None,
    token: t.IdToken | None = None,
    reason: e.Reason | None = None,
) -> v2x.TransactionEventRequest:
    transaction = report.transaction
    started = kind is e.TransactionEventType.STARTED
    ended = kind is e.TransactionEventType.ENDED
    context = e.ReadingContext.TRANSACTION_BEGIN if started else e.ReadingContext.SAMPLE_PERIODIC
    if ended:
        context = e.ReadingContext.TRANSACTION_END
    return v2x.TransactionEventRequest(
        event_type=kind,
        timestamp=report.reading.at,
        trigger_reason=_TRIGGER[report.cause],
        seq_no=report.seq_no,
        transaction_info=t.TransactionInfo(
            transaction_id=transaction.key,
            charging_state=_STATE[report.phase],
            stopped_reason=reason,
            remote_start_id=transaction.remote_start if started else None,
        ),
        meter_value=(_values(report.reading, context),),
        offline=report.offline or None,
        reservation_id=transaction.reservation if started else None,
        evse=evse,
        id_token=token,
    )


def _values(reading: Reading, context: e.ReadingContext) -> t.MeterValue:
    values = [
        _value(reading.register.wh, e.Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, "Wh", context),
        _value(reading.power.w, e.Measurand.POWER_ACTIVE_IMPORT, "W", context),
    ]
    if reading.soc is not None:
        values.append(_value(reading.soc.as_percent, e.Measurand.SOC, "Percent", context))
    if reading.nominal_v:
        values.append(_value(reading.nominal_v, e.Measurand.VOLTAGE, "V", context))
        values.append(_value(round(reading.power.w / reading.nominal_v, 1), e.Measurand.CURRENT_IMPORT, "A", context))
    return t.MeterValue(timestamp=reading.at, sampled_value=tuple(values))


def _value(value: float, measurand: e.Measurand, unit: str, context: e.ReadingContext) -> t.SampledValue:
    return t.SampledValue(value=value, measurand=measurand, context=context, unit_of_measure=t.UnitOfMeasure(unit=unit))


def _clear(request: v2x.ClearChargingProfileRequest) -> ClearProfiles:
    wanted = request.charging_profile_criteria
    if wanted is None:
        return ClearProfiles(Criteria(request.charging_profile_id))
    purpose = None if wanted.charging_profile_purpose is None else _PURPOSE.get(wanted.charging_profile_purpose)
    if wanted.charging_profile_purpose is not None and purpose is None:
        return ClearProfiles(None)
    return ClearProfiles(Criteria(request.charging_profile_id, wanted.evse_id, purpose, wanted.stack_level))


def _profile(given: t.ChargingProfile, now: datetime) -> tuple[Profile | None, str]:
    """The profile, or why it cannot be used. An absolute schedule without a start starts now."""
    purpose = _PURPOSE.get(given.charging_profile_purpose)
    schedule = given.charging_schedule[0]
    limits = [period.limit for period in schedule.charging_schedule_period]
    if purpose is None or given.charging_profile_kind is e.ChargingProfileKind.DYNAMIC:
        return None, "UnsupportedParam"
    if schedule.charging_rate_unit is not e.ChargingRateUnit.W:
        return None, "UnsupportedRateUnit"
    if any(limit is None for limit in limits):
        return None, "InvalidSchedule"
    relative = given.charging_profile_kind is e.ChargingProfileKind.RELATIVE
    recurring = given.charging_profile_kind is e.ChargingProfileKind.RECURRING
    steps = tuple(
        Step(timedelta(seconds=period.start_period), Power(int(period.limit or 0)))
        for period in schedule.charging_schedule_period
    )
    profile = Profile(
        id=given.id,
        stack_level=given.stack_level,
        purpose=purpose,
        steps=steps,
        start=None if relative else schedule.start_schedule or now,
        duration=None if schedule.duration is None else timedelta(seconds=schedule.duration),
        recurs=_PERIOD[given.recurrency_kind or e.RecurrencyKind.DAILY] if recurring else None,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        transaction=given.transaction_id,
    )
    return profile, ""
