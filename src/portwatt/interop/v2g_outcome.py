"""How an attempt over CCS2 ended, which of its findings is the cause, and what the sides said of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from portwatt.interop.finding import Finding, Outcome, Side
from portwatt.interop.rules_v2g import V2G_RULES
from portwatt.interop.rules_v2g.saying import before_stop, cut_short, silent, stopped_in_order
from portwatt.interop.rules_v2g.status import STOP_REQUESTED
from portwatt.interop.v2g_evidence import Exchange, V2gEvidence, quantity

_RETRY_WITHIN = timedelta(seconds=60)
"""A new attempt this soon after one that failed belongs to the same plug-in: the pilot line, which would tell, is not
in the capture. Vehicles retry within seconds; few people plug in anew within a minute."""


def judge(evidence: V2gEvidence) -> tuple[Finding, ...]:
    """The findings of every rule: the first cause, what followed from it, then quirks; each group by time."""
    found = [finding for rule in V2G_RULES.values() for finding in rule(evidence)]
    found.sort(key=lambda finding: (finding.quirk, finding.at or evidence.begin.at))
    return tuple(replace(f, consequence=i > 0 and not f.quirk) for i, f in enumerate(found))


def outcome_of(evidence: V2gEvidence, findings: Sequence[Finding]) -> Outcome:
    """Pass, stopped, abnormal or failed, by whether energy flowed, how it ended, and what was found."""
    causes = [f for f in findings if not f.quirk]
    on_purpose = bool(causes) and causes[0].side is Side.USER and causes[0].rule == "V12"
    faults = [f for f in causes if f.side is not Side.USER]
    if on_purpose and not any(f.rule in _BAD_AFTER_STOP for f in faults):
        return Outcome.STOPPED
    if evidence.overheard:
        return Outcome.NO_SESSION
    if evidence.dark and not faults and _talked(evidence) >= _LONG_TALK:
        return Outcome.STOPPED
    if not evidence.flowed:
        return Outcome.FAILED
    if faults:
        return Outcome.ABNORMAL
    return Outcome.PASS if _full(evidence) else Outcome.STOPPED


def _talked(evidence: V2gEvidence) -> timedelta:
    connection = evidence.connection
    if connection is None or connection.last is None:
        return timedelta(0)
    return connection.last.at - (connection.opened or evidence.begin).at


_LONG_TALK = timedelta(seconds=120)
"""A conversation that cannot be read but lasts this long has most likely come to charging: set-up takes a minute at
most, and only the steps that follow can make it longer."""
_BAD_AFTER_STOP = frozenset(("V08", "V12", "V13", "V18"))
"""Faults that make even a wanted stop abnormal."""


def _full(evidence: V2gEvidence) -> bool:
    """Whether the vehicle ended it in order and had what it wanted; AC vehicles do not say how full they are."""
    stop = next(evidence.named("SessionStop"), None)
    if stop is None or not stop.code.startswith("OK"):
        return False
    loop = [e for e in evidence.exchanges if e.name in ("CurrentDemand", "DC_ChargeLoop")]
    if not loop:
        return True
    if any(e.asked("ChargingComplete") is True for e in evidence.named("CurrentDemand", "PowerDelivery")):
        return True
    soc = loop[-1].asked("EVRESSSOC")
    parameters = next(evidence.named("ChargeParameterDiscovery"), None)
    full = parameters.asked("FullSOC") if parameters else None
    return isinstance(soc, int) and soc >= (full if isinstance(full, int) and full > 0 else 100)


def same_plug_in(before: V2gEvidence, outcome: Outcome, evidence: V2gEvidence) -> bool:
    """Whether an attempt goes on from the one before: a retry after a failure, or the end of a pause.

    Some vehicles take a new address for each attempt, so only the maker's half of it has to agree.
    """
    if before.ev_mac and evidence.ev_mac and before.ev_mac[:3] != evidence.ev_mac[:3]:
        return False
    if any(e.asked("ChargingSession") == "Pause" for e in before.named("SessionStop")):
        return True
    if outcome not in (Outcome.FAILED, Outcome.ABNORMAL):
        return False
    ended = before.left.at if before.left else before.exchanges[-1].end if before.exchanges else _last_seen(before)
    return evidence.begin.at - ended <= _RETRY_WITHIN


def _last_seen(evidence: V2gEvidence) -> datetime:
    return max((*(s.at for s in evidence.slac), *(s.at for s in evidence.sdp), evidence.begin.at))


_TOLD: Mapping[str, tuple[str, str]] = {
    "EVMaximumVoltageLimit": ("greatest voltage of the vehicle", "V"),
    "EVMaximumVoltage": ("greatest voltage of the vehicle", "V"),
    "EVMaximumCurrentLimit": ("greatest current of the vehicle", "A"),
    "EVMaximumChargeCurrent": ("greatest current of the vehicle", "A"),
    "EVMaximumPowerLimit": ("greatest power of the vehicle", "W"),
    "EVMaximumChargePower": ("greatest power of the vehicle", "W"),
    "EVEnergyRequest": ("energy the vehicle asks for", "Wh"),
}
_OFFERED: Mapping[str, tuple[str, str]] = {
    "EVSEMaximumVoltageLimit": ("greatest voltage of the station", "V"),
    "EVSEMaximumVoltage": ("greatest voltage of the station", "V"),
    "EVSEMaximumCurrentLimit": ("greatest current of the station", "A"),
    "EVSEMaximumChargeCurrent": ("greatest current of the station", "A"),
    "EVSEMaximumPowerLimit": ("greatest power of the station", "W"),
    "EVSEMaximumChargePower": ("greatest power of the station", "W"),
}


def facts_of(evidence: V2gEvidence, mask: Callable[[str], str]) -> dict[str, str]:
    """What the sides said of themselves, by name; the vehicle's identifier only through `mask`."""
    facts: dict[str, str] = {}
    if evidence.ev_mac:
        facts["vehicle"] = mask(evidence.ev_mac.hex())
    for exchange in evidence.exchanges:
        if exchange.name == "SessionSetup" and isinstance(exchange.answered("EVSEID"), str):
            facts["station"] = str(exchange.answered("EVSEID"))
        if "ChargeParameterDiscovery" in exchange.name:
            facts |= dict(_parameters(exchange))
    facts |= dict(_charge(evidence))
    if evidence.exchanges:
        facts["ended by"] = _ended_by(evidence)
    attenuations = [s.message.attenuation for s in evidence.slac if s.message.attenuation is not None]
    if attenuations:
        facts["attenuation"] = f"{attenuations[-1]:.1f} dB"
    for name, count in evidence.counts.items():
        if count > 1 and name != "samples":
            facts[f"number of {name}"] = str(count)
    return facts


def _ended_by(evidence: V2gEvidence) -> str:
    """Who ended the conversation, in words."""
    if unfinished(evidence):
        return "nobody in the capture, which ends before"
    wishes = {e.answered(key) for e in before_stop(evidence) for key in ("EVSEStatusCode", "EVSENotification")}
    if stopped_in_order(evidence):
        return "the vehicle, as the station asked" if wishes & set(STOP_REQUESTED) else "the vehicle, in order"
    return "the vehicle, without a word" if silent(evidence) else "the station or the link"


def _parameters(exchange: Exchange) -> Iterator[tuple[str, str]]:
    mode = exchange.asked("RequestedEnergyTransferMode") or exchange.asked("EVRequestedEnergyTransferType")
    if isinstance(mode, str):
        yield "transfer type", mode
    for key, (label, unit) in _TOLD.items():
        if (value := quantity(exchange.asked(key))) is not None:
            yield label, f"{value:g} {unit}"
    for key, (label, unit) in _OFFERED.items():
        if (value := quantity(exchange.answered(key))) is not None:
            yield label, f"{value:g} {unit}"


def _charge(evidence: V2gEvidence) -> Iterator[tuple[str, str]]:
    known = [soc for *_, soc in evidence.curve if soc is not None]
    if known:
        yield "state of charge", f"{known[0]:.0f} % to {known[-1]:.0f} %"
    amperes = [a for _, _, a, _ in evidence.curve if a is not None]
    if amperes:
        yield "greatest current", f"{max(amperes):g} A"


def protocol_of(evidence: V2gEvidence) -> str:
    """What was spoken in the end, for people; empty before anything was agreed."""
    if evidence.dialect is not None:
        return evidence.dialect.label
    if evidence.connection is not None and evidence.connection.tls:
        return "TLS"
    return ""


def unfinished(evidence: V2gEvidence) -> bool:
    """Whether the capture ends before the attempt does."""
    return evidence.connection is not None and cut_short(evidence)
