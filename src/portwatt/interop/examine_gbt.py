"""A CAN capture to a verdict: attempts, editions, stages, findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from portwatt.interop.finding import Attempt, Outcome, Verdict
from portwatt.interop.gbt_attempts import GbtCapture, PluggedRecord, gather
from portwatt.interop.gbt_outcome import facts_of, has_times, masked, outcome_of
from portwatt.interop.gbt_record import GbtRecord
from portwatt.interop.gbt_stages import GbtStage, stage_spans
from portwatt.interop.rules_gbt import findings_of
from portwatt.interop.rules_gbt.case import Case
from portwatt.model.capture import Frame
from portwatt.wire.gbt27930.decoder import Layouts
from portwatt.wire.gbt27930.editions import Traits, detect
from portwatt.wire.gbt27930.tables import Edition


def examine_gbt(frames: Iterable[Frame], file: str, layouts: Layouts, mask: Callable[[str], str] = masked) -> Verdict:
    """Read the frames once and say what each attempt came to. Raises nothing, whatever the frames hold.

    `layouts` from gateways/gbt_tables.py; `mask` turns the vehicle's identifier into what may be shown.
    """
    capture = gather(frames, layouts)
    attempts: list[Attempt] = []
    guess_of_plug_in: dict[int, Traits] = {}
    for number, plugged in enumerate(capture.attempts, start=1):
        # A retry begins at CRM: what its plug-in showed before still tells the edition.
        traits = _traits(plugged.record, guess_of_plug_in.get(plugged.plug_in))
        guess_of_plug_in[plugged.plug_in] = traits
        attempts.append(_attempt(number, plugged, traits, layouts, mask))
    remarks = tuple(_remarks(capture, attempts))
    if not attempts:
        return Verdict(file, Outcome.NO_SESSION, (), remarks)
    return Verdict(file, _outcome(attempts), tuple(attempts), remarks)


def _attempt(
    number: int, plugged: PluggedRecord, traits: Traits, layouts: Layouts, mask: Callable[[str], str]
) -> Attempt:
    record = plugged.record
    case = Case(record, layouts.tables, detect(traits), has_times(record))
    findings = findings_of(case)
    return Attempt(
        number,
        plugged.plug_in,
        _PROTOCOLS[case.guess.edition],
        outcome_of(case, findings),
        stage_spans(record.marks, layouts.tables, record.has("BSD", "CSD")),
        findings,
        facts_of(case, mask),
        tuple(record.curve),
    )


def _outcome(attempts: Sequence[Attempt]) -> Outcome:
    """How the last plug-in ended: as its last attempt, unless that failed after one that charged. The retries the
    standard asks for after a break say less than the break."""
    last = attempts[-1]
    siblings = [attempt.outcome for attempt in attempts if attempt.plug_in == last.plug_in]
    return next((one for one in reversed(siblings) if one is not Outcome.FAILED), Outcome.FAILED)


_PROTOCOLS: Final[Mapping[Edition, str]] = {
    Edition.E2011: "GB/T 27930-2011",
    Edition.E2015: "GB/T 27930-2015",
    Edition.E2023A: "GB/T 27930-2023 A-class",
    Edition.E2024: "GB/T 27930.2-2024",
    Edition.CHAOJI_DRAFT: "ChaoJi (draft)",
}


def _traits(record: GbtRecord, before: Traits | None) -> Traits:
    codes = frozenset(record.tracks) | (before.codes if before else frozenset())
    lengths = {code: len(track.first.payload) for code, track in record.tracks.items()}
    identified, greeting = record.first("BRM"), record.first("CHM")
    vehicle = identified.values.get("protocol_version") if identified else None
    charger = greeting.values.get("protocol_version") if greeting else None
    return Traits(
        codes=codes,
        lengths={**(before.lengths if before else {}), **lengths},
        vehicle_version=vehicle if isinstance(vehicle, str) else before.vehicle_version if before else None,
        charger_version=charger if isinstance(charger, str) else before.charger_version if before else None,
        offers=(*(before.offers if before else ()), *record.offers),
        from_start=before.from_start if before else record.from_start,
    )


def _remarks(capture: GbtCapture, attempts: Sequence[Attempt]) -> Iterable[str]:
    foreign = sum(capture.foreign.values())
    if foreign:
        most = ", ".join(f"{can_id:08X}" for can_id, _ in capture.foreign.most_common(3) if can_id >= 0)
        yield f"{foreign} of {capture.frames} CAN frames are none of GB/T 27930 ({most}); they were left out."
    if not capture.attempts:
        return
    last = capture.attempts[-1].record
    begins_with_crm = attempts[0].protocol == _PROTOCOLS[Edition.E2011]
    if not capture.attempts[0].record.from_start and not begins_with_crm:
        yield "The recording begins within a session: what came before is not known."
    if last.cut_off and last.stage is not None and last.stage is not GbtStage.END:
        yield f"The recording ends in the stage: {last.stage.words}."
