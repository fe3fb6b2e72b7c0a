"""Trains, containers and trucks of a hub in a line or two each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from portwatt.kpi.hub import HubFigures
from portwatt.kpi.trains import TrainStanding, standings
from portwatt.model.train import Direction
from portwatt.state import HubState
from portwatt.state.trains import TrainState
from portwatt.terminal.glyphs import Glyphs, Line, begun, clean, fitted

AHEAD = timedelta(hours=12)
"""Trains are shown this long before what rules their containers."""
_COLUMN = 56
NARROW = 100
"""Below this many characters a line says less, in shorter words."""
_SHORT = {"drive loaded": "loaded", "drive empty": "empty", "unavailable": "out"}
_ORDER = (
    "drive loaded",
    "drive empty",
    "load",
    "unload",
    "charge",
    "swap",
    "wait",
    "idle",
    "unavailable",
)


class NextTrain(Struct, frozen=True):
    """A train that is still to be worked: the moment that rules its containers and how they stand."""

    train: TrainState
    moment: datetime
    standing: TrainStanding


def next_trains(state: HubState, now: datetime) -> list[NextTrain]:
    """Trains not gone whose cut-off or availability is near, the soonest first; last those past it with work left."""
    found = []
    for name, standing in standings(state).items():
        train = state.trains[name]
        moment = train.cut_off if train.run.direction is Direction.OUTBOUND else train.available
        if moment is None or train.cancelled or moment - now > AHEAD or not standing.containers:
            continue
        left = standing.open + standing.on_the_way
        if train.departed or (moment < now and not left):
            continue
        found.append(NextTrain(train, moment, standing))
    return sorted(found, key=lambda t: (t.moment < now, t.moment, t.train.run.id))


def train_columns(width: int) -> int:
    """How many trains stand side by side."""
    return max(1, width // _COLUMN)


def train_lines(state: HubState, trains: list[NextTrain], now: datetime, glyphs: Glyphs, width: int) -> Iterator[Line]:
    """The trains side by side where there is room."""
    columns = train_columns(width)
    cells = [_train(train, state, now, glyphs) for train in trains]
    for first in range(0, len(cells), columns):
        line = Line()
        for cell in cells[first : first + columns]:
            line.append_text(fitted(cell, min(width, _COLUMN) - 2))
            line.pad_right(max(0, min(width, _COLUMN) - cell.cell_len))
        line.rstrip()
        yield line


def _train(row: NextTrain, state: HubState, now: datetime, glyphs: Glyphs) -> Line:
    run, known = row.train.run, row.standing
    outbound = run.direction is Direction.OUTBOUND
    local = row.moment.astimezone(ZoneInfo(state.hub.timezone))
    line = begun(f"{glyphs.out if outbound else glyphs.into} {clean(run.number):<8} ", "bold")
    line.append(f"{'cut-off' if outbound else 'ready':<7} {local:%H:%M} ", style="none")
    line.append(f"{_left(row.moment - now):>6} ", style="dim")
    line.append(f"{known.delivered}/{known.containers}", style="green")
    if known.late:
        line.append(f" {glyphs.warning}{known.late} late", style="bold red")
    if known.at_risk:
        line.append(f" {glyphs.warning}{known.at_risk} risk", style="bold yellow")
    if known.on_the_way:
        line.append(f" {known.on_the_way} on way")
    return line


def _left(left: timedelta) -> str:
    minutes = round(abs(left).total_seconds() / 60)
    return f"{'-' if left < timedelta(0) else ''}{minutes // 60}h{minutes % 60:02d}"


def truck_line(figures: HubFigures, glyphs: Glyphs, width: int) -> Line:
    """Trucks by what they do now."""
    counted = figures.trucks_by_activity
    line = begun(f"trucks {sum(counted.values())}  ", "dim")
    rest = [word for word in counted if word not in _ORDER]
    shown = [(word, counted[word]) for word in (*_ORDER, *rest) if counted.get(word)]
    for n, (word, count) in enumerate(shown):
        style = "red" if word == "unavailable" else "dim" if word in ("idle", "wait") else "bold"
        line.append(glyphs.dot if n else "", style="dim")
        line.append(str(count), style=style)
        line.append(f" {_SHORT.get(word, word) if width < NARROW else word}", style="none")
    return line


def freight_line(figures: HubFigures, trains: list[NextTrain], glyphs: Glyphs, width: int) -> Line:
    """Containers with a train, and every move."""
    boxes, moves = figures.containers, figures.moves
    risk = sum(t.standing.at_risk for t in trains)
    line = begun(f"{'boxes' if width < NARROW else 'containers'} {boxes.total}  ", "dim")
    line.append(f"{boxes.on_booked_train}", style="green").append(" in time")
    line.append(glyphs.dot, style="dim").append(f"{boxes.rebooked} rebooked")
    line.append(glyphs.dot, style="dim").append(f"{boxes.missed} missed", style="bold red" if boxes.missed else "none")
    line.append(glyphs.dot, style="dim").append(f"{risk} at risk", style="bold yellow" if risk else "none")
    if width < NARROW:
        return line.append(f"{glyphs.dot}moves ", style="dim").append(f"{moves.served + moves.fallback}/{moves.total}")
    line.append(f"   moves {moves.total}  ", style="dim")
    line.append(f"{moves.served} delivered{glyphs.dot}{moves.under_way} on the way{glyphs.dot}{moves.unserved} open")
    if moves.fallback:
        line.append(f"{glyphs.dot}{moves.fallback} by fallback", style="yellow")
    return line
