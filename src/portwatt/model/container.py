"""Containers and their numbers (ISO 6346)."""

from __future__ import annotations

import re

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.ids import ConsignmentId, ContainerId

_FORM = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
_LETTER_VALUE = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True))


def check_digit(first_ten: str) -> int:
    """Check digit of the first ten characters of a container number (ISO 6346:2022, annex A)."""
    total = sum((_LETTER_VALUE[c] if c.isalpha() else int(c)) << place for place, c in enumerate(first_ten))
    return total % 11 % 10


def parse_container_id(text: str) -> ContainerId:
    """A container number as people write it (spaces and hyphens allowed). Raises UsageError naming what is wrong."""
    number = re.sub(r"[\s-]", "", text).upper()
    if not _FORM.fullmatch(number):
        raise UsageError(f"{text!r} is not a container number: three letters, U, J or Z, then seven digits (ISO 6346)")
    wanted = check_digit(number[:10])
    if int(number[10]) != wanted:
        raise UsageError(f"container {text!r}: the last digit should be {wanted} (ISO 6346 check digit)")
    return ContainerId(number)


class Container(Struct, frozen=True):
    """A box: its number, size in TEU (1 or 2) and the consignment it belongs to."""

    id: ContainerId
    teu: int = 2
    consignment: ConsignmentId | None = None
