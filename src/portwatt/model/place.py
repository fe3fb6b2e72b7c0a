"""Places of a hub and the legs between them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import PlaceId
from portwatt.units import Distance


class PlaceKind(StrEnum):
    QUAY = "quay"
    RAIL_YARD = "rail_yard"
    WAREHOUSE = "warehouse"
    CHARGING = "charging"
    DEPOT = "depot"


class Place(Struct, frozen=True):
    """Where trucks go. Coordinates in degrees WGS 84; `basis` carries their status from the facts."""

    id: PlaceId
    name: str
    kind: PlaceKind
    lat: float | None = None
    lon: float | None = None
    handling: timedelta = timedelta(minutes=10)
    """Time to put one container on a truck or take it off, here."""
    basis: str = ""


class Leg(Struct, frozen=True):
    """A drive from one place to another, one way."""

    origin: PlaceId
    destination: PlaceId
    distance: Distance
    duration: timedelta
