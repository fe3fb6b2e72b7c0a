"""The twin of CCS2 plays what the standards ask for, and what a script changes of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.finding import Side
from portwatt.interop.twin_script import During
from portwatt.interop.twin_v2g import play_v2g
from portwatt.interop.twin_v2g_script import Leaves, Resent, Unsaid, V2gFault, V2gOverride, V2gScript
from portwatt.interop.twin_v2g_sessions import PLAIN, PLAIN_DIN
from portwatt.interop.v2g_attempts import V2gListener
from portwatt.interop.v2g_evidence import V2gEvidence
from portwatt.interop.v2g_sequence import legal_after
from portwatt.wire.exi.v2g import Dialect


def evidence(*faults: V2gFault, script: V2gScript = PLAIN) -> V2gEvidence:
    listener = V2gListener(load_v2g())
    frames = play_v2g(replace(script, faults=faults), load_v2g())
    (found,) = [*(one for frame in frames for one in listener.take(frame)), *listener.close()]
    return found


def socs(seen: V2gEvidence) -> list[Any]:
    return [e.asked("EVRESSSOC") for e in seen.named("CurrentDemand")]


def test_the_same_script_plays_the_same_frames() -> None:
    assert play_v2g(PLAIN, load_v2g()) == play_v2g(PLAIN, load_v2g())


@pytest.mark.parametrize("script", [PLAIN, PLAIN_DIN])
def test_exchanges_follow_the_sequence_and_end_in_order(script: V2gScript) -> None:
    seen = evidence(script=script)
    assert all(legal_after(before, after) for before, after in pairwise(seen.exchanges))
    assert (seen.exchanges[0].name, seen.exchanges[-1].name) == ("supportedAppProtocol", "SessionStop")
    assert seen.dialect is script.dialect
    assert seen.broken == ()
    assert (socs(seen)[0], socs(seen)[-1]) == (42, 80)


def test_numbers_and_times_go_up() -> None:
    frames = play_v2g(PLAIN, load_v2g())
    assert [f.number for f in frames] == list(range(1, len(frames) + 1))
    assert all(a.at <= b.at for a, b in pairwise(frames))


def test_override_holds_for_its_time_only() -> None:
    during = During("CurrentDemandReq", 1.0, 2.0)
    asked = socs(evidence(V2gOverride("CurrentDemandReq", "DC_EVStatus.EVRESSSOC", 7, during)))
    assert asked[0] == 42
    assert asked[-1] == 80
    assert asked.count(7) in range(10, 15)


def test_override_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match=r"CurrentDemandReq has no field 'DC_EVStatus.EVSOC'"):
        evidence(V2gOverride("CurrentDemandReq", "DC_EVStatus.EVSOC", 7))


def test_a_dialect_it_does_not_speak_is_refused() -> None:
    with pytest.raises(UsageError, match="not ISO 15118-20"):
        evidence(script=replace(PLAIN, dialect=Dialect.ISO20_DC))


def test_a_message_that_never_comes() -> None:
    seen = evidence(Unsaid("CableCheckRes"))
    assert seen.last is not None
    assert (seen.last.name, seen.last.response) == ("CableCheck", None)
    assert seen.connection is not None
    assert seen.connection.ev_left is not None


@pytest.mark.parametrize("side", [Side.EV, Side.STATION])
def test_who_leaves_first(side: Side) -> None:
    connection = evidence(Leaves(side, "PreChargeRes")).connection
    assert connection is not None
    assert connection.ev_left is not None
    assert connection.station_left is not None
    first = Side.EV if connection.ev_left.number < connection.station_left.number else Side.STATION
    assert first is side


def test_segments_sent_again_are_seen_as_such() -> None:
    connection = evidence(Resent("ServiceDiscoveryRes", 3)).connection
    assert connection is not None
    assert (len(connection.station_repeats), len(connection.ev_repeats)) == (3, 0)
