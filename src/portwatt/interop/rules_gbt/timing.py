"""G06, G08, G09, G10, G14, G19: what came late, stopped coming, or came at another pace.

Limits: facts.json `limits`. None of these speaks when the log has no usable times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct

from portwatt.interop.finding import Finding, Side
from portwatt.interop.gbt_record import Gap, Track
from portwatt.interop.gbt_stages import GbtStage
from portwatt.interop.rules_gbt.case import SIDE_OF, Case, finding, seconds
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.tables import Edition

_READY: Final = 0xAA


class _Expected(Struct, frozen=True):
    """A message that is waited for: who sends it, from which message on, and what came. `stage`: it was tolerated when
    the attempt went past it."""

    name: str
    side: Side
    since: Message | None
    message: Message | None
    limit: str
    stage: GbtStage


def parameters_late(case: Case) -> Iterator[Finding]:
    """G06: CRM, BRM, CRM(0xAA), BCP or CML later than the other side waits for it (2015 clauses 9.1, 9.2)."""
    record = case.record
    recognised = record.first_with("CRM", "recognition_result", _READY)
    asked = record.first_with("CRM", "recognition_result", 0)
    identified, battery, capability = record.first("BRM"), record.first("BCP"), record.first("CML")
    greeted = record.first("CHM") if record.has("BHM") else None
    identifying = GbtStage.IDENTIFICATION
    expected = (
        _Expected("CRM", Side.STATION, greeted, record.first("CRM"), "CRM00_RX", GbtStage.HANDSHAKE),
        _Expected("BRM", Side.EV, asked, identified or recognised, "BRM_RX", identifying),
        _Expected("CRM(0xAA)", Side.STATION, identified, recognised or battery, "CRMAA_RX", identifying),
        _Expected("BCP", Side.EV, recognised, battery, "BCP_RX", identifying),
        _Expected("CML", Side.STATION, battery, capability, "CML_RX", GbtStage.CONFIGURATION),
    )
    yield from _late("G06", case, expected)


def not_ready(case: Case) -> Iterator[Finding]:
    """G08: BRO or CRO late, or not 0xAA within 60 s (2015 clause 9.2)."""
    record = case.record
    capability, vehicle, charger = record.first("CML"), record.first("BRO"), record.first("CRO")
    vehicle_ready = record.first_with("BRO", "bms_ready", _READY)
    charger_ready = record.first_with("CRO", "charger_ready", _READY)
    charger_since = charger if vehicle_ready else None
    configuring = GbtStage.CONFIGURATION
    expected = (
        _Expected("BRO", Side.EV, capability, vehicle, "BRO_RX", configuring),
        _Expected("BRO(0xAA)", Side.EV, vehicle, vehicle_ready, "BRO_READY", configuring),
        _Expected("CRO", Side.STATION, vehicle_ready, charger, "CRO_RX", configuring),
        _Expected("CRO(0xAA)", Side.STATION, charger_since, charger_ready, "CRO_READY", configuring),
    )
    yield from _late("G08", case, expected)


def _late(rule: str, case: Case, expected: Iterable[_Expected]) -> Iterator[Finding]:
    """What was waited for too long."""
    for one in expected:
        limit = case.limit(one.limit)
        waited = case.waited(one.side, one.since, one.message, limit)
        if waited is None or one.since is None:
            continue
        came, allowed = one.message is not None, seconds(limit)
        who = "charger" if one.side is Side.STATION else "vehicle"
        yield finding(
            rule,
            (one.side, 0.5 if came else 0.7),
            (one.since,) if one.message is None else (one.since, one.message),
            f"{one.name} came {seconds(waited)} after {one.since.code}, later than the {allowed} it may take."
            if came
            else f"{one.name} had not come {seconds(waited)} after {one.since.code}, when the attempt ended; "
            f"{allowed} are allowed.",
            f"Find out why the {who} hesitates before {one.name}: its own log of that time tells.",
            quirk=came and (case.charged or case.went_past(one.stage)),
        )


def demand_or_status_missing(case: Case) -> Iterator[Finding]:
    """G09: BCL or CCS missing for over 1 s while charging (2015 clause 9.3)."""
    record = case.record
    charger_ready = record.first_with("CRO", "charger_ready", _READY)
    yield from _silences(case, "G09", "BCL", "BCL_RX", charger_ready)
    if record.has("CCS") or record.has("BCS"):  # the charger answers BCL and BCS together
        yield from _silences(case, "G09", "CCS", "CCS_RX", record.first("BCL"))


def battery_status_missing(case: Case) -> Iterator[Finding]:
    """G10: BCS missing for over 5 s while charging; BSM too, which only the 2023 edition supervises."""
    since = case.record.first("BCL")
    yield from _silences(case, "G10", "BCS", "BCS_RX", since)
    if case.record.has("BSM"):
        yield from _silences(case, "G10", "BSM", "BSM_RX", since)


class _Silence(Struct, frozen=True):
    """Where a message was missing. `how`: in words; `resumed`: it came back."""

    code: str
    limit: timedelta
    gap: Gap
    how: str
    resumed: bool = False


def _silences(case: Case, rule: str, code: str, limit_name: str, since: Message | None) -> Iterator[Finding]:
    """The first gap of a message that is to come all the time, its absence, or that it stopped coming."""
    if not case.timed or not case.record.reached(GbtStage.CHARGING):
        return
    limit = case.limit(limit_name)
    track, end = case.record.tracks.get(code), case.broke_off
    sender = SIDE_OF[case.tables.message(code).sender]
    if track is None:
        waited = case.waited(sender, since, None, limit)
        if waited is not None and since is not None:
            gap = Gap(since.at, since.at + waited, (since.number, since.number))
            yield _silent(case, rule, _Silence(code, limit, gap, "never came"))
        return
    gap_before_end = next((g for g in track.gaps if end is None or g.frames[1] <= end.number), None)
    if gap_before_end is not None:
        yield _silent(case, rule, _Silence(code, limit, gap_before_end, "paused", resumed=True))
    until = case.record.end if end is None else end.at
    quiet = until - track.last.at
    if quiet > limit and (end is None or track.last.number < end.number):
        frames = (track.last.number, case.record.last_number if end is None else end.number)
        yield _silent(case, rule, _Silence(code, limit, Gap(track.last.at, until, frames), "stopped coming"))


def _silent(case: Case, rule: str, silence: _Silence) -> Finding:
    code, gap = silence.code, silence.gap
    sender = SIDE_OF[case.tables.message(code).sender]
    hole = any(h.start <= gap.end and h.end >= gap.start and h.length > gap.length / 2 for h in case.record.holes)
    supervised = code != "BSM" or case.guess.edition is Edition.E2023A
    who = "charger" if sender is Side.STATION else "vehicle"
    text = f"{code} {silence.how} for {seconds(gap.length)}; {seconds(silence.limit)} are allowed" + (
        ", and nothing else was on the bus either: the link was down, or the recording has a hole." if hole else "."
    )
    told = case.record.has("BEM") or case.record.has("CEM")
    return Finding(
        rule,
        Side.LINK if hole else sender,
        0.4 if hole else 0.85,
        tuple(dict.fromkeys(gap.frames)),
        text,
        "Check the CAN pair, and the recorder." if hole else f"Find out why the {who} stopped sending {code}.",
        gap.start,
        quirk=not supervised or (silence.resumed and not told),
    )


_UNTOLD: Final = frozenset({"BMV", "BMT", "BSP"})
_DRIFT: Final = 0.25
_DRIFT_LEAST: Final = timedelta(milliseconds=5)
_ENOUGH: Final = 10


def period_drift(case: Case) -> Iterator[Finding]:
    """G14: a mean period more than a quarter (and 5 ms) off the table's. Harmless below the time-outs."""
    if not case.timed:
        return
    for code, track in case.record.tracks.items():
        nominal = timedelta(milliseconds=case.tables.message(code).period_ms)
        period = track.period
        if code in _UNTOLD or period is None or track.steps < _ENOUGH:
            continue
        if abs(period - nominal) > max(nominal * _DRIFT, _DRIFT_LEAST):
            yield _drift(track, period, nominal, SIDE_OF[case.tables.message(code).sender])


def _drift(track: Track, period: timedelta, nominal: timedelta, side: Side) -> Finding:
    ms = timedelta(milliseconds=1)
    return finding(
        "G14",
        (side, 0.4),
        (track.first, track.last),
        f"{track.code} came every {period / ms:.0f} ms on average; the standard says {nominal / ms:.0f} ms.",
        "None is needed as long as it stays far below the time-out.",
        quirk=True,
    )


def no_times(case: Case) -> Iterator[Finding]:
    """G19: the log's times cannot be used; no rule of time was applied."""
    record = case.record
    if case.timed or record.frames < _ENOUGH:
        return
    span = seconds(record.end - record.first_at)
    why = (
        f"The log's times run backward {record.backward} times"
        if record.backward > record.frames / 20
        else f"{record.frames} frames within {span} are more than the bus can carry: the log has no real times"
    )
    yield Finding(
        "G19",
        Side.CONFIGURATION,
        0.9,
        (record.first_number, record.last_number),
        f"{why}; lateness was not judged.",
        "Record again with a time for each frame.",
        record.first_at,
        quirk=True,
    )
