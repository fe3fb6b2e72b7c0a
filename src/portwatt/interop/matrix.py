"""The compatibility matrix: how often each pair of truck and station found together, what failed last, what is decided.

Its rows are counted in two places and added here: from a hub's log as transactions end (`portwatt.state.handshakes`),
and from the verdicts on captures. Adding is right for matrices whose tries are different ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby, pairwise
from math import sqrt
from typing import Final

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from portwatt.events import AnyEvent
from portwatt.ids import PairId
from portwatt.interop.finding import Attempt, Outcome, Verdict
from portwatt.model.pair import Judgement, Pair
from portwatt.state import HubState, fold
from portwatt.state.handshakes import PairFailure, PairRecord
from portwatt.state.totals import SUCCESS_DURATION, SUCCESS_ENERGY

Z_95: Final = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""


class CompatibilityMatrix(Struct, frozen=True):
    """One record for each pair; a pair that never met has none."""

    pairs: Map[PairId, PairRecord] = Map()
    judgements: tuple[Judgement, ...] = ()


def from_state(state: HubState) -> CompatibilityMatrix:
    """What a hub has learnt from its own transactions, and what its people decided."""
    return CompatibilityMatrix(state.handshakes.pairs, state.handshakes.judgements)


def from_events(events: Iterable[AnyEvent]) -> CompatibilityMatrix:
    """The matrix of a whole log, from the event that opens its hub."""
    return from_state(fold(events))


def from_verdict(verdict: Verdict, pair_of: Callable[[Attempt], Pair]) -> CompatibilityMatrix:
    """What one capture adds. `pair_of` names who met in an attempt: a capture rarely says it, its protocol is the
    edition.

    Attempts of one plug-in are one attempt here, at the pair of its first. PASS works and ABNORMAL and FAILED do not;
    what was stopped on purpose works when its curve shows 0.5 kWh in 60 s or more, and otherwise says nothing.
    """
    plugged = [list(group) for _, group in groupby(verdict.attempts, key=lambda attempt: attempt.plug_in)]
    records = (_plugged(verdict.file, attempts, pair_of) for attempts in plugged)
    found = (CompatibilityMatrix(Map({r.pair.id: r})) for r in records if r is not None)
    return reduce(merge, found, CompatibilityMatrix())


def merge(one: CompatibilityMatrix, other: CompatibilityMatrix) -> CompatibilityMatrix:
    """Both added up; associative and commutative. Raises nothing: pairs are alike by what they are, not by name."""
    pairs = one.pairs.mutate()
    for name, record in other.pairs.items():
        known = pairs.get(name)
        pairs[name] = record if known is None else _added(known, record)
    judgements = tuple(sorted({*one.judgements, *other.judgements}, key=repr))
    return CompatibilityMatrix(pairs.finish(), judgements)


def records(matrix: CompatibilityMatrix) -> list[PairRecord]:
    """The rows in the order of their pairs."""
    return sorted(matrix.pairs.values(), key=lambda record: record.pair)


def wilson(successes: int, attempts: int) -> tuple[float, float]:
    """The 95 % interval for a share (Wilson 1927): 0 to 1 without attempts; it never leaves 0 to 1."""
    if attempts == 0:
        return 0.0, 1.0
    share, square = successes / attempts, Z_95 * Z_95
    middle = share + square / (2 * attempts)
    spread = Z_95 * sqrt(share * (1 - share) / attempts + square / (4 * attempts * attempts))
    scale = 1 + square / attempts
    low = 0.0 if successes == 0 else max(0.0, (middle - spread) / scale)
    return low, 1.0 if successes == attempts else min(1.0, (middle + spread) / scale)


def added(found: Iterable[PairRecord]) -> PairRecord | None:
    """Records of several pairs as one, under the first of them; None: there are none."""
    every = sorted(found, key=lambda record: record.pair)
    return reduce(_added, every) if every else None


def _added(one: PairRecord, other: PairRecord) -> PairRecord:
    failures = [f for f in (one.last_failure, other.last_failure) if f is not None]
    return PairRecord(
        pair=min(one.pair, other.pair),
        attempts=one.attempts + other.attempts,
        first_time=one.first_time + other.first_time,
        in_the_end=one.in_the_end + other.in_the_end,
        tries=one.tries + other.tries,
        retries=one.retries + other.retries,
        retry_time=one.retry_time + other.retry_time,
        last_failure=max(failures, default=None),
    )


def _plugged(file: str, attempts: list[Attempt], pair_of: Callable[[Attempt], Pair]) -> PairRecord | None:
    judged = [(attempt, works) for attempt in attempts if (works := _works(attempt)) is not None]
    if not judged:
        return None
    first, worked_first = judged[0]
    record = PairRecord(pair_of(first), 1, int(worked_first), int(any(works for _, works in judged)), len(judged))
    failures = [_failure(file, attempt) for attempt, works in judged if not works]
    lost = list(_lost(judged))
    return replace(
        record, last_failure=max(failures, default=None), retries=len(lost), retry_time=sum(lost, timedelta(0))
    )


def _works(attempt: Attempt) -> bool | None:
    if attempt.outcome is Outcome.STOPPED:
        return True if _enough(attempt) else None
    if attempt.outcome is Outcome.NO_SESSION:
        return None
    return attempt.outcome is Outcome.PASS


def _enough(attempt: Attempt) -> bool:
    """Whether the curve holds the energy and the time of a success."""
    points = [(at, volts * amperes) for at, volts, amperes, _ in attempt.curve if volts is not None and amperes]
    if len(points) < 2 or points[-1][0] - points[0][0] < SUCCESS_DURATION:
        return False
    steps = pairwise(points)
    watt_seconds = sum(power * (after - at).total_seconds() for (at, power), (after, _) in steps)
    return watt_seconds >= SUCCESS_ENERGY.wh * 3600


def _failure(file: str, attempt: Attempt) -> PairFailure:
    at = attempt.stages[-1].end if attempt.stages else _BEFORE
    finding = next((found for found in attempt.findings if not found.quirk), None)
    if finding is None:
        return PairFailure(at, attempt.outcome.value, "no rule says why", file)
    return PairFailure(at, finding.rule, finding.text, file, finding.side.value)


def _lost(judged: list[tuple[Attempt, bool]]) -> Iterator[timedelta]:
    """What each failed attempt cost until the next began."""
    for (attempt, works), (later, _) in pairwise(judged):
        if not works and attempt.stages and later.stages:
            yield max(timedelta(0), later.stages[0].start - attempt.stages[0].start)


_BEFORE: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
"""Time of a failure whose capture has none: any other is later."""
