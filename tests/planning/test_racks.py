"""Packs go out full, come back empty, and are charged under the power of hub and station."""

from __future__ import annotations

import pytest

from portwatt.ids import EvseId, PackId
from portwatt.planning.cases import Size, day
from portwatt.planning.racks import Rack, SwapTaken
from portwatt.planning.tables import Tables
from portwatt.planning.timelines import PowerSlots

PROBLEM = day(Size(moves=0, trucks=3, slots=4, packs=2), 3)
OFFER = PROBLEM.swap_stations[0]
TABLES = Tables(PROBLEM)
FIRST, SECOND = (p.pack for p in OFFER.packs)
HOUR = 3_600


@pytest.fixture
def hub() -> PowerSlots:
    return PowerSlots([2_000_000] * 96, 900)


@pytest.fixture
def rack(hub: PowerSlots) -> Rack:
    made = Rack(TABLES, OFFER, hub)
    made.open()
    return made


def test_offers_the_pack_that_is_ready_first(rack: Rack) -> None:
    slot = rack.earliest(0)
    assert slot is not None
    assert slot.bp >= rack.ready_bp
    charged = [c.filling.end for c in rack.charges if c.pack == slot.pack]
    assert charged == [] or slot.start >= charged[0]


def test_a_pack_is_handed_out_once(rack: Rack) -> None:
    packs = []
    while (slot := rack.earliest(4 * HOUR)) is not None:
        rack.take(slot, "T1", None, 0)
        packs.append(slot.pack)
    assert sorted(packs) == sorted([FIRST, SECOND])


def test_a_returned_pack_is_ready_after_its_charge(rack: Rack) -> None:
    slot = rack.earliest(4 * HOUR)
    assert slot is not None
    rack.take(slot, "T1", PackId("mine"), 2_000)
    charge = rack.charges[-1]
    assert charge.pack == "mine"
    assert charge.filling.steps[0][0] >= slot.start + rack.swap_time
    offers = set()
    while (offer := rack.earliest(12 * HOUR)) is not None:
        offers.add(offer.pack)
        rack.take(offer, "T1", None, 0)
    assert "mine" in offers


def test_two_trucks_at_once_queue_for_the_one_lane(rack: Rack) -> None:
    starts = []
    for _ in range(2):
        slot = rack.earliest(4 * HOUR)
        assert slot is not None
        rack.take(slot, "T1", None, 0)
        starts.append(slot.start)
    assert starts[1] - starts[0] >= rack.swap_time


def test_charging_takes_the_power_of_the_hub(hub: PowerSlots) -> None:
    rack = Rack(TABLES, OFFER, hub)
    before = sum(hub.free)
    rack.open()
    taken = sum((end - start) * watts for c in rack.charges for start, end, watts in c.filling.stretches())
    assert taken > 0
    assert (before - sum(hub.free)) * 900 >= taken


def test_without_power_nothing_gets_ready() -> None:
    rack = Rack(TABLES, OFFER, PowerSlots([0] * 96, 900))
    rack.open()
    assert rack.charges == []
    ready = [p for p in OFFER.packs if p.soc.bp >= rack.ready_bp]
    assert (rack.earliest(0) is None) == (not ready)


def test_a_fixed_swap_takes_its_pack_and_brings_another(hub: PowerSlots) -> None:
    rack = Rack(TABLES, OFFER, hub)
    rack.take_fixed(SwapTaken(0, 0, "T1", 300, FIRST, PackId("mine"), True), 3_000)
    rack.open()
    assert {c.pack for c in rack.charges} <= {SECOND, "mine"}
    assert rack.slots()[PackId("mine"), 300] == OFFER.slots[2]


def test_a_returned_pack_gets_the_first_other_empty_slot(rack: Rack) -> None:
    slot = rack.earliest(4 * HOUR)
    assert slot is not None
    rack.take(slot, "T1", PackId("mine"), 9_500)
    where = rack.slots()
    assert where[PackId("mine"), slot.start + rack.swap_time] == OFFER.slots[2]
    assert where[FIRST, 0] == EvseId(OFFER.slots[0])
