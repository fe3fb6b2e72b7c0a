from __future__ import annotations

from datetime import timedelta

import pytest
from v2g_sessions import MATCHED, Session, charging, stopping

from portwatt.interop.v2g_stages import stages


def test_timeline_of_a_whole_session() -> None:
    spans = stages(stopping(charging()).evidence())
    assert [span.stage for span in spans] == [
        "SLAC",
        "SDP",
        "connection",
        "protocol",
        "session set-up",
        "services",
        "authorisation",
        "charge parameters",
        "cable check",
        "pre-charge",
        "power on",
        "charging",
        "power off",
        "session stop",
    ]
    assert all(span.completed for span in spans)
    assert all(span.start <= span.end for span in spans)
    assert [span.frames for span in spans] == sorted(span.frames for span in spans)
    cable_check = spans[8]
    assert cable_check.limit == timedelta(seconds=40)
    assert cable_check.length.total_seconds() == pytest.approx(10.05, abs=1e-4)


def test_last_stage_of_a_broken_session_is_not_completed() -> None:
    session = charging()
    session.close(by="ev")
    spans = stages(session.evidence())
    assert [(span.stage, span.completed) for span in spans[-2:]] == [("power on", True), ("charging", False)]


def test_slac_without_a_match_is_not_completed() -> None:
    session = Session()
    session.match(*MATCHED[:5])
    (span,) = stages(session.evidence())
    assert (span.stage, span.completed, span.frames) == ("SLAC", False, (1, 5))
