"""The hub file from end to end: text in, a hub or everything wrong with it out."""

from __future__ import annotations

import pytest
from hub_files import GOOD, VALUES, altered, places
from hypothesis import given, settings
from hypothesis import strategies as st

from portwatt.config.faults import FaultyFileError
from portwatt.config.hub import hub_of, parse_hub


def test_the_error_carries_name_and_faults():
    with pytest.raises(FaultyFileError) as caught:
        parse_hub('id = "X"', "x.toml")
    assert caught.value.name == "x.toml"
    assert {f.place for f in caught.value.faults} >= {"name", "timezone", "grid", "tariff", "places"}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(places(GOOD)), VALUES), min_size=1, max_size=3))
def test_any_value_at_any_place_gives_a_hub_or_faults(changes):
    hub, found = hub_of(altered(GOOD, changes))
    assert (hub is None) == bool(found)
    assert all(fault.message for fault in found)
