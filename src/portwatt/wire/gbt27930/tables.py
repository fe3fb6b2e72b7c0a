"""Message tables: which messages there are, what lies where in them, how long they may take. Texts in, tables out.

Source: src/portwatt/data/gbt27930 (messages.csv, fields.csv, facts.json), each with its attribution and status.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

import msgspec
from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.wire.gbt27930.identifier import MAX_PRIORITY, Address, identifier


class GbtTableError(UsageError):
    """The tables' text cannot be used: says which file, row and column."""


class Kind(StrEnum):
    """How the bits of a field are read."""

    UINT = "uint"
    """A number, low byte first: raw × scale + offset."""
    BCD = "bcd"
    """Packed decimal digits, two a byte."""
    ASCII = "ascii"
    BYTES = "bytes"
    VERSION = "version"
    """Three bytes: minor, then major low byte first; 01 01 00 is "1.1"."""
    ARRAY = "array"
    """As many numbers as the message holds, one every `stride` bits."""


class Edition(StrEnum):
    """The editions of the standard that differ on the wire."""

    E2011 = "2011"
    E2015 = "2015"
    E2023A = "2023 A-class"
    """GB/T 27930-2023 on the old plug."""
    E2024 = "27930.2-2024"
    """Negotiates its version (PF 0x3C), on the plug of GB/T 20234.3."""
    CHAOJI_DRAFT = "ChaoJi draft"
    """The committee draft of 2021; the final tables are not public."""


class Field(Struct, frozen=True):
    """Where a value lies and what it means. `start`: its first bit, from 0; `stride`: bits between two elements."""

    name: str
    start: int
    bits: int
    kind: Kind = Kind.UINT
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    unit: str = ""
    spn: int | None = None
    mandatory: bool = True
    """All bits 1 in a field that is not mandatory mean: not given."""
    labels: Mapping[int, str] = {}
    stride: int = 0
    note: str = ""


class MessageTable(Struct, frozen=True):
    """One message. `length` in bytes (None: any), `period_ms` between two of them."""

    code: str
    name: str
    pf: int
    priority: int
    sender: Address
    stage: str
    length: int | None
    period_ms: int
    long: bool
    """Longer than a frame may be: goes by J1939-21 transport."""
    fields: tuple[Field, ...]
    note: str = ""

    @property
    def can_id(self) -> int:
        return identifier(self.pf, self.sender, self.priority)

    def field(self, name: str) -> Field:
        """The field of that name. Raises GbtTableError when there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        known = ", ".join(f.name for f in self.fields) or "none"
        raise GbtTableError(f"{self.code} has no field {name!r}; it has: {known}")


class EditionTable(Struct, frozen=True):
    """How an edition differs. `lengths`: bytes a message may have where they differ; `absent`: messages it lacks."""

    name: Edition
    version: str
    lengths: dict[str, tuple[int, ...]]
    absent: tuple[str, ...]
    differs: str
    status: str


class _Limit(Struct, frozen=True):
    id: str
    what: str
    ms: int
    side: str


class _Transport(Struct, frozen=True):
    t_ms: dict[str, int]


class _Facts(Struct, frozen=True):
    standard: str
    status: str
    sources: tuple[str, ...]
    transport: _Transport
    limits: tuple[_Limit, ...]
    retries: int
    editions: tuple[EditionTable, ...]


class GbtTables(Struct, frozen=True):
    """What the facts say. `limits` by name, for example "BCL_RX"; `transport` as in J1939-21: Tr, Th, T1 to T4."""

    messages: Mapping[str, MessageTable]
    editions: Mapping[Edition, EditionTable]
    limits: Mapping[str, timedelta]
    transport: Mapping[str, timedelta]
    retries: int
    """How often the two may shake hands again after a time-out."""
    status: str
    sources: tuple[str, ...]

    def message(self, code: str) -> MessageTable:
        """The table of a message. Raises GbtTableError when there is none."""
        try:
            return self.messages[code]
        except KeyError:
            raise GbtTableError(f"there is no message {code!r}; there are: {', '.join(self.messages)}") from None

    def lengths(self, code: str, edition: Edition) -> tuple[int, ...]:
        """The lengths in bytes a message may have in an edition; none: any."""
        special = self.editions[edition].lengths.get(code) if edition in self.editions else None
        if special is not None:
            return special
        length = self.message(code).length
        return () if length is None else (length,)


def parse_tables(messages_csv: str, fields_csv: str, facts_json: str) -> GbtTables:
    """Read the tables from their texts. Raises GbtTableError with the row that is wrong."""
    try:
        facts = msgspec.json.decode(facts_json, type=_Facts)
    except msgspec.MsgspecError as error:
        raise GbtTableError(f"facts.json: {error}") from None
    fields: dict[str, list[Field]] = {}
    for line, row in enumerate(csv.DictReader(io.StringIO(fields_csv)), start=2):
        fields.setdefault(row["message"], []).append(_field(row, line))
    messages = {}
    for line, row in enumerate(csv.DictReader(io.StringIO(messages_csv)), start=2):
        table = _message(row, tuple(fields.pop(row["code"], ())), line)
        messages[table.code] = table
    if fields:
        raise GbtTableError(f"fields.csv: {', '.join(fields)} is not in messages.csv; add its row there")
    return GbtTables(
        messages=MappingProxyType(messages),
        editions=MappingProxyType({e.name: e for e in facts.editions}),
        limits=MappingProxyType({limit.id: timedelta(milliseconds=limit.ms) for limit in facts.limits}),
        transport=MappingProxyType({k: timedelta(milliseconds=ms) for k, ms in facts.transport.t_ms.items()}),
        retries=facts.retries,
        status=facts.status,
        sources=facts.sources,
    )


def _field(row: Mapping[str, str], line: int) -> Field:
    try:
        found = Field(
            name=row["name"],
            start=(int(row["byte"]) - 1) * 8 + int(row["bit"]) - 1,
            bits=int(row["bits"]),
            kind=Kind(row["type"]),
            scale=Fraction(row["scale"]),
            offset=Fraction(row["offset"]),
            unit=row["unit"],
            spn=int(row["spn"]) if row["spn"] else None,
            mandatory=row["mandatory"] == "yes",
            labels=MappingProxyType(dict(_label(part) for part in row["labels"].split("; ") if part)),
            stride=int(row["stride"] or 0),
            note=row["note"],
        )
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise GbtTableError(f"fields.csv, line {line}: {error}") from None
    if found.start < 0 or found.bits < 1 or found.scale <= 0 or (found.kind is Kind.ARRAY and found.stride < 1):
        raise GbtTableError(f"fields.csv, line {line}: byte, bit, bits, scale and stride have to be positive")
    if (found.offset / found.scale).denominator != 1 or (1 / found.scale).denominator != 1:
        raise GbtTableError(f"fields.csv, line {line}: the offset has to be a whole number of steps of 1/n")
    return found


def _label(part: str) -> tuple[int, str]:
    number, _, label = part.partition("=")
    return int(number), label


def _message(row: Mapping[str, str], fields: tuple[Field, ...], line: int) -> MessageTable:
    try:
        found = MessageTable(
            code=row["code"],
            name=row["name"],
            pf=int(row["pf"], 16),
            priority=int(row["priority"]),
            sender=Address[row["sender"].upper()],
            stage=row["stage"],
            length=int(row["length"]) if row["length"] else None,
            period_ms=int(row["period_ms"]),
            long=row["long"] == "yes",
            fields=fields,
            note=row["note"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GbtTableError(f"messages.csv, line {line}: {error}") from None
    if not 0 <= found.priority <= MAX_PRIORITY or not 0 <= found.pf <= 0xFF or found.period_ms < 1:
        raise GbtTableError(f"messages.csv, line {line}: priority is 0 to 7, pf 0x00 to 0xFF, period_ms positive")
    return found
