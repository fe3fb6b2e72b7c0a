"""Types inside the messages of OCPP 2.0.1 and 2.1: structures.

Both versions share them: for the actions spoken here 2.0.1 is a subset of 2.1, so each type is written once with the
names of 2.1, and the schema of the negotiated version decides at the door what may be present.
Source: JSON schemas of OCPP 2.0.1 (FINAL) and 2.1 (Edition 1), Open Charge Alliance.
"""

from msgspec import field

from portwatt.wire.ocpp.message import Extensible, Integer, Timestamp
from portwatt.wire.ocpp.v2x_enums import (
    AuthorizationStatus,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingRateUnit,
    ChargingState,
    EventNotification,
    EventTrigger,
    HashAlgorithm,
    Location,
    Measurand,
    MessageFormat,
    OperationMode,
    Phase,
    ReadingContext,
    Reason,
    RecurrencyKind,
)


class Modem(Extensible, frozen=True, kw_only=True):
    """Mobile modem of a station."""

    iccid: str | None = None
    imsi: str | None = None


class ChargingStation(Extensible, frozen=True, kw_only=True):
    """Who the station says it is."""

    model: str
    vendor_name: str = field(name="vendorName")
    serial_number: str | None = field(default=None, name="serialNumber")
    modem: Modem | None = None
    firmware_version: str | None = field(default=None, name="firmwareVersion")


class StatusInfo(Extensible, frozen=True, kw_only=True):
    """Reason code (20 characters at most) and more words for a status."""

    reason_code: str = field(name="reasonCode")
    additional_info: str | None = field(default=None, name="additionalInfo")


class AdditionalInfo(Extensible, frozen=True, kw_only=True):
    """Further identifier of an id token."""

    additional_id_token: str = field(name="additionalIdToken")
    type: str


class IdToken(Extensible, frozen=True, kw_only=True):
    """Token that authorises; `type` is a free string of 20 characters in 2.1, one of `IdTokenType` in 2.0.1."""

    id_token: str = field(name="idToken")
    type: str
    additional_info: tuple[AdditionalInfo, ...] | None = field(default=None, name="additionalInfo")


class OcspRequestData(Extensible, frozen=True, kw_only=True):
    """Hashes of a certificate, for OCSP."""

    hash_algorithm: HashAlgorithm = field(name="hashAlgorithm")
    issuer_name_hash: str = field(name="issuerNameHash")
    issuer_key_hash: str = field(name="issuerKeyHash")
    serial_number: str = field(name="serialNumber")
    responder_url: str = field(name="responderURL")


class MessageContent(Extensible, frozen=True, kw_only=True):
    """Text for the driver."""

    format: MessageFormat
    content: str
    language: str | None = None


class IdTokenInfo(Extensible, frozen=True, kw_only=True):
    """What a token is worth, for how long and for which EVSEs."""

    status: AuthorizationStatus
    cache_expiry_date_time: Timestamp | None = field(default=None, name="cacheExpiryDateTime")
    charging_priority: Integer | None = field(default=None, name="chargingPriority")
    group_id_token: IdToken | None = field(default=None, name="groupIdToken")
    language1: str | None = None
    language2: str | None = None
    evse_id: tuple[Integer, ...] | None = field(default=None, name="evseId")
    personal_message: MessageContent | None = field(default=None, name="personalMessage")


class TransactionLimit(Extensible, frozen=True, kw_only=True):
    """Limits of cost (currency), energy (Wh), time (s) and SoC (percent); 2.1 only."""

    max_cost: float | None = field(default=None, name="maxCost")
    max_energy: float | None = field(default=None, name="maxEnergy")
    max_time: Integer | None = field(default=None, name="maxTime")
    max_soc: Integer | None = field(default=None, name="maxSoC")


class TransactionInfo(Extensible, frozen=True, kw_only=True):
    """State of the transaction (TransactionType); times in seconds."""

    transaction_id: str = field(name="transactionId")
    charging_state: ChargingState | None = field(default=None, name="chargingState")
    time_spent_charging: Integer | None = field(default=None, name="timeSpentCharging")
    stopped_reason: Reason | None = field(default=None, name="stoppedReason")
    remote_start_id: Integer | None = field(default=None, name="remoteStartId")
    operation_mode: OperationMode | None = field(default=None, name="operationMode")
    tariff_id: str | None = field(default=None, name="tariffId")
    transaction_limit: TransactionLimit | None = field(default=None, name="transactionLimit")


class SignedMeterValue(Extensible, frozen=True, kw_only=True):
    """Signed copy of a value; 2.0.1 requires all four fields."""

    signed_meter_data: str = field(name="signedMeterData")
    encoding_method: str = field(name="encodingMethod")
    signing_method: str | None = field(default=None, name="signingMethod")
    public_key: str | None = field(default=None, name="publicKey")


class UnitOfMeasure(Extensible, frozen=True, kw_only=True):
    """Unit (default Wh) and power of ten (default 0) of a value."""

    unit: str | None = None
    multiplier: Integer | None = None


class SampledValue(Extensible, frozen=True, kw_only=True):
    """One measured value; default measurand Energy.Active.Import.Register, default context Sample.Periodic."""

    value: float
    measurand: Measurand | None = None
    context: ReadingContext | None = None
    phase: Phase | None = None
    location: Location | None = None
    signed_meter_value: SignedMeterValue | None = field(default=None, name="signedMeterValue")
    unit_of_measure: UnitOfMeasure | None = field(default=None, name="unitOfMeasure")


class MeterValue(Extensible, frozen=True, kw_only=True):
    """Values sampled at one instant."""

    sampled_value: tuple[SampledValue, ...] = field(name="sampledValue")
    timestamp: Timestamp


class EVSE(Extensible, frozen=True, kw_only=True):
    """An EVSE (in a swap station: a slot) and, where given, its connector."""

    id: Integer
    connector_id: Integer | None = field(default=None, name="connectorId")


class ChargingSchedulePeriod(Extensible, frozen=True, kw_only=True):
    """Limits from `start_period` (seconds after the start of the schedule) on, in the unit of the schedule;
    2.0.1 requires `limit` and knows no other limit."""

    start_period: Integer = field(name="startPeriod")
    limit: float | None = None
    limit_l2: float | None = field(default=None, name="limit_L2")
    limit_l3: float | None = field(default=None, name="limit_L3")
    number_phases: Integer | None = field(default=None, name="numberPhases")
    phase_to_use: Integer | None = field(default=None, name="phaseToUse")
    discharge_limit: float | None = field(default=None, name="dischargeLimit")
    discharge_limit_l2: float | None = field(default=None, name="dischargeLimit_L2")
    discharge_limit_l3: float | None = field(default=None, name="dischargeLimit_L3")
    setpoint: float | None = None
    setpoint_l2: float | None = field(default=None, name="setpoint_L2")
    setpoint_l3: float | None = field(default=None, name="setpoint_L3")
    setpoint_reactive: float | None = field(default=None, name="setpointReactive")
    setpoint_reactive_l2: float | None = field(default=None, name="setpointReactive_L2")
    setpoint_reactive_l3: float | None = field(default=None, name="setpointReactive_L3")
    preconditioning_request: bool | None = field(default=None, name="preconditioningRequest")
    evse_sleep: bool | None = field(default=None, name="evseSleep")
    v2x_baseline: float | None = field(default=None, name="v2xBaseline")
    operation_mode: OperationMode | None = field(default=None, name="operationMode")


class LimitAtSoC(Extensible, frozen=True, kw_only=True):
    """Limit from a state of charge (percent) on; 2.1 only."""

    soc: Integer
    limit: float


class ChargingSchedule(Extensible, frozen=True, kw_only=True):
    """Limits over time; `duration` in seconds."""

    id: Integer
    charging_rate_unit: ChargingRateUnit = field(name="chargingRateUnit")
    charging_schedule_period: tuple[ChargingSchedulePeriod, ...] = field(name="chargingSchedulePeriod")
    limit_at_soc: LimitAtSoC | None = field(default=None, name="limitAtSoC")
    start_schedule: Timestamp | None = field(default=None, name="startSchedule")
    duration: Integer | None = None
    min_charging_rate: float | None = field(default=None, name="minChargingRate")
    power_tolerance: float | None = field(default=None, name="powerTolerance")
    signature_id: Integer | None = field(default=None, name="signatureId")
    digest_value: str | None = field(default=None, name="digestValue")
    use_local_time: bool | None = field(default=None, name="useLocalTime")
    randomized_delay: Integer | None = field(default=None, name="randomizedDelay")


class ChargingProfile(Extensible, frozen=True, kw_only=True):
    """Charging profile with one to three schedules."""

    id: Integer
    stack_level: Integer = field(name="stackLevel")
    charging_profile_purpose: ChargingProfilePurpose = field(name="chargingProfilePurpose")
    charging_profile_kind: ChargingProfileKind = field(name="chargingProfileKind")
    charging_schedule: tuple[ChargingSchedule, ...] = field(name="chargingSchedule")
    recurrency_kind: RecurrencyKind | None = field(default=None, name="recurrencyKind")
    valid_from: Timestamp | None = field(default=None, name="validFrom")
    valid_to: Timestamp | None = field(default=None, name="validTo")
    transaction_id: str | None = field(default=None, name="transactionId")
    max_offline_duration: Integer | None = field(default=None, name="maxOfflineDuration")
    invalid_after_offline_duration: bool | None = field(default=None, name="invalidAfterOfflineDuration")
    dyn_update_interval: Integer | None = field(default=None, name="dynUpdateInterval")
    dyn_update_time: Timestamp | None = field(default=None, name="dynUpdateTime")
    price_schedule_signature: str | None = field(default=None, name="priceScheduleSignature")


class ClearChargingProfileCriteria(Extensible, frozen=True, kw_only=True):
    """Which profiles to clear (ClearChargingProfileType)."""

    evse_id: Integer | None = field(default=None, name="evseId")
    charging_profile_purpose: ChargingProfilePurpose | None = field(default=None, name="chargingProfilePurpose")
    stack_level: Integer | None = field(default=None, name="stackLevel")


class Component(Extensible, frozen=True, kw_only=True):
    """Component of the device model."""

    name: str
    evse: EVSE | None = None
    instance: str | None = None


class Variable(Extensible, frozen=True, kw_only=True):
    """Variable of the device model."""

    name: str
    instance: str | None = None


class EventData(Extensible, frozen=True, kw_only=True):
    """One event of the device model."""

    event_id: Integer = field(name="eventId")
    timestamp: Timestamp
    trigger: EventTrigger
    actual_value: str = field(name="actualValue")
    component: Component
    event_notification_type: EventNotification = field(name="eventNotificationType")
    variable: Variable
    cause: Integer | None = None
    tech_code: str | None = field(default=None, name="techCode")
    tech_info: str | None = field(default=None, name="techInfo")
    cleared: bool | None = None
    transaction_id: str | None = field(default=None, name="transactionId")
    variable_monitoring_id: Integer | None = field(default=None, name="variableMonitoringId")
    severity: Integer | None = None


class BatteryData(Extensible, frozen=True, kw_only=True):
    """A pack in a slot: SoC and SoH in percent (0 to 100); 2.1 block S."""

    evse_id: Integer = field(name="evseId")
    serial_number: str = field(name="serialNumber")
    soc: float = field(name="soC")
    soh: float = field(name="soH")
    production_date: Timestamp | None = field(default=None, name="productionDate")
    vendor_info: str | None = field(default=None, name="vendorInfo")
