"""Stations, trucks and packs for the tests of simulated stations: round figures, to be reckoned by hand."""

from __future__ import annotations

import random
from datetime import timedelta

from portwatt.ids import EvseId, PackFamilyId, PackId, PlaceId, StationId, TruckModelId, evse_id
from portwatt.model.connector import ConnectorStandard
from portwatt.model.pack import BatteryPack, PackFamily, SwapStation
from portwatt.model.station import ChargingStation, Connector, Evse, VoltageWindow
from portwatt.model.truck import CurvePoint, TruckModel
from portwatt.simulator.plant import TYPICAL, StationSettings
from portwatt.simulator.station import SimulatedStation
from portwatt.simulator.swap_station import SimulatedSwapStation
from portwatt.simulator.vehicle import Vehicle
from portwatt.units import Consumption, Energy, Power, SoC
from portwatt.wire.ocpp.versions import OcppVersion

S1 = StationId("s1")
W1 = StationId("w1")

MODEL = TruckModel(
    id=TruckModelId("m"),
    battery=Energy.kwh(300),
    inlets=(ConnectorStandard.CCS2,),
    curve=(
        CurvePoint(SoC(0), Power.kw(240)),
        CurvePoint(SoC.percent(80), Power.kw(240)),
        CurvePoint(SoC.percent(100), Power.kw(60)),
    ),
    voltage=VoltageWindow(500, 700),
    consumption_loaded=Consumption(1400),
    consumption_empty=Consumption(900),
)

FAMILY = PackFamily(PackFamilyId("f"), Energy.kwh(280), Power.kw(280), SoC.percent(90))


def charging_station(evses: int = 2, amperes: int = 500) -> ChargingStation:
    """EVSEs of 350 kW with a CCS2 cable; 500 A carry 300 kW into `MODEL`."""
    connectors = (Connector(ConnectorStandard.CCS2, amperes),)
    made = tuple(Evse(evse_id(S1, n), connectors, Power.kw(350), VoltageWindow(200, 1000)) for n in range(1, evses + 1))
    return ChargingStation(S1, PlaceId("yard"), made)


def station(version: OcppVersion, evses: int = 2, settings: StationSettings = TYPICAL) -> SimulatedStation:
    return SimulatedStation(charging_station(evses), version, random.Random(7), settings)


def truck(percent: float = 50, target: float = 100) -> Vehicle:
    return Vehicle(MODEL, SoC.percent(percent), SoC.percent(target))


def swap_station(
    charges: tuple[float | None, ...] = (100, 95, 30, None),
    lanes: int = 1,
    max_kw: float = 1000,
    settings: StationSettings = TYPICAL,
) -> SimulatedSwapStation:
    """Slots with packs p1, p2, ... of these charges; None: empty. A swap takes four minutes."""
    slots: tuple[EvseId, ...] = tuple(evse_id(W1, n + 1) for n in range(len(charges)))
    spec = SwapStation(W1, PlaceId("yard"), FAMILY.id, slots, lanes, timedelta(minutes=4), Power.kw(max_kw))
    packs = [
        BatteryPack(PackId(f"p{n + 1}"), FAMILY.id, SoC.percent(charge), slots[n])
        for n, charge in enumerate(charges)
        if charge is not None
    ]
    return SimulatedSwapStation(spec, FAMILY, packs, random.Random(7), settings)
