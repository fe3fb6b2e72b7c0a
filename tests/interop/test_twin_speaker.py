"""Two speakers, frame for frame, without a bus: they come to what the player of whole sessions comes to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gbt import LAYOUTS, examined
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.interop.finding import Outcome, Verdict
from portwatt.interop.twin_script import LostPacket, Script
from portwatt.interop.twin_sessions import PLAIN, SESSIONS
from portwatt.interop.twin_speaker import Speaker
from portwatt.model.capture import Bus, Frame
from portwatt.wire.gbt27930.identifier import Address
from portwatt.wire.gbt27930.tables import Edition
from portwatt.wire.gbt27930.transport import management_id, request

REACHED_BY_PROTOCOL = tuple(r for r in SESSIONS if r not in ("G01", "G19"))
"""The other two need a recorder that does something to the frames."""


def spoken(script: Script) -> Verdict:
    charger, vehicle = (Speaker(role, script, LAYOUTS) for role in (Address.CHARGER, Address.BMS))
    frames: list[Frame] = []
    for tick in range(round(script.length * 100)):
        now = tick / 100
        for one, other in ((charger, vehicle), (vehicle, charger)):
            for can_id, data in one.due(now):
                frames.append(Frame(len(frames) + 1, script.start + timedelta(seconds=now), Bus.CAN, data, can_id))
                other.hear(can_id, data, now)
        if charger.over and vehicle.over:
            break
    return examined(frames)


@pytest.mark.parametrize("rule", REACHED_BY_PROTOCOL)
def test_as_the_player_of_whole_sessions(rule: str) -> None:
    script = SESSIONS[rule].speaks.script
    assert spoken(script).outcome is examined(SESSIONS[rule].speaks.frames(LAYOUTS)).outcome


@pytest.mark.parametrize("edition", Edition)
def test_every_edition_completes(edition: Edition) -> None:
    assert spoken(replace(PLAIN, edition=edition)).outcome is Outcome.PASS


def test_a_lost_packet_costs_a_second_announcement() -> None:
    assert spoken(replace(PLAIN, faults=(LostPacket("BRM", 3),))).outcome is Outcome.PASS


def test_an_announcement_is_cleared() -> None:
    charger = Speaker(Address.CHARGER, PLAIN, LAYOUTS)
    brm = LAYOUTS.by_code["BRM"].table
    charger.hear(management_id(Address.BMS), request(brm.pf, 41), 0.0)
    sent = dict(charger.due(0.0))
    assert sent[management_id(Address.CHARGER)][:3] == b"\x11\x06\x01"


@given(st.lists(st.tuples(st.integers(0, 2**29 - 1), st.binary(max_size=8)), max_size=30))
def test_whatever_is_heard_never_raises(frames: list[tuple[int, bytes]]) -> None:
    for role in Address:
        speaker = Speaker(role, PLAIN, LAYOUTS)
        for number, (can_id, data) in enumerate(frames):
            speaker.hear(can_id, data, number / 100)
            speaker.due(number / 100)
