from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.state import HubState
from portwatt.terminal.glyphs import ASCII, UNICODE
from portwatt.terminal.hub import hub_lines, look


def text(state: HubState, width: int = 120, rows: int = 14, fault: str = "") -> str:
    return "\n".join(line.plain for line in hub_lines(look(state, state.at, fault), UNICODE, width, rows))


def test_says_what_a_person_decides_by_and_how_sure_it_is(morning: HubState) -> None:
    shown = text(morning, width=200)
    for words in (morning.hub.name, morning.hub.commissioning_basis, "not verified", "CNY/kWh", "first-time success"):
        assert words in shown


@pytest.mark.parametrize("rows", [5, 6, 7, 9, 12, 20])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_fits_the_room_it_is_given(morning: HubState, width: int, rows: int) -> None:
    lines = hub_lines(look(morning, morning.at, ""), UNICODE, width, rows)
    assert 5 <= len(lines) <= rows
    assert all(line.cell_len <= width for line in lines)


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 200), st.integers(5, 30))
def test_fits_any_room(width: int, rows: int) -> None:
    state = _STATE[0]
    lines = hub_lines(look(state, state.at, ""), ASCII, width, rows)
    assert len(lines) <= rows
    assert all(line.cell_len <= width for line in lines)


_STATE: list[HubState] = []


@pytest.fixture(autouse=True)
def _held(morning: HubState) -> None:
    _STATE[:] = [morning]


def test_few_rows_keep_the_load_the_trucks_and_the_containers(morning: HubState) -> None:
    shown = text(morning, 80, 5)
    for word in ("load", "trucks", "EVSEs", "boxes"):
        assert word in shown


def test_a_load_above_the_limit_cannot_be_missed(morning: HubState) -> None:
    over = replace(morning.totals, load=morning.grid_limit.scaled(1.2))
    assert "OVER" in text(morning.having(totals=over))
    assert "OVER" not in text(morning)


def test_a_store_that_failed_is_said_first(morning: HubState) -> None:
    assert "NOTHING IS ACKNOWLEDGED: disk is full" in text(morning, 160, fault="disk is full").splitlines()[0]


def test_a_month_without_tariff_is_said_and_ends_nothing(morning: HubState) -> None:
    hub = replace(morning.hub, tariff=replace(morning.hub.tariff, seasons=()))
    assert "no tariff for today" in text(morning.having(hub=hub))


def test_names_from_outside_are_data(morning: HubState) -> None:
    hub = replace(morning.hub, name="[red]x[/red]\x1b[2J")
    assert "[red]x[/red]�[2J" in text(morning.having(hub=hub))


def test_ascii_terminals_get_ascii(morning: HubState) -> None:
    lines = hub_lines(look(morning, morning.at, ""), ASCII, 300, 20)
    assert all(line.plain.isascii() for line in lines)
