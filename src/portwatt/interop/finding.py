"""What an examination says: stages with their times, findings with their evidence, one verdict for each attempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct


class Side(StrEnum):
    """Who is responsible."""

    EV = "EV"
    STATION = "station"
    LINK = "link"
    CONFIGURATION = "configuration"
    USER = "user"


class Outcome(StrEnum):
    """How an attempt, or a capture as a whole, ended."""

    PASS = "pass"  # noqa: S105 - the field's word
    """Energy flowed and the session ended as it should."""
    STOPPED = "stopped"
    """A person or either side ended it on purpose before it was full; no fault."""
    ABNORMAL = "abnormal"
    """Energy flowed, and something then went wrong."""
    FAILED = "failed"
    """No energy flowed though it should have."""
    NO_SESSION = "no-session"
    """Nothing in the capture is an attempt to charge."""


class StageSpan(Struct, frozen=True):
    """One stage of an attempt: when it began and ended, how long it may take (None: no limit), whether it was left."""

    stage: str
    start: datetime
    end: datetime
    frames: tuple[int, ...]
    """First and last frame."""
    limit: timedelta | None = None
    completed: bool = True

    @property
    def length(self) -> timedelta:
        return self.end - self.start


class Finding(Struct, frozen=True):
    """One thing a rule found. `rule`: V01 to V20, G01 to G20; `frames`: evidence; `confidence`: 0 to 1.

    `text` says what happened in one sentence with the figures; `remedy` what to do, in one sentence. `consequence`:
    it follows from an earlier finding and is not a cause of its own. `quirk`: it departs from the standard, and is
    tolerated: it does not explain how the attempt ended.
    """

    rule: str
    side: Side
    confidence: float
    frames: tuple[int, ...]
    text: str
    remedy: str
    at: datetime | None = None
    consequence: bool = False
    quirk: bool = False


class Attempt(Struct, frozen=True):
    """One attempt to charge, from its first frame to its last. `plug_in` counts plug-ins: retries share one.

    `protocol`: what was spoken in the end, for example "ISO 15118-2", "DIN 70121", "GB/T 27930-2015". `facts`: what
    the sides said of themselves (pseudonymised identifiers, limits, requested energy), by name. `curve`: samples of
    (time, volts, amperes, SoC percent or None) for people to look at.
    """

    number: int
    plug_in: int
    protocol: str
    outcome: Outcome
    stages: tuple[StageSpan, ...]
    findings: tuple[Finding, ...]
    """The first cause first."""
    facts: dict[str, str] = {}
    curve: tuple[tuple[datetime, float | None, float | None, float | None], ...] = ()


class Verdict(Struct, frozen=True):
    """What a capture comes to: how its last plug-in ended. `remarks`: how far the file could be read, what was left
    out."""

    file: str
    outcome: Outcome
    attempts: tuple[Attempt, ...]
    remarks: tuple[str, ...] = ()

    @property
    def first_finding(self) -> Finding | None:
        """The first cause of the last plug-in, whichever of its attempts shows it: retries fail for what came before.

        None where nothing but quirks was found. Attempts at other stations, overheard, do not count beside real ones.
        """
        here = [attempt for attempt in self.attempts if attempt.outcome is not Outcome.NO_SESSION] or self.attempts
        found = (finding for a in here if a.plug_in == here[-1].plug_in for finding in a.findings)
        return next((finding for finding in found if not finding.quirk), None)


def deciding_outcome(attempts: Sequence[Attempt]) -> Outcome:
    """What a capture came to: the last attempt that was one at the station recorded."""
    outcomes = (attempt.outcome for attempt in reversed(attempts) if attempt.outcome is not Outcome.NO_SESSION)
    return next(outcomes, Outcome.NO_SESSION)
