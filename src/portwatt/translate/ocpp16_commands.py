"""Commands in words of OCPP 1.6."""

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
from portwatt.ids import EvseId, IdToken, StationId, TransactionId, number_of
from portwatt.state import HubState
from portwatt.translate.clocks import wire_time
from portwatt.translate.profiles import STACK_LEVEL, Purpose, limit
from portwatt.translate.transactions import wire_id
from portwatt.translate.words import CannotSay, Word
from portwatt.wire.ocpp import v16
from portwatt.wire.ocpp.v16_enums import (
    AvailabilityType,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingRateUnit,
    MessageTrigger,
    ResetType,
)

LONGEST_TOKEN: Final = 20
"""CiString20Type."""

TRIGGERS: Final[Mapping[str, MessageTrigger]] = MappingProxyType({trigger.value: trigger for trigger in MessageTrigger})
"""Messages that can be asked for, by name."""

PURPOSES: Final[Mapping[Purpose, ChargingProfilePurpose]] = MappingProxyType(
    {
        Purpose.STATION_MAX: ChargingProfilePurpose.CHARGE_POINT_MAX_PROFILE,
        Purpose.TX_DEFAULT: ChargingProfilePurpose.TX_DEFAULT_PROFILE,
        Purpose.TX: ChargingProfilePurpose.TX_PROFILE,
    }
)


def remote_start(state: HubState, command: RequestStartTransaction) -> v16.RemoteStartTransactionRequest:
    return v16.RemoteStartTransactionRequest(id_tag=_id_tag(command.token), connector_id=number_of(command.evse))


def remote_stop(state: HubState, command: RequestStopTransaction) -> v16.RemoteStopTransactionRequest:
    return v16.RemoteStopTransactionRequest(transaction_id=_transaction(command.transaction, command.station))


def reserve_now(state: HubState, command: ReserveEvse) -> v16.ReserveNowRequest:
    return v16.ReserveNowRequest(
        connector_id=number_of(command.evse),
        expiry_date=wire_time(command.until),
        id_tag=_id_tag(command.token),
        reservation_id=command.reservation,
    )


def cancel_reservation(state: HubState, command: CancelReservation) -> v16.CancelReservationRequest:
    return v16.CancelReservationRequest(reservation_id=command.reservation)


def set_charging_profile(state: HubState, command: SetChargingProfile) -> v16.SetChargingProfileRequest:
    wanted = limit(state, command)
    schedule = v16.ChargingSchedule(
        charging_rate_unit=ChargingRateUnit.W,
        charging_schedule_period=(v16.ChargingSchedulePeriod(start_period=0, limit=wanted.watts),),
        start_schedule=wanted.start,
    )
    named = None if wanted.transaction is None else _transaction(wanted.transaction, command.station)
    profile = v16.ChargingProfile(
        charging_profile_id=wanted.profile,
        stack_level=STACK_LEVEL,
        charging_profile_purpose=PURPOSES[wanted.purpose],
        charging_profile_kind=ChargingProfileKind.ABSOLUTE if wanted.start else ChargingProfileKind.RELATIVE,
        charging_schedule=schedule,
        transaction_id=named,
    )
    return v16.SetChargingProfileRequest(connector_id=wanted.evse, cs_charging_profiles=profile)


def clear_charging_profile(state: HubState, command: ClearChargingProfile) -> v16.ClearChargingProfileRequest:
    if command.evse is not None:
        return v16.ClearChargingProfileRequest(connector_id=number_of(command.evse))
    purpose = ChargingProfilePurpose.CHARGE_POINT_MAX_PROFILE
    return v16.ClearChargingProfileRequest(connector_id=0, charging_profile_purpose=purpose)


def change_availability(state: HubState, command: ChangeAvailability) -> v16.ChangeAvailabilityRequest:
    kind = AvailabilityType.OPERATIVE if command.operative else AvailabilityType.INOPERATIVE
    return v16.ChangeAvailabilityRequest(connector_id=_connector(command.evse) or 0, type=kind)


def reset(state: HubState, command: Reset) -> v16.ResetRequest:
    return v16.ResetRequest(type=ResetType.HARD if command.hard else ResetType.SOFT)


def trigger_message(state: HubState, command: TriggerMessage) -> v16.TriggerMessageRequest:
    wanted = TRIGGERS.get(command.message)
    if wanted is None:
        raise CannotSay(f"OCPP 1.6 cannot ask for {command.message}; it can for {', '.join(TRIGGERS)}")
    return v16.TriggerMessageRequest(requested_message=wanted, connector_id=_connector(command.evse))


def data_transfer(state: HubState, command: SendDataTransfer) -> v16.DataTransferRequest:
    return v16.DataTransferRequest(
        vendor_id=command.vendor, message_id=command.message or None, data=command.data or None
    )


def _connector(evse: EvseId | None) -> int | None:
    return None if evse is None else number_of(evse)


def _id_tag(token: IdToken) -> str:
    if len(token) > LONGEST_TOKEN:
        raise CannotSay(f"OCPP 1.6 has {LONGEST_TOKEN} characters for a token; {token} is longer")
    return token


def _transaction(transaction: TransactionId, station: StationId) -> int:
    name = wire_id(transaction, station)
    if not name.isdecimal():
        raise CannotSay(f"OCPP 1.6 numbers its transactions; {transaction} is no number of station {station}")
    return int(name)


WORDS: Final[Mapping[type[StationCommand], Word]] = MappingProxyType(
    {
        RequestStartTransaction: remote_start,
        RequestStopTransaction: remote_stop,
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
"""How 1.6 says each command; it has no word for a battery swap."""
