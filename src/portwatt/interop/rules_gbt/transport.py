"""G03: long messages that were not cleared, lost packets, were aborted or tried again (J1939-21 clause 5.10)."""

from __future__ import annotations

from collections.abc import Iterator

from portwatt.interop.finding import Finding, Side
from portwatt.interop.gbt_stages import STAGE_OF, GbtStage
from portwatt.interop.rules_gbt.case import SIDE_OF, Case
from portwatt.wire.gbt27930.identifier import Address
from portwatt.wire.gbt27930.transport import Lapse, LapsedMessage


def long_message_failed(case: Case) -> Iterator[Finding]:
    """G03: one finding for each message that failed; a quirk where a later try of it came through."""
    by_code: dict[str, list[LapsedMessage]] = {}
    for code, lapsed in case.record.lapses:
        if not _interrupted(case, lapsed):
            by_code.setdefault(code, []).append(lapsed)
    for code, lapses in by_code.items():
        yield _finding(case, code, lapses)


def _interrupted(case: Case, lapsed: LapsedMessage) -> bool:
    """Whether the end of the recording, or of charging, cut the message short: then it says nothing."""
    patience = case.tables.transport["T3"]
    record = case.record
    if record.cut_off and record.end - lapsed.started < patience and record.last_number - lapsed.first < 1000:
        return lapsed.lapse is not Lapse.ABORTED
    ending = next((m for m in record.marks if m.stage is GbtStage.END), None)
    return ending is not None and (lapsed.last >= ending.first or ending.start - lapsed.started < patience)


def _finding(case: Case, code: str, lapses: list[LapsedMessage]) -> Finding:
    last = lapses[-1]
    track = case.record.tracks.get(code)
    came_through = track is not None and track.last.number > last.last
    done_without = case.went_past(STAGE_OF.get(code, GbtStage.END))
    worst = min(lapses, key=lambda one: _GRAVITY.index(one.lapse))
    harmless = came_through or done_without or worst.lapse is Lapse.UNACKNOWLEDGED
    tries = f"{len(lapses)} times" if len(lapses) > 1 else "once"
    return Finding(
        "G03",
        _side(worst),
        0.5 if harmless else 0.9,
        (lapses[0].first, last.last),
        f"{code} {_WORDS[worst.lapse]} ({tries})"
        + (f", packets {', '.join(map(str, worst.missing[:8]))} missing" if worst.lapse is Lapse.INCOMPLETE else "")
        + (_abort_words(lapses))
        + ("; a later try came through." if came_through else "."),
        _remedy(worst),
        lapses[0].started,
        quirk=harmless,
    )


_GRAVITY = (Lapse.UNANSWERED, Lapse.INCOMPLETE, Lapse.MALFORMED, Lapse.ABORTED, Lapse.UNACKNOWLEDGED)
"""What says most about the cause comes first."""
_WHO = {Address.CHARGER: "charger", Address.BMS: "vehicle"}
_WORDS = {
    Lapse.UNANSWERED: "was announced (RTS) and not cleared (no CTS)",
    Lapse.INCOMPLETE: "was begun and did not come in whole",
    Lapse.ABORTED: "was aborted",
    Lapse.UNACKNOWLEDGED: "came in whole and was not acknowledged",
    Lapse.MALFORMED: "was announced with a size and a number of packets that contradict each other",
}


def _abort_words(lapses: list[LapsedMessage]) -> str:
    aborted = next((one for one in lapses if one.lapse is Lapse.ABORTED and one.by is not None), None)
    if aborted is None or aborted.by is None:
        return ""
    return f"; given up by the {_WHO[aborted.by]} with reason {aborted.reason}"


def _side(lapsed: LapsedMessage) -> Side:
    """Who did not do his part: the receiver that clears nothing, the sender that announces nonsense, else the link."""
    receiver = SIDE_OF[lapsed.sender.peer]
    if lapsed.lapse is Lapse.MALFORMED:
        return SIDE_OF[lapsed.sender]
    if lapsed.lapse in (Lapse.UNANSWERED, Lapse.UNACKNOWLEDGED):
        return receiver
    nothing_came = lapsed.lapse is Lapse.ABORTED and len(lapsed.missing) * 7 >= lapsed.size
    if nothing_came or lapsed.by is lapsed.sender.peer:
        return receiver
    return Side.LINK


def _remedy(lapsed: LapsedMessage) -> str:
    side = _side(lapsed)
    if side is Side.LINK:
        return "Check termination, shield and load of the CAN pair, then try again."
    who = "charger" if side is Side.STATION else "vehicle"
    return f"Check the {who}'s J1939-21 transport: it has to answer RTS with CTS and end with EndOfMsgAck."
