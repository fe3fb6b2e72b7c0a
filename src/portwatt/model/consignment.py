"""Consignments: what a forwarder asks about."""

from __future__ import annotations

from msgspec import Struct

from portwatt.ids import ConsignmentId, ContainerId


class Consignment(Struct, frozen=True):
    """Containers that travel under one contract for one forwarder."""

    id: ConsignmentId
    forwarder: str
    containers: tuple[ContainerId, ...]
