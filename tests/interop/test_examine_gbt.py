"""Whole captures: editions, and that nothing on a bus makes the examination raise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from gbt import examined, frames
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.interop.finding import Outcome
from portwatt.interop.twin_script import Silence
from portwatt.interop.twin_sessions import PLAIN
from portwatt.model.capture import Bus, Frame
from portwatt.wire.gbt27930.tables import Edition

SESSION = frames()
FAILED = frames(Silence("BCP"), script=replace(PLAIN, length=12))
_slow = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("edition", "protocol"),
    [
        (Edition.E2011, "GB/T 27930-2011"),
        (Edition.E2015, "GB/T 27930-2015"),
        (Edition.E2024, "GB/T 27930.2-2024"),
    ],
)
def test_editions(edition: Edition, protocol: str) -> None:
    (one,) = examined(frames(script=replace(PLAIN, edition=edition))).attempts
    assert (one.protocol, one.outcome) == (protocol, Outcome.PASS)


def test_2023_cannot_be_told_from_2015_and_is_named_beside_it() -> None:
    (one,) = examined(frames(script=replace(PLAIN, edition=Edition.E2023A))).attempts
    assert one.facts["edition may also be"] == "2023 A-class"


@_slow
@given(st.data())
def test_flipped_bits(data: st.DataObject) -> None:
    turned = list(data.draw(st.sampled_from([SESSION, FAILED])))
    for index in data.draw(st.lists(st.integers(0, len(turned) - 1), min_size=1, max_size=30)):
        frame = turned[index]
        raw = bytearray(frame.data)
        if raw:
            bit = data.draw(st.integers(0, len(raw) * 8 - 1))
            raw[bit // 8] ^= 1 << bit % 8
        can_id = (frame.can_id or 0) ^ data.draw(st.sampled_from([0, 0, 1, 1 << 16, 1 << 26]))
        turned[index] = replace(frame, data=bytes(raw), can_id=can_id)
    assert examined(turned).attempts


@_slow
@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 8))
def test_cuts(first: int, last: int, length: int) -> None:
    examined(SESSION[first:last])
    examined(replace(frame, data=frame.data[:length]) for frame in SESSION)


@_slow
@given(st.randoms(use_true_random=False), st.booleans())
def test_reorders(random: object, renumbered: bool) -> None:
    mixed = list(SESSION)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    if renumbered:
        mixed = [replace(frame, number=number) for number, frame in enumerate(mixed, start=1)]
    assert examined(mixed).attempts


IDS = st.one_of(
    st.sampled_from(sorted({frame.can_id or 0 for frame in (*SESSION, *FAILED)})), st.integers(0, (1 << 32) - 1)
)
FRAMES = st.lists(
    st.builds(
        Frame,
        number=st.integers(0, 1 << 40),
        at=st.datetimes(timezones=st.just(UTC)),
        bus=st.sampled_from(Bus),
        data=st.binary(max_size=64),
        can_id=st.none() | IDS,
        extended=st.booleans(),
        channel=st.sampled_from(["", "can1"]),
    ),
    max_size=60,
)


@_slow
@given(FRAMES)
def test_frames_made_of_noise(noise: list[Frame]) -> None:
    examined(noise)


@_slow
@given(st.sampled_from([SESSION, FAILED]))
def test_all_times_alike(recorded: list[Frame]) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC)
    verdict = examined(replace(frame, at=at) for frame in recorded)
    assert all("G19" in {f.rule for f in a.findings} for a in verdict.attempts if len(a.stages) > 1)


def test_the_same_capture_says_the_same_again() -> None:
    assert examined(FAILED) == examined(FAILED)


def test_times_do_not_depend_on_the_day() -> None:
    later = [replace(frame, at=frame.at + timedelta(days=400)) for frame in FAILED]
    texts = [[f.text for a in examined(recorded).attempts for f in a.findings] for recorded in (FAILED, later)]
    assert texts[0] == texts[1]
