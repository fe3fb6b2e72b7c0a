"""Battery packs: where each one is and how full."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.events import SlotReading, SlotReported
from portwatt.ids import EvseId, PackFamilyId, PackId, TruckId
from portwatt.state.keeping import KEEP, without
from portwatt.state.stations import EvseState
from portwatt.units import SoC

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState


class PackState(Struct, frozen=True):
    """A pack in a slot, in a truck, or (both None) out of sight. `family` None: the hub does not know this pack."""

    family: PackFamilyId | None
    soc: SoC
    soc_at: datetime
    slot: EvseId | None = None
    truck: TruckId | None = None
    soh: SoC | None = None


def charged(state: HubState, pack: PackId, soc: SoC, at: datetime) -> HubState:
    """A pack's state of charge is known anew."""
    known = state.packs.get(pack)
    if known is None:
        return state
    return state.having(packs=state.packs.set(pack, replace(known, soc=soc, soc_at=at)))


def put_in_slot(state: HubState, reading: SlotReading, at: datetime) -> HubState:
    """A pack is in a slot: it is nowhere else, and whatever was believed to be there is out of sight."""
    state = taken_away(empty_slot(state, reading.slot, but=reading.pack), reading.pack, but=reading.slot)
    known = state.packs.get(reading.pack) or PackState(None, reading.soc, at)
    placed = replace(known, slot=reading.slot, truck=None, soc=reading.soc, soc_at=at, soh=reading.soh or known.soh)
    state = state.having(packs=state.packs.set(reading.pack, placed))
    return _charging(_set_slot(state, reading.slot, reading.pack), reading)


def put_in_truck(state: HubState, reading: SlotReading, truck: TruckId | None, at: datetime) -> HubState:
    """A pack left its slot into a truck (None: a truck the hub does not know)."""
    state = taken_away(state, reading.pack)
    known = state.packs.get(reading.pack) or PackState(None, reading.soc, at)
    moved = replace(known, slot=None, truck=truck, soc=reading.soc, soc_at=at, soh=reading.soh or known.soh)
    return state.having(packs=state.packs.set(reading.pack, moved))


def taken_away(state: HubState, pack: PackId, but: EvseId | None = None) -> HubState:
    """A pack is not where it was believed to be, unless that is slot `but`: neither the slot nor the truck holds it."""
    known = state.packs.get(pack)
    if known is None or (known.slot is not None and known.slot == but):
        return state
    if known.slot is not None and _holds(state, known.slot, pack):
        state = _set_slot(state, known.slot, None)
    truck = state.trucks.get(known.truck) if known.truck is not None else None
    if known.truck is not None and truck is not None and truck.pack == pack:
        state = state.having(trucks=state.trucks.set(known.truck, replace(truck, pack=None)))
    return state.having(packs=state.packs.set(pack, replace(known, slot=None, truck=None)))


def empty_slot(state: HubState, slot: EvseId, but: PackId | None = None) -> HubState:
    """A slot is empty, or holds `but`: any other pack believed there is out of sight."""
    evse = state.evses.get(slot)
    if evse is None or evse.pack is None or evse.pack == but:
        return state
    known = state.packs.get(evse.pack)
    if known is not None and known.slot == slot:
        state = state.having(packs=state.packs.set(evse.pack, replace(known, slot=None)))
    return _set_slot(state, slot, None)


def on_slot(state: HubState, event: SlotReported) -> HubState:
    if event.pack is None:
        return empty_slot(state, event.slot)
    known = state.packs.get(event.pack)
    soc = event.soc or (known.soc if known else SoC(0))
    return put_in_slot(state, SlotReading(event.slot, event.pack, soc, event.soh), event.at)


def on_hour(state: HubState, at: datetime) -> HubState:
    """Let go of packs that passed through: out of sight for long, and none of the hub's own, which may come back."""
    own = {pack.id for pack in state.hub.packs}
    old = [
        name
        for name, pack in state.packs.items()
        if pack.slot is None and pack.truck is None and pack.soc_at < at - KEEP and name not in own
    ]
    return state.having(packs=without(state.packs, old)) if old else state


def _charging(state: HubState, reading: SlotReading) -> HubState:
    """A slot's transaction may start before its pack is named (OCPP 2.1 S03): it is that of the pack in the slot."""
    transaction = state.evses[reading.slot].transaction
    known = state.transactions.get(transaction) if transaction is not None else None
    if transaction is None or known is None or known.pack == reading.pack:
        return state
    return state.having(transactions=state.transactions.set(transaction, replace(known, pack=reading.pack)))


def _holds(state: HubState, slot: EvseId, pack: PackId) -> bool:
    evse = state.evses.get(slot)
    return evse is not None and evse.pack == pack


def _set_slot(state: HubState, slot: EvseId, pack: PackId | None) -> HubState:
    evse = state.evses.get(slot, EvseState())
    return state.having(evses=state.evses.set(slot, replace(evse, pack=pack)))
