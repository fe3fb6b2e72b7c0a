"""States as bytes."""

from __future__ import annotations

import msgspec
import pytest
import small_hub as small
from any_event import stories
from hypothesis import given, settings
from immutables import Map

from portwatt.state import fold
from portwatt.state.codec import digest, from_bytes, to_bytes

UP = small.in_the_morning()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(stories)
def test_a_state_comes_back_from_its_bytes_equal_and_goes_on_the_same(story):
    half = len(story) // 2
    state = fold(story[:half], UP)
    again = from_bytes(to_bytes(state))
    assert again == state
    assert digest(again) == digest(state)
    assert digest(fold(story[half:], again)) == digest(fold(story, UP))


def test_the_order_of_a_map_does_not_show():
    forwards = UP.having(trucks=Map(sorted(UP.trucks.items())))
    backwards = UP.having(trucks=Map(sorted(UP.trucks.items(), reverse=True)))
    assert to_bytes(forwards) == to_bytes(backwards)


def test_another_state_has_another_digest():
    assert digest(UP) != digest(UP.having(next_number=UP.next_number + 1))


def test_bytes_that_are_no_state_are_refused():
    with pytest.raises(msgspec.ValidationError):
        from_bytes(b"{}")
