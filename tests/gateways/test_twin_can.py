from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gbt import examined
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.gateways.captures import open_capture
from portwatt.gateways.twin_can import BusOptions, CanTwin, open_bus, parse_override, run_twin_live
from portwatt.interop.finding import Outcome
from portwatt.interop.twin_script import During, Fault, Override, Script, Silence
from portwatt.interop.twin_sessions import PLAIN
from portwatt.interop.twin_speaker import TICK
from portwatt.model.capture import Frame
from portwatt.runtime.clock import ScaledClock, VirtualClock
from portwatt.wire.gbt27930.identifier import Address

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def session(channel: str, script: Script = PLAIN, *faults: Fault) -> list[Frame]:
    """What the charger saw of a session of two twins on one virtual bus; the faults are the vehicle's."""

    async def together() -> list[Frame]:
        clock, seen = VirtualClock(START), list[Frame]()
        options = BusOptions(channel=channel)
        with open_bus(options) as one, open_bus(options) as other:
            charger = CanTwin(Address.CHARGER, one, script, seen.append, clock)
            faulty = replace(script, faults=faults)
            vehicle = CanTwin(Address.BMS, other, faulty, lambda _: None, clock)
            playing = [asyncio.create_task(twin.play(timedelta(seconds=90))) for twin in (charger, vehicle)]
            while not all(task.done() for task in playing):
                await asyncio.sleep(0)
                await clock.advance(TICK)
            for task in playing:
                task.result()
        return seen

    return asyncio.run(together())


def test_two_twins_complete_a_session() -> None:
    seen = session("complete")
    verdict = examined(seen)
    assert (verdict.outcome, verdict.first_finding) == (Outcome.PASS, None)
    assert [frame.number for frame in seen] == list(range(1, len(seen) + 1))


def test_the_same_session_again() -> None:
    assert [(f.can_id, f.data) for f in session("again")] == [(f.can_id, f.data) for f in session("once more")]


def test_a_fault_of_one_twin_is_met_by_the_other() -> None:
    verdict = examined(session("fault", PLAIN, Silence("BCL", During("BCL", 2.0))))
    assert verdict.outcome is Outcome.ABNORMAL
    assert verdict.first_finding is not None
    assert verdict.first_finding.rule == "G09"


def test_a_twin_alone_writes_what_it_saw(tmp_path: Path) -> None:
    """Nobody answers: by the machine's clock, a hundred times as fast; only what it says first is looked at."""
    path = tmp_path / "alone.log"
    clock = ScaledClock(START, 100)
    count = run_twin_live(Address.CHARGER, BusOptions(channel="alone"), PLAIN, path, 3.0, clock)
    read = list(open_capture(path))
    assert len(read) == count
    assert read[0].can_id == 0x1826F456


def test_a_bus_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="CAN interface 'nothing', channel 'x' cannot be opened"):
        open_bus(BusOptions("nothing", "x"))


def test_overrides_as_people_write_them() -> None:
    assert parse_override("BCL.demand_voltage=500") == Override("BCL", "demand_voltage", 500)
    timed = Override("BCL", "demand_current", -50.5, During("BCL", 2.0, 4.5))
    assert parse_override("BCL.demand_current=-50.5@2-4.5") == timed
    assert parse_override("CRM.recognition_result=0xAA").value == 0xAA
    assert parse_override("BRM.vin=PORTWATT000000002@1").during == During("BRM", 1.0)


@pytest.mark.parametrize("text", ["BCL", "BCL.demand_voltage", "XYZ.a=1", "BCL.soc=1"])
def test_overrides_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_override(text)
