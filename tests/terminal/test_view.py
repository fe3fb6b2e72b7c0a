"""The whole screen, printed to real consoles of several kinds."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console

from portwatt.events import StationDisconnected, TruckUnavailable
from portwatt.state import HubState
from portwatt.terminal.view import LiveView, print_line

Loops = Mapping[Any, Any]
"""Of the hub loops made in conftest.py."""


def screen(view: LiveView, width: int, height: int, **options: Any) -> str:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, _environ={}, **options)
    console.print(view, end="")
    printed = console.file
    assert isinstance(printed, io.StringIO)
    return printed.getvalue()


def recorded(view: LiveView, width: int, height: int) -> str:
    console = Console(record=True, file=io.StringIO(), width=width, height=height, force_terminal=True, _environ={})
    console.print(view)
    return console.export_text()


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24), (200, 60)])
def test_three_hubs_fit_the_screen(loops: Loops, width: int, height: int) -> None:
    lines = recorded(LiveView(loops), width, height).splitlines()
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    for name in loops:
        assert any(name in line for line in lines)
    assert sum(line.startswith("load ") for line in lines) == 3


def test_a_wide_screen_draws_each_evse_a_narrow_one_counts_them(loops: Loops) -> None:
    place = next(iter(loops.values())).state.hub.stations[0].place
    assert f"EVSEs {place}" in recorded(LiveView(loops), 120, 40)
    assert "packs ready" in recorded(LiveView(loops), 80, 18)


def test_the_newest_news_stands_first_at_the_foot(loops: Loops) -> None:
    view = LiveView(loops)
    loop = loops["NORTH"]
    loop.listen(view.note)
    truck = next(iter(loop.state.trucks))
    loop.tell(
        StationDisconnected(at=loop.state.at, station=loop.state.hub.stations[0].id, reason="silent"),
    )
    loop.tell(TruckUnavailable(at=loop.state.at + timedelta(minutes=1), truck=truck, reason="tyre"))
    last = recorded(view, 120, 40).splitlines()[-2:]
    assert "NORTH truck" in last[0]
    assert "tyre" in last[0]
    assert "silent" in last[1]


def test_words_from_stations_are_never_markup_nor_commands(loops: Loops) -> None:
    view = LiveView(loops)
    loop = loops["EAST"]
    loop.listen(view.note)
    station = loop.state.hub.stations[0].id
    loop.tell(StationDisconnected(at=loop.state.at, station=station, reason="[bold]x[/bold]\x1b[2J\x07\nfake line"))
    shown = screen(view, 160, 40)
    assert "[bold]x[/bold]" in shown
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
    assert "\nfake line" not in shown


def test_without_colour_nothing_is_lost(loops: Loops) -> None:
    coloured = Console(file=io.StringIO(), width=120, height=40, force_terminal=True, color_system="truecolor")
    plain = screen(LiveView(loops), 120, 40, no_color=True)
    for code in ("\x1b[3", "38;2", "38;5"):
        assert code not in plain.replace("\x1b[3m", "")
    with coloured.capture() as capture:
        coloured.print(LiveView(loops))
    assert "\x1b[32m" in capture.get() or "\x1b[0;32m" in capture.get() or "32m" in capture.get()
    assert recorded(LiveView(loops), 120, 40).splitlines()[0].startswith("── EAST")


def test_a_terminal_without_unicode_gets_ascii(loops: Loops) -> None:
    loops["EAST"].state = named(loops["EAST"].state, "北仑")
    view = LiveView(loops)
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    console = Console(file=file, width=100, height=40, force_terminal=True, no_color=True, _environ={})
    console.print(view)
    for line in view.plain():
        print_line(console, line)
    file.flush()
    assert b" ??" in raw.getvalue()
    assert b"0/1000 kW" in raw.getvalue()


def named(state: HubState, name: str) -> HubState:
    return state.having(hub=replace(state.hub, name=name))


async def test_a_pipe_gets_plain_lines_and_the_news_once(loops: Loops) -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    view = LiveView(loops)
    until = asyncio.Event()
    running = asyncio.create_task(view.run(console, until))
    await asyncio.sleep(0)
    assert all(loop.listeners for loop in loops.values())
    until.set()
    await running
    assert not any(loop.listeners for loop in loops.values())
    file = console.file
    assert isinstance(file, io.StringIO)
    lines = file.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == [f"{name}:" for name in loops]
    assert all("\x1b" not in line and " kW, trucks " in line for line in lines)


async def test_a_terminal_gets_a_screen_and_has_it_taken_away(loops: Loops) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, height=40, _environ={})
    until = asyncio.Event()
    running = asyncio.create_task(LiveView(loops).run(console, until))
    await asyncio.sleep(0)
    until.set()
    await running
    file = console.file
    assert isinstance(file, io.StringIO)
    shown = file.getvalue()
    assert shown.index("\x1b[?1049h") < shown.index("EAST") < shown.rindex("\x1b[?1049l")


async def test_the_listeners_go_when_the_view_is_cancelled(loops: Loops) -> None:
    console = Console(file=io.StringIO(), force_terminal=False)
    running = asyncio.create_task(LiveView(loops).run(console, asyncio.Event()))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(loop.listeners for loop in loops.values())


def test_a_fault_is_in_the_plain_line(loops: Loops) -> None:
    loops["SOUTH"].fault = "disk is full"
    assert "FAULT disk is full" in LiveView(loops).plain()[2].plain
