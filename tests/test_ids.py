"""Names."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from portwatt.ids import StationId, evse_id, number_of, station_of


@given(st.text(min_size=1), st.integers(0, 999))
def test_an_evse_s_name_tells_its_station_and_number_whatever_the_station_is_called(station, number):
    name = evse_id(StationId(station), number)
    assert station_of(name) == station
    assert number_of(name) == number
