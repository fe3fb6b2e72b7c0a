from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from v2g_sessions import MATCHED, Session, charging, stopping, talking

from portwatt.interop.finding import Side
from portwatt.interop.rules_v2g import V2G_RULES
from portwatt.interop.v2g_evidence import Connection, V2gEvidence
from portwatt.wire.v2g.slac import Slac
from portwatt.wire.v2g.tcp import Mark


def findings(rule: str, evidence: V2gEvidence) -> list[tuple[Side, float]]:
    return [(finding.side, finding.confidence) for finding in V2G_RULES[rule](evidence)]


def connected(evidence: V2gEvidence) -> Connection:
    assert evidence.connection is not None
    return evidence.connection


@pytest.mark.parametrize(
    ("kinds", "side"),
    [
        ((Slac.PARAM_REQ,), Side.STATION),
        (MATCHED[:2], Side.EV),
        (MATCHED[:4], Side.STATION),
        (MATCHED[:5], Side.LINK),
        (MATCHED[:6], Side.EV),
        (MATCHED[:7], Side.STATION),
    ],
)
def test_v01_says_where_slac_stopped(kinds: tuple[Slac, ...], side: Side) -> None:
    session = Session()
    session.match(*kinds)
    evidence = session.evidence()
    assert findings("V01", evidence) == [(side, 0.9)]
    (finding,) = V2G_RULES["V01"](evidence)
    assert kinds[-1].label in finding.text
    assert finding.frames == tuple(dict.fromkeys((1, len(kinds)))) or finding.frames == (1, len(kinds))


def test_v01_match_with_another_station_is_no_fault_of_this_one() -> None:
    session = Session()
    session.match(Slac.PARAM_REQ, Slac.START_ATTEN_CHAR_IND, Slac.SOUND_IND, Slac.ATTEN_CHAR_RSP, Slac.MATCH_REQ)
    evidence = session.evidence()
    assert evidence.overheard
    assert findings("V01", evidence) == [(Side.LINK, 0.6)]


def test_v01_spares_a_match_and_a_capture_that_ends_in_the_middle() -> None:
    session = Session()
    session.match()
    assert findings("V01", session.evidence()) == []
    session = Session()
    session.match(*MATCHED[:5])
    assert findings("V01", session.evidence(watched=0.2)) == [(Side.LINK, 0.3)]


def test_v02_no_sdp_after_the_match() -> None:
    session = Session()
    session.match()
    assert findings("V02", session.evidence(watched=30)) == [(Side.LINK, 0.7)]


def test_v02_spares_a_capture_that_ends_soon_and_an_sdp_request() -> None:
    session = Session()
    session.match()
    assert findings("V02", session.evidence(watched=5)) == []
    session.find(answered=False)
    assert findings("V02", session.evidence()) == []


def test_v03_sdp_unanswered() -> None:
    session = Session()
    session.match()
    for _ in range(3):
        session.find(answered=False)
        session.wait(0.25)
    assert findings("V03", session.evidence()) == [(Side.STATION, 0.9)]


def test_v03_spares_a_late_answer() -> None:
    session = Session()
    session.find(answered=False)
    session.find()
    assert findings("V03", session.evidence()) == []


def test_v04_refused() -> None:
    session = Session()
    session.find()
    opened, refused = session.mark(), session.mark()
    blank = talking().evidence().connection
    assert blank is not None
    session.connection = Connection(
        blank.ev, blank.station, opened, refused=refused, station_reset=refused, last=refused
    )
    assert findings("V04", session.evidence()) == [(Side.STATION, 0.9)]


def test_v04_port_differs_from_sdp() -> None:
    session = Session()
    session.find(port=1234)
    session.connect()
    assert findings("V04", session.evidence()) == [(Side.EV, 0.8)]


def test_v04_never_connected() -> None:
    session = Session()
    session.find()
    assert findings("V04", session.evidence()) == [(Side.EV, 0.6)]
    assert findings("V04", session.evidence(watched=2)) == []


def test_v04_spares_a_conversation_on_another_port() -> None:
    session = Session()
    session.find(port=1234)
    session.connect()
    session.say("supportedAppProtocol")
    assert findings("V04", session.evidence()) == []


def test_v05_tls_wanted_and_not_offered() -> None:
    session = Session()
    session.find(tls=True, offered=False)
    evidence = session.evidence()
    assert findings("V05", evidence) == [(Side.CONFIGURATION, 0.9)]
    assert findings("V04", evidence) == []


def test_v05_spares_a_vehicle_that_goes_on_without() -> None:
    session = talking(tls=True, offered=False)
    session.say("supportedAppProtocol")
    assert findings("V05", session.evidence()) == []


def test_v05_handshake_that_does_not_hold_and_one_that_does() -> None:
    session = talking(tls=True, offered=True)
    session.close(by="ev", after=0.4)
    evidence = session.evidence()
    connection = replace(connected(evidence), tls=True, segments=6)
    assert findings("V05", replace(evidence, connection=connection)) == [(Side.CONFIGURATION, 0.7)]
    long_lived = replace(connection, ev_finished=Mark(99, session.at + timedelta(seconds=600)))
    assert findings("V05", replace(evidence, connection=long_lived)) == []


def repeated(session: Session, before_end: float, count: int) -> V2gEvidence:
    evidence = session.evidence()
    left = evidence.left
    assert left is not None
    marks = tuple(Mark(900 + n, left.at - timedelta(seconds=before_end)) for n in range(count))
    return replace(evidence, connection=replace(connected(evidence), station_repeats=marks))


def test_v20_losses_before_the_end() -> None:
    session = charging()
    session.close(by="ev")
    assert findings("V20", repeated(session, 1.5, 4)) == [(Side.LINK, 0.7)]


def test_v20_losses_that_were_lived_with_are_a_quirk() -> None:
    session = stopping(charging())
    assert findings("V20", repeated(session, 15, 30)) == [(Side.LINK, 0.3)]
    assert findings("V20", repeated(session, 15, 2)) == []


def test_v20_station_closes_in_the_middle() -> None:
    session = charging()
    session.close(by="station", after=1)
    assert findings("V20", session.evidence()) == [(Side.STATION, 0.8)]


def test_v20_spares_a_station_that_closes_after_session_stop_or_a_minute_of_silence() -> None:
    assert findings("V20", stopping(charging()).evidence()) == []
    session = charging()
    session.close(by="station", after=60)
    assert findings("V20", session.evidence()) == []
