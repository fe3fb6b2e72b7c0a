"""What a made-up session of CCS2 is to do: how it ends, which values are overridden, what goes wrong and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from msgspec import Struct

from portwatt.interop.finding import Side
from portwatt.interop.twin_script import ALWAYS, During
from portwatt.wire.exi.v2g import Dialect
from portwatt.wire.v2g.slac import Slac


class V2gOverride(Struct, frozen=True):
    """A value of a message is this one instead; `path` as in the schema: "DC_EVStatus.EVRESSSOC"."""

    message: str
    path: str
    value: Any
    during: During = ALWAYS


class Delay(Struct, frozen=True):
    """A message comes this many seconds later."""

    message: str
    seconds: float
    during: During = ALWAYS


class Unsaid(Struct, frozen=True):
    """A message is never sent; a side that waits for it gives up at its limit."""

    message: str
    during: During = ALWAYS


class Garbled(Struct, frozen=True):
    """The bytes of a message are turned into ones, which no schema allows."""

    message: str
    during: During = ALWAYS


class OtherId(Struct, frozen=True):
    """A message carries another session id."""

    message: str
    session_id: bytes
    during: During = ALWAYS


class Resent(Struct, frozen=True):
    """The segment of a message is sent again, so many times."""

    message: str
    times: int
    during: During = ALWAYS


class Skipped(Struct, frozen=True):
    """The vehicle leaves an exchange out."""

    exchange: str


class Leaves(Struct, frozen=True):
    """A side (EV or station) closes the connection right after a message."""

    side: Side
    message: str
    during: During = ALWAYS


V2gFault: TypeAlias = V2gOverride | Delay | Unsaid | Garbled | OtherId | Resent | Skipped | Leaves


class Link(StrEnum):
    """What comes of the layers below the messages."""

    WELL = "well"
    NO_SDP = "no SDP"
    SDP_UNANSWERED = "SDP unanswered"
    OTHER_PORT = "other port"
    """The vehicle knocks where nobody listens, and not where SDP said."""
    REFUSED = "refused"
    NO_TLS = "no TLS"
    """The vehicle wants TLS, is offered none, and leaves."""


MATCHING: Final = (
    Slac.PARAM_REQ,
    Slac.PARAM_CNF,
    *(Slac.START_ATTEN_CHAR_IND,) * 3,
    *(Slac.SOUND_IND,) * 10,
    Slac.ATTEN_CHAR_IND,
    Slac.ATTEN_CHAR_RSP,
    Slac.MATCH_REQ,
    Slac.MATCH_CNF,
)
"""ISO 15118-3 annex A: three announcements, ten sounds."""


class V2gScript(Struct, frozen=True):
    """A session over CCS2 direct current between a made-up vehicle and a made-up station. Times in seconds.

    `dialect`: DIN or ISO2, what the vehicle offers; `speaks`: what the station knows. `matching`: the SLAC messages
    that come. `charging`, `cable_check`, `pre_charge`, `authorising`: how long each takes; `soc`: percent at the
    beginning, the target is 80. `complete`: whether the vehicle ends with its battery full. `patience`: how many times
    the limit of a response the vehicle waits. `watched`: how long the recorder runs on.
    """

    start: datetime
    dialect: Dialect = Dialect.ISO2
    speaks: tuple[Dialect, ...] = (Dialect.DIN, Dialect.ISO2)
    link: Link = Link.WELL
    matching: tuple[Slac, ...] = MATCHING
    authorising: float = 2.0
    cable_check: float = 6.0
    pre_charge: float = 2.0
    charging: float = 5.0
    soc: int = 42
    complete: bool = True
    patience: float = 1.0
    watched: float = 5.0
    faults: tuple[V2gFault, ...] = ()
