"""Commands in words of OCPP 2.0.1 and 2.1."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portwatt.commands import (
    CancelReservation,
    ChangeAvailability,
    ClearChargingProfile,
    RequestStartTransaction,
    RequestStopTransaction,
    ReserveEvse,
    Reset,
    SendDataTransfer,
    SetChargingProfile,
    StationCommand,
    TriggerMessage,
)
from portwatt.ids import EvseId, number_of
from portwatt.ids import IdToken as Token
from portwatt.state import HubState
from portwatt.translate.clocks import wire_time
from portwatt.translate.profiles import STACK_LEVEL, Purpose, limit
from portwatt.translate.transactions import wire_id
from portwatt.translate.words import CannotSay, Word
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.v2x_enums import (
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingRateUnit,
    IdTokenType,
    MessageTrigger,
    OperationalStatus,
    ResetType,
)
from portwatt.wire.ocpp.v2x_types import (
    EVSE,
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfileCriteria,
    IdToken,
)

LONGEST_TOKEN: Final = 36
"""IdTokenType.idToken in OCPP 2.0.1; 2.1 has room for 255."""

TRIGGERS: Final[Mapping[str, MessageTrigger]] = MappingProxyType(
    {t.value: t for t in MessageTrigger if t is not MessageTrigger.CUSTOM_TRIGGER}
)
"""Messages that can be asked for, by name."""

PURPOSES: Final[Mapping[Purpose, ChargingProfilePurpose]] = MappingProxyType(
    {
        Purpose.STATION_MAX: ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE,
        Purpose.TX_DEFAULT: ChargingProfilePurpose.TX_DEFAULT_PROFILE,
        Purpose.TX: ChargingProfilePurpose.TX_PROFILE,
    }
)


def id_token(token: Token) -> IdToken:
    """A truck's token. The hub keeps no type of it; Central is the type of tokens a central system hands out."""
    if len(token) > LONGEST_TOKEN:
        raise CannotSay(f"OCPP 2.0.1 has {LONGEST_TOKEN} characters for a token; {token} is longer")
    return IdToken(id_token=token, type=IdTokenType.CENTRAL.value)


def request_start(state: HubState, command: RequestStartTransaction) -> v2x.RequestStartTransactionRequest:
    return v2x.RequestStartTransactionRequest(
        id_token=id_token(command.token), remote_start_id=command.remote_start_id, evse_id=number_of(command.evse)
    )


def request_stop(state: HubState, command: RequestStopTransaction) -> v2x.RequestStopTransactionRequest:
    return v2x.RequestStopTransactionRequest(transaction_id=wire_id(command.transaction, command.station))


def reserve_now(state: HubState, command: ReserveEvse) -> v2x.ReserveNowRequest:
    return v2x.ReserveNowRequest(
        id=command.reservation,
        expiry_date_time=wire_time(command.until),
        id_token=id_token(command.token),
        evse_id=number_of(command.evse),
    )


def cancel_reservation(state: HubState, command: CancelReservation) -> v2x.CancelReservationRequest:
    return v2x.CancelReservationRequest(reservation_id=command.reservation)


def set_charging_profile(state: HubState, command: SetChargingProfile) -> v2x.SetChargingProfileRequest:
    wanted = limit(state, command)
    schedule = ChargingSchedule(
        id=wanted.profile,
        charging_rate_unit=ChargingRateUnit.W,
        charging_schedule_period=(ChargingSchedulePeriod(start_period=0, limit=wanted.watts),),
        start_schedule=wanted.start,
    )
    profile = ChargingProfile(
        id=wanted.profile,
        stack_level=STACK_LEVEL,
        charging_profile_purpose=PURPOSES[wanted.purpose],
        charging_profile_kind=ChargingProfileKind.ABSOLUTE if wanted.start else ChargingProfileKind.RELATIVE,
        charging_schedule=(schedule,),
        transaction_id=None if wanted.transaction is None else wire_id(wanted.transaction, command.station),
    )
    return v2x.SetChargingProfileRequest(evse_id=wanted.evse, charging_profile=profile)


def clear_charging_profile(state: HubState, command: ClearChargingProfile) -> v2x.ClearChargingProfileRequest:
    if command.evse is not None:
        criteria = ClearChargingProfileCriteria(evse_id=number_of(command.evse))
    else:
        purpose = ChargingProfilePurpose.CHARGING_STATION_MAX_PROFILE
        criteria = ClearChargingProfileCriteria(evse_id=0, charging_profile_purpose=purpose)
    return v2x.ClearChargingProfileRequest(charging_profile_criteria=criteria)


def change_availability(state: HubState, command: ChangeAvailability) -> v2x.ChangeAvailabilityRequest:
    status = OperationalStatus.OPERATIVE if command.operative else OperationalStatus.INOPERATIVE
    return v2x.ChangeAvailabilityRequest(operational_status=status, evse=_evse(command.evse))


def reset(state: HubState, command: Reset) -> v2x.ResetRequest:
    return v2x.ResetRequest(type=ResetType.IMMEDIATE if command.hard else ResetType.ON_IDLE)


def trigger_message(state: HubState, command: TriggerMessage) -> v2x.TriggerMessageRequest:
    wanted = TRIGGERS.get(command.message)
    if wanted is None:
        raise CannotSay(f"OCPP 2.x cannot ask for {command.message}; it can for {', '.join(TRIGGERS)}")
    return v2x.TriggerMessageRequest(requested_message=wanted, evse=_evse(command.evse))


def data_transfer(state: HubState, command: SendDataTransfer) -> v2x.DataTransferRequest:
    return v2x.DataTransferRequest(
        vendor_id=command.vendor, message_id=command.message or None, data=command.data or None
    )


def _evse(evse: EvseId | None) -> EVSE | None:
    return None if evse is None else EVSE(id=number_of(evse))


WORDS: Final[Mapping[type[StationCommand], Word]] = MappingProxyType(
    {
        RequestStartTransaction: request_start,
        RequestStopTransaction: request_stop,
        ReserveEvse: reserve_now,
        CancelReservation: cancel_reservation,
        SetChargingProfile: set_charging_profile,
        ClearChargingProfile: clear_charging_profile,
        ChangeAvailability: change_availability,
        Reset: reset,
        TriggerMessage: trigger_message,
        SendDataTransfer: data_transfer,
    }
)
"""How both versions say each command; a battery swap only 2.1 can say."""
