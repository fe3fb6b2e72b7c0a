from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace
from v2g_sessions import FINE, READY, Session, agreed, charging, demand, stopping, talking

from portwatt.interop.finding import Finding, Outcome
from portwatt.interop.v2g_evidence import V2gEvidence
from portwatt.interop.v2g_outcome import facts_of, judge, outcome_of, same_plug_in, unfinished
from portwatt.wire.v2g.slac import Slac
from portwatt.wire.v2g.tcp import Mark

FAULTY = {"DC_EVStatus": {"EVReady": False, "EVErrorCode": "FAILED_EVRESSMalfunction", "EVRESSSOC": 50}}
SHUTDOWN = {"DC_EVSEStatus": {"EVSEStatusCode": "EVSE_Shutdown", "EVSENotification": "StopCharging"}}


def judged(evidence: V2gEvidence) -> tuple[Outcome, tuple[Finding, ...]]:
    findings = judge(evidence)
    return outcome_of(evidence, findings), findings


def test_full_vehicle_that_stops_in_order_passes() -> None:
    assert judged(stopping(charging(), complete=True).evidence()) == (Outcome.PASS, ())


def test_stop_before_it_is_full_is_a_stop() -> None:
    assert judged(stopping(charging()).evidence()) == (Outcome.STOPPED, ())


def test_stop_at_the_station_is_a_stop() -> None:
    session = charging()
    demand(session, station=SHUTDOWN)
    outcome, findings = judged(stopping(session).evidence())
    assert (outcome, [f.rule for f in findings]) == (Outcome.STOPPED, ["V12"])


def test_error_after_energy_is_abnormal_and_before_it_a_failure() -> None:
    assert judged(stopping(charging(), ev=FAULTY).evidence())[0] is Outcome.ABNORMAL
    session = agreed()
    session.say("CableCheck", FAULTY, READY)
    assert judged(stopping(session).evidence())[0] is Outcome.FAILED


def test_quirks_alone_leave_a_good_session_good() -> None:
    outcome, findings = judged(stopping(charging(delay=0.5), complete=True, code="FAILED").evidence())
    assert outcome is Outcome.STOPPED
    assert all(f.quirk and not f.consequence for f in findings)
    assert {f.rule for f in findings} == {"V08", "V10"}


def test_cause_first_then_what_followed_then_quirks() -> None:
    session = charging(delay=0.5)
    demand(session, station={"DC_EVSEStatus": {"EVSEStatusCode": "EVSE_Malfunction"}})
    session.close(by="ev")
    findings = judge(session.evidence())
    assert [(f.rule, f.consequence, f.quirk) for f in findings] == [
        ("V12", False, False),
        ("V14", True, False),
        ("V10", False, True),
    ]


def test_match_with_another_station_is_no_session_here() -> None:
    session = Session()
    session.match(Slac.PARAM_REQ, Slac.SOUND_IND, Slac.MATCH_REQ)
    assert judged(session.evidence())[0] is Outcome.NO_SESSION


def later(evidence: V2gEvidence, seconds: float, mac: bytes = b"\2\0\0\0\0\x07") -> V2gEvidence:
    begin = Mark(1000, evidence.exchanges[-1].end + timedelta(seconds=seconds))
    return replace(evidence, begin=begin, ev_mac=mac)


def test_retry_soon_after_a_failure_shares_the_plug_in() -> None:
    failed = agreed()
    failed.close(by="ev")
    before = failed.evidence()
    assert same_plug_in(before, Outcome.FAILED, later(before, 20))
    assert not same_plug_in(before, Outcome.FAILED, later(before, 120))
    assert not same_plug_in(before, Outcome.STOPPED, later(before, 20))
    assert not same_plug_in(before, Outcome.FAILED, later(before, 20, b"\x08\0\0\0\0\1"))


def test_session_after_a_pause_shares_the_plug_in_however_long_it_took() -> None:
    session = charging()
    session.say("SessionStop", {"ChargingSession": "Pause"})
    before = session.evidence()
    assert same_plug_in(before, Outcome.PASS, later(before, 7200))


def test_facts_hide_the_vehicle_behind_the_mask() -> None:
    session = charging()
    demand(session, station=SHUTDOWN)
    evidence = stopping(session).evidence()
    facts = facts_of(evidence, lambda text: f"<{len(text)}>")
    assert facts["vehicle"] == "<12>"
    assert facts["station"] == "DE*PW1"
    assert facts["greatest voltage of the vehicle"] == "450 V"
    assert facts["greatest voltage of the station"] == "920 V"
    assert facts["transfer type"] == "DC_extended"
    assert facts["ended by"] == "the vehicle, as the station asked"
    assert facts_of(stopping(charging()).evidence(), str)["ended by"] == "the vehicle, in order"


def test_capture_that_ends_in_the_middle() -> None:
    session = charging()
    assert unfinished(session.evidence(watched=1))
    assert facts_of(session.evidence(watched=1), str)["ended by"] == "nobody in the capture, which ends before"
    assert not unfinished(stopping(charging()).evidence(watched=1))
    demand(session, ev=FINE)
    assert judged(session.evidence(watched=1))[0] is Outcome.STOPPED


def encrypted(minutes: float) -> V2gEvidence:
    session = talking(tls=True, offered=True)
    session.close(by="ev", after=minutes * 60)
    evidence = session.evidence()
    connection = evidence.connection
    assert connection is not None
    return replace(evidence, connection=replace(connection, tls=True, segments=400, last=connection.ev_finished))


def test_long_encrypted_session_is_not_called_failed() -> None:
    assert judged(encrypted(20)) == (Outcome.STOPPED, ())
    assert judged(encrypted(0.5))[0] is Outcome.FAILED
