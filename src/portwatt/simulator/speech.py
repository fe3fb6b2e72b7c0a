"""What a simulated station says and is asked, free of versions; `dialect16` and `dialect2x` put it on the wire."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from portwatt.ids import IdToken, StationId
from portwatt.simulator.outlet import Cause, Phase, Reading, Report
from portwatt.simulator.profiles import Criteria, Profile
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion


class Identity(Struct, frozen=True):
    """Who a station says it is, and which actions it serves (None: all that have types)."""

    station: StationId
    vendor: str
    model: str
    serves: frozenset[str] | None = None


class Registration(Struct, frozen=True):
    """Answer to a boot. `interval`: between heartbeats once accepted, until the next boot otherwise."""

    accepted: bool
    interval: timedelta


class Verdict(Struct, frozen=True):
    """What the central system thinks of a token. `number`: the transaction's, 1.6 only."""

    accepted: bool
    reason: str = ""
    number: int | None = None


class RemoteStart(Struct, frozen=True):
    outlet: int | None
    token: IdToken
    remote_start: int | None = None
    profile: Profile | None = None
    fault: str = ""
    """Why the profile it carries cannot be used."""


class RemoteStop(Struct, frozen=True):
    transaction: str


class Reserve(Struct, frozen=True):
    outlet: int | None
    reservation: int
    token: IdToken
    until: datetime


class CancelReserve(Struct, frozen=True):
    reservation: int


class SetProfile(Struct, frozen=True):
    """`profile` None: it cannot be used, `fault` says why (a reason code of at most 20 characters)."""

    outlet: int
    profile: Profile | None
    fault: str = ""


class ClearProfiles(Struct, frozen=True):
    """`criteria` None: a purpose these stations do not have, so nothing matches."""

    criteria: Criteria | None


class SetAvailability(Struct, frozen=True):
    outlet: int | None
    operative: bool


class Restart(Struct, frozen=True):
    """`wait`: not before the last transaction is over. `resume`: transactions go on afterwards (2.1)."""

    outlet: int | None
    hard: bool
    wait: bool = False
    resume: bool = False


class Trigger(Struct, frozen=True):
    """`message` as OCPP names it."""

    message: str
    outlet: int | None


class VendorData(Struct, frozen=True):
    vendor: str


class AskSwap(Struct, frozen=True):
    token: IdToken
    request_id: int


Ask = (
    RemoteStart
    | RemoteStop
    | Reserve
    | CancelReserve
    | SetProfile
    | ClearProfiles
    | SetAvailability
    | Restart
    | Trigger
    | VendorData
    | AskSwap
)
"""Everything a central system may ask of a simulated station."""


class Dialect(Protocol):
    """One version of OCPP, as a station speaks it."""

    @property
    def version(self) -> OcppVersion: ...

    def boot(self, identity: Identity, cause: str) -> Message:
        """`cause`: BootReason of OCPP 2.x."""
        ...

    def registration(self, response: Message) -> Registration: ...

    def heartbeat(self) -> Message: ...

    def status_word(self, phase: Phase, error: str) -> str:
        """What distinguishes one status from another on the wire."""
        ...

    def status(self, outlet: int, phase: Phase, error: str, at: datetime) -> Message: ...

    def authorize(self, token: IdToken) -> Message: ...

    def verdict(self, response: Message) -> Verdict | None:
        """What the answer to Authorize or to a report says of the token; None: nothing."""
        ...

    def started(self, report: Report) -> Message: ...

    def reports(self, cause: Cause) -> bool:
        """Whether this version reports that about a transaction under way."""
        ...

    def updated(self, report: Report) -> Message: ...

    def ended(self, report: Report) -> Message: ...

    def metered(self, outlet: int, reading: Reading) -> Message:
        """Values outside a transaction."""
        ...

    def trouble(self, outlet: int, error: str, number: int, at: datetime) -> Message | None:
        """An error (empty: it is over) where the status itself cannot carry it; `number` counts events."""
        ...

    def reservation_over(self, reservation: int, why: str) -> Message | None:
        """`why`: ReservationUpdateStatus of OCPP 2.x; None: this version has no message for it."""
        ...

    def ask(self, request: Message, now: datetime) -> Ask: ...

    def reply(self, request: Message, status: str, reason: str = "") -> Message:
        """The response to a request: a word of its status enumeration, and a reason code where the version has one."""
        ...
