"""What can be used of a hub file before it is known to be right, so that every check runs and every fault is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from portwatt.config.faults import Fault, faults_of
from portwatt.config.hub_file import (
    MAX_SERIES,
    CertificateEntry,
    Entry,
    FallbackEntry,
    FamilyEntry,
    GridEntry,
    HandshakeEntry,
    HubFile,
    LegEntry,
    ModelEntry,
    PackEntry,
    PlaceEntry,
    StationEntry,
    SwapStationEntry,
    TariffEntry,
    TruckEntry,
)
from portwatt.config.library import Shelf, from_shelf

E = TypeVar("E", bound=Entry)
_SHELVES: Mapping[str, Shelf] = {"families": "families", "models": "models"}
_MAX_NAMES = 50_000
"""More than any section may have; keeps a hostile file from filling the memory."""


class At(NamedTuple, Generic[E]):
    """An entry and its place in the file."""

    place: str
    entry: E


class Draft(NamedTuple):
    """The entries that are right in themselves, and the names of all that were meant to be there."""

    grid: GridEntry | None
    tariff: TariffEntry | None
    places: list[At[PlaceEntry]]
    legs: list[At[LegEntry]]
    families: list[At[FamilyEntry]]
    models: list[At[ModelEntry]]
    stations: list[At[StationEntry]]
    swap_stations: list[At[SwapStationEntry]]
    packs: list[At[PackEntry]]
    trucks: list[At[TruckEntry]]
    fallbacks: list[At[FallbackEntry]]
    handshakes: list[At[HandshakeEntry]]
    certificates: list[At[CertificateEntry]]
    names: Mapping[str, set[str]]
    """Ids per section, those of broken entries too: a reference to one is not a second fault."""
    tables: Mapping[str, list[tuple[str, Mapping[str, Any]]]]
    """Tables per section with their places as they stand in the file, broken ones too."""
    timezone: str | None


def series(name: str, count: int | None, first: int) -> list[str]:
    """The names of a series: the first run of # signs becomes the number, padded with zeros to its width."""
    if count is None or "#" not in name:
        return [name]
    head, _, rest = name.partition("#")
    tail = rest.lstrip("#")
    width = len(name) - len(head) - len(tail)
    return [f"{head}{n:0{width}d}{tail}" for n in range(first, first + count)]


def read(data: Mapping[str, Any]) -> tuple[HubFile | None, Draft, list[Fault]]:
    """The whole file when its shape is right, and in any case its draft and the faults of shape."""
    try:
        return HubFile.model_validate(dict(data)), _draft(data), []
    except ValidationError as error:
        return None, _draft(data), faults_of(error, HubFile)


def _draft(data: Mapping[str, Any]) -> Draft:
    zone = data.get("timezone")
    sections = ("places", "families", "models", "stations", "swap_stations", "packs", "trucks", "fallbacks")
    return Draft(
        grid=_one(GridEntry, data.get("grid")),
        tariff=_one(TariffEntry, data.get("tariff"), "tariffs"),
        places=_good(PlaceEntry, data, "places"),
        legs=_good(LegEntry, data, "legs"),
        families=_good(FamilyEntry, data, "families"),
        models=_good(ModelEntry, data, "models"),
        stations=_good(StationEntry, data, "stations"),
        swap_stations=_good(SwapStationEntry, data, "swap_stations"),
        packs=_good(PackEntry, data, "packs"),
        trucks=_good(TruckEntry, data, "trucks"),
        fallbacks=_good(FallbackEntry, data, "fallbacks"),
        handshakes=_good(HandshakeEntry, data, "handshakes"),
        certificates=_good(CertificateEntry, data, "certificates"),
        tables={section: list(_tables(data, section)) for section in HubFile.model_fields},
        names={section: set(islice(_names(data.get(section)), _MAX_NAMES)) for section in sections},
        timezone=zone if isinstance(zone, str) else None,
    )


def _one(kind: type[E], raw: object, shelf: Shelf | None = None) -> E | None:
    """The entry, or None: what is wrong with it was told by the pass over the whole file."""
    try:
        return kind.model_validate(from_shelf(shelf)(raw) if shelf else raw)
    except ValueError:  # pydantic's ValidationError is one
        return None


def _good(kind: type[E], data: Mapping[str, Any], section: str) -> list[At[E]]:
    entries = ((place, _one(kind, table)) for place, table in _tables(data, section))
    return [At(place, entry) for place, entry in entries if entry is not None]


def _tables(data: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tables of a section, those it only names taken from their shelf."""
    raw = data.get(section)
    for i, item in enumerate(raw if isinstance(raw, list) else []):
        with suppress(ValueError):
            table = from_shelf(_SHELVES[section])(item) if section in _SHELVES else item
            if isinstance(table, Mapping):
                yield f"{section}[{i}]", table


def _names(raw: object) -> Iterator[str]:
    for item in raw if isinstance(raw, list) else []:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict) and isinstance(name := item.get("id"), str):
            count, first = item.get("count"), item.get("first", 1)
            usable = type(count) is int and type(first) is int and 0 < count <= MAX_SERIES and 0 <= first <= 1_000_000
            yield from series(name, count if usable else None, first if usable else 1)
