from __future__ import annotations

import pytest
from msgspec.structs import replace
from v2g_sessions import FINE, READY, agreed, charging, checked, demand, stopping, talking

from portwatt.interop.finding import Side
from portwatt.interop.rules_v2g import V2G_RULES
from portwatt.interop.v2g_evidence import V2gEvidence
from portwatt.wire.v2g.tcp import Mark

FAULTY = {"DC_EVStatus": {"EVReady": False, "EVErrorCode": "FAILED_EVRESSMalfunction", "EVRESSSOC": 50}}


def findings(rule: str, evidence: V2gEvidence) -> list[tuple[Side, float]]:
    return [(finding.side, finding.confidence) for finding in V2G_RULES[rule](evidence)]


def test_v10_the_response_over_which_the_vehicle_left() -> None:
    session = charging()
    demand(session, delay=2.55)
    session.close(by="ev")
    evidence = session.evidence()
    assert findings("V10", evidence) == [(Side.STATION, 0.9)]
    (finding,) = V2G_RULES["V10"](evidence)
    assert "2.55 s" in finding.text
    assert "limit 0.25 s" in finding.text


def test_v10_says_when_segments_had_to_be_sent_again() -> None:
    session = charging()
    demand(session, delay=2.55)
    session.close(by="ev")
    evidence = session.evidence()
    assert evidence.connection is not None
    last = evidence.exchanges[-1]
    lossy = replace(evidence.connection, station_repeats=(Mark(last.frames[0], last.at),))
    (finding,) = V2G_RULES["V10"](replace(evidence, connection=lossy))
    assert "1 segment(s) of the station had to be sent again" in finding.text


def test_v10_mostly_late_and_the_vehicle_reports_an_error() -> None:
    evidence = stopping(charging(delay=0.4), ev=FAULTY).evidence()
    assert findings("V10", evidence) == [(Side.STATION, 0.6)]


def test_v10_late_and_tolerated_is_a_quirk() -> None:
    (finding,) = V2G_RULES["V10"](stopping(charging(delay=0.5)).evidence())
    assert finding.quirk
    assert "20 of 20" in finding.text


def test_v10_spares_what_is_in_time() -> None:
    assert findings("V10", stopping(charging(delay=0.24)).evidence()) == []


def test_v10_allows_power_delivery_five_seconds() -> None:
    session = checked()
    session.say("PowerDelivery", {"ChargeProgress": "Start", **FINE}, READY, delay=4.5)
    assert findings("V10", session.evidence()) == []


def cable_checking(seconds: float) -> V2gEvidence:
    session = agreed()
    for _ in range(20):
        session.say("CableCheck", FINE, {"EVSEProcessing": "Ongoing", **READY}, after=seconds / 19 - 0.05)
    session.close(by="ev")
    return session.evidence()


def test_v11_cable_check_at_its_limit() -> None:
    assert findings("V11", cable_checking(40.2)) == [(Side.STATION, 0.9)]
    assert findings("V11", cable_checking(39.8)) == [(Side.STATION, 0.9)]


def test_v11_spares_a_cable_check_given_up_early() -> None:
    assert findings("V11", cable_checking(30)) == []


@pytest.mark.parametrize(("cable_check", "pre_charge"), [(45, 2), (10, 9)])
def test_v11_loop_the_vehicle_tolerated_is_a_quirk(cable_check: float, pre_charge: float) -> None:
    session = checked(cable_check=cable_check, pre_charge=pre_charge)
    session.say("PowerDelivery", {"ChargeProgress": "Start", **FINE}, READY)
    (finding,) = V2G_RULES["V11"](session.evidence())
    assert finding.quirk


def test_v11_nobody_authorised() -> None:
    session = talking()
    for _ in range(62):
        session.say("Authorization", {}, {"EVSEProcessing": "Ongoing_WaitingForCustomerInteraction"}, after=0.95)
    session.say("SessionStop")
    assert findings("V11", session.evidence()) == [(Side.USER, 0.9)]


def test_v11_spares_a_capture_that_ends_in_the_loop() -> None:
    session = agreed()
    for _ in range(20):
        session.say("CableCheck", FINE, {"EVSEProcessing": "Ongoing", **READY}, after=2.0)
    assert findings("V11", session.evidence(watched=0)) == []


def test_v19_unanswered() -> None:
    session = charging()
    session.ask("CurrentDemand", FINE)
    assert findings("V19", session.evidence(watched=5)) == [(Side.STATION, 0.8)]


def test_v19_sent_again_is_the_link() -> None:
    session = charging()
    session.ask("CurrentDemand", FINE)
    evidence = session.evidence(watched=5)
    assert evidence.connection is not None
    again = Mark(session.number + 1, session.at)
    lossy = replace(evidence.connection, ev_repeats=(again,))
    assert findings("V19", replace(evidence, connection=lossy)) == [(Side.LINK, 0.8)]


def test_v19_spares_a_capture_that_ends_before_the_limit() -> None:
    session = charging()
    session.ask("CurrentDemand", FINE)
    assert findings("V19", session.evidence(watched=0.1)) == []
