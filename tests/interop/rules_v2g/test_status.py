from __future__ import annotations

import pytest
from v2g_sessions import FINE, READY, agreed, charging, demand, stopping, talking, value

from portwatt.interop.finding import Side
from portwatt.interop.rules_v2g import V2G_RULES
from portwatt.interop.v2g_evidence import V2gEvidence


def findings(rule: str, evidence: V2gEvidence) -> list[tuple[Side, float]]:
    return [(finding.side, finding.confidence) for finding in V2G_RULES[rule](evidence)]


def status(code: str, notification: str = "None", isolation: str = "Valid") -> dict[str, object]:
    return {
        "DC_EVSEStatus": {
            "EVSEStatusCode": code,
            "EVSENotification": notification,
            "EVSEIsolationStatus": isolation,
        }
    }


@pytest.mark.parametrize("code", ["EVSE_Malfunction", "EVSE_EmergencyShutdown"])
def test_v12_fault_of_the_station(code: str) -> None:
    session = charging()
    demand(session, station=status(code))
    assert findings("V12", session.evidence()) == [(Side.STATION, 0.9)]


def test_v12_wish_to_stop_is_somebodys() -> None:
    session = charging()
    demand(session, station=status("EVSE_Shutdown", "StopCharging"))
    assert findings("V12", stopping(session).evidence()) == [(Side.USER, 0.6)]


def test_v12_residual_current() -> None:
    session = talking()
    session.say("ChargingStatus", {}, {"AC_EVSEStatus": {"RCD": True, "EVSENotification": "None"}})
    assert findings("V12", session.evidence()) == [(Side.STATION, 0.8)]


def test_v12_spares_a_station_that_goes_down_once_the_vehicle_has_ended_it() -> None:
    session = stopping(charging())
    session.say("WeldingDetection", FINE, status("EVSE_Shutdown"))
    assert findings("V12", session.evidence()) == []
    demand(session := charging(), station=status("EVSE_IsolationMonitoringActive"))
    assert findings("V12", session.evidence()) == []


def test_v13_error_of_the_vehicle_with_advice() -> None:
    session = charging()
    demand(session, ev={"DC_EVStatus": {"EVErrorCode": "FAILED_RESSTemperatureInhibit", "EVRESSSOC": 50}})
    evidence = session.evidence()
    assert findings("V13", evidence) == [(Side.EV, 0.85)]
    (finding,) = V2G_RULES["V13"](evidence)
    assert "warm up" in finding.remedy


def test_v13_says_what_the_vehicle_was_not_given() -> None:
    session = charging(0)
    ev = {"DC_EVStatus": {"EVErrorCode": "FAILED_EVRESSMalfunction"}, "EVTargetCurrent": value(25, "A")}
    demand(session, ev=ev, station={**READY, "EVSEPresentCurrent": value(0.05, "A")})
    (finding,) = V2G_RULES["V13"](session.evidence())
    assert "asked for 25 A, the station reported 0.05 A at most" in finding.text


def test_v13_spares_no_data() -> None:
    session = charging()
    demand(session, ev={"DC_EVStatus": {"EVErrorCode": "NoData", "EVRESSSOC": 50}})
    assert findings("V13", session.evidence()) == []


def test_v14_vehicle_closes_without_a_word_and_the_parameters_hint_why() -> None:
    session = charging()
    demand(session, ev={"DC_EVStatus": {"EVErrorCode": "NO_ERROR", "EVRESSSOC": 97}})
    session.close(by="ev")
    evidence = session.evidence()
    assert findings("V14", evidence) == [(Side.EV, 0.7)]
    (finding,) = V2G_RULES["V14"](evidence)
    assert "charge 97 %, near its target 100 %" in finding.text


def test_v14_vehicle_falls_silent() -> None:
    session = charging()
    assert findings("V14", session.evidence(watched=90)) == [(Side.EV, 0.7)]
    assert findings("V14", session.evidence(watched=20)) == []


def test_v14_vehicle_stops_in_order_before_any_energy() -> None:
    assert findings("V14", stopping(agreed()).evidence()) == [(Side.EV, 0.6)]


@pytest.mark.parametrize("delay", [0.05, 1.0])
def test_v14_spares_an_exit_that_something_explains(delay: float) -> None:
    session = charging()
    demand(session, delay=delay, ev=FINE if delay > 0.5 else {"DC_EVStatus": {"EVErrorCode": "FAILED_EVShiftPosition"}})
    session.close(by="ev")
    assert findings("V14", session.evidence()) == []


def test_v14_spares_a_stop_in_order_after_energy() -> None:
    assert findings("V14", stopping(charging()).evidence()) == []


def test_v18_isolation_fault_and_warning() -> None:
    session = charging()
    demand(session, station=status("EVSE_Ready", isolation="Fault"))
    assert findings("V18", session.evidence()) == [(Side.STATION, 0.8)]
    session = charging()
    demand(session, station=status("EVSE_Ready", isolation="Warning"))
    (finding,) = V2G_RULES["V18"](session.evidence())
    assert finding.quirk


def test_v18_spares_a_test_under_way() -> None:
    session = agreed()
    session.say("CableCheck", FINE, status("EVSE_IsolationMonitoringActive", isolation="Invalid"))
    session.say("PreCharge", FINE, READY)
    assert findings("V18", session.evidence()) == []
