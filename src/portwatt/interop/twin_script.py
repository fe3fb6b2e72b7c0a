"""What a made-up session is to do: how it ends, which signals are overridden, what goes wrong and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from math import inf
from typing import Final, TypeAlias

from msgspec import Struct

from portwatt.wire.gbt27930.codec import Value
from portwatt.wire.gbt27930.tables import Edition

VIN: Final = "PORTWATT000000001"
"""Of nobody's vehicle."""


class During(Struct, frozen=True):
    """A stretch of time: from `after` to `until` seconds after the first message `since` ("": after the start)."""

    since: str = ""
    after: float = 0.0
    until: float = inf


ALWAYS: Final = During()


class Override(Struct, frozen=True):
    """A field of a message has this value instead; bytes are put in as they are, None fills it with ones."""

    code: str
    field: str
    value: Value
    during: During = ALWAYS


class Silence(Struct, frozen=True):
    """A message is not sent."""

    code: str
    during: During = ALWAYS


class Slow(Struct, frozen=True):
    """A message is sent this often: period in seconds."""

    code: str
    period: float


class Reshape(Struct, frozen=True):
    """A message has this many bytes: cut, or filled up with ones."""

    code: str
    length: int


class ZeroSpare(Struct, frozen=True):
    """Bits without meaning are zeros."""

    code: str


class NotCleared(Struct, frozen=True):
    """The receiver of a long message does not answer its announcement, so many times."""

    code: str
    times: int = 1_000_000


class LostPacket(Struct, frozen=True):
    """A packet of a long message is not seen by anybody, so many times; it is asked for again."""

    code: str
    packet: int
    times: int = 1


class Extra(Struct, frozen=True):
    """A message is sent though it is not its time, every `period` seconds."""

    code: str
    period: float
    during: During
    values: dict[str, Value]


Fault: TypeAlias = Override | Silence | Slow | Reshape | ZeroSpare | NotCleared | LostPacket | Extra


class VersionAnswer(StrEnum):
    """How a vehicle meets an offered version."""

    ACCEPTS = "accepts"
    OLDER = "older"
    """Wishes for 1.1, and is met with it."""
    REFUSES = "refuses"
    SILENT = "silent"
    """Knows of no negotiation."""


class Script(Struct, frozen=True):
    """A session between a made-up vehicle and a made-up charger. Times in seconds.

    `stop`: message and field that end it, after `charging` seconds (None: nobody ends it). `insulation_test`: from the
    vehicle's greeting to CRM; `vehicle_ready` and `charger_ready`: how long each sends 0x00 before 0xAA.
    `version_answer`: what the vehicle says to a charger that negotiates; after 2.0 both go on as in the 2015 edition,
    for the messages of 2024 are not public. `length`: where the recording ends at the latest.
    """

    start: datetime
    edition: Edition = Edition.E2015
    charging: float = 4.0
    stop: tuple[str, str] | None = ("BST", "target_soc_reached")
    insulation_test: float = 1.0
    vehicle_ready: float = 0.5
    charger_ready: float = 0.2
    vehicle_edition: Edition | None = None
    """Where the vehicle's differs."""
    version_answer: VersionAnswer = VersionAnswer.ACCEPTS
    length: float = 180.0
    faults: tuple[Fault, ...] = ()

    @property
    def vehicle_speaks(self) -> Edition:
        return self.vehicle_edition or self.edition
