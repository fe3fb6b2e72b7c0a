from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import gbt
import pytest
from pypdf import PdfReader

from portwatt.errors import UsageError
from portwatt.gateways.captures import open_capture
from portwatt.gateways.interop_pdf import verdict_pdf
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.examine import examine
from portwatt.interop.finding import Attempt, Finding, Outcome, Side, StageSpan, Verdict

T0 = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "interop" / "data"


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def hostile(text: str) -> Verdict:
    finding = Finding("V17", Side.LINK, 0.5, (1, 2, 3, 4, 5), text, text)
    span = StageSpan(text, T0, T0 + timedelta(seconds=1), (1, 2), completed=False)
    bad = Attempt(1, 1, text, Outcome.FAILED, (span,), (finding,), {text: text}, ((T0, 1.0, 2.0, 3.0),))
    return Verdict(text, Outcome.FAILED, (bad,), (text,))


def test_the_first_cause_stands_before_the_attempts_with_side_and_remedy() -> None:
    path = next(DATA.glob("Opel*din.pcap"))
    verdict = examine(open_capture(path), path.name, gbt.LAYOUTS, load_v2g())
    first = verdict.first_finding
    assert first is not None
    pdf = verdict_pdf(verdict)
    assert pdf.startswith(b"%PDF")
    told = words(pdf)
    assert told.index(f"Why: {first.side}") < told.index("Attempt 1")
    assert first.remedy in told
    for attempt in verdict.attempts:
        assert f"plug-in {attempt.plug_in}, {attempt.protocol}" in told
        assert all(span.stage in told for span in attempt.stages)


def test_a_gbt_session_is_a_page_or_two_and_always_the_same_bytes() -> None:
    verdict = gbt.examined(gbt.frames())
    pdf = verdict_pdf(verdict)
    assert 1 <= len(PdfReader(BytesIO(pdf)).pages) <= 2
    assert "No rule found anything that explains a failure." in words(pdf)
    assert verdict_pdf(verdict) == pdf


def test_nothing_from_a_capture_becomes_markup() -> None:
    told = words(verdict_pdf(hostile('<b>&amp;</para><img src="x"/>')))
    assert told.count("&amp;</para>") >= 6


@pytest.mark.parametrize("text", ["x" * 3000, "word " * 2000, "换电" * 1000, "\x00\ud800\U0001f600ж", ""])
def test_any_text_fits_somehow(text: str) -> None:
    assert len(PdfReader(BytesIO(verdict_pdf(hostile(text)))).pages) >= 1


def test_chinese_is_set_in_a_chinese_face() -> None:
    pdf = verdict_pdf(hostile("洋山港 6 号"))
    assert "洋山港" in words(pdf)
    assert b"STSong-Light" in pdf


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portwatt.gateways.interop_pdf.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"portwatt\[interop\]"):
        verdict_pdf(Verdict("f", Outcome.NO_SESSION, ()))
