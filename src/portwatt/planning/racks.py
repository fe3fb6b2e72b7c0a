"""Swap stations in the making: lanes, packs and when each is full, the power that charges them."""

from __future__ import annotations

from bisect import insort
from typing import NamedTuple

from msgspec import Struct

from portwatt.ids import EvseId, PackId
from portwatt.planning.energy import JOULES, Filling, Stair, Supply, fill
from portwatt.planning.problem import SwapOffer
from portwatt.planning.tables import Tables
from portwatt.planning.timelines import FOREVER, Busy, PowerSlots


class RackCharge(NamedTuple):
    """A pack charging: since when it was there, from how full to how full, and how."""

    pack: PackId
    since: int
    before_bp: int
    after_bp: int
    filling: Filling


class SwapTaken(NamedTuple):
    """A swap planned or fixed, to follow packs from slot to slot."""

    start: int
    lane: int
    truck: str
    end: int
    out: PackId
    returned: PackId | None
    fixed: bool


class _Ready(NamedTuple):
    """A pack that can be handed out from `at` on. Ordered: the one ready first goes first."""

    at: int
    pack: PackId
    bp: int


class SwapSlot(NamedTuple):
    """An offer of a swap: when it starts, in which lane, with which pack."""

    start: int
    lane: int
    pack: PackId
    bp: int


class _Charging(Struct):
    pack: PackId
    since: int
    bp: int


class Rack:
    """One swap station. Every pack in it is charged as soon as there is power, the one ready soonest first."""

    def __init__(self, tables: Tables, offer: SwapOffer, hub: PowerSlots) -> None:
        self.offer = offer
        self.place = tables.index[offer.place]
        self.swap_time = int(-(-offer.swap_time.total_seconds() // 1))
        family = tables.problem.family_by_id[offer.family]
        self.capacity = family.capacity.wh * JOULES
        self.ready_bp = family.ready_soc.bp
        self._curve = Stair((self.capacity,), (family.slot_power.w,))
        self._hub = hub
        closed = [(tables.floor(w.start), tables.ceil(w.end)) for w in offer.closed]
        self.lanes = [Busy(closed) for _ in range(offer.lanes)]
        self._station = PowerSlots([offer.max_power.w] * len(hub.free), hub.length)
        for start, end in closed:
            self._station.take([(start, min(end, tables.end), offer.max_power.w)])
        self._ready: list[_Ready] = []
        self.charges: list[RackCharge] = []
        self.swaps: list[SwapTaken] = []
        self._waiting = [_Charging(p.pack, 0, p.soc.bp) for p in offer.packs]

    def open(self) -> None:
        """Put the packs of the first hour on charge; after what is fixed has taken its packs and lanes."""
        for one in sorted(self._waiting, key=lambda w: (-w.bp, w.pack)):
            self._charge(one.pack, one.since, one.bp)
        self._waiting.clear()

    def hold_lane(self, lane: int, start: int, end: int) -> None:
        """A lane that is taken whatever is planned."""
        if 0 <= lane < len(self.lanes):
            self.lanes[lane].cover(start, end)

    def take_fixed(self, swap: SwapTaken, returned_bp: int) -> None:
        """A swap that is under way or about to start: its pack is gone, the returned one comes."""
        self._waiting = [w for w in self._waiting if w.pack != swap.out]
        self.swaps.append(swap)
        if swap.returned is not None and all(w.pack != swap.returned for w in self._waiting):
            self._waiting.append(_Charging(swap.returned, max(0, swap.end), returned_bp))

    def earliest(self, arrival: int) -> SwapSlot | None:
        """The soonest swap for a truck that arrives then; None: no pack will be ready."""
        if not self._ready:
            return None
        first = self._ready[0]
        from_then = max(arrival, first.at)
        start, lane = min((b.earliest(from_then, self.swap_time), n) for n, b in enumerate(self.lanes))
        return SwapSlot(start, lane, first.pack, first.bp)

    def take(self, slot: SwapSlot, truck: str, returned: PackId | None, returned_bp: int) -> None:
        """Book a swap: the pack goes, the returned one is put on charge."""
        end = slot.start + self.swap_time
        self.lanes[slot.lane].take(slot.start, end)
        self._ready = [r for r in self._ready if r.pack != slot.pack]
        self.swaps.append(SwapTaken(slot.start, slot.lane, truck, end, slot.pack, returned, False))
        if returned is not None:
            self._charge(returned, end, returned_bp)

    def _charge(self, pack: PackId, since: int, bp: int) -> None:
        if bp >= self.ready_bp:
            insort(self._ready, _Ready(since, pack, bp))
            return
        supply = Supply(self._hub.free, self._station.free, self._hub.length)
        before = -(-bp * self.capacity // 10_000)
        filling = fill(self._curve, before, self.capacity, (since, FOREVER), supply)
        if filling is None:
            return
        after = filling.joules * 10_000 // self.capacity
        self._hub.take(filling.stretches())
        self._station.take(filling.stretches())
        self.charges.append(RackCharge(pack, since, bp, after, filling))
        if after >= self.ready_bp:
            insort(self._ready, _Ready(filling.end, pack, after))

    def slots(self) -> dict[tuple[PackId, int], EvseId]:
        """In which slot each pack stands, by pack and since when: as `problem` says returned packs are put away."""
        held: dict[EvseId, PackId] = {p.slot: p.pack for p in self.offer.packs}
        found: dict[tuple[PackId, int], EvseId] = {(p.pack, 0): p.slot for p in self.offer.packs}
        for swap in sorted(self.swaps):
            emptied = next((slot for slot, pack in held.items() if pack == swap.out), None)
            if swap.returned is None or (swap.fixed and swap.returned in held.values()):
                if emptied is not None:
                    del held[emptied]
                continue
            slot = next((s for s in self.offer.slots if s not in held), emptied)
            if emptied is not None:
                del held[emptied]
            if slot is None:
                slot = self.offer.slots[0]
            held[slot] = swap.returned
            found[swap.returned, max(0, swap.end)] = slot
        return found
