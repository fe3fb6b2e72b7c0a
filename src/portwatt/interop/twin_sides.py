"""Two made-up sides of GB/T 27930: a vehicle and a charger that wait, answer, time out and try again as it says.

Sans-I/O: `hear` takes a message, `due` gives what is to be sent at an instant. Times in seconds from the start.
Limits: facts.json `limits`. The electrical side is a straight line: voltage rises, current follows the demand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto
from typing import Final

from portwatt.interop.twin_script import VIN, Script, Slow
from portwatt.wire.gbt27930.codec import Value, Values
from portwatt.wire.gbt27930.tables import Edition, GbtTables

READY: Final = 0xAA
_DEMAND_V: Final = 650.0
_DEMAND_A: Final = -100.0
_RAMP: Final = 50.0
"""Amperes a second."""
_STOP_SECONDS: Final = 0.15
_STATISTICS_SECONDS: Final = 1.5
_ERROR_SECONDS: Final = 0.8


class Phase(Enum):
    """Where a side is."""

    WAIT = auto()
    NEGOTIATE = auto()
    GREET = auto()
    IDENTIFY = auto()
    CONFIGURE = auto()
    CHARGE = auto()
    STOP = auto()
    STATISTICS = auto()
    ERROR = auto()
    OVER = auto()


class Side:
    """What both sides share: a phase, what was heard and said when, and when each message is due again."""

    def __init__(self, script: Script, tables: GbtTables) -> None:
        self.script = script
        self._tables = tables
        self.phase = Phase.WAIT
        self.since = 0.0
        """When the phase began."""
        self.heard: dict[str, float] = {}
        """First time a message was heard in this attempt, by its code or code and state."""
        self.last: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._error: Values = {}
        self.retries = 0

    def limit(self, name: str) -> float:
        span: timedelta = self._tables.limits[name]
        return span.total_seconds()

    def enter(self, phase: Phase, now: float) -> None:
        self.phase, self.since = phase, now

    def note(self, key: str, now: float) -> None:
        self.heard.setdefault(key, now)
        self.last[key] = now

    def fail(self, bit: str, now: float) -> None:
        """Time-out: tell it, and wait for another handshake."""
        self._error = _error(bit)
        self.enter(Phase.ERROR, now)

    def late(self, key: str, limit: str, since: float, now: float) -> bool:
        """Whether a message never came in this attempt and should have."""
        return key not in self.heard and now - since > self.limit(limit)

    def silent(self, key: str, limit: str, now: float) -> bool:
        """Whether a message that came has stopped coming."""
        return now - max(self.last.get(key, self.since), self.since) > self.limit(limit)

    def timed(self, now: float, wanted: Mapping[str, Values]) -> list[tuple[str, Values]]:
        """Of the messages wanted now those whose period is over."""
        periods = {fault.code: fault.period for fault in self.script.faults if isinstance(fault, Slow)}
        out = []
        for code in [code for code in self._due if code not in wanted]:
            del self._due[code]
        for code, values in wanted.items():
            if now >= self._due.get(code, now) - 1e-9:
                period = periods.get(code, self._tables.message(code).period_ms / 1000)
                self._due[code] = max(self._due.get(code, now) + period, now)
                out.append((code, values))
        return out


def _error(bit: str) -> Values:
    return {bit: 1}


class Vehicle(Side):
    """The battery management of a truck of 650 V."""

    def hear(self, code: str, values: Mapping[str, Value], now: float) -> None:
        """Take a message of the charger."""
        self.note(code, now)
        if code == "CHM" and self.phase is Phase.WAIT and self.script.vehicle_speaks is not Edition.E2011:
            self.enter(Phase.GREET, now)
        elif code == "CRM":
            self._recognition(values.get("recognition_result") == READY, now)
        elif code == "CRO" and values.get("charger_ready") == READY:
            self.note("CRO_READY", now)
            if self.phase is Phase.CONFIGURE:
                self.enter(Phase.CHARGE, now)
        elif code == "CST" and self.phase in (Phase.CHARGE, Phase.CONFIGURE, Phase.IDENTIFY):
            self.note("STOPPED", now)
            self.enter(Phase.STOP, now)

    def _recognition(self, recognised: bool, now: float) -> None:
        if not recognised and self.phase not in (Phase.IDENTIFY, Phase.OVER):
            self.heard.clear()
            self.enter(Phase.IDENTIFY, now)
        elif recognised and self.phase in (Phase.IDENTIFY, Phase.ERROR):
            self.heard.pop("CML", None)
            self.enter(Phase.CONFIGURE, now)

    def due(self, now: float) -> list[tuple[str, Values]]:
        """What the vehicle sends at this instant."""
        self._advance(now)
        return self.timed(now, self._wanted(now))

    def _advance(self, now: float) -> None:
        phase, since = self.phase, self.since
        if phase is Phase.GREET and now - since > self.limit("CRM00_RX"):
            self.fail("to_CRM_00", now)
        elif phase is Phase.IDENTIFY and now - since > self.limit("CRMAA_RX"):
            self.fail("to_CRM_AA", now)
        elif phase is Phase.CONFIGURE:
            self._configuring(now)
        elif phase is Phase.CHARGE:
            self._charging(now)
        elif phase is Phase.STOP and now - since > _STOP_SECONDS and "CST" in self.heard:
            self.enter(Phase.STATISTICS, now)
        elif phase is Phase.STOP and self.late("CST", "STOP_RX", since, now):
            self.fail("to_CST", now)
        elif phase is Phase.STATISTICS and now - since > _STATISTICS_SECONDS and "CSD" in self.heard:
            self.enter(Phase.OVER, now)
        elif phase is Phase.STATISTICS and self.late("CSD", "STAT_RX", since, now):
            self.fail("to_CSD", now)
        elif phase is Phase.ERROR and now - since > self.limit("REHANDSHAKE"):
            self.enter(Phase.OVER, now)

    def _configuring(self, now: float) -> None:
        if self.late("CML", "CML_RX", self.since, now):
            self.fail("to_CML_CTS", now)
        ready = self.heard.get("CML", now) + self.script.vehicle_ready
        if self.late("CRO", "CRO_RX", ready, now) or self.late("CRO_READY", "CRO_READY", ready, now):
            self.fail("to_CRO", now)

    def _charging(self, now: float) -> None:
        stop = self.script.stop
        if stop is not None and stop[0] == "BST" and now - self.since >= self.script.charging:
            self.enter(Phase.STOP, now)
        # The first CCS follows the charger's first BCS; only after that is it supervised.
        elif ("CCS" in self.heard or now - self.since > 3) and self.silent("CCS", "CCS_RX", now):
            self.fail("to_CCS", now)

    def _wanted(self, now: float) -> dict[str, Values]:
        phase = self.phase
        if phase is Phase.GREET:
            return {"BHM": {"max_allowed_voltage_for_insulation_test": 750.0}}
        if phase is Phase.IDENTIFY:
            return {"BRM": _identity(self.script.vehicle_speaks)}
        if phase is Phase.CONFIGURE:
            if "CML" not in self.heard:
                return {"BCP": _PARAMETERS}
            ready = now - self.heard["CML"] >= self.script.vehicle_ready
            return {"BRO": {"bms_ready": READY if ready else 0}}
        if phase is Phase.CHARGE:
            return self._charge(now - self.since)
        if phase is Phase.STOP:
            stop = self.script.stop
            told = "STOPPED" not in self.heard and stop is not None and stop[0] == "BST"
            return {"BST": {**_BST, (stop[1] if told and stop else "charger_stopped"): 1}}
        if phase is Phase.STATISTICS:
            return {"BSD": _BSD}
        return {"BEM": {**_BEM, **self._error}} if phase is Phase.ERROR else {}

    def _charge(self, elapsed: float) -> dict[str, Values]:
        volts = round(min(600.0 + elapsed, _DEMAND_V), 1)
        amperes = round(max(_DEMAND_A, -_RAMP * elapsed), 1)
        status: Values = {
            "measured_voltage": volts,
            "measured_current": amperes,
            "max_cell_voltage": 3.4,
            "max_cell_group": 0,
            "soc": min(100, 42 + int(elapsed / 60)),
            "remaining_time": 35,
        }
        return {
            "BCL": {"demand_voltage": _DEMAND_V, "demand_current": _DEMAND_A, "mode": 2},
            "BCS": status,
            "BSM": _BSM,
            "BMV": {"cell_voltage": (3.38, 3.4, 3.39, 3.4, 3.4, 3.39), "cell_group": (0, 0, 0, 1, 1, 1)},
            "BMT": {"temperature": (21, 22, 22, 23, 22, 21, 22, 22, 21, 22)},
        }


def _identity(edition: Edition) -> Values:
    old = edition is Edition.E2011
    identity: Values = {
        "protocol_version": "1.0" if old else "1.1",
        "battery_type": 3,
        "rated_capacity": 456.0,
        "rated_voltage": 618.2,
        "manufacturer": "PRTW",
        "pack_serial": 4711,
        "production_year": 2025,
        "production_month": 6,
        "production_day": 1,
        "charge_cycles": 12,
        "ownership": 1,
        "vin": VIN,
    }
    return identity if old else {**identity, "bms_sw_version": b"\x01\x00\x00\xea\x07\x01\x01\xff"}


_PARAMETERS: Final[Values] = {
    "max_cell_voltage": 3.65,
    "max_charge_current": -250.0,
    "nominal_energy": 282.0,
    "max_charge_voltage": 700.8,
    "max_temperature": 60,
    "soc": 42.0,
    "present_battery_voltage": 600.0,
}
_BSM: Final[Values] = {
    "max_cell_voltage_index": 5,
    "max_temperature": 23,
    "max_temperature_index": 4,
    "min_temperature": 21,
    "min_temperature_index": 1,
    **dict.fromkeys(
        ("cell_voltage_state", "soc_state", "overcurrent", "overtemperature", "insulation", "connector"), 0
    ),
    "charge_permitted": 1,
}
_BST: Final[Values] = dict.fromkeys(
    (
        *("target_soc_reached", "total_voltage_reached", "cell_voltage_reached", "charger_stopped", "f_insulation"),
        *("f_connector_overtemp", "f_bms_component_overtemp", "f_connector", "f_pack_overtemp", "f_hv_relay"),
        *("f_detect_point2", "f_other", "e_overcurrent", "e_voltage"),
    ),
    0,
)
_CST: Final[Values] = dict.fromkeys(
    (
        *("condition_reached", "manual_stop", "fault_stop", "bms_stopped", "f_charger_overtemp", "f_connector"),
        *("f_internal_overtemp", "f_energy_not_transferable", "f_emergency_stop", "f_other"),
        *("e_current_mismatch", "e_voltage"),
    ),
    0,
)
_BSD: Final[Values] = {
    "final_soc": 90,
    "min_cell_voltage": 3.38,
    "max_cell_voltage": 3.41,
    "min_temperature": 21,
    "max_temperature": 24,
}
_BEM: Final[Values] = dict.fromkeys(("to_CRM_00", "to_CRM_AA", "to_CML_CTS", "to_CRO", "to_CCS", "to_CST", "to_CSD"), 0)
_CEM: Final[Values] = dict.fromkeys(("to_BRM", "to_BCP", "to_BRO", "to_BCS", "to_BCL", "to_BST", "to_BSD"), 0)


class Charger(Side):
    """A charger of 750 V and 250 A."""

    def __init__(self, script: Script, tables: GbtTables) -> None:
        super().__init__(script, tables)
        first = {Edition.E2011: Phase.IDENTIFY, Edition.E2024: Phase.NEGOTIATE}
        self.enter(first.get(script.edition, Phase.GREET), 0.0)
        self._paused = False
        self._stop_field = "bms_stopped"
        self._energy = 0.0

    def hear(self, code: str, values: Mapping[str, Value], now: float) -> None:
        """Take a message of the vehicle."""
        self.note(code, now)
        if code == "BRO" and values.get("bms_ready") == READY:
            self.note("BRO_READY", now)
        elif code == "BSM":
            self._battery(values, now)
        elif code == "BST" and self.phase in (Phase.CHARGE, Phase.CONFIGURE):
            self.enter(Phase.STOP, now)

    def _battery(self, values: Mapping[str, Value], now: float) -> None:
        abnormal = any(
            values.get(name) == 1 for name in ("cell_voltage_state", "overcurrent", "overtemperature", "insulation")
        )
        if abnormal and self.phase is Phase.CHARGE:
            self._stop_field = "fault_stop"
            self.enter(Phase.STOP, now)
        self._paused = values.get("charge_permitted") == 0

    def due(self, now: float) -> list[tuple[str, Values]]:
        """What the charger sends at this instant."""
        self._advance(now)
        return self.timed(now, self._wanted(now))

    def _advance(self, now: float) -> None:
        phase, since = self.phase, self.since
        if phase is Phase.NEGOTIATE and now - since > self.limit("VERSION"):
            self.enter(Phase.GREET, now)
        elif phase is Phase.GREET:
            # Without BHM the vehicle may be of 2011, which is asked with CRM all the same.
            if now - self.heard.get("BHM", now) > self.script.insulation_test or self.late("BHM", "CHM_RX", since, now):
                self.enter(Phase.IDENTIFY, now)
        elif phase is Phase.IDENTIFY:
            self._identifying(now)
        elif phase is Phase.CONFIGURE:
            self._configuring(now)
        elif phase is Phase.CHARGE:
            self._charging(now)
        elif phase is Phase.STOP and now - since > _STOP_SECONDS and "BST" in self.heard:
            self.enter(Phase.STATISTICS, now)
        elif phase is Phase.STOP and self.late("BST", "STOP_RX", since, now):
            self.fail("to_BST", now)
        elif phase is Phase.STATISTICS and now - since > _STATISTICS_SECONDS and "BSD" in self.heard:
            self.enter(Phase.OVER, now)
        elif phase is Phase.STATISTICS and self.late("BSD", "STAT_RX", since, now):
            self.fail("to_BSD", now)
        elif phase is Phase.ERROR and now - since > _ERROR_SECONDS:
            self._again(now)

    def _identifying(self, now: float) -> None:
        if "BCP" in self.heard:
            self.enter(Phase.CONFIGURE, now)
        elif self.late("BRM", "BRM_RX", self.since, now):
            self.fail("to_BRM", now)
        elif "BRM" in self.heard and self.late("BCP", "BCP_RX", self.heard["BRM"], now):
            self.fail("to_BCP", now)

    def _configuring(self, now: float) -> None:
        ready = now - self.heard.get("BRO_READY", now) > self.script.charger_ready
        if ready and "BCL" in self.heard and "BCS" in self.heard:
            self.enter(Phase.CHARGE, now)
        elif ready and self.late("BCL", "BCS_RX", self.heard["BRO_READY"] + self.script.charger_ready, now):
            self.fail("to_BCL", now)
        elif ready and self.late("BCS", "BCS_RX", self.heard["BRO_READY"] + self.script.charger_ready, now):
            self.fail("to_BCS", now)
        elif self.late("BRO", "BRO_RX", self.since, now) or self.late("BRO_READY", "BRO_READY", self.since, now):
            self.fail("to_BRO", now)

    def _charging(self, now: float) -> None:
        stop = self.script.stop
        if stop is not None and stop[0] == "CST" and now - self.since >= self.script.charging:
            self._stop_field = stop[1]
            self.enter(Phase.STOP, now)
        elif self.silent("BCL", "BCL_RX", now):
            self.fail("to_BCL", now)
        elif self.silent("BCS", "BCS_RX", now):
            self.fail("to_BCS", now)

    def _again(self, now: float) -> None:
        """Back to recognition, as often as the standard lets it."""
        self.retries += 1
        if self.retries > self._tables.retries:
            self.enter(Phase.OVER, now)
            return
        self.heard.clear()
        self.enter(Phase.IDENTIFY, now)

    def _wanted(self, now: float) -> dict[str, Values]:
        phase = self.phase
        if phase is Phase.GREET:
            return {"CHM": {"protocol_version": "1.1"}}
        if phase is Phase.IDENTIFY:
            known = READY if "BRM" in self.heard else 0
            return {"CRM": {"recognition_result": known, "charger_number": 1, "region_code": "NGB"}}
        if phase is Phase.CONFIGURE:
            return self._configure(now)
        if phase is Phase.CHARGE:
            return {"CCS": self._output(now)}
        if phase is Phase.STOP:
            return {"CST": {**_CST, self._stop_field: 1}}
        if phase is Phase.STATISTICS:
            return {"CSD": {"total_time": 1, "energy": 0.4, "charger_number": 1}}
        return {"CEM": {**_CEM, **self._error}} if phase is Phase.ERROR else {}

    def _configure(self, now: float) -> dict[str, Values]:
        if "BRO_READY" in self.heard:
            ready = now - self.heard["BRO_READY"] >= self.script.charger_ready
            return {"CRO": {"charger_ready": READY if ready else 0}}
        at = self.script.start + timedelta(seconds=now)
        clock: Values = {name: getattr(at, name) for name in ("second", "minute", "hour", "day", "month", "year")}
        limits: Values = {
            "max_output_voltage": 750.0,
            "min_output_voltage": 200.0,
            "max_output_current": -250.0,
            "min_output_current": 0.0,
        }
        return {"CTS": clock, "CML": limits}

    def _output(self, now: float) -> Values:
        elapsed = now - self.since
        amperes = 0.0 if self._paused else round(max(_DEMAND_A, -_RAMP * elapsed), 1)
        return {
            "output_voltage": round(min(600.0 + elapsed, _DEMAND_V), 1),
            "output_current": amperes,
            "elapsed_time": int(elapsed / 60),
            "charge_permitted": 0 if self._paused else 1,
        }
