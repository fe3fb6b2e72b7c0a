from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.config.faults import MOST_FAULTS, Fault, FaultyFileError
from portwatt.gateways.cells import Clock, Column, Row, read_table

CLOCK = Clock(ZoneInfo("Asia/Shanghai"), None)
SIX = datetime(2026, 11, 23, 22, tzinfo=UTC)
COLUMNS = (Column("id", ("truck", "车牌"), True, "name"), Column("cut_off", (), False, "last delivery"))


def row(cell: object, clock: Clock = CLOCK) -> tuple[Row, list[Fault]]:
    faults: list[Fault] = []
    return Row("t.csv", 7, {"a": cell}, clock, faults), faults


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-24 06:00",
        "2026-11-24T06:00",
        " 2026-11-24 06:00:00 ",
        "2026/11/24 6:00",
        "2026年11月24日 06:00",
        "2026-11-23T22:00Z",
        "2026-11-24 07:00+09:00",
        datetime(2026, 11, 24, 6),  # noqa: DTZ001 - as openpyxl gives a date cell
        datetime(2026, 11, 24, 5, 59, 59, 999_990),  # noqa: DTZ001 - so rounded by some programs
        datetime(2026, 11, 24, 6, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_times_as_people_and_spreadsheets_write_them(cell):
    assert CLOCK.moment(cell) == SIX


def test_a_time_of_day_needs_a_day():
    assert Clock(ZoneInfo("Asia/Shanghai"), date(2026, 11, 24)).moment("06:00") == SIX
    assert Clock(ZoneInfo("Asia/Shanghai"), date(2026, 11, 24)).moment(time(6)) == SIX
    with pytest.raises(ValueError, match="06:00 has no date"):
        CLOCK.moment("06:00")


@pytest.mark.parametrize(
    "cell",
    [
        "tomorrow",
        "24.11.2026 06:00",
        "2026-13-01 06:00",
        46350.25,
        True,
        "1999-12-31 06:00",
        "9999-12-31T23:59-23:00",
        "2026-11-24",
        date(2026, 11, 24),
        "",
    ],
)
def test_what_is_no_time_is_told(cell):
    with pytest.raises(ValueError, match=r"time|date|years"):
        CLOCK.moment(cell)


def test_a_local_time_that_does_not_exist_is_told():
    berlin = Clock(ZoneInfo("Europe/Berlin"), None)
    with pytest.raises(ValueError, match="does not exist"):
        berlin.moment("2026-03-29 02:30")


@given(st.text(max_size=30) | st.floats() | st.integers() | st.datetimes() | st.times() | st.dates() | st.booleans())
def test_any_cell_is_a_moment_or_a_fault(cell):
    found, faults = row(cell, Clock(ZoneInfo("Asia/Shanghai"), date(2026, 11, 24)))
    moment = found.moment("a")
    assert (moment is None) == bool(faults)
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(("cell", "number"), [(80, 80), ("80", 80), (" 80.5 % ", 80.5), ("80%", 80), (0.0, 0)])
def test_numbers(cell, number):
    found, faults = row(cell)
    assert found.number_in("a", 0, 100) == number
    assert not faults


@pytest.mark.parametrize("cell", ["full", "nan", "inf", "-1", 101, True, "1e999", "8O", "80 kWh"])
def test_what_is_no_number_is_told(cell):
    found, faults = row(cell)
    assert found.number_in("a", 0, 100, 50) == 50
    assert faults[0].place == "row 7, column a"
    assert "not a number from 0 to 100" in faults[0].message


@pytest.mark.parametrize(
    ("cell", "text"), [("  X ", "X"), (75052.0, "75052"), (75052, "75052"), (1.5, "1.5"), (None, "-")]
)
def test_text_is_as_a_spreadsheet_shows_it(cell, text):
    assert row(cell)[0].text("a", "-") == text


@pytest.mark.parametrize("cell", ["x" * 101, "a\x07b", "a\nb", "\u202eabc"])
def test_text_that_cannot_be_shown_is_told(cell):
    found, faults = row(cell)
    assert found.text("a") == ""
    assert len(faults) == 1


def test_yes_and_no():
    assert [row(cell)[0].flag("a") for cell in ("Yes", 1, True, "是", "no", 0, None)] == [True] * 4 + [False] * 3
    found, faults = row("perhaps")
    assert not found.flag("a")
    assert "neither yes nor no" in faults[0].message


def test_names_are_those_known():
    found, faults = row("HUBB")
    assert found.name("a", ["HUB"], "places") == ""
    assert faults == [Fault("row 7, column a", "'HUBB' is not among the places; did you mean 'HUB'?")]


def test_a_hopeless_table_is_given_up():
    found, faults = row("x")
    for _ in range(MOST_FAULTS - 1):
        found.wrong("a", "is wrong")
    with pytest.raises(FaultyFileError) as caught:
        found.wrong("a", "is wrong")
    assert "and so on" in caught.value.faults[-1].message
    assert len(faults) == MOST_FAULTS


def table(tmp_path, text: str) -> tuple[list[Row], list[Fault]]:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    faults: list[Fault] = []
    return list(read_table(path, COLUMNS, CLOCK, faults)), faults


@pytest.mark.parametrize("head", ["id,Cut-off", "车牌,CUT OFF", "Truck,cut_off"])
def test_columns_by_any_of_their_names(tmp_path, head):
    ((found,), faults) = table(tmp_path, f"{head},remark\nT1,2026-11-24 06:00,hello\n")
    assert (found.text("id"), found.moment("cut_off"), found.number, faults) == ("T1", SIX, 2, [])


def test_an_empty_cell_that_is_needed_is_told(tmp_path):
    _, faults = table(tmp_path, "id,cut_off\n,2026-11-24 06:00\n")
    assert faults == [Fault("row 2, column id", "is empty; fill it in")]


def test_a_head_that_does_not_name_the_columns_is_refused_whole(tmp_path):
    with pytest.raises(FaultyFileError) as caught:
        table(tmp_path, "cut_of,cut_off,Cut-Off\n1,2,3\n")
    assert [f.message for f in caught.value.faults] == [
        "the column 'cut_of' is not known; did you mean 'cutoff'?",
        "the column cut_off is there twice; keep one",
        "the column id is missing: name",
    ]
