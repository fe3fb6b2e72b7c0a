"""Requirements of the scheme and the standards, and the certificates that show they are met."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import StationId
from portwatt.model.pack import SwapStation
from portwatt.model.station import ChargingStation


class Interface(StrEnum):
    """What a station offers, as certification tells it apart (facts scheme.json, certification_matrix)."""

    GBT_DC = "GBT_DC"
    CCS2 = "CCS2"
    CHAOJI = "CHAOJI"
    SWAP = "SWAP"


class Requirement(Struct, frozen=True):
    """What equipment has to show. Dates are the first day; None: no such date is known.

    `pending`: nobody can meet it yet, because the pathway is not published. `status`: how sure the fact is
    (verified_secondary, from_memory_unverified, assumption, pending_in_scheme), with its `source`.
    """

    id: str
    title: str
    interfaces: tuple[Interface, ...]
    applies_to: str
    evidence: str
    """Kind of evidence that is accepted."""
    accepted_from: date | None = None
    mandatory_from: date | None = None
    pending: bool = False
    status: str = "from_memory_unverified"
    source: str = ""
    note: str = ""


class Certificate(Struct, frozen=True):
    """Evidence for stations: valid from its first day to its last, both included; None: no end is stated."""

    requirement: str
    stations: tuple[StationId, ...]
    number: str
    issuer: str
    evidence: str
    valid_from: date
    valid_to: date | None = None
    basis: str = ""
    """Who has seen it, and whether it was verified."""

    def valid(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def interfaces_of(station: ChargingStation | SwapStation) -> tuple[Interface, ...]:
    """What a station offers, each once, in the order of `Interface`."""
    if isinstance(station, SwapStation):
        return (Interface.SWAP,)
    offered = {Interface(c.standard.value) for evse in station.evses for c in evse.connectors}
    return tuple(interface for interface in Interface if interface in offered)
