"""Stages, their limits, and where each message belongs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gbt import LAYOUTS, attempt

from portwatt.interop.gbt_stages import STAGE_OF, GbtStage, StageMark, stage_limit, stage_spans

AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_every_message_has_a_stage_but_errors() -> None:
    assert set(LAYOUTS.by_code) - set(STAGE_OF) == {"BEM", "CEM"}


def test_limits_are_sums_of_the_facts() -> None:
    limits = {stage: stage_limit(stage, LAYOUTS.tables) for stage in GbtStage}
    assert limits[GbtStage.HANDSHAKE] == timedelta(seconds=30)
    assert limits[GbtStage.CONFIGURATION] == timedelta(seconds=130)
    assert limits[GbtStage.CHARGING] is None


def test_a_stage_ends_where_the_next_begins() -> None:
    marks = [StageMark(GbtStage.HANDSHAKE, AT, 1), StageMark(GbtStage.IDENTIFICATION, AT + timedelta(seconds=2), 9)]
    marks[0].extend(AT + timedelta(seconds=1), 8)
    first, last = stage_spans(marks, LAYOUTS.tables, finished=False)
    assert (first.length, first.frames, first.completed) == (timedelta(seconds=2), (1, 8), True)
    assert (last.stage, last.completed) == ("identification", False)


def test_a_session_goes_through_all_of_them() -> None:
    stages = attempt().stages
    assert [s.stage for s in stages] == [stage.words for stage in GbtStage][1:]
    assert all(s.completed and (s.limit is None or s.length < s.limit) for s in stages)
