"""What every report of a verdict says in the same words, on whatever paper."""

from __future__ import annotations

from typing import Final

from portwatt.interop.finding import Finding, Outcome, Verdict

BADGE: Final = {
    Outcome.PASS: ("✓ charged", "ok"),
    Outcome.STOPPED: ("✓ stopped on purpose", "ok"),
    Outcome.ABNORMAL: ("! charged, then went wrong", "open"),
    Outcome.FAILED: ("✗ did not charge", "bad"),
    Outcome.NO_SESSION: ("no session", "open"),
}
"""Words for an outcome and how it is: ok, open, bad."""
NO_CAUSE: Final = "No rule found anything that explains a failure."
HOW_FAR: Final = "How far the capture could be read"
CURVES: Final = "Voltage, current, state of charge"
FACTS: Final = "What the sides said"


def when(verdict: Verdict) -> str:
    """From the first stage to the last."""
    spans = [span for attempt in verdict.attempts for span in attempt.stages]
    if not spans:
        return "nothing in this capture is an attempt to charge"
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    return f"{start:%d %B %Y, %H:%M:%S} to {end:%H:%M:%S} UTC"


def tiles(verdict: Verdict) -> list[tuple[str, str, str]]:
    """The figures at the top: name, figure, note."""
    attempts = verdict.attempts
    first = verdict.first_finding
    plug_ins = len({attempt.plug_in for attempt in attempts})
    shown = [
        ("attempts", str(len(attempts)), f"{plug_ins} plug-in{'' if plug_ins == 1 else 's'}"),
        ("protocol", attempts[-1].protocol if attempts else "–", "of the last attempt"),
        ("first cause", first.rule if first else "none", first.side if first else "nothing to find fault with"),
    ]
    if first:
        shown.append(("confidence", f"{first.confidence:.0%}", f"frames {frames(first.frames)}"))
    return shown


def footer(version: str) -> str:
    return f"Portwatt {version}. Times are UTC. Identifiers of vehicles are pseudonyms."


def note(finding: Finding) -> str:
    """What a finding is where it is no cause."""
    return "(tolerated)" if finding.quirk else "(follows from the above)" if finding.consequence else ""


def frames(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers[:4])) + (" …" if len(numbers) > 4 else "")


def sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
