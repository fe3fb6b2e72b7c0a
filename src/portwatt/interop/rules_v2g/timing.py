"""Rules of time: V10 late responses, V11 loops that run out, V19 requests nobody answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from portwatt.interop.finding import Finding, Side
from portwatt.interop.rules_v2g.saying import CAUSE, finding, gave_up, seconds, silent, stopped_in_order
from portwatt.interop.rules_v2g.status import STATION_FAULTS
from portwatt.interop.v2g_evidence import Exchange, V2gEvidence
from portwatt.interop.v2g_limits import CABLE_CHECK, ONGOING, pre_charge_limit, response_limit

_NEARLY = timedelta(seconds=0.5)
"""A loop given up this close before its limit was given up for it: the vehicle counts from its own first request."""
_JUST_BEFORE = timedelta(seconds=5)
_PRE_CHARGE = ("PreCharge", "DC_PreCharge")
_CABLE_CHECK = ("CableCheck", "DC_CableCheck")
_AUTHORISING = ("Authorization", "ContractAuthentication")
_PREPARING = ("ChargeParameterDiscovery", "ScheduleExchange")


def v10_late_response(evidence: V2gEvidence) -> Iterator[Finding]:
    """Responses after their limit: a cause where the vehicle gave up over them, a remark where it lived with them."""
    late: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in evidence.exchanges:
        if exchange.delay is not None and exchange.delay > response_limit(exchange.name, evidence.dialect):
            late[exchange.name].append(exchange)
    for name, exchanges in late.items():
        limit = response_limit(name, evidence.dialect)
        worst = max(exchanges, key=lambda e: e.delay or timedelta(0))
        assert worst.delay is not None
        final = _left_over(evidence, exchanges[-1])
        seen = [e for e in evidence.exchanges if e.name == name]
        mostly = len(exchanges) * 2 > len(seen)
        blamed = mostly and name == _loop_left(evidence) and gave_up(evidence) and not _told_why(evidence)
        sure = 0.9 if final else 0.6 if blamed else 0.3
        shown = exchanges[-1] if final else worst
        assert shown.delay is not None
        text = f"{name}Res took {seconds(shown.delay)} at frame {shown.frames[-1]} (limit {seconds(limit)})"
        if len(exchanges) > 1:
            text += f"; {len(exchanges)} of {len(seen)} seen were late"
        text += _again(evidence, shown)
        text += ", and the vehicle gave up" if sure > CAUSE else ", which the vehicle tolerated"
        remedy = f"Make the station answer {name}Req within {seconds(limit)}: look at what blocks its main loop."
        at = (shown if final else exchanges[0]).at + limit
        yield finding("V10", Side.STATION, sure, shown.frames, text, remedy, at)


def _again(evidence: V2gEvidence, exchange: Exchange) -> str:
    """What the connection had to send again while the response was awaited: it may not be the station's slowness."""
    connection, request, response = evidence.connection, exchange.request, exchange.response
    if connection is None or request is None or response is None:
        return ""
    again = [m for m in connection.station_repeats if request.at - _JUST_BEFORE <= m.at <= response.at]
    return f", while {len(again)} segment(s) of the station had to be sent again" if again else ""


def _left_over(evidence: V2gEvidence, exchange: Exchange) -> bool:
    """Whether the vehicle left over this response: it is the last, and no word of stopping came after it."""
    return exchange is evidence.last and not stopped_in_order(evidence) and evidence.left is not None


def _told_why(evidence: V2gEvidence) -> bool:
    """Whether the station itself reports what ended it: a failure or a fault."""
    return any(
        e.code.startswith("FAILED") or e.answered("EVSEStatusCode") in STATION_FAULTS for e in evidence.exchanges
    )


def _loop_left(evidence: V2gEvidence) -> str | None:
    """The kind of exchange after which the vehicle began to give up."""
    names = [e.name for e in evidence.exchanges if e.name not in ("PowerDelivery", "SessionStop", "WeldingDetection")]
    return names[-1] if names else None


def v11_loop_ran_out(evidence: V2gEvidence) -> Iterator[Finding]:
    """Cable check, pre-charge or an answer "ongoing" took longer than the vehicle waits."""
    dialect = evidence.dialect
    cable_check = "Speed up the station's insulation test, or begin it earlier; 40 s are allowed."
    pre_charge = "Check how fast the station's output follows the target voltage, and both sides' voltage readings."
    yield from _loop(evidence, _CABLE_CHECK, CABLE_CHECK, Side.STATION, cable_check)
    yield from _loop(evidence, _PRE_CHARGE, pre_charge_limit(dialect), Side.STATION, pre_charge)
    authorise = "Authorise within a minute: present the card or start remotely before or right after plugging in."
    yield from _loop(evidence, _AUTHORISING, ONGOING, Side.USER, authorise)
    prepare = "Check what keeps the station from telling its limits or schedules."
    yield from _loop(evidence, _PREPARING, ONGOING, Side.STATION, prepare)


def _loop(
    evidence: V2gEvidence, names: tuple[str, ...], limit: timedelta, side: Side, remedy: str
) -> Iterator[Finding]:
    for run in _runs(evidence.exchanges, names):
        first, last = run[0], run[-1]
        length = last.end - first.at
        following = evidence.exchanges[evidence.exchanges.index(last) + 1 :]
        went_on = any(e.name not in ("SessionStop", "PowerDelivery") or _starts(e) for e in following)
        finished = last.answered("EVSEProcessing") == "Finished"
        if length < (limit if went_on or finished else limit - _NEARLY):
            continue
        given_up = not went_on and (stopped_in_order(evidence) or evidence.left is not None or silent(evidence))
        if not given_up and not went_on:
            continue
        frames = (first.frames[0], last.frames[-1])
        text = f"{first.name} ran for {seconds(length)} (frames {frames[0]} to {frames[1]}, limit {seconds(limit)})"
        text += ", which the vehicle tolerated" if went_on else ", and the vehicle gave up"
        at = min(first.at + limit, last.end)
        sure = 0.3 if went_on else 0.9
        yield finding("V11", side, sure, frames, text, remedy, at)


def _starts(exchange: Exchange) -> bool:
    return exchange.asked("ReadyToChargeState") is True or exchange.asked("ChargeProgress") == "Start"


def _runs(exchanges: Sequence[Exchange], names: tuple[str, ...]) -> Iterator[list[Exchange]]:
    run: list[Exchange] = []
    for exchange in exchanges:
        if exchange.name in names:
            run.append(exchange)
        elif run:
            yield run
            run = []
    if run:
        yield run


def v19_unanswered(evidence: V2gEvidence) -> Iterator[Finding]:
    """The last request got no response though there was time for one."""
    last = evidence.last
    if last is None or last.response is not None or last.request is None or evidence.connection is None:
        return
    limit = response_limit(last.name, evidence.dialect)
    until = evidence.left.at if evidence.left is not None else evidence.end
    waited = until - last.request.at
    if waited < limit:
        return
    again = [mark for mark in evidence.connection.ev_repeats if mark.number > last.request.last]
    side = Side.LINK if again else Side.STATION
    text = f"{last.name}Req at frame {last.request.last} got no response in {seconds(waited)} (limit {seconds(limit)})"
    if again:
        text += f", and the vehicle sent it {len(again)} more time(s)"
    remedy = (
        "Check the power line link: what was sent did not arrive."
        if again
        else f"Look into the station's log for {last.name}Req: its software did not answer."
    )
    yield finding("V19", side, 0.8, last.frames, text, remedy, last.request.at + limit)
