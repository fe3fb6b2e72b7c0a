"""Conformance runs: a test plan held against the verdicts on captures, case by case, with the evidence for each answer.

A case asks what must be true of every attempt it applies to: stages that have to be completed and how long they may
take, rules that may find nothing, rules that have to find something (where a fault is put in on purpose), how the
attempt may end. Words for the answers as in ISO/IEC 9646: pass, fail, inconclusive.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # written only, never parsed

import msgspec
from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.interop.finding import Attempt, Finding, Outcome, Side, Verdict

SHORTEST_KEY: Final = 32
"""Bytes a signing key needs at least: as many as the digest has (RFC 2104 clause 3)."""
_SUITES: Final = "testsuites"


class ConformanceCase(Struct, frozen=True, kw_only=True):
    """One case. It applies to attempts in one of `protocols` (each the beginning of a name; none: any) that reached
    the stage `applies_from` (empty: any), in captures whose name matches `captures` (a shell pattern).

    `unit` in the plan is the side under test: findings of `forbids` count when it is responsible, or whoever is with
    `any_side`. Quirks count only where `strict`.
    """

    id: str
    title: str
    clause: str = ""
    protocols: tuple[str, ...] = ()
    applies_from: str = ""
    captures: str = "*"
    completes: tuple[str, ...] = ()
    within: Mapping[str, timedelta] = {}
    forbids: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    any_side: bool = False
    strict: bool = False


class ConformancePlan(Struct, frozen=True, kw_only=True):
    """A plan: which side is under test, by which standard, and on what its cases rest (`basis`)."""

    id: str
    title: str
    standard: str
    unit: Side
    basis: str
    cases: tuple[ConformanceCase, ...]


class Answer(StrEnum):
    PASS = "pass"  # noqa: S105 - the standard's word
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """No attempt of the captures puts the case to the test."""


class Evidence(Struct, frozen=True):
    """An attempt a case was held against. `faults`: what was wrong with it, each in one sentence; none: it passes."""

    file: str
    attempt: int
    faults: tuple[str, ...]
    frames: tuple[int, ...] = ()


class CaseResult(Struct, frozen=True):
    """A case with its answer and every attempt it rests on."""

    case: ConformanceCase
    answer: Answer
    evidence: tuple[Evidence, ...]


class ConformanceRun(Struct, frozen=True, kw_only=True):
    """A plan held against captures. `captures`: SHA-256 in hex of each file by name; `plan_digest` that of the plan's
    own text."""

    plan: ConformancePlan
    plan_digest: str
    captures: Mapping[str, str]
    results: tuple[CaseResult, ...]
    made_at: datetime
    version: str

    @property
    def answer(self) -> Answer:
        """Fails with any case; passes when at least one case passes and none fails."""
        answers = {result.answer for result in self.results}
        return next((a for a in (Answer.FAIL, Answer.PASS) if a in answers), Answer.INCONCLUSIVE)


def hold(plan: ConformancePlan, verdicts: Iterable[Verdict]) -> tuple[CaseResult, ...]:
    """Every case of a plan against every attempt of some verdicts, in the order of the plan."""
    known = tuple(verdicts)
    return tuple(_result(plan, case, known) for case in plan.cases)


def junit(run: ConformanceRun) -> str:
    """The run as JUnit XML: a case that fails is a failure, an inconclusive one is skipped."""
    counts = _counts(run)
    head = {
        "tests": str(len(run.results)),
        "failures": str(counts[Answer.FAIL]),
        "errors": "0",
        "skipped": str(counts[Answer.INCONCLUSIVE]),
    }
    root = Element(_SUITES, {"name": "portwatt conformance", **head})
    suite = SubElement(root, "testsuite", {"name": _clean(run.plan.id), **head})
    suite.set("timestamp", run.made_at.isoformat(timespec="seconds"))
    told = SubElement(suite, "properties")
    facts = {
        "title": run.plan.title,
        "standard": run.plan.standard,
        "unit": run.plan.unit.value,
        "basis": run.plan.basis,
        "plan sha256": run.plan_digest,
        "portwatt": run.version,
        **{f"capture {name} sha256": digest for name, digest in run.captures.items()},
    }
    for name, value in facts.items():
        SubElement(told, "property", {"name": _clean(name), "value": _clean(value)})
    for result in run.results:
        _junit_case(suite, run.plan, result)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def summary(run: ConformanceRun, junit_text: str, key: bytes | None = None, key_name: str = "") -> bytes:
    """The run in short as canonical JSON, signed with HMAC-SHA-256 where there is a key.

    The signature covers everything else in the summary, and through the digests the plan, the captures and the JUnit
    file. It shows who holds the same key that nothing was changed; it proves nothing to anybody else. Raises
    UsageError for a key of fewer than 32 bytes.
    """
    counts = _counts(run)
    body: dict[str, Any] = {
        "plan": run.plan.id,
        "title": run.plan.title,
        "standard": run.plan.standard,
        "unit": run.plan.unit.value,
        "basis": run.plan.basis,
        "plan_sha256": run.plan_digest,
        "junit_sha256": hashlib.sha256(junit_text.encode()).hexdigest(),
        "captures_sha256": dict(run.captures),
        "answer": run.answer.value,
        "counts": {answer.value: counts[answer] for answer in Answer},
        "cases": {result.case.id: result.answer.value for result in run.results},
        "made_at": run.made_at.isoformat(),
        "portwatt": run.version,
    }
    if key is not None:
        body["signature"] = {"algorithm": "HMAC-SHA-256", "key": key_name, "value": _signature(body, key, key_name)}
    return _ENCODER.encode(body) + b"\n"


def verify(signed: bytes, key: bytes) -> bool:
    """Whether a summary was signed with this key and not changed since. Raises UsageError when it is no summary or
    carries no signature."""
    try:
        body = msgspec.json.decode(signed, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise UsageError(f"this is no summary of a conformance run: {error}") from error
    found = body.pop("signature", None)
    if not isinstance(found, dict) or not isinstance(found.get("value"), str):
        raise UsageError("this summary carries no signature; it was written without a key")
    if found.get("algorithm") != "HMAC-SHA-256":
        raise UsageError(f"the signature's algorithm {found.get('algorithm')!r} is not HMAC-SHA-256")
    wanted = _signature(body, key, str(found.get("key", "")))
    return hmac.compare_digest(wanted.encode(), found["value"].encode(errors="replace"))


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def _signature(body: Mapping[str, Any], key: bytes, key_name: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise UsageError(f"a signing key needs {SHORTEST_KEY} bytes or more, this one has {len(key)}")
    return hmac.new(key, _ENCODER.encode({**body, "signed_by": key_name}), hashlib.sha256).hexdigest()


def _counts(run: ConformanceRun) -> dict[Answer, int]:
    return {answer: sum(1 for result in run.results if result.answer is answer) for answer in Answer}


# ── one case ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _result(plan: ConformancePlan, case: ConformanceCase, verdicts: tuple[Verdict, ...]) -> CaseResult:
    evidence = tuple(
        _held(plan, case, verdict.file, attempt)
        for verdict in verdicts
        if fnmatchcase(verdict.file.rpartition("/")[2], case.captures)
        for attempt in verdict.attempts
        if _applies(case, attempt)
    )
    if not evidence:
        return CaseResult(case, Answer.INCONCLUSIVE, ())
    failed = any(one.faults for one in evidence)
    return CaseResult(case, Answer.FAIL if failed else Answer.PASS, evidence)


def _applies(case: ConformanceCase, attempt: Attempt) -> bool:
    if attempt.outcome is Outcome.NO_SESSION:
        return False
    if case.protocols and not attempt.protocol.startswith(case.protocols):
        return False
    return not case.applies_from or any(span.stage == case.applies_from for span in attempt.stages)


def _held(plan: ConformancePlan, case: ConformanceCase, file: str, attempt: Attempt) -> Evidence:
    wrong = [finding for finding in attempt.findings if _counts_against(plan, case, finding)]
    faults = [f"{finding.rule}: {finding.text}" for finding in wrong]
    faults += _stages(case, attempt)
    there = {finding.rule for finding in attempt.findings}
    faults += [f"{rule} was to be seen and was not" for rule in case.requires if rule not in there]
    if case.outcomes and attempt.outcome not in case.outcomes:
        allowed = " or ".join(outcome.value for outcome in case.outcomes)
        faults.append(f"the attempt ended as {attempt.outcome.value}, not {allowed}")
    frames = wrong[0].frames if wrong else ()
    return Evidence(file, attempt.number, tuple(faults), frames)


def _counts_against(plan: ConformancePlan, case: ConformanceCase, finding: Finding) -> bool:
    if finding.rule not in case.forbids or (finding.quirk and not case.strict) or finding.consequence:
        return False
    return case.any_side or finding.side is plan.unit


def _stages(case: ConformanceCase, attempt: Attempt) -> Iterator[str]:
    done = {span.stage for span in attempt.stages if span.completed}
    yield from (f"the stage {stage} was not completed" for stage in case.completes if stage not in done)
    for span in attempt.stages:
        limit = case.within.get(span.stage)
        if limit is not None and span.length > limit:
            took, most = span.length.total_seconds(), limit.total_seconds()
            yield f"the stage {span.stage} took {took:.3f} s, at most {most:.3f} s are allowed"


# ── JUnit ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _junit_case(suite: Element, plan: ConformancePlan, result: CaseResult) -> None:
    case = result.case
    named = {"classname": _clean(plan.id), "name": _clean(f"{case.id} {case.title}"), "time": "0"}
    element = SubElement(suite, "testcase", named)
    if result.answer is Answer.FAIL:
        faults = [(one, fault) for one in result.evidence for fault in one.faults]
        failure = SubElement(element, "failure", {"message": _clean(faults[0][1]), "type": _clean(case.id)})
        failure.text = _clean("\n".join(f"{_where(one)}: {fault}" for one, fault in faults))
    elif result.answer is Answer.INCONCLUSIVE:
        SubElement(element, "skipped", {"message": "no attempt of the captures puts this case to the test"})
    passed = [one for one in result.evidence if not one.faults]
    if passed:
        SubElement(element, "system-out").text = _clean("\n".join(f"{_where(one)}: passes" for one in passed))


def _where(one: Evidence) -> str:
    frames = f", frames {', '.join(str(number) for number in one.frames)}" if one.frames else ""
    return f"{one.file}, attempt {one.attempt}{frames}"


def _clean(text: str) -> str:
    """Without the characters XML 1.0 cannot hold (clause 2.2)."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )
