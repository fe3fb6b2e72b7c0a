"""Connectors, inlets and adapters: what fits into what."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ConnectorStandard(StrEnum):
    """The plug families of the announced hubs (facts scheme.json: GB/T, CCS2 and ChaoJi side by side)."""

    GBT_DC = "GBT_DC"
    """GB/T 20234.3 DC coupler, 2015 interface (2023 dual-gun included)."""
    CCS2 = "CCS2"
    """IEC 62196-3 configuration FF."""
    CHAOJI = "CHAOJI"
    """GB/T 20234.4-2023."""


OCPP_CONNECTOR: dict[ConnectorStandard, str] = {
    ConnectorStandard.GBT_DC: "cGBT",
    ConnectorStandard.CCS2: "cCCS2",
    ConnectorStandard.CHAOJI: "cChaoJi",
}
"""What OCPP 2.0.1 and 2.1 call them (ConnectorEnumType; in 2.1 a string with the same names)."""


class Adapter(Struct, frozen=True):
    """A piece carried on the truck: lets an inlet take a plug of another family.

    The adapter from a 20234.3 plug to a ChaoJi inlet is inside GB/T 20234.4-2023 (facts chargers.json).
    """

    plug: ConnectorStandard
    inlet: ConnectorStandard


def fits(plug: ConnectorStandard, inlets: tuple[ConnectorStandard, ...], adapters: tuple[Adapter, ...] = ()) -> bool:
    """Whether a truck with these inlets and adapters can take this plug."""
    return plug in inlets or any(a.plug == plug and a.inlet in inlets for a in adapters)
