"""What is kept of an attempt, and that it does not grow with its length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gbt import LAYOUTS, frames
from msgspec.structs import replace

from portwatt.interop.gbt_attempts import gather
from portwatt.interop.gbt_record import MAX_KEPT, GbtRecord, Keeper
from portwatt.interop.twin_script import During, Override, Silence
from portwatt.interop.twin_sessions import PLAIN
from portwatt.wire.gbt27930.codec import Message

AT = datetime(2026, 11, 23, tzinfo=UTC)


def message(code: str, number: int, second: float, payload: str) -> Message:
    data = bytes.fromhex(payload)
    return Message(code, data, LAYOUTS.by_code[code].read(data), number, AT + timedelta(seconds=second), number)


def kept(*messages: Message) -> GbtRecord:
    keeper, record = Keeper(LAYOUTS), GbtRecord(1, AT)
    for one in messages:
        keeper.message(record, one)
        keeper.frame(record, one.number, one.at)
    return record


def test_gaps_and_pace() -> None:
    record = kept(*(message("BCL", n, s, "A510580E02") for n, s in enumerate((0, 0.05, 0.10, 2.0, 2.05), start=1)))
    track = record.tracks["BCL"]
    assert track.period == timedelta(milliseconds=50)
    assert [(g.frames, g.length) for g in track.gaps] == [((3, 4), timedelta(seconds=1.9))]
    assert [h.frames for h in record.holes] == [(3, 4)]


def test_extremes() -> None:
    demands = "A510580E02", "A410580E02", "A710000E02"
    record = kept(*(message("BCL", n, n, payload) for n, payload in enumerate(demands, start=1)))
    low, high = record.tracks["BCL"].peaks["demand_voltage"]
    assert (low.number, high.number) == (2, 3)
    assert record.tracks["BCL"].peaks["demand_current"][0].number_of("demand_current") == -41.6


def test_each_content_that_matters_is_kept_once() -> None:
    record = kept(*(message("BRO", n, n, "AA" if n > 3 else "00") for n in range(1, 9)))
    assert [m.number for m in record.tracks["BRO"].variants.values()] == [1, 4]
    assert record.first_with("BRO", "bms_ready", 0xAA) == record.tracks["BRO"].variants[b"\xaa"]
    assert record.first_with("BRO", "bms_ready", 7) is None


def test_frames_that_run_backward_are_counted() -> None:
    record = kept(message("BRO", 1, 1, "00"), message("BRO", 2, 0, "00"))
    assert record.backward == 1


def test_the_curve_shows_charging_positive_and_a_point_a_second() -> None:
    (plugged,) = gather(frames(script=replace(PLAIN, charging=10)), LAYOUTS).attempts
    curve = plugged.record.curve
    assert 9 <= len(curve) <= 11
    assert curve[-1][1:] == (609.0, 100.0, 42.0)


def test_a_longer_session_keeps_no_more() -> None:
    noise = Override("BSM", "max_temperature", 30, During("BSM", 5)), Silence("CTS")
    short, long = (
        gather(frames(*noise, script=replace(PLAIN, charging=seconds)), LAYOUTS).attempts[0].record
        for seconds in (10, 100)
    )
    assert long.frames > 5 * short.frames
    for code, track in long.tracks.items():
        assert len(track.variants) == len(short.tracks[code].variants) <= MAX_KEPT
        assert len(track.gaps) == len(short.tracks[code].gaps)
