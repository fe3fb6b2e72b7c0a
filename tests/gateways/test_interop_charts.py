from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from portwatt.gateways.interop_charts import Stretch, curves, limit_bar, over, seconds, stage_strip, thinned
from portwatt.interop.finding import Attempt, Finding, Outcome, Side, StageSpan

T0 = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def at(after: float) -> datetime:
    return T0 + timedelta(seconds=after)


def span(stage: str, start: float, end: float, limit: float | None = None) -> StageSpan:
    return StageSpan(stage, at(start), at(end), (1, 2), None if limit is None else timedelta(seconds=limit))


def attempt(**changes: object) -> Attempt:
    fields = {"stages": (), "findings": (), **changes}
    return Attempt(1, 1, "DIN 70121", Outcome.FAILED, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "words"), [(0.0123, "12 ms"), (0.25, "0.25 s"), (40.5, "40.5 s"), (119.0, "119 s"), (723.0, "12 min 3 s")]
)
def test_lengths_of_time_for_people(value: float, words: str) -> None:
    assert seconds(timedelta(seconds=value)) == words


def test_stages_lie_one_after_another_and_too_long_ones_stand_out() -> None:
    drawn = stage_strip(attempt(stages=(span("SLAC", 0, 25, 10), span("cable check", 50, 100, 60))))
    boxes = re.findall(r'<title>([^<]*)</title><rect x="([\d.]+)%" y="0" width="([\d.]+)%"[^>]*class="([^"]*)"', drawn)
    assert boxes == [
        ("SLAC: 25 s", "0.00", "25.00", "stage over"),
        ("cable check: 50 s", "50.00", "50.00", "stage odd"),
    ]
    ElementTree.fromstring(drawn)


def test_a_stage_that_took_no_time_can_still_be_seen() -> None:
    drawn = stage_strip(attempt(stages=(span("SLAC", 0, 100), span("stop", 100, 100))))
    assert '<rect x="99.85%" y="0" width="0.15%"' in drawn
    assert "<rect" in stage_strip(attempt(stages=(span("SLAC", 5, 5),)))


def test_an_attempt_without_stages_or_samples_draws_nothing() -> None:
    assert stage_strip(attempt()) == ""
    assert curves(attempt()) == ""
    assert curves(attempt(curve=((T0, None, None, None),))) == ""


def test_the_limit_stands_at_four_fifths_and_the_bar_ends_with_its_cell() -> None:
    half, double = limit_bar(span("a", 0, 20, 40)), limit_bar(span("a", 0, 80, 40))
    assert 'width="40.0%"' in half
    assert "stage over" not in half
    assert 'width="100.0%"' in double
    assert "stage over" in double
    assert limit_bar(span("a", 0, 80)) == ""
    assert [over(span("a", 0, 40, 40)), over(span("a", 0, 41, 40)), over(span("a", 0, 41))] == [False, True, False]


def test_curves_share_their_time_and_each_has_its_own_scale() -> None:
    samples = tuple((at(i), 400.0 + i, None if i < 5 else 10.0 * i, 50.0) for i in range(11))
    finding = Finding("V12", Side.STATION, 0.9, (1,), "shut <down>", "look", at=at(5))
    drawn = curves(attempt(curve=samples, findings=(finding,)))
    lines = dict(re.findall(r'<polyline points="([^"]*)" class="curve (\w+)"', drawn)[::-1])
    assert set(lines.values()) == {"volts", "amperes", "soc"}
    points = {name: text.split() for text, name in lines.items()}
    assert points["volts"][0] == "0.0,96.0"
    assert points["volts"][-1] == "1000.0,0.0"
    assert points["amperes"][0].startswith("500.0,")
    assert len(points["soc"]) == 11
    assert drawn.count('x1="50.00%"') == 3
    assert "V12: shut &lt;down&gt;" in drawn


def test_thinning_keeps_the_peaks() -> None:
    points = [(at(i / 10), 100.0) for i in range(20_000)]
    points[7_777] = (points[7_777][0], 900.0)
    points[12_345] = (points[12_345][0], -5.0)
    kept = list(thinned(points, Stretch(points[0][0], points[-1][0])))
    assert len(kept) <= 802
    assert {900.0, -5.0} <= {value for _, value in kept}
    assert kept == sorted(kept)
