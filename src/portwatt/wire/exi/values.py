"""The built-in datatypes of EXI 1.0 clause 7.1, each as a reader and a writer made once for each element or attribute.

A reader comes in two shapes: `value` reads the bare value, as an attribute holds it; `leaf` reads an element that holds
nothing but the value, with the two event codes around it. Each of these codes is one bit: 0 for what the schema
declares (CH, then EE), 1 for a deviation from it. Reading code, value and code at once is what makes this fast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from msgspec import Struct

from portwatt.wire.exi.bits import BitReader, BitWriter, ExiError

Reader: TypeAlias = Callable[[BitReader], Any]
Writer: TypeAlias = Callable[[BitWriter, Any], None]

_NARROW: Final = 4096
"""Integers with at most so many values are numbers of fixed width (clause 7.1.9)."""


class Boolean(Struct, frozen=True):
    """xs:boolean: one bit."""

    def width(self) -> int:
        return 1

    def table(self) -> tuple[Any, ...]:
        return (False, True)


class Words(Struct, frozen=True):
    """An enumeration: the number of the word in the order of the schema (clause 7.2)."""

    words: tuple[str, ...]

    def width(self) -> int:
        return (len(self.words) - 1).bit_length()

    def table(self) -> tuple[Any, ...]:
        return self.words


class Integer(Struct, frozen=True):
    """An integer between two bounds; None where there is none."""

    low: int | None = None
    high: int | None = None

    def within(self, low: int | None, high: int | None) -> Integer:
        """Return the integers of this type between two more bounds."""
        lows = [bound for bound in (self.low, low) if bound is not None]
        highs = [bound for bound in (self.high, high) if bound is not None]
        return Integer(max(lows, default=None), min(highs, default=None))

    def span(self) -> int | None:
        """Return how many values there are, where they are few enough for a fixed width."""
        if self.low is None or self.high is None or self.high - self.low >= _NARROW:
            return None
        return self.high - self.low + 1

    def holds(self, value: int) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class Text(Struct, frozen=True):
    """xs:string and what derives from it, with the string table."""


class Binary(Struct, frozen=True):
    """xs:hexBinary and xs:base64Binary: both are octets with their number before them."""


Datatype: TypeAlias = Boolean | Words | Integer | Text | Binary


def value_reader(datatype: Datatype, name: str) -> Reader:
    """Return what reads the bare value. `name`: qualified name of the element or attribute, for the string table."""
    match datatype:
        case Boolean() | Words():
            return _table_reader(datatype.table(), datatype.width(), guards=0)
        case Integer():
            return _integer_value_reader(datatype)
        case Text():
            return lambda reader: _read_text(reader, name)
        case Binary():
            return _read_binary


def leaf_reader(datatype: Datatype, name: str) -> Reader:
    """Return what reads an element with nothing but the value, from behind its start to behind its end."""
    match datatype:
        case Boolean() | Words():
            return _table_reader(datatype.table(), datatype.width(), guards=1)
        case Integer():
            return _integer_leaf_reader(datatype, name)
        case Text() | Binary():
            return _guarded(value_reader(datatype, name), name)


def value_writer(datatype: Datatype, name: str) -> Writer:
    """Return what writes the bare value. The writer raises ExiError for a value the type does not hold."""
    match datatype:
        case Boolean() | Words():
            return _table_writer(datatype.table(), datatype.width(), name)
        case Integer():
            return _integer_writer(datatype, name)
        case Text():
            return lambda writer, value: _write_text(writer, name, value)
        case Binary():
            return lambda writer, value: _write_binary(writer, name, value)


def leaf_writer(datatype: Datatype, name: str) -> Writer:
    """Return what writes an element with nothing but the value, from behind its start to behind its end."""
    inner = value_writer(datatype, name)

    def write(writer: BitWriter, value: Any) -> None:
        writer.bits(0, 1)
        inner(writer, value)
        writer.bits(0, 1)

    return write


def deviation(reader: BitReader, name: str) -> ExiError:
    """Return the error for an event code that leaves the schema, after it was read."""
    return reader.fault(f"{local(name)} holds something that the schema does not allow here")


def local(name: str) -> str:
    """Return the local part of a qualified name written as {namespace}local."""
    return name.rpartition("}")[2]


def _table_reader(table: tuple[Any, ...], width: int, guards: int) -> Reader:
    """Read an index of fixed width; with guards, between two event codes of one bit."""
    size = width + 2 * guards
    mask, outer = (1 << size) - 1, (1 << size - 1 | 1) if guards else 0
    known = len(table)

    def read(reader: BitReader) -> Any:
        reader.left = left = reader.left - size
        if left < 0:
            reader.left += size
            raise reader.short()
        bits = (reader.word >> left) & mask
        if bits & outer:
            raise reader.fault("An element holds something that the schema does not allow here")
        index = bits >> guards
        if index >= known:
            raise reader.fault(f"There is no word number {index}, only {known}, from {table[0]} to {table[-1]}")
        return table[index]

    return read


def _integer_value_reader(kind: Integer) -> Reader:
    span, low = kind.span(), kind.low
    if span is not None and low is not None:
        return _narrow_reader(low, span, guards=0)
    if low is not None and low >= 0:
        return lambda reader: reader.unsigned()
    return _read_signed


def _integer_leaf_reader(kind: Integer, name: str) -> Reader:
    span, low = kind.span(), kind.low
    if span is not None and low is not None:
        return _narrow_reader(low, span, guards=1)
    if low is not None and low >= 0:
        return _unsigned_leaf_reader(name)
    return _signed_leaf_reader(name)


def _narrow_reader(low: int, span: int, guards: int) -> Reader:
    width = (span - 1).bit_length()
    size = width + 2 * guards
    mask, outer = (1 << size) - 1, (1 << size - 1 | 1) if guards else 0

    def read(reader: BitReader) -> int:
        reader.left = left = reader.left - size
        if left < 0:
            reader.left += size
            raise reader.short()
        bits = (reader.word >> left) & mask
        if bits & outer:
            raise reader.fault("An element holds something that the schema does not allow here")
        # A number above the bound that still fits the width is what the peer said, and is left for rules to judge.
        return low + (bits >> guards)

    return read


def _unsigned_leaf_reader(name: str) -> Reader:
    slow = _guarded(lambda reader: reader.unsigned(), name)

    def read(reader: BitReader) -> int:
        left = reader.left - 10
        if left >= 0:
            # Code, one octet without a successor, code.
            bits = (reader.word >> left) & 0x3FF
            if not bits & 0x301:
                reader.left = left
                return bits >> 1
        value: int = slow(reader)
        return value

    return read


def _signed_leaf_reader(name: str) -> Reader:
    slow = _guarded(_read_signed, name)

    def read(reader: BitReader) -> int:
        left = reader.left
        if left >= 19:
            bits = (reader.word >> left - 19) & 0x7FFFF
            if not bits & 0x50100:
                # Code, sign, one octet, code.
                reader.left = left - 11
                value = bits >> 9 & 0x7F
                return -value - 1 if bits & 0x20000 else value
            if bits & 0x50101 == 0x10000:
                # Code, sign, two octets, code.
                reader.left = left - 19
                value = bits >> 9 & 0x7F | (bits & 0xFE) << 6
                return -value - 1 if bits & 0x20000 else value
        far: int = slow(reader)
        return far

    return read


def _read_signed(reader: BitReader) -> int:
    negative = reader.bits(1)
    value = reader.unsigned()
    return -value - 1 if negative else value


def _read_text(reader: BitReader, name: str) -> str:
    length = reader.unsigned()
    strings = reader.strings
    if length > 1:
        value = reader.characters(length - 2)
        strings.add(name, value)
        return value
    known = strings.values if length else strings.by_name.get(name, [])
    index = reader.bits((len(known) - 1).bit_length()) if known else 0
    if index >= len(known):
        raise reader.fault(f"{local(name)} refers to a text that the message has not spelled out")
    return known[index]


def _read_binary(reader: BitReader) -> bytes:
    return reader.octets(reader.unsigned())


def _guarded(inner: Reader, name: str) -> Reader:
    def read(reader: BitReader) -> Any:
        if reader.bits(1):
            raise deviation(reader, name)
        value = inner(reader)
        if reader.bits(1):
            raise deviation(reader, name)
        return value

    return read


def _table_writer(table: tuple[Any, ...], width: int, name: str) -> Writer:
    numbers = {value: number for number, value in enumerate(table)}

    def write(writer: BitWriter, value: Any) -> None:
        number = numbers.get(value) if isinstance(value, (bool, str)) else None
        if number is None:
            raise ExiError(f"{local(name)} cannot be {value!r}; it is one of {', '.join(map(str, table))}")
        writer.bits(number, width)

    return write


def _integer_writer(kind: Integer, name: str) -> Writer:
    span, low = kind.span(), kind.low

    def write(writer: BitWriter, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not kind.holds(value):
            raise ExiError(f"{local(name)} cannot be {value!r}; it is an integer from {kind.low} to {kind.high}")
        if span is not None and low is not None:
            writer.bits(value - low, (span - 1).bit_length())
        elif low is not None and low >= 0:
            writer.unsigned(value)
        else:
            writer.bits(int(value < 0), 1)
            writer.unsigned(-value - 1 if value < 0 else value)

    return write


def _write_text(writer: BitWriter, name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ExiError(f"{local(name)} cannot be {value!r}; it is a text")
    # V2G sets valuePartitionCapacity to 0 (ISO 15118-2, 7.9.1.3), so a text is spelled out however often it comes.
    writer.unsigned(len(value) + 2)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ExiError(f"{local(name)} cannot be {value!r}; half of a surrogate pair is no character")
    for character in value:
        writer.unsigned(ord(character))


def _write_binary(writer: BitWriter, name: str, value: Any) -> None:
    if not isinstance(value, bytes):
        raise ExiError(f"{local(name)} cannot be {value!r}; it is octets")
    writer.unsigned(len(value))
    writer.octets(value)
