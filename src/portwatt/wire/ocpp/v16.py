"""Messages of OCPP 1.6J that Portwatt speaks, as typed values; wire names are written out field by field.

Source: JSON schemas of OCPP 1.6, Open Charge Alliance.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import field

from portwatt.wire.ocpp.message import (
    Action,
    Integer,
    Message,
    Timestamp,
    action_table,
)
from portwatt.wire.ocpp.v16_enums import (
    AuthorizationStatus,
    AvailabilityStatus,
    AvailabilityType,
    CancelReservationStatus,
    ChargePointErrorCode,
    ChargePointStatus,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingProfileStatus,
    ChargingRateUnit,
    ClearChargingProfileStatus,
    DataTransferStatus,
    Location,
    Measurand,
    MessageTrigger,
    Phase,
    ReadingContext,
    Reason,
    RecurrencyKind,
    RegistrationStatus,
    RemoteStartStopStatus,
    ReservationStatus,
    ResetStatus,
    ResetType,
    TriggerMessageStatus,
    UnitOfMeasure,
    ValueFormat,
)
from portwatt.wire.ocpp.versions import Direction


class IdTagInfo(Message, frozen=True, kw_only=True):
    """What an idTag is worth and until when."""

    status: AuthorizationStatus
    expiry_date: Timestamp | None = field(default=None, name="expiryDate")
    parent_id_tag: str | None = field(default=None, name="parentIdTag")


class SampledValue(Message, frozen=True, kw_only=True):
    """One value; default measurand Energy.Active.Import.Register in Wh, default context Sample.Periodic."""

    value: str
    context: ReadingContext | None = None
    format: ValueFormat | None = None
    measurand: Measurand | None = None
    phase: Phase | None = None
    location: Location | None = None
    unit: UnitOfMeasure | None = None


class MeterValue(Message, frozen=True, kw_only=True):
    """Values sampled at one instant."""

    timestamp: Timestamp
    sampled_value: tuple[SampledValue, ...] = field(name="sampledValue")


class ChargingSchedulePeriod(Message, frozen=True, kw_only=True):
    """Limit from `start_period` (seconds) on, in the unit of the schedule, at most one decimal."""

    start_period: Integer = field(name="startPeriod")
    limit: float
    number_phases: Integer | None = field(default=None, name="numberPhases")


class ChargingSchedule(Message, frozen=True, kw_only=True):
    """Limits over time; `duration` in seconds."""

    charging_rate_unit: ChargingRateUnit = field(name="chargingRateUnit")
    charging_schedule_period: tuple[ChargingSchedulePeriod, ...] = field(name="chargingSchedulePeriod")
    duration: Integer | None = None
    start_schedule: Timestamp | None = field(default=None, name="startSchedule")
    min_charging_rate: float | None = field(default=None, name="minChargingRate")


class ChargingProfile(Message, frozen=True, kw_only=True):
    """Charging profile with its one schedule."""

    charging_profile_id: Integer = field(name="chargingProfileId")
    stack_level: Integer = field(name="stackLevel")
    charging_profile_purpose: ChargingProfilePurpose = field(name="chargingProfilePurpose")
    charging_profile_kind: ChargingProfileKind = field(name="chargingProfileKind")
    charging_schedule: ChargingSchedule = field(name="chargingSchedule")
    transaction_id: Integer | None = field(default=None, name="transactionId")
    recurrency_kind: RecurrencyKind | None = field(default=None, name="recurrencyKind")
    valid_from: Timestamp | None = field(default=None, name="validFrom")
    valid_to: Timestamp | None = field(default=None, name="validTo")


class BootNotificationRequest(Message, frozen=True, kw_only=True):
    """Station started."""

    charge_point_vendor: str = field(name="chargePointVendor")
    charge_point_model: str = field(name="chargePointModel")
    charge_point_serial_number: str | None = field(default=None, name="chargePointSerialNumber")
    charge_box_serial_number: str | None = field(default=None, name="chargeBoxSerialNumber")
    firmware_version: str | None = field(default=None, name="firmwareVersion")
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = field(default=None, name="meterType")
    meter_serial_number: str | None = field(default=None, name="meterSerialNumber")


class BootNotificationResponse(Message, frozen=True, kw_only=True):
    """Whether the station may work; `interval` in seconds."""

    status: RegistrationStatus
    current_time: Timestamp = field(name="currentTime")
    interval: Integer


class HeartbeatRequest(Message, frozen=True, kw_only=True):
    """Station is alive."""


class HeartbeatResponse(Message, frozen=True, kw_only=True):
    """Clock of the central system."""

    current_time: Timestamp = field(name="currentTime")


class StatusNotificationRequest(Message, frozen=True, kw_only=True):
    """State of a connector changed."""

    connector_id: Integer = field(name="connectorId")
    error_code: ChargePointErrorCode = field(name="errorCode")
    status: ChargePointStatus
    info: str | None = None
    timestamp: Timestamp | None = None
    vendor_id: str | None = field(default=None, name="vendorId")
    vendor_error_code: str | None = field(default=None, name="vendorErrorCode")


class StatusNotificationResponse(Message, frozen=True, kw_only=True):
    """Noted."""


class AuthorizeRequest(Message, frozen=True, kw_only=True):
    """May this idTag charge?"""

    id_tag: str = field(name="idTag")


class AuthorizeResponse(Message, frozen=True, kw_only=True):
    """What the idTag is worth."""

    id_tag_info: IdTagInfo = field(name="idTagInfo")


class StartTransactionRequest(Message, frozen=True, kw_only=True):
    """Transaction started; `meter_start` in Wh."""

    connector_id: Integer = field(name="connectorId")
    id_tag: str = field(name="idTag")
    meter_start: Integer = field(name="meterStart")
    timestamp: Timestamp
    reservation_id: Integer | None = field(default=None, name="reservationId")


class StartTransactionResponse(Message, frozen=True, kw_only=True):
    """Its number, chosen by the central system."""

    id_tag_info: IdTagInfo = field(name="idTagInfo")
    transaction_id: Integer = field(name="transactionId")


class StopTransactionRequest(Message, frozen=True, kw_only=True):
    """Transaction ended; `meter_stop` in Wh. A session run wholly offline has transactionId 0 or -1."""

    meter_stop: Integer = field(name="meterStop")
    timestamp: Timestamp
    transaction_id: Integer = field(name="transactionId")
    id_tag: str | None = field(default=None, name="idTag")
    reason: Reason | None = None
    transaction_data: tuple[MeterValue, ...] | None = field(default=None, name="transactionData")


class StopTransactionResponse(Message, frozen=True, kw_only=True):
    """What the idTag is worth."""

    id_tag_info: IdTagInfo | None = field(default=None, name="idTagInfo")


class MeterValuesRequest(Message, frozen=True, kw_only=True):
    """Values of a connector."""

    connector_id: Integer = field(name="connectorId")
    meter_value: tuple[MeterValue, ...] = field(name="meterValue")
    transaction_id: Integer | None = field(default=None, name="transactionId")


class MeterValuesResponse(Message, frozen=True, kw_only=True):
    """Noted."""


class DataTransferRequest(Message, frozen=True, kw_only=True):
    """Vendor's own message."""

    vendor_id: str = field(name="vendorId")
    message_id: str | None = field(default=None, name="messageId")
    data: str | None = None


class DataTransferResponse(Message, frozen=True, kw_only=True):
    """Answer in the vendor's own terms."""

    status: DataTransferStatus
    data: str | None = None


class RemoteStartTransactionRequest(Message, frozen=True, kw_only=True):
    """Start a transaction for an idTag."""

    id_tag: str = field(name="idTag")
    connector_id: Integer | None = field(default=None, name="connectorId")
    charging_profile: ChargingProfile | None = field(default=None, name="chargingProfile")


class RemoteStartTransactionResponse(Message, frozen=True, kw_only=True):
    """Whether the station will try."""

    status: RemoteStartStopStatus


class RemoteStopTransactionRequest(Message, frozen=True, kw_only=True):
    """Stop a transaction."""

    transaction_id: Integer = field(name="transactionId")


class RemoteStopTransactionResponse(Message, frozen=True, kw_only=True):
    """Whether the station will try."""

    status: RemoteStartStopStatus


class ReserveNowRequest(Message, frozen=True, kw_only=True):
    """Hold a connector for an idTag until a time."""

    connector_id: Integer = field(name="connectorId")
    expiry_date: Timestamp = field(name="expiryDate")
    id_tag: str = field(name="idTag")
    reservation_id: Integer = field(name="reservationId")
    parent_id_tag: str | None = field(default=None, name="parentIdTag")


class ReserveNowResponse(Message, frozen=True, kw_only=True):
    """Whether it is held."""

    status: ReservationStatus


class CancelReservationRequest(Message, frozen=True, kw_only=True):
    """Give a reservation up."""

    reservation_id: Integer = field(name="reservationId")


class CancelReservationResponse(Message, frozen=True, kw_only=True):
    """Whether it was known."""

    status: CancelReservationStatus


class SetChargingProfileRequest(Message, frozen=True, kw_only=True):
    """Limit a connector (0: the whole station)."""

    connector_id: Integer = field(name="connectorId")
    cs_charging_profiles: ChargingProfile = field(name="csChargingProfiles")


class SetChargingProfileResponse(Message, frozen=True, kw_only=True):
    """Whether the limit holds."""

    status: ChargingProfileStatus


class ClearChargingProfileRequest(Message, frozen=True, kw_only=True):
    """Drop profiles by id or criteria."""

    id: Integer | None = None
    connector_id: Integer | None = field(default=None, name="connectorId")
    charging_profile_purpose: ChargingProfilePurpose | None = field(default=None, name="chargingProfilePurpose")
    stack_level: Integer | None = field(default=None, name="stackLevel")


class ClearChargingProfileResponse(Message, frozen=True, kw_only=True):
    """Whether one was found."""

    status: ClearChargingProfileStatus


class ChangeAvailabilityRequest(Message, frozen=True, kw_only=True):
    """Take a connector (0: the station) in or out of service."""

    connector_id: Integer = field(name="connectorId")
    type: AvailabilityType


class ChangeAvailabilityResponse(Message, frozen=True, kw_only=True):
    """Whether and when."""

    status: AvailabilityStatus


class ResetRequest(Message, frozen=True, kw_only=True):
    """Restart the station."""

    type: ResetType


class ResetResponse(Message, frozen=True, kw_only=True):
    """Whether it will."""

    status: ResetStatus


class TriggerMessageRequest(Message, frozen=True, kw_only=True):
    """Ask for a message."""

    requested_message: MessageTrigger = field(name="requestedMessage")
    connector_id: Integer | None = field(default=None, name="connectorId")


class TriggerMessageResponse(Message, frozen=True, kw_only=True):
    """Whether it will come."""

    status: TriggerMessageStatus


ACTIONS: Final[Mapping[str, Action]] = action_table(
    Action("BootNotification", BootNotificationRequest, BootNotificationResponse, Direction.FROM_STATION),
    Action("Heartbeat", HeartbeatRequest, HeartbeatResponse, Direction.FROM_STATION),
    Action("StatusNotification", StatusNotificationRequest, StatusNotificationResponse, Direction.FROM_STATION),
    Action("Authorize", AuthorizeRequest, AuthorizeResponse, Direction.FROM_STATION),
    Action("StartTransaction", StartTransactionRequest, StartTransactionResponse, Direction.FROM_STATION),
    Action("StopTransaction", StopTransactionRequest, StopTransactionResponse, Direction.FROM_STATION),
    Action("MeterValues", MeterValuesRequest, MeterValuesResponse, Direction.FROM_STATION),
    Action("DataTransfer", DataTransferRequest, DataTransferResponse, Direction.BOTH),
    Action(
        "RemoteStartTransaction", RemoteStartTransactionRequest, RemoteStartTransactionResponse, Direction.TO_STATION
    ),
    Action("RemoteStopTransaction", RemoteStopTransactionRequest, RemoteStopTransactionResponse, Direction.TO_STATION),
    Action("ReserveNow", ReserveNowRequest, ReserveNowResponse, Direction.TO_STATION),
    Action("CancelReservation", CancelReservationRequest, CancelReservationResponse, Direction.TO_STATION),
    Action("SetChargingProfile", SetChargingProfileRequest, SetChargingProfileResponse, Direction.TO_STATION),
    Action("ClearChargingProfile", ClearChargingProfileRequest, ClearChargingProfileResponse, Direction.TO_STATION),
    Action("ChangeAvailability", ChangeAvailabilityRequest, ChangeAvailabilityResponse, Direction.TO_STATION),
    Action("Reset", ResetRequest, ResetResponse, Direction.TO_STATION),
    Action("TriggerMessage", TriggerMessageRequest, TriggerMessageResponse, Direction.TO_STATION),
)
"""Actions spoken in OCPP 1.6J, by name."""
