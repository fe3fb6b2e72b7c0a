"""The hub file from end to end: text in, a hub or everything wrong with it out."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hub_files import GOOD
from hypothesis import given, settings
from hypothesis import strategies as st

from portwatt.config.faults import FaultyFileError
from portwatt.config.hub import hub_of, parse_hub


def test_the_error_carries_name_and_faults():
    with pytest.raises(FaultyFileError) as caught:
        parse_hub('id = "X"', "x.toml")
    assert caught.value.name == "x.toml"
    assert {f.place for f in caught.value.faults} >= {"name", "timezone", "grid", "tariff", "places"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.sampled_from(
        ["HUB", "QX-##", "CHAOJI", "00:00", 10**400, -1, 0, {}, [], [[]], [{}], {"id": "HUB"}]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The place of every value in a file."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] * bool(path) + [found for key, value in items for found in places(value, (*path, key))]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(places(GOOD)), VALUES), min_size=1, max_size=3))
def test_any_value_at_any_place_gives_a_hub_or_faults(changes):
    data = deepcopy(GOOD)
    for path, value in changes:
        spot: Any = data
        for step in path[:-1]:
            if not (isinstance(spot, dict) and step in spot) and not (
                isinstance(spot, list) and isinstance(step, int) and step < len(spot)
            ):
                break
            spot = spot[step]
        else:
            if (isinstance(spot, dict) and isinstance(path[-1], str)) or (
                isinstance(spot, list) and isinstance(path[-1], int) and path[-1] < len(spot)
            ):
                spot[path[-1]] = value
    hub, found = hub_of(data)
    assert (hub is None) == bool(found)
    assert all(fault.message for fault in found)
