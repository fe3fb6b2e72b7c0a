"""What is ordered in one piece."""

from __future__ import annotations

import small_hub as small
from hypothesis import given
from hypothesis import strategies as st

from portwatt.ids import ActivityId
from portwatt.model.plan import Activity, ActivityKind
from portwatt.planning.groups import begins, groups, next_group
from portwatt.units import SoC, Window

WAIT, DRIVE, LOAD = ActivityKind.WAIT, ActivityKind.DRIVE, ActivityKind.LOAD


def route(*kinds: ActivityKind) -> tuple[Activity, ...]:
    """Activities of ten minutes each, one after the other."""
    return tuple(
        Activity(
            ActivityId(f"t1/{n}"),
            kind,
            Window(small.minutes(10 * n), small.minutes(10 * n + 10)),
            small.QUAY,
            SoC(0),
            SoC(0),
        )
        for n, kind in enumerate(kinds)
    )


def test_a_group_ends_with_what_happens_at_a_place() -> None:
    activities = route(LOAD, DRIVE, WAIT, ActivityKind.UNLOAD, DRIVE)
    assert next_group(activities) == activities[:1]
    assert next_group(activities[1:]) == activities[1:4]
    assert next_group(activities[4:]) == activities[4:]
    assert next_group(()) == ()


@given(st.lists(st.sampled_from(ActivityKind)))
def test_groups_are_the_whole_route_in_order(kinds: list[ActivityKind]) -> None:
    activities = route(*kinds)
    assert tuple(a for group in groups(activities) for a in group) == activities


def test_waiting_at_the_front_is_no_begin() -> None:
    assert begins(route(WAIT, DRIVE, LOAD)) == small.minutes(10)
    assert begins(route(DRIVE, WAIT, LOAD)) == small.minutes(0)
    assert begins(route(WAIT)) == small.minutes(10)
