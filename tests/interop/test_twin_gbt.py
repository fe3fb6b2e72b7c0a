"""The twin plays what the standard asks for, and what a script changes of it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from gbt import LAYOUTS, examined, frames
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.gateways.captures import open_capture
from portwatt.interop.finding import Outcome
from portwatt.interop.twin_gbt import begun_at, candump, with_foreign, without_times
from portwatt.interop.twin_script import During, LostPacket, Override, Silence, Slow
from portwatt.interop.twin_sessions import PLAIN
from portwatt.model.capture import Frame
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.decoder import Decoder

SESSION = frames()


def messages(recorded: list[Frame], code: str) -> list[Message]:
    decoder = Decoder(LAYOUTS)
    found = (decoder.receive(f.number, f.at, f.can_id or 0, f.data) for f in recorded)
    return [item for item in found if isinstance(item, Message) and item.code == code]


def test_the_same_script_plays_the_same_frames() -> None:
    assert frames() == SESSION


def test_frames_are_numbered_and_do_not_overlap_on_the_wire() -> None:
    assert [f.number for f in SESSION] == list(range(1, len(SESSION) + 1))
    steps = [b.at - a.at for a, b in pairwise(SESSION)]
    assert min(steps) >= timedelta(microseconds=540)


@pytest.mark.parametrize("code", LAYOUTS.by_code)
def test_every_message_is_played_as_its_table_says(code: str) -> None:
    table = LAYOUTS.by_code[code].table
    found = messages(SESSION, code)
    if code in {"BSP", "BEM", "CEM"}:
        assert found == []
        return
    assert {len(m.payload) for m in found} <= {table.length or len(found[0].payload)}
    steps = [b.at - a.at for a, b in pairwise(found)]
    if len(steps) > 4:
        assert abs(sum(steps, timedelta()) / len(steps) - timedelta(milliseconds=table.period_ms)) < timedelta(
            milliseconds=20
        )


def test_current_follows_the_demand_and_is_negative() -> None:
    output = messages(SESSION, "CCS")
    assert output[0].values["output_current"] == 0.0
    assert output[-1].values["output_current"] == messages(SESSION, "BCL")[-1].values["demand_current"] == -100.0


def test_overrides_hold_for_their_time_only() -> None:
    recorded = frames(Override("BCL", "demand_voltage", 500.0, During("BCL", 1.0, 2.0)))
    asked = [m.values["demand_voltage"] for m in messages(recorded, "BCL")]
    assert (asked[0], asked[30], asked[-1]) == (650.0, 500.0, 650.0)
    assert asked.count(500.0) == 20


def test_an_override_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match=r"BCL.mode: 300 is outside 0 to 255"):
        frames(Override("BCL", "mode", 300))
    with pytest.raises(UsageError, match="BCL has no field 'soc'"):
        frames(Override("BCL", "soc", 3))


def test_silence_and_pace() -> None:
    assert messages(frames(Silence("BSM")), "BSM") == []
    slow = messages(frames(Slow("CCS", 0.1)), "CCS")
    assert slow[9].at - slow[8].at == pytest.approx(timedelta(milliseconds=100), abs=timedelta(milliseconds=2))


def test_a_lost_packet_is_asked_for_again() -> None:
    recorded = frames(LostPacket("BRM", 3))
    cleared = [f.data[1:3] for f in recorded if f.data[:1] == b"\x11" and f.data[6] == 0x02]
    assert cleared == [b"\x07\x01", b"\x01\x03"]
    assert messages(recorded, "BRM")[0].payload == messages(SESSION, "BRM")[0].payload


def test_three_retries_and_no_more() -> None:
    """GB/T 27930-2015: at most three handshakes after a time-out."""
    assert len(examined(frames(Silence("BCP"))).attempts) == 4


def test_recorders_that_know_less() -> None:
    assert {f.at for f in without_times(SESSION)} == {SESSION[0].at}
    late = list(begun_at(SESSION, 100))
    assert (late[0].number, late[0].at, len(late)) == (1, SESSION[99].at, len(SESSION) - 99)
    mixed = list(with_foreign(SESSION, every=10))
    assert len(mixed) == len(SESSION) + -(-len(SESSION) // 10)
    assert [f.number for f in mixed] == list(range(1, len(mixed) + 1))


def test_what_is_played_can_be_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "played.log"
    path.write_text("\n".join(candump(SESSION)) + "\n", encoding="ascii")
    read = list(open_capture(path))
    assert [(f.can_id, f.data, f.at) for f in read] == [(f.can_id, f.data, f.at) for f in SESSION]
    assert examined(read).outcome is Outcome.PASS


def test_a_line_of_candump() -> None:
    line = next(iter(candump(SESSION)))
    assert line == f"({SESSION[0].at.timestamp():.6f}) can0 1826F456#010100"
    narrow = replace(SESSION[0], can_id=0x123, extended=False, channel="vcan1")
    assert next(iter(candump([narrow]))).endswith("vcan1 123#010100")


def test_a_script_ends_at_its_length() -> None:
    endless = frames(script=replace(PLAIN, stop=None, length=20.0))
    assert endless[-1].at - endless[0].at < timedelta(seconds=20)
    assert examined(endless).outcome is Outcome.STOPPED
