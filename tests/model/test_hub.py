"""The hub and its ways to look things up."""

from __future__ import annotations

import msgspec
import small_hub as small

from portwatt.model.grid import GridLimit
from portwatt.model.hub import Hub
from portwatt.model.station import VoltageWindow
from portwatt.units import Power

HUB = small.hub()


def test_things_are_found_by_their_names():
    assert HUB.truck_by_token[small.token(small.T1)] is HUB.truck_by_id[small.T1]
    assert HUB.station_by_id[small.SWAP] is HUB.swap_stations[0]
    assert set(HUB.evse_by_id) == {small.CCS1, small.CCS2, small.GBT1, small.GBT2}, "slots are not among them"
    assert HUB.leg_by_ends[small.QUAY, small.YARD].destination == small.YARD


def test_a_hub_goes_through_json_whatever_was_looked_up_before():
    assert HUB.place_by_id
    again = msgspec.json.decode(msgspec.json.encode(HUB), type=Hub)
    assert again == small.hub()


def test_charging_gets_what_other_loads_leave():
    assert GridLimit(Power.kw(1_000), Power.kw(150)).for_charging == Power.kw(850)


def test_a_voltage_window_covers_another():
    assert VoltageWindow(200, 1_000).covers(VoltageWindow(500, 800))
    assert not VoltageWindow(200, 750).covers(VoltageWindow(500, 800))
