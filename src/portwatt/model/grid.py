"""The grid connection of a hub."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.units import Power


class GridLimit(Struct, frozen=True):
    """What the hub may draw: the contract, and what other loads of the site (lights, cranes) are held to take of it."""

    connection: Power
    other_load: Power = Power(0)

    @property
    def for_charging(self) -> Power:
        return self.connection - self.other_load


class GridLimitChange(Struct, frozen=True):
    """From `start` on the charging of the hub may draw `limit` (a cut by the grid operator, or its end)."""

    start: datetime
    limit: Power
