"""The table of reactions."""

from __future__ import annotations

from typing import get_args

import small_hub as small

from portwatt.commands import SetChargingProfile
from portwatt.events import AnyEvent, ClockTicked, HeartbeatReceived, TransactionUpdated
from portwatt.ids import TransactionId
from portwatt.rules.react import REACTIONS, react
from portwatt.state import apply


def test_every_entry_is_an_event():
    assert set(REACTIONS) <= set(get_args(AnyEvent))


def test_what_nobody_reacts_to_costs_nothing():
    state = small.in_the_morning()
    event = HeartbeatReceived(at=state.at, station=small.CCS)
    assert react(state, apply(state, event), event) == ()


def test_a_report_of_meters_moves_no_limit():
    state = small.in_the_morning()
    update = TransactionUpdated(
        at=state.at, station=small.CCS, transaction=TransactionId("ccs:1"), reported_at=state.at, seq_no=1
    )
    assert list(react(state, apply(state, update), update)) == []


def test_a_step_never_has_two_limits_under_way_to_one_load_point():
    state, commands = small.run(small.in_the_morning(), [ClockTicked(at=small.minutes(1))])
    points = [c.evse or c.station for _, c in commands if isinstance(c, SetChargingProfile)]
    assert len(points) == len(set(points))
    assert all(len(limit.in_flight) <= 1 for limit in state.limits.values())
