"""The live view of all hubs on one screen, and what a pipe gets in its place."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol
from zoneinfo import ZoneInfo

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live

from portwatt.events import AnyEvent
from portwatt.ids import HubId
from portwatt.runtime.clock import Clock
from portwatt.state import HubState
from portwatt.terminal.glyphs import ASCII, UNICODE, Glyphs, Line, asciified, begun, clean, fitted
from portwatt.terminal.hub import HubView, hub_lines, look
from portwatt.terminal.news import News, news_of

_FRAME_S = 0.5
_PLAIN_S = 10.0
"""Seconds between two lines of a hub in a pipe."""
_NEWS_KEPT = 50
_NEWS_SHOWN = 4
_LEAST_ROWS = 5


class Watched(Protocol):
    """What the view needs of a hub loop."""

    @property
    def state(self) -> HubState:
        """The durable state."""

    @property
    def fault(self) -> str:
        """Why nothing can be acknowledged now; empty: all is well."""

    @property
    def clock(self) -> Clock:
        """The hub's clock."""

    def listen(self, listener: Callable[[Sequence[AnyEvent], HubState], None]) -> Callable[[], None]:
        """Call with every committed batch and the state after it; the value returned stops that."""


class LiveView:
    """Every hub with its last news. A rich renderable that fits whatever console it is printed on."""

    def __init__(self, loops: Mapping[HubId, Watched]) -> None:
        self._loops = loops
        self._news: deque[News] = deque(maxlen=_NEWS_KEPT)
        self._told = 0

    def note(self, events: Sequence[AnyEvent], state: HubState) -> None:
        """Keep what is news among committed events: a listener of a hub loop."""
        for event in events:
            news = news_of(state, event)
            if news is not None:
                self._news.append(news)
                self._told += 1

    def render(self, width: int, height: int, ascii_only: bool = False) -> list[Line]:
        """At most `height` lines of at most `width` characters."""
        glyphs = ASCII if ascii_only else UNICODE
        hubs = self._looks()
        shown = _NEWS_SHOWN if height >= 30 else 2 if height >= 20 else 0
        rows = max(_LEAST_ROWS, (height - shown) // max(1, len(hubs)))
        lines = [line for view in hubs for line in hub_lines(view, glyphs, width, rows)]
        spare = max(0, height - len(lines))
        latest = sorted(self._news, key=lambda n: n.at)[-spare:] if spare else []
        lines = [*lines, *(fitted(self._news_line(n, glyphs), width) for n in reversed(latest))][:height]
        return [asciified(line) for line in lines] if ascii_only else lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = options.height or console.height
        yield from self.render(options.max_width, max(1, height), options.ascii_only)

    async def run(self, console: Console, until: asyncio.Event) -> None:
        """Show the hubs until the event is set: a live screen, or plain lines where the console is no terminal."""
        stops = [loop.listen(self.note) for loop in self._loops.values()]
        try:
            if console.is_terminal and not console.is_dumb_terminal:
                await self._live(console, until)
            else:
                await self._plain(console, until)
        finally:
            for stop in stops:
                stop()

    async def _live(self, console: Console, until: asyncio.Event) -> None:
        with Live(self, console=console, auto_refresh=False, screen=True, vertical_overflow="crop") as live:
            while not await _set_within(until, _FRAME_S):
                live.refresh()

    async def _plain(self, console: Console, until: asyncio.Event) -> None:
        told = self._told
        while True:
            fresh = min(self._told - told, len(self._news))
            told = self._told
            for news in list(self._news)[len(self._news) - fresh :]:
                print_line(console, self._news_line(news, ASCII))
            for line in self.plain():
                print_line(console, line)
            if await _set_within(until, _PLAIN_S):
                return

    def plain(self) -> list[Line]:
        """Each hub in one line without signs: for a pipe or a log."""
        return [_plain_line(view) for view in self._looks()]

    def _looks(self) -> list[HubView]:
        return [look(loop.state, loop.clock.now(), loop.fault) for loop in self._loops.values()]

    def _news_line(self, news: News, glyphs: Glyphs) -> Line:
        zone = ZoneInfo(self._loops[news.hub].state.hub.timezone)
        mark = f"{glyphs.warning} " if news.bad else "  "
        line = begun(f"{news.at.astimezone(zone):%H:%M} ", "dim")
        line.append(mark, style="bold yellow").append(f"{clean(news.hub)} ", style="bold")
        return line.append(clean(news.text), style="none")


def print_line(console: Console, line: Line) -> None:
    """One line as it is: not wrapped, nothing in it read as markup."""
    console.print(asciified(line) if console.options.ascii_only else line, soft_wrap=True, highlight=False)


def _plain_line(view: HubView) -> Line:
    known = view.figures
    boxes = known.containers
    local = view.now.astimezone(ZoneInfo(view.state.hub.timezone)).isoformat(timespec="seconds")
    at_risk = sum(t.standing.at_risk for t in view.trains)
    busy = sum(n for word, n in known.trucks_by_activity.items() if word not in ("idle", "unavailable"))
    parts = [
        f"{local} {clean(view.state.hub.id)}: load {known.site_load_kw:.0f}/{known.grid_limit_kw:.0f} kW",
        f"trucks {busy}/{len(view.state.trucks)} busy",
        f"EVSEs {known.evses_by_status.get('Charging', 0)}/{len(view.state.hub.evse_by_id)} charging",
        f"moves {known.moves.served}+{known.moves.fallback}/{known.moves.total} delivered",
        f"containers {boxes.on_booked_train}+{boxes.rebooked}/{boxes.total}, {boxes.missed} missed, {at_risk} at risk",
        f"swaps {known.swaps}",
        f"plans {known.plans_adopted}",
    ]
    if view.fault:
        parts.append(f"FAULT {clean(view.fault)}")
    return Line(", ".join(parts))


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether an event was set within so many seconds of the machine's time: a screen follows no hub's clock."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
