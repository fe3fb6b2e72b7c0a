"""The certification view: which requirement each station has to meet for what it offers, by which evidence, until when.

It shows and decides nothing: whether a hub may run is for people and authorities (facts scheme.json, hub_states).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import StationId
from portwatt.model.certificate import Certificate, Interface, Requirement, interfaces_of
from portwatt.model.hub import Hub
from portwatt.model.pack import SwapStation
from portwatt.model.station import ChargingStation


class Standing(StrEnum):
    """How a station stands with a requirement on a day."""

    MET = "met"
    EXPIRED = "expired"
    """There was evidence; the last of it has run out."""
    NOT_YET_VALID = "not_yet_valid"
    MISSING = "missing"
    """It is mandatory, and there is no evidence."""
    NOT_YET_MANDATORY = "not_yet_mandatory"
    NO_DATE = "no_date"
    """No evidence, and no day is known from which it is mandatory."""
    PENDING = "pending"
    """Nobody can meet it yet: the pathway is not published."""


class CertificationRow(Struct, frozen=True):
    """One requirement at one station for one interface. `certificate`: the evidence that counts, or the last there
    was; `valid_to`: its last day, None where it has none or there is no evidence."""

    station: StationId
    interface: Interface
    requirement: Requirement
    standing: Standing
    certificate: Certificate | None
    valid_to: date | None
    say: str


def certification(hub: Hub, requirements: Iterable[Requirement], day: date) -> tuple[CertificationRow, ...]:
    """Every requirement at every station it applies to, in the order of the hub file."""
    known = tuple(requirements)
    stations: tuple[ChargingStation | SwapStation, ...] = (*hub.stations, *hub.swap_stations)
    return tuple(row for station in stations for row in _rows(hub, known, station, day))


def summary(rows: Iterable[CertificationRow]) -> dict[Interface, Standing]:
    """The worst standing of each interface that is offered anywhere: a hub is no better than its worst station."""
    worst: dict[Interface, Standing] = {}
    for row in rows:
        before = worst.get(row.interface)
        if before is None or _WORST_FIRST.index(row.standing) < _WORST_FIRST.index(before):
            worst[row.interface] = row.standing
    return {interface: worst[interface] for interface in Interface if interface in worst}


_WORST_FIRST = (
    Standing.MISSING,
    Standing.EXPIRED,
    Standing.NOT_YET_VALID,
    Standing.PENDING,
    Standing.NO_DATE,
    Standing.NOT_YET_MANDATORY,
    Standing.MET,
)


def _rows(
    hub: Hub, requirements: tuple[Requirement, ...], station: ChargingStation | SwapStation, day: date
) -> Iterator[CertificationRow]:
    for interface in interfaces_of(station):
        for requirement in requirements:
            if interface in requirement.interfaces:
                held = [c for c in hub.certificates if c.requirement == requirement.id and station.id in c.stations]
                yield _row(station.id, interface, requirement, held, day)


def _row(
    station: StationId, interface: Interface, requirement: Requirement, held: list[Certificate], day: date
) -> CertificationRow:
    best = max(held, key=lambda c: (c.valid(day), c.valid_from <= day, c.valid_to or date.max), default=None)
    standing = _without(requirement, day) if best is None else _with(best, day)
    valid_to = best.valid_to if best is not None else None
    return CertificationRow(
        station, interface, requirement, standing, best, valid_to, _say(requirement, standing, best)
    )


def _with(certificate: Certificate, day: date) -> Standing:
    if certificate.valid(day):
        return Standing.MET
    return Standing.NOT_YET_VALID if day < certificate.valid_from else Standing.EXPIRED


def _without(requirement: Requirement, day: date) -> Standing:
    if requirement.pending:
        return Standing.PENDING
    if requirement.mandatory_from is None:
        return Standing.NO_DATE
    return Standing.MISSING if day >= requirement.mandatory_from else Standing.NOT_YET_MANDATORY


def _say(requirement: Requirement, standing: Standing, held: Certificate | None) -> str:
    need, what = requirement.evidence, held.number if held is not None else ""
    from_day = requirement.mandatory_from
    match standing:
        case Standing.MET:
            until = f" until {held.valid_to}" if held is not None and held.valid_to is not None else ""
            return f"{what} is valid{until}"
        case Standing.EXPIRED:
            return f"{what} ended on {held.valid_to if held is not None else ''}; bring a new {need}"
        case Standing.NOT_YET_VALID:
            return f"{what} is valid only from {held.valid_from if held is not None else ''}"
        case Standing.MISSING:
            return f"mandatory since {from_day}, and there is no evidence; bring a {need}"
        case Standing.NOT_YET_MANDATORY:
            return f"mandatory from {from_day}, and there is no evidence yet"
        case Standing.NO_DATE:
            return "no evidence; no day is known from which it is mandatory"
        case Standing.PENDING:
            return "the scheme has not said yet how this is shown"
