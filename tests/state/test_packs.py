"""Packs: each is in one place at most, whatever stations say."""

from __future__ import annotations

import small_hub as small
from any_event import struct
from hypothesis import given, settings
from hypothesis import strategies as st

from portwatt.events import (
    HubOpened,
    PacksDelivered,
    PacksReceived,
    SlotReading,
    SlotReported,
    SwapTimedOut,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from portwatt.ids import EvseId, PackId
from portwatt.state import HubState, apply, fold
from portwatt.units import SoC

UP = small.in_the_morning()
KINDS = (
    SlotReported,
    PacksReceived,
    PacksDelivered,
    SwapTimedOut,
    TransactionStarted,
    TransactionUpdated,
    TransactionEnded,
)


def check(state: HubState) -> None:
    """Slots and packs, trucks and packs tell the same story."""
    for name, pack in state.packs.items():
        assert pack.slot is None or pack.truck is None, f"{name} is in a slot and in a truck"
        if pack.slot is not None:
            assert state.evses[pack.slot].pack == name
    for slot, evse in state.evses.items():
        if evse.pack is not None:
            assert state.packs[evse.pack].slot == slot
    for name, truck in state.trucks.items():
        if truck.pack is not None:
            assert state.packs[truck.pack].truck == name


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.one_of([struct(kind) for kind in KINDS]), max_size=25))
def test_a_pack_is_in_one_place_at_most(story):
    state = UP
    check(state)
    for event in story:
        state = apply(state, event)
        check(state)


def test_opened_again_keeps_packs_in_one_place():
    moved = SlotReported(
        at=small.START, station=small.SWAP, slot=small.SLOTS[3], pack=PackId("p1"), reported_at=small.START
    )
    state = fold([moved, HubOpened(at=small.START, hub=small.hub())], UP)
    check(state)
    assert state.packs[PackId("p1")].slot == small.SLOTS[3]


def test_a_slot_that_reports_empty_puts_its_pack_out_of_sight():
    empty = SlotReported(at=small.START, station=small.SWAP, slot=small.SLOTS[0], pack=None, reported_at=small.START)
    state = apply(UP, empty)
    assert state.evses[small.SLOTS[0]].pack is None
    assert (state.packs[PackId("p1")].slot, state.packs[PackId("p1")].truck) == (None, None)
    assert state.packs[PackId("p1")].soc == SoC.percent(100), "what is known of it stays"


def test_a_pack_nobody_knew_is_taken_in_without_a_family():
    reading = SlotReading(EvseId(small.SLOTS[3]), PackId("new"), SoC.percent(30))
    event = PacksReceived(
        at=small.START, station=small.SWAP, request_id=1, token=small.token(small.T4), truck=None, packs=(reading,)
    )
    pack = apply(UP, event).packs[PackId("new")]
    assert (pack.family, pack.slot, pack.soc) == (None, small.SLOTS[3], SoC.percent(30))
