"""Trucks and what they can take."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from msgspec import Struct

from portwatt.ids import FleetId, IdToken, PackFamilyId, PackId, PlaceId, TruckId, TruckModelId
from portwatt.model.connector import Adapter, ConnectorStandard
from portwatt.model.station import VoltageWindow
from portwatt.units import Consumption, Energy, Power, SoC


class CurvePoint(Struct, frozen=True, order=True):
    """Most the battery takes from this state of charge on; linear to the next point."""

    soc: SoC
    power: Power


class TruckModel(Struct, frozen=True):
    """What trucks of one make share (facts trucks.json).

    `curve` is sorted by SoC, first point at 0 %, last at 100 %. `consumption_empty` is not published per model:
    0.6 to 0.7 of loaded is an assumption of the facts file and must stay marked as such (`basis`).
    """

    id: TruckModelId
    battery: Energy
    inlets: tuple[ConnectorStandard, ...]
    curve: tuple[CurvePoint, ...]
    voltage: VoltageWindow
    consumption_loaded: Consumption
    consumption_empty: Consumption
    adapters: tuple[Adapter, ...] = ()
    family: PackFamilyId | None = None
    """Pack family it swaps; None: cannot swap."""
    basis: str = ""
    """Where the figures come from and which are assumed."""


class Truck(Struct, frozen=True):
    """One truck of one fleet, on duty within its shift; starts the day at a place with a state of charge."""

    id: TruckId
    model: TruckModelId
    fleet: FleetId
    token: IdToken
    """What it shows to a station (OCPP IdToken)."""
    place: PlaceId
    soc: SoC
    shift_start: datetime
    shift_end: datetime
    reserve: SoC = SoC(1_000)
    """Never planned below this."""
    pack: PackId | None = None


def accepts(model: TruckModel, soc: SoC) -> Power:
    """Most power the battery takes at a state of charge: linear between the points of the curve."""
    points = model.curve
    for left, right in pairwise(points):
        if left.soc <= soc <= right.soc:
            span = right.soc.bp - left.soc.bp
            if span == 0:
                return right.power
            return Power(left.power.w + (right.power.w - left.power.w) * (soc.bp - left.soc.bp) // span)
    return points[-1].power
