"""The versions of OCPP on our endpoint: names of sub-protocols, actions of each version, spelling of error codes.

Source: OCPP-J 1.6 specification (tables 4 and 7), OCPP 2.0.1 part 4 and OCPP 2.1 part 4 (RPC framework), and the list
of schema documents of each version for the actions.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final


class OcppVersion(StrEnum):
    """A version by the name of its WebSocket sub-protocol."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"


NEWEST_FIRST: Final = (OcppVersion.V21, OcppVersion.V201, OcppVersion.V16)


class Role(Enum):
    """Which end of the socket we are."""

    CENTRAL = "central system"
    STATION = "charging station"


class Direction(Enum):
    """Who may ask for an action."""

    FROM_STATION = "from station"
    TO_STATION = "to station"
    BOTH = "both"

    def reaches(self, role: Role) -> bool:
        """Tell whether a request of this direction may arrive at `role`."""
        return self is Direction.BOTH or (self is Direction.FROM_STATION) == (role is Role.CENTRAL)


def negotiate(offered: Iterable[str], enabled: Collection[OcppVersion] = NEWEST_FIRST) -> OcppVersion | None:
    """Choose the newest version that the peer offers and we have enabled; None: refuse the socket."""
    names = {name.strip() for name in offered}
    return next((version for version in NEWEST_FIRST if version in names and version in enabled), None)


class ErrorCode(StrEnum):
    """Error codes of CALLERROR and CALLRESULTERROR, spelt as in OCPP 2.x; `spelling` gives the word of a version."""

    FORMAT_VIOLATION = "FormatViolation"
    GENERIC_ERROR = "GenericError"
    INTERNAL_ERROR = "InternalError"
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    PROTOCOL_ERROR = "ProtocolError"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    SECURITY_ERROR = "SecurityError"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"


# OCPP-J 1.6 table 7; the errata keep the two misspellings. It has no word for a broken envelope or an unknown kind of
# message: the nearest ones stand in.
_SPELLING_16: Final[Mapping[ErrorCode, str]] = MappingProxyType(
    {
        ErrorCode.FORMAT_VIOLATION: "FormationViolation",
        ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",
        ErrorCode.RPC_FRAMEWORK_ERROR: "FormationViolation",
        ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED: "GenericError",
    }
)


def spelling(code: ErrorCode, version: OcppVersion) -> str:
    """Return the word a version has for an error code."""
    return _SPELLING_16.get(code, code.value) if version is OcppVersion.V16 else code.value


def _directions(from_station: str, both: str, to_station: str) -> Mapping[str, Direction]:
    table = dict.fromkeys(from_station.split(), Direction.FROM_STATION)
    table |= dict.fromkeys(both.split(), Direction.BOTH)
    table |= dict.fromkeys(to_station.split(), Direction.TO_STATION)
    return MappingProxyType(table)


_V16: Final = _directions(
    """Authorize BootNotification DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
    LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
    StartTransaction StatusNotification StopTransaction""",
    "DataTransfer",
    """CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile
    DeleteCertificate ExtendedTriggerMessage GetCompositeSchedule GetConfiguration GetDiagnostics
    GetInstalledCertificateIds GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction
    RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage
    UnlockConnector UpdateFirmware""",
)

_V201: Final = _directions(
    """Authorize BootNotification ClearedChargingLimit FirmwareStatusNotification Get15118EVCertificate
    GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation
    NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport NotifyReport
    PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate SecurityEventNotification
    SignCertificate StatusNotification TransactionEvent""",
    "DataTransfer",
    """CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage
    ClearVariableMonitoring CostUpdated CustomerInformation DeleteCertificate GetBaseReport GetChargingProfiles
    GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds GetLocalListVersion GetLog GetMonitoringReport
    GetReport GetTransactionStatus GetVariables InstallCertificate PublishFirmware RequestStartTransaction
    RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SetDisplayMessage SetMonitoringBase
    SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables TriggerMessage UnlockConnector
    UnpublishFirmware UpdateFirmware""",
)

_ONLY_V21: Final = _directions(
    """BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop
    NotifyPeriodicEventStream NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream PullDynamicScheduleUpdate
    ReportDERControl VatNumberValidation""",
    "",
    """AFRRSignal AdjustPeriodicEventStream ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl
    GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted RequestBatterySwap
    SetDERControl SetDefaultTariff UpdateDynamicSchedule UsePriorityCharging""",
)

KNOWN_ACTIONS: Final[Mapping[OcppVersion, Mapping[str, Direction]]] = MappingProxyType(
    {
        OcppVersion.V16: _V16,
        OcppVersion.V201: _V201,
        OcppVersion.V21: MappingProxyType({**_V201, **_ONLY_V21}),
    }
)
"""Every action of each version, spoken here or not: tells NotSupported (known, not ours) from NotImplemented."""
