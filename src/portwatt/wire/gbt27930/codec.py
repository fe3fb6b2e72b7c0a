"""Payloads to values and back, field by field, from the tables. Reading never raises, whatever the bytes.

A value is a number in the field's unit, a text, or None where an optional field is filled with ones (not given). Bytes
stand where the content is not what the table says (digits that are not decimal, text that is not ASCII), so that
nothing read is lost. Fields a short payload does not reach are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from typing import Final, TypeAlias

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.wire.gbt27930.tables import Field, Kind, MessageTable

Value: TypeAlias = int | float | str | bytes | tuple[int | float, ...] | None
Values: TypeAlias = dict[str, Value]

MAX_LENGTH: Final = 1785
"""Bytes: J1939-21 carries no more (255 packets of seven)."""


class GbtValueError(UsageError):
    """A value does not fit its field: says which, and what would."""


class Message(Struct, frozen=True, gc=False):
    """One message as it was seen. `number` and `at`: its last frame; `first`: its first (they differ in long ones)."""

    code: str
    payload: bytes
    values: Values
    number: int
    at: datetime
    first: int

    def number_of(self, name: str) -> int | float | None:
        """A field's number; None where it is missing, not given, or no number."""
        value = self.values.get(name)
        return value if isinstance(value, (int, float)) else None


_Plain: TypeAlias = tuple[str, int, int, int, int]
_Reader: TypeAlias = Callable[[int, bytes], Value]


class Layout:
    """A message table made ready for reading and writing."""

    def __init__(self, table: MessageTable) -> None:
        self.table = table
        self.code: Final = table.code
        self._by_length: dict[int, tuple[tuple[_Plain, ...], tuple[tuple[str, _Reader], ...]]] = {}

    def read(self, payload: bytes) -> Values:
        """The values of a payload of any length."""
        length = len(payload)
        try:
            plain, special = self._by_length[length]
        except KeyError:
            plain, special = self._prepared(length)
        raw = int.from_bytes(payload, "little")
        # Divided once: (raw + bias) / steps is the float nearest to the decimal value.
        values: Values = {
            name: ((raw >> start & mask) + bias) / steps if steps != 1 else (raw >> start & mask) + bias
            for name, start, mask, bias, steps in plain
        }
        for name, reader in special:
            values[name] = reader(raw, payload)
        return values

    def write(self, values: Mapping[str, Value], length: int | None = None) -> bytes:
        """A payload of `length` bytes (None: what the table says, or as many as the values need), the rest filled
        with ones. Raises GbtValueError when a value has no place or does not fit."""
        size = self._size(values) if length is None else length
        if not 0 <= size <= MAX_LENGTH:
            raise GbtValueError(f"{self.code}: {size} bytes; a message has 0 to {MAX_LENGTH}")
        raw = (1 << size * 8) - 1
        for name, value in values.items():
            field = self.table.field(name)
            for start, bits, piece in _pieces(self.code, field, value):
                if start + bits > size * 8:
                    raise GbtValueError(f"{self.code}.{name}: does not fit into {size} bytes; give a longer message")
                mask = (1 << bits) - 1
                raw = raw & ~(mask << start) | piece << start
        return raw.to_bytes(size, "little")

    def spare_bits(self, length: int) -> int:
        """The bits of a payload of that length that no field covers, as a mask; the standard fills them with ones."""
        spare = (1 << length * 8) - 1
        for field in self.table.fields:
            whole = length * 8 // field.stride * field.stride if field.stride else 0  # elements that came in whole
            end = whole if field.kind is Kind.ARRAY else field.start + field.bits
            if field.start < end <= length * 8:
                spare &= ~(((1 << end) - 1) ^ ((1 << field.start) - 1))
        return spare

    def _size(self, values: Mapping[str, Value]) -> int:
        if self.table.length is not None:
            return self.table.length
        counts = {name: len(v) for name, v in values.items() if isinstance(v, (tuple, bytes))}
        if not counts:
            return 0
        return max(count * self.table.field(name).stride // 8 for name, count in counts.items())

    def _prepared(self, length: int) -> tuple[tuple[_Plain, ...], tuple[tuple[str, _Reader], ...]]:
        plain: list[_Plain] = []
        special: list[tuple[str, _Reader]] = []
        for field in self.table.fields:
            if field.kind is Kind.ARRAY:
                special.append((field.name, _array_reader(field)))
            elif field.start + field.bits > length * 8:
                continue
            elif field.kind is Kind.UINT and field.mandatory:
                plain.append((field.name, field.start, (1 << field.bits) - 1, *_steps(field)))
            else:
                special.append((field.name, _reader(field)))
        prepared = tuple(plain), tuple(special)
        if length <= MAX_LENGTH:
            self._by_length[length] = prepared
        return prepared


def _steps(field: Field) -> tuple[int, int]:
    """Bias in raw units, and raw units to one of the field's unit."""
    return int(field.offset / field.scale), int(1 / field.scale)


def _scaled(raw: int, bias: int, steps: int) -> int | float:
    return (raw + bias) / steps if steps != 1 else raw + bias


def _reader(field: Field) -> _Reader:
    """What reads a field that may be absent or is no plain number."""
    start, mask, size = field.start, (1 << field.bits) - 1, -(-field.bits // 8)
    bias, steps = _steps(field)

    def read(raw: int, payload: bytes) -> Value:
        bits = raw >> start & mask
        if bits == mask and not field.mandatory:
            return None
        if field.kind is Kind.UINT:
            return _scaled(bits, bias, steps)
        piece = bits.to_bytes(size, "little")
        return _BYTEWISE[field.kind](piece)

    return read


def _array_reader(field: Field) -> _Reader:
    mask = (1 << field.bits) - 1
    bias, steps = _steps(field)

    def read(raw: int, payload: bytes) -> Value:
        count = max(0, (len(payload) * 8 - field.start + field.stride - field.bits) // field.stride)
        return tuple(_scaled(raw >> field.start + i * field.stride & mask, bias, steps) for i in range(count))

    return read


def _from_bcd(piece: bytes) -> Value:
    digits = piece[::-1].hex()
    return int(digits) if digits.isdecimal() else piece


def _from_ascii(piece: bytes) -> Value:
    return piece.decode("ascii") if all(0x20 <= byte < 0x7F for byte in piece) else piece


def _from_version(piece: bytes) -> Value:
    return f"{piece[1] | piece[2] << 8}.{piece[0]}"


def _as_bytes(piece: bytes) -> Value:
    return piece


_BYTEWISE: Final[Mapping[Kind, Callable[[bytes], Value]]] = {
    Kind.BCD: _from_bcd,
    Kind.ASCII: _from_ascii,
    Kind.VERSION: _from_version,
    Kind.BYTES: _as_bytes,
}


def _pieces(code: str, field: Field, value: Value) -> list[tuple[int, int, int]]:
    """Where to put which bits: (start, bits, raw)."""
    where = f"{code}.{field.name}"
    if field.kind is Kind.ARRAY:
        if isinstance(value, bytes) or not isinstance(value, tuple):
            raise GbtValueError(f"{where}: give a tuple of numbers")
        return [
            (field.start + i * field.stride, field.bits, _raw_number(where, field, one)) for i, one in enumerate(value)
        ]
    return [(field.start, field.bits, _raw(where, field, value))]


def _raw(where: str, field: Field, value: Value) -> int:
    size = -(-field.bits // 8)
    if value is None:
        return (1 << field.bits) - 1
    if isinstance(value, bytes):
        raw = int.from_bytes(value, "little")
        if len(value) > size or raw >> field.bits:
            raise GbtValueError(f"{where}: {len(value)} bytes do not fit into {field.bits} bits")
        return raw
    if field.kind is Kind.UINT:
        return _raw_number(where, field, value)
    if field.kind is Kind.BCD and isinstance(value, int) and 0 <= value < 10 ** (size * 2):
        return int(f"{value:0{size * 2}d}", 16)
    if field.kind is Kind.ASCII and isinstance(value, str) and value.isascii() and len(value) == size:
        return int.from_bytes(value.encode(), "little")
    if field.kind is Kind.VERSION and isinstance(value, str):
        return _raw_version(where, value)
    raise GbtValueError(f"{where}: {value!r} does not fit a field of kind {field.kind} and {field.bits} bits")


def _raw_number(where: str, field: Field, value: object) -> int:
    bias, steps = _steps(field)
    if not isinstance(value, (int, float)) or not isfinite(value):
        raise GbtValueError(f"{where}: {value!r} is not a number")
    raw = round(value * steps) - bias
    if not 0 <= raw < 1 << field.bits:
        low, high = _scaled(0, bias, steps), _scaled((1 << field.bits) - 1, bias, steps)
        raise GbtValueError(f"{where}: {value} is outside {low} to {high} {field.unit}".rstrip())
    if not field.mandatory and raw == (1 << field.bits) - 1:
        raise GbtValueError(f"{where}: {value} is how the standard writes 'not given'; give None")
    return raw


def _raw_version(where: str, text: str) -> int:
    major, _, minor = text.partition(".")
    if not (major.isdecimal() and minor.isdecimal() and int(major) < 1 << 16 and int(minor) < 1 << 8):
        raise GbtValueError(f'{where}: a version is written "1.1", not {text!r}')
    return int(minor) | int(major) << 8
