"""How rules of CCS2 say what they found."""

from __future__ import annotations

from datetime import datetime, timedelta

from portwatt.interop.finding import Finding, Side
from portwatt.interop.v2g_evidence import UNDER_WAY, Exchange, V2gEvidence
from portwatt.interop.v2g_limits import SEQUENCE

CAUSE = 0.5
"""From this confidence on a finding may be a cause; below, it is a quirk the sides lived with."""
_NO_ERROR = ("NO_ERROR", None)


def finding(  # noqa: PLR0913, PLR0917 - a finding has as many parts
    rule: str, side: Side, confidence: float, frames: tuple[int, ...], text: str, remedy: str, at: datetime
) -> Finding:
    """A finding with its moment, by which causes are told from what followed; below `CAUSE` it is a quirk."""
    return Finding(rule, side, confidence, tuple(dict.fromkeys(frames)), text, remedy, at, quirk=confidence < CAUSE)


def seconds(span: timedelta) -> str:
    """A length of time for people: "0.25 s", "40.8 s"."""
    value = span.total_seconds()
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def ev_error(exchange: Exchange) -> str | None:
    """The error the vehicle reports in this request; None where it reports none."""
    code = exchange.asked("EVErrorCode")
    return code if isinstance(code, str) and code not in _NO_ERROR else None


def stopped_in_order(evidence: V2gEvidence) -> bool:
    """Whether the vehicle ended the session with SessionStop, whatever it was answered."""
    return any(e.request is not None for e in evidence.named("SessionStop"))


def silent(evidence: V2gEvidence) -> bool:
    """Whether the vehicle left without SessionStop: it closed first, or said nothing until the station gave up."""
    connection, last = evidence.connection, evidence.last
    if connection is None or last is None or stopped_in_order(evidence):
        return False
    ev, station = connection.ev_left, connection.station_left
    if ev is not None and (station is None or ev.number < station.number):
        return True
    waited = (station.at if station is not None else evidence.end) - last.end
    return waited >= SEQUENCE


def gave_up(evidence: V2gEvidence) -> bool:
    """Whether it ended badly as far as the vehicle shows: with an error of its own, or without a word."""
    return silent(evidence) or any(ev_error(e) for e in evidence.exchanges)


def cut_short(evidence: V2gEvidence) -> bool:
    """Whether the capture ends with the conversation still going on."""
    return evidence.left is None and not stopped_in_order(evidence) and evidence.quiet < SEQUENCE


def before_stop(evidence: V2gEvidence) -> tuple[Exchange, ...]:
    """The exchanges up to where the vehicle begins to stop: what the station says after that is part of stopping."""
    for i, exchange in enumerate(evidence.exchanges):
        if exchange.name == "SessionStop" or wants_stop(exchange):
            return evidence.exchanges[: i + 1]
    return evidence.exchanges


def wants_stop(exchange: Exchange) -> bool:
    """Whether this is the PowerDeliveryReq that ends charging (DIN: ReadyToChargeState; later: ChargeProgress)."""
    if exchange.name != "PowerDelivery":
        return False
    return exchange.asked("ReadyToChargeState") is False or exchange.asked("ChargeProgress") == "Stop"


def loop_name(evidence: V2gEvidence) -> str | None:
    """Name of the charging loop, where it was reached."""
    return next((e.name for e in evidence.exchanges if e.name in UNDER_WAY), None)
