from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gbt

from portwatt.gateways.captures import open_capture
from portwatt.gateways.interop_html import verdict_html
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.examine import examine
from portwatt.interop.finding import Attempt, Finding, Outcome, Side, StageSpan, Verdict
from portwatt.interop.twin_script import Silence

T0 = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EVIL = "<script>alert('x')</script>"
DATA = Path(__file__).parents[1] / "interop" / "data"


def words(page: str) -> str:
    body = page.partition("</style>")[2]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body)))


def test_nothing_from_a_capture_becomes_markup_and_nothing_is_fetched() -> None:
    finding = Finding("V17", Side.LINK, 0.5, (1, 2, 3, 4, 5), EVIL, EVIL)
    span = StageSpan(EVIL, T0, T0 + timedelta(seconds=1), (1, 2), completed=False)
    bad = Attempt(1, 1, EVIL, Outcome.FAILED, (span,), (finding,), {EVIL: EVIL}, ((T0, 1.0, 2.0, 3.0),))
    page = verdict_html(Verdict(EVIL, Outcome.FAILED, (bad,), (EVIL,)))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 8
    assert not re.search(r"(src|href|url)\s*[=(]\s*[\"']?(https?:|//)", page)
    assert "default-src &#x27;none&#x27;" in page


def test_the_first_cause_stands_at_the_top_with_side_and_remedy() -> None:
    path = next(DATA.glob("Opel*din.pcap"))
    verdict = examine(open_capture(path), path.name, gbt.LAYOUTS, load_v2g())
    first = verdict.first_finding
    assert first is not None
    told = words(verdict_html(verdict))
    assert told.index(f"Why: {first.side}") < told.index("Attempt 1 plug-in")
    assert first.remedy in told
    assert f"first cause {first.rule} {first.side}" in told
    for attempt in verdict.attempts:
        assert f"Attempt {attempt.number} plug-in {attempt.plug_in}, {attempt.protocol}" in told
        assert all(span.stage in told for span in attempt.stages)


def test_a_gbt_session_has_its_curves() -> None:
    page = verdict_html(gbt.examined(gbt.frames()))
    assert [name in page for name in ('"curve volts"', '"curve amperes"', '"curve soc"')] == [True] * 3
    assert "No rule found anything that explains a failure." in page


def test_a_gbt_session_that_fails_says_why() -> None:
    verdict = gbt.examined(gbt.frames(Silence("BCP")))
    first = verdict.first_finding
    assert first is not None
    assert f"Why: {first.side}" in words(verdict_html(verdict))


def test_findings_that_follow_or_are_tolerated_are_told_apart() -> None:
    findings = (
        Finding("V11", Side.STATION, 0.9, (1,), "ran for 41 s.", "Be quick."),
        Finding("V09", Side.STATION, 0.9, (2,), "rejected", "Correct it.", consequence=True),
        Finding("V10", Side.STATION, 0.4, (3,), "late", "Be quick.", quirk=True),
    )
    told = words(verdict_html(Verdict("f", Outcome.FAILED, (Attempt(1, 1, "p", Outcome.FAILED, (), findings),))))
    assert "Ran for 41 s. Be quick." in told
    assert "Rejected. (follows from the above)" in told
    assert "Late. (tolerated)" in told


def test_a_capture_without_a_session_says_so() -> None:
    told = words(verdict_html(Verdict("empty.pcap", Outcome.NO_SESSION, (), ("cut off at frame 7",))))
    assert "nothing in this capture is an attempt to charge" in told
    assert "cut off at frame 7" in told
