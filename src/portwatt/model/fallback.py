"""Fallbacks: what carries a container or fills a truck while the hub's uptime is not proven (facts scheme.json)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from portwatt.ids import FallbackId, PackFamilyId, PlaceId
from portwatt.units import Money


class FallbackKind(StrEnum):
    DIESEL_SHUTTLE = "diesel_shuttle"
    THIRD_PARTY_SWAP = "third_party_swap"


class Fallback(Struct, frozen=True):
    """A contracted resource: how many it serves at once and what it costs.

    A diesel shuttle carries containers (`per_km` for every kilometre, there and back empty). A certified third-party
    swap provider swaps packs of `family` at `place` (`per_use` each).
    """

    id: FallbackId
    kind: FallbackKind
    capacity: int
    per_use: Money = Money(0)
    per_km: Money = Money(0)
    place: PlaceId | None = None
    family: PackFamilyId | None = None
    certificate: str = ""
