"""Messages of OCPP 2.0.1 and 2.1 that Portwatt speaks, as typed values; wire names are written out field by field.

A 2.1-only field or message must not be sent to a 2.0.1 station: the conversation checks what it sends against the
schema of its version. Not modelled, and therefore dropped on reading: the fields of `UNMODELLED`.
Source: JSON schemas of OCPP 2.0.1 (FINAL) and 2.1 (Edition 1), Open Charge Alliance.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import field

from portwatt.wire.ocpp.message import Extensible, Integer, Json, Timestamp
from portwatt.wire.ocpp.v2x_enums import (
    AuthorizeCertificateStatus,
    BatterySwapEvent,
    BootReason,
    CancelReservationStatus,
    ChangeAvailabilityStatus,
    ChargingProfileStatus,
    ClearChargingProfileStatus,
    ConnectorStatus,
    DataTransferStatus,
    EnergyTransferMode,
    GenericStatus,
    MessageTrigger,
    OperationalStatus,
    PreconditioningStatus,
    RegistrationStatus,
    RequestStartStopStatus,
    ReservationUpdateStatus,
    ReserveNowStatus,
    ResetStatus,
    ResetType,
    TransactionEventType,
    TriggerMessageStatus,
    TriggerReason,
)
from portwatt.wire.ocpp.v2x_types import (
    EVSE,
    BatteryData,
    ChargingProfile,
    ChargingStation,
    ClearChargingProfileCriteria,
    EventData,
    IdToken,
    IdTokenInfo,
    MessageContent,
    MeterValue,
    OcspRequestData,
    StatusInfo,
    TransactionInfo,
    TransactionLimit,
)

UNMODELLED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "TransactionEventRequest": frozenset({"costDetails"}),
        "AuthorizeResponse": frozenset({"tariff"}),
        "ChargingSchedule": frozenset({"salesTariff", "absolutePriceSchedule", "priceLevelSchedule"}),
        "ChargingSchedulePeriod": frozenset({"v2xFreqWattCurve", "v2xSignalWattCurve"}),
    }
)
"""Wire names left out, by struct: prices and bidirectional curves, which no part of Portwatt uses."""


class BootNotificationRequest(Extensible, frozen=True, kw_only=True):
    """Station started."""

    charging_station: ChargingStation = field(name="chargingStation")
    reason: BootReason


class BootNotificationResponse(Extensible, frozen=True, kw_only=True):
    """Whether the station may work; `interval` in seconds."""

    current_time: Timestamp = field(name="currentTime")
    interval: Integer
    status: RegistrationStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class HeartbeatRequest(Extensible, frozen=True, kw_only=True):
    """Station is alive."""


class HeartbeatResponse(Extensible, frozen=True, kw_only=True):
    """Clock of the central system."""

    current_time: Timestamp = field(name="currentTime")


class StatusNotificationRequest(Extensible, frozen=True, kw_only=True):
    """State of a connector changed."""

    timestamp: Timestamp
    connector_status: ConnectorStatus = field(name="connectorStatus")
    evse_id: Integer = field(name="evseId")
    connector_id: Integer = field(name="connectorId")


class StatusNotificationResponse(Extensible, frozen=True, kw_only=True):
    """Noted."""


class AuthorizeRequest(Extensible, frozen=True, kw_only=True):
    """May this token charge?"""

    id_token: IdToken = field(name="idToken")
    certificate: str | None = None
    iso15118_certificate_hash_data: tuple[OcspRequestData, ...] | None = field(
        default=None, name="iso15118CertificateHashData"
    )


class AuthorizeResponse(Extensible, frozen=True, kw_only=True):
    """What the token is worth."""

    id_token_info: IdTokenInfo = field(name="idTokenInfo")
    certificate_status: AuthorizeCertificateStatus | None = field(default=None, name="certificateStatus")
    allowed_energy_transfer: tuple[EnergyTransferMode, ...] | None = field(default=None, name="allowedEnergyTransfer")


class TransactionEventRequest(Extensible, frozen=True, kw_only=True):
    """A transaction started, went on or ended; key (station, transactionId, seqNo)."""

    event_type: TransactionEventType = field(name="eventType")
    timestamp: Timestamp
    trigger_reason: TriggerReason = field(name="triggerReason")
    seq_no: Integer = field(name="seqNo")
    transaction_info: TransactionInfo = field(name="transactionInfo")
    meter_value: tuple[MeterValue, ...] | None = field(default=None, name="meterValue")
    offline: bool | None = None
    number_of_phases_used: Integer | None = field(default=None, name="numberOfPhasesUsed")
    cable_max_current: Integer | None = field(default=None, name="cableMaxCurrent")
    reservation_id: Integer | None = field(default=None, name="reservationId")
    preconditioning_status: PreconditioningStatus | None = field(default=None, name="preconditioningStatus")
    evse_sleep: bool | None = field(default=None, name="evseSleep")
    evse: EVSE | None = None
    id_token: IdToken | None = field(default=None, name="idToken")


class TransactionEventResponse(Extensible, frozen=True, kw_only=True):
    """What the token is worth; cost and limits so far."""

    total_cost: float | None = field(default=None, name="totalCost")
    charging_priority: Integer | None = field(default=None, name="chargingPriority")
    id_token_info: IdTokenInfo | None = field(default=None, name="idTokenInfo")
    transaction_limit: TransactionLimit | None = field(default=None, name="transactionLimit")
    updated_personal_message: MessageContent | None = field(default=None, name="updatedPersonalMessage")
    updated_personal_message_extra: tuple[MessageContent, ...] | None = field(
        default=None, name="updatedPersonalMessageExtra"
    )


class MeterValuesRequest(Extensible, frozen=True, kw_only=True):
    """Values outside transactions."""

    evse_id: Integer = field(name="evseId")
    meter_value: tuple[MeterValue, ...] = field(name="meterValue")


class MeterValuesResponse(Extensible, frozen=True, kw_only=True):
    """Noted."""


class RequestStartTransactionRequest(Extensible, frozen=True, kw_only=True):
    """Start a transaction for a token."""

    id_token: IdToken = field(name="idToken")
    remote_start_id: Integer = field(name="remoteStartId")
    evse_id: Integer | None = field(default=None, name="evseId")
    group_id_token: IdToken | None = field(default=None, name="groupIdToken")
    charging_profile: ChargingProfile | None = field(default=None, name="chargingProfile")


class RequestStartTransactionResponse(Extensible, frozen=True, kw_only=True):
    """Whether the station will try."""

    status: RequestStartStopStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")
    transaction_id: str | None = field(default=None, name="transactionId")


class RequestStopTransactionRequest(Extensible, frozen=True, kw_only=True):
    """Stop a transaction."""

    transaction_id: str = field(name="transactionId")


class RequestStopTransactionResponse(Extensible, frozen=True, kw_only=True):
    """Whether the station will try."""

    status: RequestStartStopStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class ReserveNowRequest(Extensible, frozen=True, kw_only=True):
    """Hold an EVSE for a token until a time."""

    id: Integer
    expiry_date_time: Timestamp = field(name="expiryDateTime")
    id_token: IdToken = field(name="idToken")
    connector_type: str | None = field(default=None, name="connectorType")
    evse_id: Integer | None = field(default=None, name="evseId")
    group_id_token: IdToken | None = field(default=None, name="groupIdToken")


class ReserveNowResponse(Extensible, frozen=True, kw_only=True):
    """Whether it is held."""

    status: ReserveNowStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class CancelReservationRequest(Extensible, frozen=True, kw_only=True):
    """Give a reservation up."""

    reservation_id: Integer = field(name="reservationId")


class CancelReservationResponse(Extensible, frozen=True, kw_only=True):
    """Whether it was known."""

    status: CancelReservationStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class ReservationStatusUpdateRequest(Extensible, frozen=True, kw_only=True):
    """A reservation ended by itself."""

    reservation_id: Integer = field(name="reservationId")
    reservation_update_status: ReservationUpdateStatus = field(name="reservationUpdateStatus")


class ReservationStatusUpdateResponse(Extensible, frozen=True, kw_only=True):
    """Noted."""


class SetChargingProfileRequest(Extensible, frozen=True, kw_only=True):
    """Limit an EVSE (0: the whole station)."""

    evse_id: Integer = field(name="evseId")
    charging_profile: ChargingProfile = field(name="chargingProfile")


class SetChargingProfileResponse(Extensible, frozen=True, kw_only=True):
    """Whether the limit holds."""

    status: ChargingProfileStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class ClearChargingProfileRequest(Extensible, frozen=True, kw_only=True):
    """Drop profiles by id or criteria."""

    charging_profile_id: Integer | None = field(default=None, name="chargingProfileId")
    charging_profile_criteria: ClearChargingProfileCriteria | None = field(default=None, name="chargingProfileCriteria")


class ClearChargingProfileResponse(Extensible, frozen=True, kw_only=True):
    """Whether one was found."""

    status: ClearChargingProfileStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class ChangeAvailabilityRequest(Extensible, frozen=True, kw_only=True):
    """Take an EVSE or the station in or out of service."""

    operational_status: OperationalStatus = field(name="operationalStatus")
    evse: EVSE | None = None


class ChangeAvailabilityResponse(Extensible, frozen=True, kw_only=True):
    """Whether and when."""

    status: ChangeAvailabilityStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class ResetRequest(Extensible, frozen=True, kw_only=True):
    """Restart the station or one EVSE."""

    type: ResetType
    evse_id: Integer | None = field(default=None, name="evseId")


class ResetResponse(Extensible, frozen=True, kw_only=True):
    """Whether and when."""

    status: ResetStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class TriggerMessageRequest(Extensible, frozen=True, kw_only=True):
    """Ask for a message."""

    requested_message: MessageTrigger = field(name="requestedMessage")
    evse: EVSE | None = None
    custom_trigger: str | None = field(default=None, name="customTrigger")


class TriggerMessageResponse(Extensible, frozen=True, kw_only=True):
    """Whether it will come."""

    status: TriggerMessageStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class DataTransferRequest(Extensible, frozen=True, kw_only=True):
    """Vendor's own message; `data` is any JSON."""

    vendor_id: str = field(name="vendorId")
    message_id: str | None = field(default=None, name="messageId")
    data: Json | None = None


class DataTransferResponse(Extensible, frozen=True, kw_only=True):
    """Answer in the vendor's own terms."""

    status: DataTransferStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")
    data: Json | None = None


class NotifyEventRequest(Extensible, frozen=True, kw_only=True):
    """Events of the device model."""

    generated_at: Timestamp = field(name="generatedAt")
    seq_no: Integer = field(name="seqNo")
    event_data: tuple[EventData, ...] = field(name="eventData")
    tbc: bool | None = None


class NotifyEventResponse(Extensible, frozen=True, kw_only=True):
    """Noted."""


class RequestBatterySwapRequest(Extensible, frozen=True, kw_only=True):
    """Let a token swap packs; block S of 2.1."""

    id_token: IdToken = field(name="idToken")
    request_id: Integer = field(name="requestId")


class RequestBatterySwapResponse(Extensible, frozen=True, kw_only=True):
    """Whether packs are there; reason code NoBatteryAvailable when not."""

    status: GenericStatus
    status_info: StatusInfo | None = field(default=None, name="statusInfo")


class BatterySwapRequest(Extensible, frozen=True, kw_only=True):
    """Packs went in, came out, or were left in the slot; block S of 2.1."""

    battery_data: tuple[BatteryData, ...] = field(name="batteryData")
    event_type: BatterySwapEvent = field(name="eventType")
    id_token: IdToken = field(name="idToken")
    request_id: Integer = field(name="requestId")


class BatterySwapResponse(Extensible, frozen=True, kw_only=True):
    """Noted; a refusal can only travel in `custom_data` (vendorId org.openchargealliance.batteryswapresponse)."""


class StreamDataElement(Extensible, frozen=True, kw_only=True):
    """One value of a stream; `t` in seconds after the base time of its message."""

    t: float
    v: str


class NotifyPeriodicEventStream(Extensible, frozen=True, kw_only=True):
    """Values of a periodic stream, sent without a reply (SEND); 2.1 only."""

    data: tuple[StreamDataElement, ...]
    id: Integer
    pending: Integer
    basetime: Timestamp
