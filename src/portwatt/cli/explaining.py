"""What the commands of `portwatt interop` do and say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from rich.console import Console, Group, RenderableType
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from portwatt.errors import UsageError
from portwatt.gateways.captures import open_capture
from portwatt.gateways.conformance_files import read_key, run_plan, write_run
from portwatt.gateways.examining import captures_in, codecs, examine_all, examine_file
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.gateways.interop_html import verdict_html
from portwatt.gateways.twin_can import BusOptions, parse_override, run_twin_live
from portwatt.gateways.twin_files import twin_names, twin_script, write_twin
from portwatt.interop.conformance import Answer
from portwatt.interop.diff import diff
from portwatt.interop.finding import Attempt, Finding, Outcome, Verdict
from portwatt.runtime.clock import SystemClock
from portwatt.wire.gbt27930.identifier import Address

_STYLE = {
    Outcome.PASS: "green",
    Outcome.STOPPED: "green",
    Outcome.ABNORMAL: "yellow",
    Outcome.FAILED: "red",
    Outcome.NO_SESSION: "dim",
}
_WORST_FIRST = (Outcome.FAILED, Outcome.ABNORMAL, Outcome.NO_SESSION, Outcome.STOPPED, Outcome.PASS)
_BAD = (Outcome.FAILED, Outcome.ABNORMAL)


# ── explain ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def explained(file: Path, json_file: Path | None, html: Path | None, pdf: Path | None) -> Verdict:
    """Examine one capture, show the verdict, write what was asked for."""
    verdict = examine_file(file)
    Console().print(shown(verdict))
    if json_file is not None:
        _write(json_file, msgspec.json.format(msgspec.json.encode(row(verdict, whole=True))))
    if html is not None:
        _write(html, verdict_html(verdict).encode())
    if pdf is not None:
        from portwatt.gateways.interop_pdf import verdict_pdf  # noqa: PLC0415 - its library is an extra

        _write(pdf, verdict_pdf(verdict))
    return verdict


def shown(verdict: Verdict) -> RenderableType:
    """A verdict for the terminal. What comes from a capture is text, never markup."""
    parts: list[RenderableType] = [
        Text.assemble((verdict.file, "bold"), ": ", (verdict.outcome.value, f"bold {_STYLE[verdict.outcome]}"))
    ]
    cause = verdict.first_finding
    if cause is not None:
        parts += [_finding(cause, "first cause"), Text(f"  to do: {cause.remedy}")]
    for attempt in verdict.attempts:
        parts += [Text(), *_attempt(attempt, cause)]
    parts += [Text(f"note: {remark}", style="dim") for remark in verdict.remarks]
    return Group(*parts)


def _attempt(attempt: Attempt, cause: Finding | None) -> Iterable[RenderableType]:
    yield Text.assemble(
        f"attempt {attempt.number} (plug-in {attempt.plug_in}), {attempt.protocol or 'no protocol agreed'}: ",
        (attempt.outcome.value, _STYLE[attempt.outcome]),
    )
    table = Table(box=None, padding=(0, 2), show_header=True, header_style="dim")
    for name in ("  stage", "s", "limit", "frames", ""):
        table.add_column(name, justify="right" if name in ("s", "limit") else "left")
    for stage in attempt.stages:
        over = stage.limit is not None and stage.length > stage.limit
        table.add_row(
            Text(f"  {stage.stage}"),
            Text(f"{stage.length.total_seconds():.2f}", style="red" if over else ""),
            f"{stage.limit.total_seconds():g}" if stage.limit is not None else "",
            "–".join(str(n) for n in dict.fromkeys(stage.frames)),
            "" if stage.completed else Text("not completed", style="yellow"),
        )
    yield table
    for finding in attempt.findings:
        if finding is not cause:
            yield _finding(finding, "follows from it" if finding.consequence else "also")


def _finding(finding: Finding, role: str) -> Text:
    where = f", frames {', '.join(str(n) for n in finding.frames[:6])}" if finding.frames else ""
    head = f"  {role}: {finding.rule} ({finding.side.value}, confidence {finding.confidence:.0%}{where}) "
    return Text.assemble((head, "bold" if role == "first cause" else ""), finding.text)


# ── triage ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def triaged(folder: Path, json_file: Path | None, workers: int | None) -> bool:
    """Examine a folder, show it sorted by cause; return whether nothing failed or ended abnormally."""
    files = captures_in(folder)
    found: list[tuple[str, Verdict]] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("captures", total=len(files))
        for path, verdict in examine_all(files, workers):
            found.append((path.relative_to(folder).as_posix(), verdict))
            progress.advance(task)
    found.sort(key=_by_cause)
    Console().print(_sorted(found))
    if json_file is not None:
        rows = sorted((row(verdict) | {"file": name} for name, verdict in found), key=lambda r: str(r["file"]))
        _write(json_file, msgspec.json.format(msgspec.json.encode({"captures": rows})))
    return not any(verdict.outcome in _BAD for _, verdict in found)


def _by_cause(entry: tuple[str, Verdict]) -> tuple[int, str, str]:
    name, verdict = entry
    cause = verdict.first_finding
    return _WORST_FIRST.index(verdict.outcome), cause.rule if cause else "", name


def _sorted(found: Sequence[tuple[str, Verdict]]) -> RenderableType:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("capture", overflow="fold", ratio=2)
    for name in ("verdict", "attempts", "rule", "side"):
        table.add_column(name, no_wrap=True)
    table.add_column("first cause", overflow="fold", ratio=3)
    for name, verdict in found:
        cause = verdict.first_finding
        table.add_row(
            Text(name),
            Text(verdict.outcome.value, style=_STYLE[verdict.outcome]),
            str(len(verdict.attempts)),
            cause.rule if cause else "",
            cause.side.value if cause else "",
            Text(cause.text if cause else "; ".join(verdict.remarks[:1])),
        )
    counted = Counter(verdict.outcome for _, verdict in found)
    summary = ", ".join(f"{counted[outcome]} {outcome.value}" for outcome in _WORST_FIRST if counted[outcome])
    return Group(table, Text(f"{len(found)} captures: {summary}"))


def row(verdict: Verdict, *, whole: bool = False) -> dict[str, Any]:
    """A verdict for machines. `attempts` counts them; `findings` are those of all of them. With `whole` each attempt is
    there with its stages, findings, facts and curve."""
    cause = verdict.first_finding
    found: dict[str, Any] = {
        "file": verdict.file,
        "verdict": verdict.outcome.value,
        "attempts": len(verdict.attempts),
        "first_finding": _said(cause) if cause else None,
        "findings": [_said(f) for attempt in verdict.attempts for f in attempt.findings],
        "remarks": list(verdict.remarks),
    }
    return found | {"attempt_list": msgspec.to_builtins(verdict.attempts)} if whole else found


def _said(finding: Finding) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(finding)
    return said


# ── diff, conformance ───────────────────────────────────────────────────────────────────────────────────────────────


def compared(good: Path, bad: Path, json_file: Path | None) -> bool:
    """Show where the bad session parts from the good one; return whether they are the same."""
    found = diff(open_capture(good), open_capture(bad), load_gbt(), codecs())
    console = Console()
    if found.same:
        console.print("the two say the same, message by message")
    table = Table(title="Differences up to where they part", title_justify="left")
    for name in ("message", "parameter", "good", "bad", "frames"):
        table.add_column(name, overflow="fold")
    for one in found.differences:
        table.add_row(
            Text(one.turn), Text(one.field), Text(one.good), Text(one.bad), f"{one.good_frame} / {one.bad_frame}"
        )
    if found.differences:
        console.print(table)
    parting = found.parting
    if parting is not None:
        console.print(
            Text(
                f"they part after {parting.after or 'nothing in common'}: the good one goes on with "
                f"{parting.good or 'nothing'} (frame {parting.good_frame}), the bad one with "
                f"{parting.bad or 'nothing'} (frame {parting.bad_frame})"
            )
        )
    if json_file is not None:
        _write(json_file, msgspec.json.format(msgspec.json.encode(found)))
    return found.same


def held_against(plan: str, captures: Sequence[Path], out: Path | None, key: Path | None) -> bool:
    """Hold captures against a plan, show the cases; return whether none fails."""
    if key is not None and out is None:
        raise UsageError("--key signs the summary: say with --out where it is to be written")
    run = run_plan(plan, captures, examine_file, SystemClock().now())
    table = Table(title=f"{run.plan.title} ({run.plan.basis})", title_justify="left")
    for name in ("case", "title", "answer", "why"):
        table.add_column(name, overflow="fold")
    for result in run.results:
        faults = [f"{e.file}, attempt {e.attempt}: {fault}" for e in result.evidence for fault in e.faults]
        style = {"fail": "red", "pass": "green"}.get(result.answer.value, "dim")
        table.add_row(
            result.case.id, result.case.title, Text(result.answer.value, style=style), Text("; ".join(faults[:3]))
        )
    console = Console()
    console.print(table)
    if out is not None:
        for path in write_run(run, out, read_key(key) if key is not None else None):
            console.print(f"wrote {path}", markup=False, highlight=False)
    return run.answer is not Answer.FAIL


def played(name: str, out: Path | None) -> None:
    """List the sessions of the twin, or write one as a capture. Raises UsageError for a name or ending nobody knows."""
    names = twin_names()
    console = Console()
    if not name:
        table = Table(box=None, padding=(0, 2), header_style="dim")
        table.add_column("name", no_wrap=True)
        table.add_column("what happens")
        for known, says in names.items():
            table.add_row(known, says)
        console.print(table)
        return
    if out is None:
        raise UsageError("say with --out which capture to write, for example session.log")
    count = write_twin(name, out)
    console.print(f"wrote {out}: {count} frames", markup=False, highlight=False)


def played_live(
    role: str, name: str, bus: tuple[str, str], overrides: Sequence[str], seconds: float, out: Path | None
) -> None:
    """Play one side on a CAN bus until it is over. Raises UsageError for a bus that cannot be used."""
    script = twin_script(name)
    script = replace(script, faults=(*script.faults, *(parse_override(text) for text in overrides)))
    side = Address.BMS if role == "vehicle" else Address.CHARGER
    seen = run_twin_live(side, BusOptions(*bus), script, out, seconds)
    Console().print(f"{seen} frames on the bus")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
