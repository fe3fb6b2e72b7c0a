"""Made-up GB/T 27930 sessions for tests, and short ways to examine them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from msgspec.structs import replace

from portwatt.gateways.gbt_tables import load_gbt
from portwatt.interop.examine_gbt import examine_gbt
from portwatt.interop.finding import Attempt, Finding, Verdict
from portwatt.interop.twin_gbt import play
from portwatt.interop.twin_script import Fault, Script
from portwatt.interop.twin_sessions import PLAIN
from portwatt.model.capture import Frame

LAYOUTS = load_gbt()


def frames(*faults: Fault, script: Script = PLAIN) -> list[Frame]:
    return play(replace(script, faults=faults), LAYOUTS)


def examined(recorded: Iterable[Frame]) -> Verdict:
    return examine_gbt(recorded, "made up", LAYOUTS)


def attempt(*faults: Fault, script: Script = PLAIN) -> Attempt:
    """The first attempt of a session."""
    return examined(frames(*faults, script=script)).attempts[0]


def found(rule: str, *faults: Fault, script: Script = PLAIN) -> list[Finding]:
    """What a rule says of the first attempt of a session."""
    return [finding for finding in attempt(*faults, script=script).findings if finding.rule == rule]


def one_after_another(*recordings: list[Frame], pause: float = 60.0) -> Iterator[Frame]:
    """As one log, with seconds of silence between."""
    number, shift = 0, timedelta()
    for recording in recordings:
        for frame in recording:
            yield replace(frame, number=number + frame.number, at=frame.at + shift)
        number += recording[-1].number
        shift += recording[-1].at - recording[0].at + timedelta(seconds=pause)
