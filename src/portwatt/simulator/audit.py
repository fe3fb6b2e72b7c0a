"""What really happened, kept apart from what the hub believes: promises of physics and safety that were broken."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

_MOST_KEPT = 200


class WrongKind(StrEnum):
    GRID = "grid"
    """The site drew more than its connection."""
    SOC = "soc"
    """A battery below empty or above full."""
    RELEASE = "release"
    """A container fetched before it was released."""
    EVSE_DOUBLE = "evse_double"
    """Two trucks at one EVSE."""
    PACK = "pack"
    """A pack in two places, or gone."""
    CONTAINER = "container"
    """A container in two places, or gone."""


class Wrong(Struct, frozen=True):
    """One thing that must never be, when it was, and in words what."""

    at: datetime
    kind: WrongKind
    message: str


class Audit:
    """The book of wrongs of a simulated day: all are counted, the first 200 are kept."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[Wrong] = []

    def wrong(self, at: datetime, kind: WrongKind, message: str) -> None:
        """Note something that must never be."""
        self.count += 1
        if len(self.kept) < _MOST_KEPT:
            self.kept.append(Wrong(at, kind, message))
