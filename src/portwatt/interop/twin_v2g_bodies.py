"""What a made-up vehicle of 400 V and a made-up station of 920 V say in CCS2, in DIN 70121 and ISO 15118-2.

Fields in the order of the schemas. The figures are nobody's.
"""

from __future__ import annotations

from typing import Any, Final

from portwatt.wire.exi.v2g import Dialect

Body = dict[str, Any]

EVCCID: Final = bytes.fromhex("025057000001")
TARGET_SOC: Final = 80
VOLTS: Final = 400
AMPERES: Final = 100
PAYMENT: Final = "ExternalPayment"
_EVSE_ID: Final = "ZZ*PWT*E1"
_MODE: Final = "DC_extended"


def physical_value(number: int, unit: str, multiplier: int = 0) -> Body:
    """A physical value of DIN and -2: `number` times ten to the `multiplier`, in `unit`."""
    return {"Multiplier": multiplier, "Unit": unit, "Value": number}


def offered(dialect: Dialect) -> Body:
    """supportedAppProtocolReq with one protocol."""
    protocol = {
        "ProtocolNamespace": dialect.value,
        "VersionNumberMajor": 2,
        "VersionNumberMinor": 0,
        "SchemaID": 1,
        "Priority": 1,
    }
    return {"AppProtocol": [protocol]}


class Vehicle:
    """The requests. `soc`: percent, moves while it charges."""

    def __init__(self, dialect: Dialect, soc: int) -> None:
        self._din = dialect is Dialect.DIN
        self.soc = soc

    def _status(self, ready: bool = True) -> Body:
        return {"DC_EVStatus": {"EVReady": ready, "EVErrorCode": "NO_ERROR", "EVRESSSOC": self.soc}}

    def session_setup(self) -> Body:
        return {"EVCCID": EVCCID}

    def service_discovery(self) -> Body:
        return {"ServiceCategory": "EVCharging"} if self._din else {}

    def payment(self) -> Body:
        return {"SelectedPaymentOption": PAYMENT, "SelectedServiceList": {"SelectedService": [{"ServiceID": 1}]}}

    def parameters(self) -> Body:
        limits = {
            **self._status(ready=False),
            "EVMaximumCurrentLimit": physical_value(200, "A"),
            "EVMaximumPowerLimit": physical_value(8000, "W", 1),
            "EVMaximumVoltageLimit": physical_value(450, "V"),
            "EVEnergyCapacity": physical_value(6000, "Wh", 1),
            "EVEnergyRequest": physical_value(2000, "Wh", 1),
            "FullSOC": 100,
            "BulkSOC": TARGET_SOC,
        }
        kind = "EVRequestedEnergyTransferType" if self._din else "RequestedEnergyTransferMode"
        return {kind: _MODE, "DC_EVChargeParameter": limits}

    def cable_check(self) -> Body:
        return self._status()

    def pre_charge(self) -> Body:
        return {
            **self._status(),
            "EVTargetVoltage": physical_value(VOLTS, "V"),
            "EVTargetCurrent": physical_value(1, "A"),
        }

    def power_delivery(self, *, on: bool, complete: bool = False) -> Body:
        parameter = {"DC_EVPowerDeliveryParameter": {**self._status(), "ChargingComplete": complete}}
        if self._din:
            return {"ReadyToChargeState": on, **parameter}
        return {"ChargeProgress": "Start" if on else "Stop", "SAScheduleTupleID": 1, **parameter}

    def demand(self, *, complete: bool) -> Body:
        return {
            **self._status(),
            "EVTargetCurrent": physical_value(AMPERES, "A"),
            "EVMaximumVoltageLimit": physical_value(450, "V"),
            "ChargingComplete": complete,
            "EVTargetVoltage": physical_value(VOLTS, "V"),
        }

    def stop(self) -> Body:
        return {} if self._din else {"ChargingSession": "Terminate"}


class Station:
    """The responses, all well."""

    def __init__(self, dialect: Dialect) -> None:
        self._din = dialect is Dialect.DIN

    def _status(self, isolation: str = "Valid") -> Body:
        told = {"NotificationMaxDelay": 0, "EVSENotification": "None"}
        state = {"EVSEIsolationStatus": isolation, "EVSEStatusCode": "EVSE_Ready"}
        return {"DC_EVSEStatus": {**state, **told} if self._din else {**told, **state}}

    def session_setup(self) -> Body:
        name = _EVSE_ID.encode() if self._din else _EVSE_ID
        return {"ResponseCode": "OK_NewSessionEstablished", "EVSEID": name}

    def service_discovery(self) -> Body:
        if self._din:
            tag = {"ServiceTag": {"ServiceID": 1, "ServiceCategory": "EVCharging"}}
            service = {**tag, "FreeService": True, "EnergyTransferType": _MODE}
            return {"ResponseCode": "OK", "PaymentOptions": {"PaymentOption": [PAYMENT]}, "ChargeService": service}
        service = {"ServiceID": 1, "ServiceCategory": "EVCharging", "FreeService": True}
        modes = {"SupportedEnergyTransferMode": {"EnergyTransferMode": [_MODE]}}
        payment = {"PaymentOptionList": {"PaymentOption": [PAYMENT]}}
        return {"ResponseCode": "OK", **payment, "ChargeService": {**service, **modes}}

    def ok(self) -> Body:
        return {"ResponseCode": "OK"}

    def authorised(self, finished: bool) -> Body:
        going_on = "Ongoing" if self._din else "Ongoing_WaitingForCustomerInteraction"
        return {"ResponseCode": "OK", "EVSEProcessing": "Finished" if finished else going_on}

    def parameters(self) -> Body:
        entry: Body = {"RelativeTimeInterval": {"start": 0, "duration": 86400}}
        entry["PMax"] = 32000 if self._din else physical_value(6000, "W", 1)
        schedule: Body = {"PMaxScheduleID": 1} if self._din else {}
        schedule["PMaxScheduleEntry"] = [entry]
        limits = {
            **self._status(),
            "EVSEMaximumCurrentLimit": physical_value(150, "A"),
            "EVSEMaximumPowerLimit": physical_value(6000, "W", 1),
            "EVSEMaximumVoltageLimit": physical_value(920, "V"),
            "EVSEMinimumCurrentLimit": physical_value(1, "A"),
            "EVSEMinimumVoltageLimit": physical_value(150, "V"),
            "EVSEPeakCurrentRipple": physical_value(1, "A"),
        }
        return {
            "ResponseCode": "OK",
            "EVSEProcessing": "Finished",
            "SAScheduleList": {"SAScheduleTuple": [{"SAScheduleTupleID": 1, "PMaxSchedule": schedule}]},
            "DC_EVSEChargeParameter": limits,
        }

    def cable_check(self, finished: bool) -> Body:
        status = self._status("Valid" if finished else "Invalid")
        return {"ResponseCode": "OK", **status, "EVSEProcessing": "Finished" if finished else "Ongoing"}

    def pre_charge(self, share: float) -> Body:
        """`share`: how far the voltage has come, 0 to 1."""
        return {"ResponseCode": "OK", **self._status(), "EVSEPresentVoltage": physical_value(round(VOLTS * share), "V")}

    def power_delivery(self) -> Body:
        return {"ResponseCode": "OK", **self._status()}

    def demand(self, elapsed: float) -> Body:
        """`elapsed`: seconds of charging; the current rises by 50 A a second."""
        amperes = round(min(AMPERES, 50 * elapsed))
        body = {
            "ResponseCode": "OK",
            **self._status(),
            "EVSEPresentVoltage": physical_value(VOLTS, "V"),
            "EVSEPresentCurrent": physical_value(amperes, "A"),
            "EVSECurrentLimitAchieved": False,
            "EVSEVoltageLimitAchieved": False,
            "EVSEPowerLimitAchieved": False,
        }
        return body if self._din else {**body, "EVSEID": _EVSE_ID, "SAScheduleTupleID": 1}
