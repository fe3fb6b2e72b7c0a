"""Battery packs and their families: which pack goes into which truck."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from portwatt.ids import EvseId, PackFamilyId, PackId, PlaceId, StationId
from portwatt.units import Energy, Power, SoC


class PackFamily(Struct, frozen=True):
    """Packs that replace each other (facts swap_facts.json): their capacity and the power a slot gives one."""

    id: PackFamilyId
    capacity: Energy
    slot_power: Power
    ready_soc: SoC
    """A pack at or above this is full enough to be handed out."""


class BatteryPack(Struct, frozen=True):
    """One pack as delivered to the hub: where it stands on opening day and how full it is."""

    id: PackId
    family: PackFamilyId
    soc: SoC
    slot: EvseId | None = None
    """None: fitted in a truck."""


class SwapStation(Struct, frozen=True):
    """A battery swap station: lanes that swap, slots (OCPP: EVSEs) that hold and charge packs of one family."""

    id: StationId
    place: PlaceId
    family: PackFamilyId
    slots: tuple[EvseId, ...]
    lanes: int
    swap_time: timedelta
    """Truck in to truck out, robot included (facts swap_facts.json: 3 to 6 minutes)."""
    max_power: Power
    """Grid power the whole station may draw to charge its packs."""
    vendor: str = ""
    model: str = ""
