"""The library of made-up sessions: each says in a sentence what happens, and plays."""

from __future__ import annotations

import pytest
from gbt import LAYOUTS

from portwatt.interop.twin_sessions import QUIRKS, SESSIONS, Session

EVERY = [*(s for pair in SESSIONS.values() for s in (pair.speaks, pair.silent)), *QUIRKS.values()]


@pytest.mark.parametrize("session", EVERY, ids=lambda session: session.says)
def test_it_says_what_it_plays(session: Session) -> None:
    assert session.says.endswith(".")
    frames = session.frames(LAYOUTS)
    assert [frame.number for frame in frames] == list(range(1, len(frames) + 1))


def test_no_two_are_alike() -> None:
    assert len({session.says for session in EVERY}) == len(EVERY) - 1  # the clock in ones is in both
