"""Trains."""

from __future__ import annotations

import small_hub as small

from portwatt.model.train import CallTime


def test_what_happened_counts_before_what_is_estimated_and_that_before_what_was_planned():
    planned, estimated, actual = (small.minutes(n) for n in (0, 10, 20))
    assert CallTime(planned).best == planned
    assert CallTime(planned, estimated).best == estimated
    assert CallTime(planned, estimated, actual).best == actual
