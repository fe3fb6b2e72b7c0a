"""Swaps, in either order, refused, timed out."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small

from portwatt.commands import Outcome, RequestBatterySwap
from portwatt.events import (
    ClockTicked,
    CommandAnswered,
    CommandIssued,
    PacksDelivered,
    PacksReceived,
    SlotReading,
    SwapTimedOut,
)
from portwatt.ids import CommandId, PackId
from portwatt.state import HubState, fold
from portwatt.state.keeping import KEEP
from portwatt.state.swaps import SwapState, SwapStatus, swap_key
from portwatt.units import SoC

UP = small.in_the_morning()
TOKEN = small.token(small.T4)
ASKED = CommandIssued(
    at=small.START,
    id=CommandId("s"),
    command=RequestBatterySwap(station=small.SWAP, token=TOKEN, truck=small.T4, request_id=7),
)
INTO = SlotReading(small.SLOTS[3], PackId("p4"), SoC.percent(20))
OUT_OF = SlotReading(small.SLOTS[0], PackId("p1"), SoC.percent(100))
WHO = {"station": small.SWAP, "request_id": 7, "token": TOKEN}
RECEIVED = PacksReceived(at=small.minutes(1), truck=small.T4, packs=(INTO,), **WHO)
DELIVERED = PacksDelivered(at=small.minutes(2), truck=small.T4, packs=(OUT_OF,), **WHO)


def answer(outcome: Outcome) -> CommandAnswered:
    return CommandAnswered(at=small.START, id=CommandId("s"), outcome=outcome, detail="NoBatteryAvailable")


def swap(state: HubState) -> SwapState:
    return state.swaps[swap_key(small.SWAP, 7)]


def test_in_and_out():
    state = fold([ASKED], UP)
    assert (swap(state).status, state.next_number) == (SwapStatus.REQUESTED, 8)
    state = fold([answer(Outcome.ACCEPTED)], state)
    assert swap(state).status is SwapStatus.ACCEPTED
    state = fold([RECEIVED], state)
    assert swap(state).status is SwapStatus.PACKS_IN
    assert (state.trucks[small.T4].pack, state.packs["p4"].slot) == (None, small.SLOTS[3])
    state = fold([DELIVERED], state)
    assert swap(state).status is SwapStatus.DONE
    assert (state.trucks[small.T4].pack, state.trucks[small.T4].soc) == (PackId("p1"), SoC.percent(100))
    assert (state.packs["p1"].slot, state.packs["p1"].truck) == (None, small.T4)
    assert state.evses[small.SLOTS[0]].pack is None
    assert (state.totals.swaps, state.totals.swaps_failed) == (1, 0)


def test_out_and_in_ends_the_same():
    in_out = fold([ASKED, answer(Outcome.ACCEPTED), RECEIVED, DELIVERED], UP)
    out_in = fold([ASKED, answer(Outcome.ACCEPTED), DELIVERED, RECEIVED], UP)
    for part in ("packs", "evses", "trucks"):
        stamps = {"soc_at", "heard_at"}
        mine, theirs = (
            {k: {f: getattr(v, f) for f in v.__struct_fields__ if f not in stamps} for k, v in getattr(s, part).items()}
            for s in (in_out, out_in)
        )
        assert mine == theirs
    assert swap(out_in).status is SwapStatus.DONE


def test_a_refused_swap_asks_for_a_plan():
    state = fold([ASKED, answer(Outcome.REFUSED)], UP)
    assert (swap(state).status, swap(state).detail) == (SwapStatus.REFUSED, "NoBatteryAvailable")
    assert state.totals.swaps_failed == 1
    assert "swap station swap refused truck t4" in state.replanning.reasons


def test_a_pack_nobody_took_is_back_in_its_slot():
    timed_out = SwapTimedOut(at=small.minutes(3), packs=(OUT_OF,), **WHO)
    state = fold([ASKED, answer(Outcome.ACCEPTED), RECEIVED, timed_out], UP)
    assert swap(state).status is SwapStatus.TIMED_OUT
    assert state.evses[small.SLOTS[0]].pack == "p1"
    assert state.totals.swaps_failed == 1


def test_a_truck_that_gives_another_pack_than_believed():
    other = PacksReceived(
        at=small.minutes(1), truck=small.T4, packs=(SlotReading(small.SLOTS[3], PackId("p9"), SoC(0)),), **WHO
    )
    state = fold([ASKED, other], UP)
    assert state.trucks[small.T4].pack is None
    assert (state.packs["p4"].slot, state.packs["p4"].truck) == (None, None)
    assert state.packs["p9"].slot == small.SLOTS[3]


def test_swaps_are_let_go_after_a_week():
    state = fold([ASKED, answer(Outcome.REFUSED)], UP)
    soon = fold([ClockTicked(at=small.START + KEEP)], state)
    late = fold([ClockTicked(at=small.START + KEEP + timedelta(hours=1))], state)
    assert len(soon.swaps) == 1
    assert len(late.swaps) == 0
