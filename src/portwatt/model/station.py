"""Charging stations: a station holds EVSEs, an EVSE holds connectors of which one is used at a time (OCPP words)."""

from __future__ import annotations

from msgspec import Struct

from portwatt.ids import EvseId, PlaceId, StationId
from portwatt.model.connector import ConnectorStandard
from portwatt.units import Power


class VoltageWindow(Struct, frozen=True, order=True):
    """Direct voltage a charger can give or a battery can take, in volts."""

    low_v: int
    high_v: int

    def covers(self, other: VoltageWindow) -> bool:
        return self.low_v <= other.low_v and other.high_v <= self.high_v


class Connector(Struct, frozen=True):
    """One cable of an EVSE: its plug family and the current its cable carries, in amperes."""

    standard: ConnectorStandard
    max_a: int


class Evse(Struct, frozen=True):
    """One independently managed outlet: at most one transaction at a time."""

    id: EvseId
    connectors: tuple[Connector, ...]
    max_power: Power
    voltage: VoltageWindow


class ChargingStation(Struct, frozen=True):
    """A station as the hub file lists it; any OCPP client with this id may connect."""

    id: StationId
    place: PlaceId
    evses: tuple[Evse, ...]
    vendor: str = ""
    model: str = ""
