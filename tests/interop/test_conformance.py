"""Conformance runs: what a case asks, JUnit that any reader takes, a summary nobody can change unseen."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import hypothesis.strategies as st
import pytest
import small_hub as small
from hypothesis import given
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.interop.conformance import (
    Answer,
    ConformanceCase,
    ConformancePlan,
    ConformanceRun,
    hold,
    junit,
    summary,
    verify,
)
from portwatt.interop.finding import Attempt, Finding, Outcome, Side, StageSpan, Verdict

KEY = bytes(range(32))
CASE = ConformanceCase(id="D.1", title="on time", forbids=("V10",))


def finding(rule: str = "V10", side: Side = Side.STATION, **more: bool) -> Finding:
    return Finding(rule, side, 0.9, (7, 8), f"{rule} happened", "repair it", **more)


def attempt(*findings: Finding, outcome: Outcome = Outcome.PASS, seconds: float = 5, done: bool = True) -> Attempt:
    start = small.START
    spans = (
        StageSpan("SLAC", start, start + timedelta(seconds=1), (1, 3)),
        StageSpan("charging", start, start + timedelta(seconds=seconds), (4, 9), None, done),
    )
    return Attempt(1, 1, "ISO 15118-2", outcome, spans, findings)


def plan(*cases: ConformanceCase, unit: Side = Side.STATION) -> ConformancePlan:
    return ConformancePlan(id="p", title="t", standard="s", unit=unit, basis="assumption", cases=cases)


def answer(case: ConformanceCase, *attempts: Attempt, file: str = "a.pcap", unit: Side = Side.STATION) -> Answer:
    (result,) = hold(plan(case, unit=unit), [Verdict(file, attempts[-1].outcome, attempts)])
    return result.answer


def run(*attempts: Attempt, cases: tuple[ConformanceCase, ...] = (CASE,), file: str = "a.pcap") -> ConformanceRun:
    made = plan(*cases)
    results = hold(made, [Verdict(file, Outcome.PASS, attempts)])
    return ConformanceRun(
        plan=made,
        plan_digest="ab",
        captures={file: "cd"},
        results=results,
        made_at=small.START,
        version="1",
    )


@pytest.mark.parametrize(
    ("case", "held", "expected"),
    [
        (CASE, attempt(), Answer.PASS),
        (CASE, attempt(finding()), Answer.FAIL),
        (CASE, attempt(finding("V11")), Answer.PASS),
        (CASE, attempt(finding(side=Side.EV)), Answer.PASS),
        (replace(CASE, any_side=True), attempt(finding(side=Side.EV)), Answer.FAIL),
        (CASE, attempt(finding(quirk=True)), Answer.PASS),
        (replace(CASE, strict=True), attempt(finding(quirk=True)), Answer.FAIL),
        (CASE, attempt(finding(consequence=True)), Answer.PASS),
        (replace(CASE, completes=("charging",)), attempt(), Answer.PASS),
        (replace(CASE, completes=("charging",)), attempt(done=False), Answer.FAIL),
        (replace(CASE, completes=("session stop",)), attempt(), Answer.FAIL),
        (replace(CASE, within={"charging": timedelta(seconds=5)}), attempt(), Answer.PASS),
        (replace(CASE, within={"charging": timedelta(seconds=5)}), attempt(seconds=5.001), Answer.FAIL),
        (replace(CASE, outcomes=(Outcome.PASS, Outcome.STOPPED)), attempt(outcome=Outcome.STOPPED), Answer.PASS),
        (replace(CASE, outcomes=(Outcome.PASS,)), attempt(outcome=Outcome.ABNORMAL), Answer.FAIL),
        (replace(CASE, requires=("V08",)), attempt(finding("V08", Side.EV)), Answer.PASS),
        (replace(CASE, requires=("V08",)), attempt(), Answer.FAIL),
    ],
)
def test_a_case_asks_what_it_says_and_no_more(case: ConformanceCase, held: Attempt, expected: Answer) -> None:
    assert answer(case, held) is expected


@pytest.mark.parametrize(
    "case",
    [
        replace(CASE, protocols=("DIN",)),
        replace(CASE, applies_from="cable check"),
        replace(CASE, captures="b*"),
    ],
)
def test_what_no_attempt_puts_to_the_test_is_inconclusive(case: ConformanceCase) -> None:
    assert answer(case, attempt(finding())) is Answer.INCONCLUSIVE
    assert answer(CASE, attempt(outcome=Outcome.NO_SESSION)) is Answer.INCONCLUSIVE


def test_a_case_applies_by_the_beginning_of_the_protocol_the_stage_and_the_name_of_the_file() -> None:
    case = replace(CASE, protocols=("DIN", "ISO 15118"), applies_from="SLAC", captures="b*.pcap")
    assert answer(case, attempt(), file="some/folder/b1.pcap") is Answer.PASS


def test_one_bad_attempt_fails_the_case_however_many_are_good() -> None:
    assert answer(CASE, attempt(), attempt(finding()), attempt()) is Answer.FAIL


def test_a_run_fails_with_any_case_and_passes_only_when_something_was_tested() -> None:
    idle = replace(CASE, id="D.2", captures="none")
    assert run(attempt(), cases=(CASE, idle)).answer is Answer.PASS
    assert run(attempt(), cases=(idle,)).answer is Answer.INCONCLUSIVE
    assert run(attempt(finding()), cases=(CASE, idle)).answer is Answer.FAIL


def test_junit_counts_the_cases_and_names_the_frames() -> None:
    other = replace(CASE, id="D.2", forbids=("V99",), completes=("charging",))
    idle = replace(CASE, id="D.3", captures="none")
    root = ET.fromstring(junit(run(attempt(), attempt(finding()), cases=(CASE, other, idle))))
    (suite,) = root
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped", "errors")} == {
        "tests": "3",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
    }
    failed, passed, skipped = suite.findall("testcase")
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == "V10: V10 happened"
    assert failure.text == "a.pcap, attempt 1, frames 7, 8: V10: V10 happened"
    assert passed.find("failure") is None
    assert skipped.find("skipped") is not None
    told = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert told["basis"] == "assumption"
    assert told["capture a.pcap sha256"] == "cd"


@given(st.text(), st.text())
def test_junit_is_well_formed_whatever_a_finding_or_a_file_is_called(text: str, name: str) -> None:
    held = attempt(Finding("V10", Side.STATION, 0.9, (1,), text, ""))
    root = ET.fromstring(junit(run(held, file=name or "x")))
    assert root.find("testsuite/testcase/failure") is not None


def test_a_summary_without_a_key_says_what_it_rests_on_and_is_not_signed() -> None:
    made = run(attempt())
    found = json.loads(summary(made, junit(made)))
    assert found["answer"] == "pass"
    assert found["counts"] == {"pass": 1, "fail": 0, "inconclusive": 0}
    assert found["junit_sha256"] == hashlib.sha256(junit(made).encode()).hexdigest()
    assert found["captures_sha256"] == {"a.pcap": "cd"}
    with pytest.raises(UsageError, match="no signature"):
        verify(summary(made, junit(made)), KEY)


def signed() -> bytes:
    made = run(attempt())
    return summary(made, junit(made), KEY, "lab.key")


def test_a_signature_holds_with_its_key_alone() -> None:
    assert verify(signed(), KEY)
    assert not verify(signed(), bytes(32))
    assert signed() == signed()
    assert KEY.hex().encode() not in signed()


FIELDS = sorted(set(json.loads(signed())) - {"signature"})


@given(st.sampled_from(FIELDS))
def test_any_change_of_a_signed_summary_is_seen(field: str) -> None:
    body = json.loads(signed())
    body[field] = "other"
    assert not verify(json.dumps(body).encode(), KEY)
    del body[field]
    assert not verify(json.dumps(body).encode(), KEY)


def test_another_key_name_is_a_change_too() -> None:
    body = json.loads(signed())
    body["signature"]["key"] = "other.key"
    assert not verify(json.dumps(body).encode(), KEY)


@given(st.binary())
def test_what_is_no_summary_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(UsageError):
        verify(data, KEY)


def test_a_short_key_and_another_algorithm_are_refused() -> None:
    made = run(attempt())
    with pytest.raises(UsageError, match="32 bytes"):
        summary(made, junit(made), KEY[:31])
    body = json.loads(signed())
    body["signature"]["algorithm"] = "none"
    with pytest.raises(UsageError, match="algorithm"):
        verify(json.dumps(body).encode(), KEY)
