"""How likely a truck and a charger find together: the place held for the compatibility matrix."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from portwatt.model.connector import ConnectorStandard


class HandshakeOdds(Struct, frozen=True):
    """First-time success of an inlet at a plug, what a retry costs, and whether the pair is barred altogether."""

    plug: ConnectorStandard
    inlet: ConnectorStandard
    success: float
    """0 to 1."""
    retry: timedelta = timedelta(minutes=3)
    barred: bool = False
    basis: str = "assumption"


def odds_for(
    table: tuple[HandshakeOdds, ...], plug: ConnectorStandard, inlets: tuple[ConnectorStandard, ...]
) -> HandshakeOdds:
    """The best odds this plug has with any of these inlets; without a row the pair is taken as certain."""
    rows = [row for row in table if row.plug == plug and row.inlet in inlets]
    if not rows:
        return HandshakeOdds(plug, inlets[0] if inlets else plug, 1.0, timedelta(0), basis="no data")
    return max(rows, key=lambda row: (not row.barred, row.success))
