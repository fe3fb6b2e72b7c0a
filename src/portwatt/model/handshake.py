"""How likely a truck and a charger find together: the hub file's assumption, or what the matrix has learnt."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from portwatt.ids import TruckModelId
from portwatt.model.connector import ConnectorStandard


class HandshakeOdds(Struct, frozen=True):
    """First-time success of an inlet at a plug, what a retry costs, and whether the pair is barred altogether.

    `model` None: for any truck; else for this truck model alone, and then it goes before a row for any.
    """

    plug: ConnectorStandard
    inlet: ConnectorStandard
    success: float
    """0 to 1."""
    retry: timedelta = timedelta(minutes=3)
    barred: bool = False
    basis: str = "assumption"
    model: TruckModelId | None = None


def odds_for(
    table: tuple[HandshakeOdds, ...],
    plug: ConnectorStandard,
    inlets: tuple[ConnectorStandard, ...],
    model: TruckModelId | None = None,
) -> HandshakeOdds:
    """The best odds this plug has with any of these inlets; without a row the pair is taken as certain."""
    rows = [r for r in table if r.plug == plug and r.inlet in inlets and r.model in (None, model)]
    own = {r.inlet for r in rows if r.model is not None}
    rows = [r for r in rows if r.model is not None or r.inlet not in own]
    if not rows:
        return HandshakeOdds(plug, inlets[0] if inlets else plug, 1.0, timedelta(0), basis="no data")
    return max(rows, key=lambda row: (not row.barred, row.success))
