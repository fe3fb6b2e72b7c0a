"""The grid connection of a hub."""

from __future__ import annotations

from msgspec import Struct

from portwatt.units import Power


class GridLimit(Struct, frozen=True):
    """What the hub may draw: the contract, and what other loads of the site (lights, cranes) are held to take of it."""

    connection: Power
    other_load: Power = Power(0)

    @property
    def for_charging(self) -> Power:
        return self.connection - self.other_load
