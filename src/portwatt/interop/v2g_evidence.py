"""What the rules of CCS2 look at: one attempt's layers and messages, put together, nothing judged yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from portwatt.wire.exi.bits import ExiError
from portwatt.wire.exi.v2g import Dialect, V2gMessage, physical
from portwatt.wire.v2g.ethernet import Endpoint
from portwatt.wire.v2g.sdp import SdpRequest, SdpResponse
from portwatt.wire.v2g.slac import Slac, SlacMessage
from portwatt.wire.v2g.tcp import Mark

UNDER_WAY = frozenset({"CurrentDemand", "ChargingStatus", "DC_ChargeLoop", "AC_ChargeLoop"})
"""Exchanges during which energy flows."""


class SlacSeen(Struct, frozen=True):
    """A SLAC message in its place."""

    number: int
    at: datetime
    message: SlacMessage


class SdpSeen(Struct, frozen=True):
    """An SDP message in its place."""

    number: int
    at: datetime
    message: SdpRequest | SdpResponse


class Broken(Struct, frozen=True):
    """Bytes at their place that are no message: which side sent them, and why they are none."""

    number: int
    at: datetime
    from_ev: bool
    text: str


class Connection(Struct, frozen=True):
    """What TCP itself shows. `refused`: the station's RST to the opening; `repeats`: segments sent again."""

    ev: Endpoint
    station: Endpoint
    opened: Mark | None = None
    accepted: Mark | None = None
    refused: Mark | None = None
    ev_finished: Mark | None = None
    ev_reset: Mark | None = None
    station_finished: Mark | None = None
    station_reset: Mark | None = None
    ev_repeats: tuple[Mark, ...] = ()
    station_repeats: tuple[Mark, ...] = ()
    segments: int = 0
    """Those with bytes in them, both ways."""
    holes: tuple[Mark, ...] = ()
    tls: bool = False
    last: Mark | None = None

    @property
    def ev_left(self) -> Mark | None:
        """When the vehicle closed or reset it."""
        return _earlier(self.ev_finished, self.ev_reset)

    @property
    def station_left(self) -> Mark | None:
        return _earlier(self.station_finished, self.station_reset)


class Said(Struct, frozen=True):
    """A decoded message in its place; `at` is when the last of its bytes was seen."""

    message: V2gMessage
    from_ev: bool
    first: int
    last: int
    at: datetime

    @property
    def frames(self) -> tuple[int, ...]:
        return (self.first,) if self.first == self.last else (self.first, self.last)


class Exchange(Struct, frozen=True):
    """A request and its response; either may be missing. `name`: without Req and Res."""

    name: str
    request: Said | None = None
    response: Said | None = None

    @property
    def delay(self) -> timedelta | None:
        """From the end of the request to the end of the response, as the place of recording saw it."""
        return self.response.at - self.request.at if self.request and self.response else None

    @property
    def code(self) -> str:
        """Response code as the schema writes it; empty without a response."""
        code = self.response.message.body.get("ResponseCode", "") if self.response else ""
        return code if isinstance(code, str) else ""

    @property
    def at(self) -> datetime:
        said = self.request or self.response
        assert said is not None
        return said.at

    @property
    def end(self) -> datetime:
        said = self.response or self.request
        assert said is not None
        return said.at

    @property
    def frames(self) -> tuple[int, ...]:
        """First frame of the request and last of the response."""
        numbers = [said.last for said in (self.request, self.response) if said]
        return tuple(dict.fromkeys(numbers))

    def asked(self, key: str) -> Any:
        """The value under this name anywhere in the request; None where there is none."""
        return find(self.request.message.body, key) if self.request else None

    def answered(self, key: str) -> Any:
        """The value under this name anywhere in the response; None where there is none."""
        return find(self.response.message.body, key) if self.response else None


Sample = tuple[datetime, float | None, float | None, float | None]
"""Time, volts, amperes, SoC percent."""


class V2gEvidence(Struct, frozen=True):
    """One attempt. `begin`: its first frame; `end`: until when it was watched (the next attempt or the capture's end).

    Long charging loops are thinned: ordinary exchanges in their middle are left out, `counts` tells how many of each
    there were. `whole` is False where the capture ends with the attempt still going on.
    """

    begin: Mark
    end: datetime
    slac: tuple[SlacSeen, ...] = ()
    sdp: tuple[SdpSeen, ...] = ()
    connection: Connection | None = None
    exchanges: tuple[Exchange, ...] = ()
    broken: tuple[Broken, ...] = ()
    counts: Mapping[str, int] = {}
    curve: tuple[Sample, ...] = ()
    ev_mac: bytes = b""
    opaque: int = 0
    """Messages in a protocol that is not known here."""

    @property
    def is_tail(self) -> bool:
        """Whether this is but the end of a session that was over when the capture began."""
        opened = self.connection is not None and self.connection.opened is not None
        if opened or self.slac or self.sdp:
            return False
        return all(exchange.name == "SessionStop" for exchange in self.exchanges)

    @property
    def dark(self) -> bool:
        """Whether the sides talked but nothing of it can be read: TLS, a private protocol, or no schemas at hand."""
        talked = self.connection is not None and self.connection.segments > 0
        return (
            talked
            and self.dialect is None
            and (self.opaque > 0 or (self.connection is not None and self.connection.tls))
        )

    @property
    def overheard(self) -> bool:
        """Whether the vehicle matched with another station, heard over the line: this one never spoke."""
        kinds = {seen.message.kind for seen in self.slac}
        ours = kinds & {Slac.PARAM_CNF, Slac.ATTEN_CHAR_IND, Slac.MATCH_CNF} or self.sdp or self.connection
        return not ours and bool(kinds & {Slac.ATTEN_CHAR_RSP, Slac.MATCH_REQ})

    @property
    def dialect(self) -> Dialect | None:
        """What was spoken after the negotiation."""
        spoken = (e.response or e.request for e in self.exchanges if e.name != "supportedAppProtocol")
        return next((said.message.dialect for said in spoken if said), None)

    @property
    def last(self) -> Exchange | None:
        return self.exchanges[-1] if self.exchanges else None

    @property
    def flowed(self) -> bool:
        """Whether energy was under way: the charging loop was answered at least once without failure."""
        return any(e.name in UNDER_WAY and e.code.startswith("OK") for e in self.exchanges)

    def named(self, *names: str) -> Iterator[Exchange]:
        """The exchanges of these names, in order."""
        return (e for e in self.exchanges if e.name in names)

    @property
    def left(self) -> Mark | None:
        """When one side closed the connection, whoever was first."""
        return _earlier(self.connection.ev_left, self.connection.station_left) if self.connection else None

    @property
    def quiet(self) -> timedelta:
        """How long it was watched after its last message."""
        return self.end - (self.exchanges[-1].end if self.exchanges else self.begin.at)


def find(body: object, key: str) -> Any:
    """The value under this name, at whatever depth, the shallowest first; None where there is none."""
    level = [body]
    while level:
        below: list[object] = []
        for part in level:
            if isinstance(part, Mapping):
                if key in part:
                    return part[key]
                below += part.values()
            elif isinstance(part, list):
                below += part
        level = below
    return None


def quantity(value: object) -> float | None:
    """The number of a physical value; None where it is none."""
    if not isinstance(value, Mapping) or "Value" not in value:
        return None
    try:
        return physical(value)
    except (ExiError, ArithmeticError, TypeError):
        return None


def _earlier(*marks: Mark | None) -> Mark | None:
    return min((mark for mark in marks if mark), key=lambda mark: mark.number, default=None)
