"""What comes in is checked whole and becomes what the inside works with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from portwatt.api import shapes

TIMES = {"release": "2026-11-24T08:00:00+08:00", "due": "2026-11-24T10:00:00Z"}


def test_times_become_utc_and_container_numbers_their_plain_form() -> None:
    move = shapes.MoveIn(id="m", container="csqu 305438-3", origin="A", destination="B", **TIMES)
    assert move.release == datetime(2026, 11, 24, 0, tzinfo=UTC)
    assert move.release.tzinfo is UTC
    assert move.container == "CSQU3054383"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-24T08:00:00"])
def test_times_nobody_can_mean_are_refused(moment: str) -> None:
    with pytest.raises(ValidationError):
        shapes.AtIn(at=moment)


@pytest.mark.parametrize("percent", [-0.1, 100.1, float("nan"), float("inf")])
def test_a_state_of_charge_is_a_share(percent: float) -> None:
    with pytest.raises(ValidationError):
        shapes.BackIn(place="A", soc_percent=percent)


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "a\x1bb"])
def test_names_are_one_line_of_plain_signs(name: str) -> None:
    with pytest.raises(ValidationError):
        shapes.ActivityStartedIn(activity=name)


def test_every_fault_of_a_body_is_found_at_once() -> None:
    with pytest.raises(ValidationError) as wrong:
        shapes.MoveIn(id="", container="x", origin="", destination="B", surprise=1, **TIMES)
    assert {fault["loc"][0] for fault in wrong.value.errors()} == {"id", "container", "origin", "surprise"}
