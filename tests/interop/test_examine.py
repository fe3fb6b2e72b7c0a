from __future__ import annotations

import functools
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from v2g_frames import FIN, START, Recorder, Wire

from portwatt.gateways.captures import open_capture
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.examine import examine
from portwatt.interop.finding import Outcome, Side, Verdict
from portwatt.model.capture import Bus, Frame
from portwatt.wire.v2g.v2gtp import build_v2gtp

DATA = Path(__file__).parent / "data"
EXPECTED = {
    "Mercedes-Benz_EQC__iso-15118-2-DC-eqc-iso15118-2-DC-not-supported": (Outcome.FAILED, "V06", Side.CONFIGURATION),
    "Citroen_eC4__2-iso2-ac": (Outcome.FAILED, "V15", Side.CONFIGURATION),
    "VW_id.3__iso-15118-2-AC-3-config-ac-iso2": (Outcome.FAILED, "V09", Side.STATION),
    "Opel_Ampera-E__2023-01-13-din-spec-70121-ampera-dc-din": (Outcome.FAILED, "V11", Side.STATION),
    "MG_MG4_electric__iso-2-DC": (Outcome.ABNORMAL, "V10", Side.STATION),
    "BYD_Atto3__1-config-dc-dinspec": (Outcome.STOPPED, "V01", Side.EV),
}


@functools.cache
def frames_of(name: str) -> tuple[Frame, ...]:
    return tuple(open_capture(DATA / f"{name}.pcap"))


def examined(frames: tuple[Frame, ...] | list[Frame]) -> Verdict:
    return examine(frames, "capture", load_gbt(), load_v2g())


@pytest.mark.parametrize("name", EXPECTED)
def test_outcome_and_first_cause_of_real_captures(name: str) -> None:
    verdict = examined(frames_of(name))
    found = verdict.first_finding
    assert found is not None
    assert (verdict.outcome, found.rule, found.side) == EXPECTED[name]
    assert not found.consequence
    numbers = {frame.number for frame in frames_of(name)}
    for attempt in verdict.attempts:
        for finding in attempt.findings:
            assert finding.frames
            assert set(finding.frames) <= numbers
            assert 0 < finding.confidence <= 1
            assert finding.text
            assert finding.remedy.endswith(".")


def test_retries_share_their_plug_in() -> None:
    verdict = examined(frames_of("Mercedes-Benz_EQC__iso-15118-2-DC-eqc-iso15118-2-DC-not-supported"))
    assert [(a.number, a.plug_in) for a in verdict.attempts] == [(1, 1), (2, 1)]


def test_what_followed_is_told_from_the_cause() -> None:
    verdict = examined(frames_of("Opel_Ampera-E__2023-01-13-din-spec-70121-ampera-dc-din"))
    flags = [(f.rule, f.consequence) for f in verdict.attempts[-1].findings]
    assert flags == [("V11", False), ("V14", True)]


@pytest.mark.parametrize("name", EXPECTED)
def test_addresses_of_vehicles_are_not_shown(name: str) -> None:
    shown = msgspec.json.encode(examined(frames_of(name))).decode().lower()
    addresses = {frame.data[6:12].hex() for frame in frames_of(name)}
    assert not [address for address in addresses if address in shown]


def test_without_schemas_the_layers_are_judged_still() -> None:
    name = "Mercedes-Benz_EQC__iso-15118-2-DC-eqc-iso15118-2-DC-not-supported"
    verdict = examine(frames_of(name), "capture", load_gbt(), None)
    assert len(verdict.attempts) == 2
    assert "4 messages were not decoded: no schemas are at hand" in verdict.remarks


def test_nothing_is_no_session() -> None:
    verdict = examined([])
    assert (verdict.outcome, verdict.attempts, verdict.first_finding) == (Outcome.NO_SESSION, (), None)


def test_both_buses_in_one_capture() -> None:
    ethernet = frames_of("VW_id.3__iso-15118-2-AC-3-config-ac-iso2")
    can = Frame(9999, ethernet[0].at, Bus.CAN, b"\x00\x01\x00", 0x1826F456)
    verdict = examined([*ethernet, can])
    assert [a.protocol for a in verdict.attempts if a.protocol == "ISO 15118-2"] == ["ISO 15118-2"] * 2


def test_undecodable_messages_end_as_a_finding() -> None:
    recorder = Recorder(START)
    recorder.slac()
    recorder.sdp()
    wire = Wire(recorder)
    wire.open()
    offer = frames_of("MG_MG4_electric__iso-2-DC")
    sap = [f.data[74:] for f in offer if f.data[74:78] == b"\x01\xfe\x80\x01"][:2]
    for payload, ev in zip(sap, (True, False), strict=True):
        wire.send(payload, ev=ev)
    wire.send(build_v2gtp(0x8001, b"\xff" * 30), ev=True)
    wire.end(FIN | 16, ev=False, after=0.5)
    verdict = examined(recorder.frames)
    assert verdict.outcome is Outcome.FAILED
    assert "V17" in {finding.rule for finding in verdict.attempts[0].findings}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(EXPECTED)), st.randoms(use_true_random=False))
def test_flips_cuts_and_reorders_never_raise(name: str, chance: random.Random) -> None:
    frames = list(frames_of(name)[:300])
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(frames))
        data = bytearray(frames[at].data)
        kind = chance.randrange(4)
        if kind == 0 and data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            frames[at] = replace(frames[at], data=bytes(data))
        elif kind == 1:
            frames[at] = replace(frames[at], data=bytes(data[: chance.randrange(len(data) + 1)]))
        elif kind == 2:
            other = chance.randrange(len(frames))
            frames[at], frames[other] = frames[other], frames[at]
        else:
            del frames[at]
    verdict = examined(frames)
    assert verdict.file == "capture"
