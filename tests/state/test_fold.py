"""The fold: every event has a place, and equal logs give equal states."""

from __future__ import annotations

import msgspec
import pytest
import small_hub as small
from any_event import EVENT_TYPES, commands, stories
from hypothesis import given, settings
from msgspec.structs import replace

from portwatt.commands import SetChargingProfile
from portwatt.errors import BugError
from portwatt.events import (
    AnyEvent,
    ClockTicked,
    CommandIssued,
    Event,
    GridLimitChanged,
    HubOpened,
    HubRestarted,
    SlotReported,
)
from portwatt.ids import CommandId, PackId, TruckId
from portwatt.state import apply, fold, opened
from portwatt.state.codec import digest
from portwatt.state.fold import REDUCERS
from portwatt.state.limits import LoadLimit
from portwatt.units import Power, SoC

UP = small.in_the_morning()
MORNING = small.morning()


def test_every_event_has_a_reducer_and_every_reducer_an_event():
    assert set(REDUCERS) == set(EVENT_TYPES)


def test_an_event_no_noun_knows_is_our_own_fault():
    class Stranger(Event, frozen=True, kw_only=True):
        pass

    with pytest.raises(BugError, match=r"Stranger; add it to state\.fold\.REDUCERS"):
        apply(UP, Stranger(at=small.START))


def test_a_log_begins_by_opening_its_hub():
    for log in ([], [ClockTicked(at=small.START)]):
        with pytest.raises(BugError, match="opens its hub"):
            fold(log)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(stories)
def test_any_story_folds_and_the_same_story_folds_to_the_same_bytes(story):
    """Through JSON as a replay reads it; cut anywhere, the rest leads to the same end."""
    state = fold(story, UP)
    body = msgspec.json.encode(story)
    again = fold(msgspec.json.decode(body, type=list[AnyEvent]), UP)
    half = len(story) // 2
    assert digest(state) == digest(again) == digest(fold(story[half:], fold(story[:half], UP)))
    assert state.seq == UP.seq + len(story)
    if story:
        assert state.at == story[-1].at


@settings(max_examples=60, deadline=None, derandomize=True)
@given(commands)
def test_any_command_can_be_issued(command):
    state = apply(UP, CommandIssued(at=small.START, id=CommandId("x"), command=command))
    assert state.commands[CommandId("x")].command == command


def test_opened_puts_packs_and_trucks_where_the_file_has_them():
    state = opened(HubOpened(at=small.START, hub=small.hub()))
    assert state.seq == 1
    assert state.evses[small.SLOTS[0]].pack == "p1"
    assert state.evses[small.SLOTS[3]].pack is None
    assert state.packs[PackId("p1")].slot == small.SLOTS[0]
    assert (state.packs[PackId("p4")].slot, state.packs[PackId("p4")].truck) == (None, small.T4)
    assert state.trucks[small.T1].place == small.QUAY


def test_opened_again_keeps_what_is_known_and_drops_what_is_no_longer_listed():
    known = SlotReported(
        at=small.START,
        station=small.SWAP,
        slot=small.SLOTS[2],
        pack=PackId("p3"),
        reported_at=small.START,
        soc=SoC.percent(77),
    )
    before = apply(UP, known)
    hub = small.hub(1_500)
    hub = replace(
        hub,
        stations=hub.stations[:1],
        trucks=(*hub.trucks[:3], small.truck(TruckId("t5"), "ccs")),
    )
    after = apply(before, HubOpened(at=small.minutes(5), hub=hub))
    assert after.grid_limit == Power.kw(1_500)
    assert after.packs[PackId("p3")].soc == SoC.percent(77)
    assert set(after.evses) == {small.CCS1, small.CCS2, *small.SLOTS}
    assert after.evses[small.CCS1] == before.evses[small.CCS1]
    assert set(after.limits) == {small.CCS1, small.CCS2, small.SWAP}
    assert set(after.trucks) == {small.T1, small.T2, small.T3, TruckId("t5")}
    assert after.moves == before.moves
    assert after.seq == before.seq + 1


def test_opened_again_with_the_same_file_changes_nothing_known():
    after = apply(UP, HubOpened(at=UP.at, hub=small.hub()))
    assert digest(replace(after, seq=UP.seq, hub=UP.hub)) == digest(UP)


def test_a_restart_means_no_socket_is_open_and_the_limits_stay():
    state = apply(UP, HubRestarted(at=small.minutes(1)))
    assert not any(s.connected for s in state.stations.values())
    assert state.limits == UP.limits


def test_a_new_grid_limit_is_in_force_at_once_and_asks_for_a_plan():
    state = apply(UP, GridLimitChanged(at=UP.at, limit=Power.kw(900)))
    assert state.grid_limit == Power.kw(900)
    assert "the grid limit is now 900 kW" in state.replanning.reasons


def test_a_limit_on_its_way_is_seen_in_the_state_at_once():
    command = SetChargingProfile(station=small.CCS, evse=small.CCS1, limit=Power.kw(9))
    state = apply(UP, CommandIssued(at=UP.at, id=CommandId("x"), command=command))
    assert isinstance(state.limits[small.CCS1], LoadLimit)
    assert [f.limit for f in state.limits[small.CCS1].in_flight] == [Power.kw(9)]
