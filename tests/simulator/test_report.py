from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from msgspec.structs import replace
from rich.console import Console

from portwatt.ids import MoveId
from portwatt.simulator.audit import Wrong, WrongKind
from portwatt.simulator.report import report
from portwatt.simulator.result import HubResult, UnservedMove, Violations, merged
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.virtual import simulate_hub


@pytest.fixture(scope="module")
def day(small: Scenario) -> HubResult:
    return simulate_hub(small, 2, 7, undisturbed=True)


def _text(*hubs: HubResult) -> str:
    out = StringIO()
    Console(width=160, file=out).print(report(merged(hubs, 1.0)))
    return out.getvalue()


def test_the_report_names_the_figures_of_the_day(day: HubResult) -> None:
    text = _text(day)
    assert "Small test hub" in text
    assert f"{day.moves.served} / {day.moves.fallback} / {day.moves.unserved}" in text
    assert f"{day.energy_kwh:,.0f} kWh" in text
    assert "X101-20261124" in text
    assert "violation " not in text


def test_trains_are_shown_in_local_time(day: HubResult) -> None:
    (row,) = (line for line in _text(day).splitlines() if "X111-20261124" in line)
    assert "24 00:30" in row


def test_a_train_that_is_yet_to_run_has_no_real_time(day: HubResult) -> None:
    assert {train.actual is None for train in day.trains} == {True, False}
    for train in (t for t in day.trains if t.containers):
        (row,) = (line for line in _text(day).splitlines() if train.train in line)
        cells = [cell.strip() for cell in row.strip("│").split("│")]
        assert (cells[3] == "–") == (train.actual is None)
        assert cells[5:] == [str(train.in_time), str(train.to_come or "–")]


def test_what_went_wrong_is_said_and_what_is_too_much_is_counted(day: HubResult) -> None:
    wrong = Wrong(datetime(2026, 11, 24, 1, tzinfo=UTC), WrongKind.GRID, "the site draws too much")
    move = UnservedMove(MoveId("M1"), "no_time", "no truck can be there")
    rare = tuple(UnservedMove(MoveId(f"R{n}"), "no_time", f"reason {n}") for n in range(8))
    bad = replace(
        day,
        violations=Violations(20, (wrong,) * 20),
        unserved=(move,) * 20 + rare,
        moves=replace(day.moves, unserved=28),
    )
    text = _text(bad)
    assert text.count("the site draws too much") == 8
    assert "and 12 more violations" in text
    assert "20 not delivered (M1, M1, M1 and others): no truck can be there" in text
    assert "1 not delivered (R6): reason 6" in text
    assert "reason 7" not in text
    assert "28 not delivered altogether" in text


def test_what_was_still_to_come_is_one_line(day: HubResult) -> None:
    to_come = tuple(UnservedMove(MoveId(f"M{n}"), "planned", "later") for n in range(30))
    text = _text(replace(day, unserved=to_come, moves=replace(day.moves, unserved=30)))
    assert "30 moves were on the way or planned for later" in text
    assert "not delivered" not in text
