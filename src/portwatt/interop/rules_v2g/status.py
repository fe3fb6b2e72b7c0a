"""Rules of what the sides report of themselves: V12 station, V13 vehicle, V14 vehicle without a word, V18 isolation."""

from __future__ import annotations

from collections.abc import Iterator

from portwatt.interop.finding import Finding, Side
from portwatt.interop.rules_v2g.saying import before_stop, cut_short, ev_error, finding, silent, stopped_in_order
from portwatt.interop.v2g_evidence import Exchange, V2gEvidence, quantity
from portwatt.interop.v2g_limits import CURRENT_DEMAND_TOLERATED, response_limit

STOP_REQUESTED = ("EVSE_Shutdown", "StopCharging", "Terminate")
STATION_FAULTS = {
    "EVSE_Malfunction": (Side.STATION, 0.9, "Read the station's fault memory for this moment."),
    "EVSE_EmergencyShutdown": (
        Side.STATION,
        0.9,
        "Find what set off the station's emergency shutdown: button, door, insulation or temperature.",
    ),
    "EVSE_UtilityInterruptEvent": (
        Side.STATION,
        0.7,
        "Ask the grid operator or the site's load control about this moment.",
    ),
}
_ISOLATION = {"Fault": 0.8, "Warning": 0.3}
_ADVICE = {
    "FAILED_RESSTemperatureInhibit": "Let the battery warm up or cool down before charging.",
    "FAILED_ChargerConnectorLockFault": "Check the lock of the vehicle's inlet and the latch of the plug.",
    "FAILED_EVShiftPosition": "Put the vehicle into park.",
    "FAILED_ChargingVoltageOutOfRange": "Compare the station's voltage range with that of the battery.",
    "FAILED_ChargingCurrentdifferential": "Compare the current the station delivers with what was asked for.",
    "FAILED_ChargingSystemIncompatibility": "Compare the limits both sides announced.",
    "FAILED_EVRESSMalfunction": "Read the vehicle's fault memory, and look at what the station did just before.",
}
_NEXT_TO_NOTHING = 0.1
"""Share of the current asked for below which a vehicle has reason to complain."""
_NEAR_TARGET = 5
"""Percent of charge that count as near the target."""


def v12_station_status(evidence: V2gEvidence) -> Iterator[Finding]:
    """The station reports a malfunction, an emergency, a residual current, or asks to stop: the first of each."""
    stop = fault = False
    for exchange in before_stop(evidence):
        status = exchange.answered("EVSEStatusCode")
        if not fault and status in STATION_FAULTS:
            fault = True
            side, sure, remedy = STATION_FAULTS[status]
            text = f"the station reports {status} in {exchange.name}Res at frame {exchange.frames[-1]}"
            yield finding("V12", side, sure, exchange.frames, text, remedy, exchange.end)
        elif not fault and exchange.answered("RCD") is True:
            fault = True
            text = f"the station's residual current device tripped ({exchange.name}Res at frame {exchange.frames[-1]})"
            remedy = "Measure the insulation of vehicle and cable before the next attempt."
            yield finding("V12", Side.STATION, 0.8, exchange.frames, text, remedy, exchange.end)
        wish = [w for w in (status, exchange.answered("EVSENotification")) if w in STOP_REQUESTED]
        if wish and not stop and not fault:
            stop = True
            text = (
                f"the station asks to stop ({', '.join(wish)}) in {exchange.name}Res at frame {exchange.frames[-1]}: "
                "somebody ended it there, or the operator from afar"
            )
            remedy = "None needed if it was meant; otherwise ask the operator who stopped it."
            yield finding("V12", Side.USER, 0.6, exchange.frames, text, remedy, exchange.end)


def v13_ev_error(evidence: V2gEvidence) -> Iterator[Finding]:
    """The vehicle reports an error of its own: the first."""
    for exchange in evidence.exchanges:
        code = ev_error(exchange)
        if code is None or code == "NoData":
            continue
        assert exchange.request is not None
        text = f"the vehicle reports {code} in {exchange.name}Req at frame {exchange.request.last}{_starved(evidence)}"
        remedy = _ADVICE.get(code, "Read the vehicle's fault memory for this moment.")
        yield finding("V13", Side.EV, 0.85, exchange.request.frames, text, remedy, exchange.at)
        return


def _starved(evidence: V2gEvidence) -> str:
    """What the vehicle asked for and what it was given, where that was next to nothing."""
    loop = list(evidence.named("CurrentDemand"))
    asked = max((quantity(e.asked("EVTargetCurrent")) or 0.0 for e in loop), default=0.0)
    given = max((quantity(e.answered("EVSEPresentCurrent")) or 0.0 for e in loop), default=0.0)
    if asked <= 0 or given >= asked * _NEXT_TO_NOTHING:
        return ""
    return f"; it had asked for {asked:g} A, the station reported {given:g} A at most"


def v14_silent_exit(evidence: V2gEvidence) -> Iterator[Finding]:
    """The vehicle left, or stopped before energy flowed, and nothing it was told explains why."""
    last = evidence.last
    if last is None or last.response is None or cut_short(evidence) or any(map(ev_error, evidence.exchanges)):
        return
    if not all(e.code.startswith("OK") for e in evidence.exchanges[-3:] if e.response) or _late(evidence, last):
        return
    hints = _hints(evidence)
    because = f" ({'; '.join(hints)})" if hints else ""
    remedy = "Read the vehicle's log for this moment, and compare the limits of both sides."
    if evidence.flowed:
        remedy = "Ask whether the plug was pulled; otherwise read the vehicle's log for this moment."
    if silent(evidence):
        left = evidence.connection.ev_left if evidence.connection else None
        how = f"closed the connection at frame {left.number}" if left else "fell silent"
        text = f"the vehicle {how} after {last.name} had been answered {last.code}, without a word of why{because}"
        frames = (*last.frames, left.number) if left else last.frames
        at = left.at if left else last.end
        yield finding("V14", Side.EV, 0.7, frames, text, remedy, at)
    elif stopped_in_order(evidence) and not evidence.flowed and not _asked_to_stop(evidence):
        stop = next(evidence.named("SessionStop"))
        text = f"the vehicle ended the session with SessionStop before any energy flowed and gave no reason{because}"
        yield finding("V14", Side.EV, 0.6, stop.frames, text, remedy, stop.at)


def _late(evidence: V2gEvidence, exchange: Exchange) -> bool:
    limit = max(response_limit(exchange.name, evidence.dialect), CURRENT_DEMAND_TOLERATED)
    return exchange.delay is not None and exchange.delay > limit


def _asked_to_stop(evidence: V2gEvidence) -> bool:
    wishes = {e.answered(key) for e in evidence.exchanges for key in ("EVSEStatusCode", "EVSENotification")}
    return bool(wishes & set(STOP_REQUESTED))


def _hints(evidence: V2gEvidence) -> list[str]:
    """What in the parameters may have made the vehicle leave."""
    hints: list[str] = []
    parameters = next(evidence.named("ChargeParameterDiscovery", "DC_ChargeParameterDiscovery"), None)
    soc = next((e.asked("EVRESSSOC") for e in reversed(evidence.exchanges) if e.asked("EVRESSSOC") is not None), None)
    full = parameters.asked("FullSOC") if parameters else None
    if isinstance(soc, int):
        target = full if isinstance(full, int) and full > 0 else 100
        near = soc >= target - _NEAR_TARGET
        hints.append(f"charge {soc} %, {'near its target' if near else 'target'} {target} %")
    if parameters is not None:
        hints += _limit_hints(parameters)
    return hints


def _limit_hints(parameters: Exchange) -> Iterator[str]:
    ev_volts = quantity(parameters.asked("EVMaximumVoltageLimit"))
    lowest = quantity(parameters.answered("EVSEMinimumVoltageLimit"))
    highest = quantity(parameters.answered("EVSEMaximumVoltageLimit"))
    if ev_volts is not None and highest is not None and highest < ev_volts:
        yield f"the station gives at most {highest:.0f} V, the vehicle goes up to {ev_volts:.0f} V"
    if ev_volts is not None and lowest is not None and lowest > ev_volts:
        yield f"the station gives at least {lowest:.0f} V, the vehicle takes at most {ev_volts:.0f} V"
    amperes = quantity(parameters.answered("EVSEMaximumCurrentLimit"))
    if amperes is not None and amperes <= 0:
        yield "the station's current limit is 0 A"


def v18_isolation(evidence: V2gEvidence) -> Iterator[Finding]:
    """The station's insulation monitor reports a fault or warns: the first."""
    for exchange in evidence.exchanges:
        status = exchange.answered("EVSEIsolationStatus")
        if status in _ISOLATION:
            where = f"{exchange.name}Res at frame {exchange.frames[-1]}"
            text = f"the station's insulation monitor reports {status} in {where}"
            remedy = "Measure the insulation of vehicle, cable and station apart from each other."
            yield finding("V18", Side.STATION, _ISOLATION[status], exchange.frames, text, remedy, exchange.end)
            return
