"""Freight trains: runs, calls and cut-offs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import PlaceId, TrainId


class Direction(StrEnum):
    """Seen from the port."""

    OUTBOUND = "outbound"
    """Takes containers away: deadline is the cut-off."""
    INBOUND = "inbound"
    """Brings containers: release is the availability."""


class CallTime(Struct, frozen=True):
    """Planned, estimated and actual time of one thing, UTC."""

    planned: datetime
    estimated: datetime | None = None
    actual: datetime | None = None

    @property
    def best(self) -> datetime:
        """What we believe now."""
        return self.actual or self.estimated or self.planned


class Call(Struct, frozen=True):
    """A train at a yard. Four times rule the containers: cut-off and departure outbound, arrival and availability
    inbound (notes on planning; gate-in cut-offs of the three ports are not public: a parameter per terminal)."""

    yard: PlaceId
    arrival: CallTime
    departure: CallTime
    cut_off: datetime | None = None
    """Last delivery of a container that shall leave on it (CutOff)."""
    available: datetime | None = None
    """When containers it brought can be fetched."""


class TrainRun(Struct, frozen=True):
    """One train on one day at this hub. `number` is free text of up to 8 characters (facts rail_facts.json)."""

    id: TrainId
    number: str
    service: str
    direction: Direction
    call: Call
    capacity_teu: int
    corridor: str = ""
