"""Bits in and out of one message, and the texts a reader has met in it."""

from __future__ import annotations

from typing import Final

from portwatt.errors import PeerError

_LONGEST_INTEGER: Final = 64
"""Octets of an integer at most: an X.509 serial number has 20 octets, which is 23 here."""
_TRIM: Final = 4096
"""Bits. What was read is cut off after so many, as the cost of a read grows with what lies before it."""


class ExiError(PeerError):
    """A message is not what its schema allows, or ends early. `bit`: position of the fault, counted from 0."""

    def __init__(self, text: str, bit: int | None = None) -> None:
        super().__init__(text if bit is None else f"{text} (bit {bit})")
        self.bit = bit


class StringTable:
    """The texts one message has spelled out so far, in all and by the qualified name that held them (clause 7.3.3).

    Only readers keep one: V2G forbids references to earlier texts, and a peer that makes them is still understood.
    """

    __slots__ = ("by_name", "values")

    def __init__(self) -> None:
        self.values: list[str] = []
        self.by_name: dict[str, list[str]] = {}

    def add(self, name: str, value: str) -> None:
        """Keep a value that was spelled out. The empty string is never kept (clause 7.3.3)."""
        if value:
            self.values.append(value)
            self.by_name.setdefault(name, []).append(value)


class BitReader:
    """Reads a message from its first bit. The readers of `values` use `word` and `left` themselves, for speed.

    `word`: the message as one number, its read part perhaps cut off; `left`: how many of its bits are unread.
    """

    __slots__ = ("left", "strings", "total", "trimmed", "word")

    def __init__(self, data: bytes) -> None:
        self.word = int.from_bytes(data, "big")
        self.total = self.left = self.trimmed = len(data) * 8
        self.strings = StringTable()

    @property
    def position(self) -> int:
        return self.total - self.left

    def bits(self, count: int) -> int:
        """Read an unsigned number of `count` bits. Raises ExiError where fewer are left."""
        left = self.left - count
        if left < 0:
            raise self.short()
        self.left = left
        return (self.word >> left) & ((1 << count) - 1)

    def unsigned(self) -> int:
        """Read an Unsigned Integer: seven bits an octet, the least significant first (clause 7.1.6)."""
        value = shift = 0
        for _ in range(_LONGEST_INTEGER):
            octet = self.bits(8)
            value |= (octet & 0x7F) << shift
            if octet < 0x80:
                return value
            shift += 7
        raise self.fault(f"An integer is longer than {_LONGEST_INTEGER} octets")

    def octets(self, count: int) -> bytes:
        """Read so many octets, wherever they begin."""
        if count * 8 > self.left:
            raise self.short()
        value = self.bits(count * 8).to_bytes(count, "big")
        self.trim()
        return value

    def characters(self, count: int) -> str:
        """Read so many characters, each an Unsigned Integer of its code point (clause 7.1.10)."""
        if count * 8 > self.left:
            raise self.short()
        octets = self.octets(count)
        return octets.decode("ascii") if octets.isascii() else self._wide(octets, count)

    def _wide(self, known: bytes, count: int) -> str:
        """Read characters of which some need more than one octet: first from the octets known, then on."""
        points: list[str] = []
        value = shift = 0
        octets = iter(known)
        while len(points) < count:
            octet = next(octets, None)
            if octet is None:
                octet = self.bits(8)
            value |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                if value > 0x10FFFF or 0xD800 <= value <= 0xDFFF:
                    raise self.fault(f"{value:#x} is no character")
                points.append(chr(value))
                value = shift = 0
            elif shift > 28:
                raise self.fault("A character is longer than five octets")
        return "".join(points)

    def trim(self) -> None:
        """Cut off what was read, where it has grown long."""
        if self.trimmed - self.left > _TRIM:
            self.word &= (1 << self.left) - 1
            self.trimmed = self.left

    def short(self) -> ExiError:
        return ExiError("The message ends before its last element does", self.position)

    def fault(self, text: str) -> ExiError:
        return ExiError(text, self.position)


class BitWriter:
    """Gathers the bits of one message."""

    __slots__ = ("count", "word")

    def __init__(self) -> None:
        self.word = 0
        self.count = 0

    def bits(self, value: int, count: int) -> None:
        self.word = self.word << count | value
        self.count += count

    def unsigned(self, value: int) -> None:
        """Write an Unsigned Integer (clause 7.1.6)."""
        while value >= 0x80:
            self.bits(0x80 | value & 0x7F, 8)
            value >>= 7
        self.bits(value, 8)

    def octets(self, value: bytes) -> None:
        self.bits(int.from_bytes(value, "big"), len(value) * 8)

    def finish(self) -> bytes:
        """Return the message, filled with zeros to a whole octet."""
        octets = -(-self.count // 8)
        return (self.word << octets * 8 - self.count).to_bytes(octets, "big")
