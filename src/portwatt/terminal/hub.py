"""One hub in as many lines as there are: what matters most stays when there are few."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.kpi.hub import HubFigures, figures
from portwatt.model.tariff import Band, bands
from portwatt.state import HubState
from portwatt.terminal.freight import (
    NARROW,
    NextTrain,
    freight_line,
    next_trains,
    train_columns,
    train_lines,
    truck_line,
)
from portwatt.terminal.glyphs import Glyphs, Line, bar, begun, clean, fitted
from portwatt.terminal.stations import counts_line, evse_lines, slot_lines
from portwatt.units import Window

_NEARLY_FULL = 0.9
_MOST_DETAIL = 6
"""Lines EVSEs and slots may take together before they are counted instead of drawn."""


class HubView(Struct, frozen=True):
    """A hub at a moment, with the figures its lines are made of."""

    state: HubState
    now: datetime
    fault: str
    figures: HubFigures
    trains: list[NextTrain]


def look(state: HubState, now: datetime, fault: str) -> HubView:
    """Reckon a hub once, for all its lines."""
    return HubView(state, now, fault, figures(state), next_trains(state, now))


def hub_lines(view: HubView, glyphs: Glyphs, width: int, rows: int) -> list[Line]:
    """At most `rows` lines (at least five) of at most `width` characters."""
    state = view.state
    head = [_title(view, glyphs, width), _load(view, glyphs, width), truck_line(view.figures, glyphs, width)]
    freight = [freight_line(view.figures, view.trains, glyphs, width)]
    detail = [*evse_lines(state, glyphs, width), *slot_lines(state, glyphs, width)]
    room = max(1, rows - len(head) - len(freight))
    if len(detail) > min(_MOST_DETAIL, room - 1):
        detail = [counts_line(state, glyphs)]
    room -= len(detail)
    columns = train_columns(width)
    needed = -(-len(view.trains) // columns)
    last = [_totals(view, glyphs)] if room > min(2, needed) else []
    shown = view.trains[: max(0, room - len(last)) * columns]
    lines = [*head, *detail, *freight, *train_lines(state, shown, view.now, glyphs, width), *last]
    return [fitted(line, width) for line in lines[:rows]]


def _title(view: HubView, glyphs: Glyphs, width: int) -> Line:
    hub = view.state.hub
    local = view.now.astimezone(ZoneInfo(hub.timezone))
    line = begun(f"{glyphs.rule * 2} ", "dim")
    line.append(clean(hub.id), style="bold reverse")
    if width >= NARROW:
        line.append(f" {clean(hub.name)}", style="bold")
    line.append(f"  {local:%d %b %H:%M:%S}")
    if view.fault:
        line.append(f"  {glyphs.warning} NOTHING IS ACKNOWLEDGED: {clean(view.fault)}", style="bold red")
    line.append(
        f"  {clean(hub.commissioning.replace('_', ' ').lower())}, {clean(hub.commissioning_basis)} ", style="dim"
    )
    if line.cell_len < width:
        line.append(glyphs.rule * (width - line.cell_len), style="dim")
    return line


def _load(view: HubView, glyphs: Glyphs, width: int) -> Line:
    known = view.figures
    share = known.site_load_kw / known.grid_limit_kw if known.grid_limit_kw > 0 else 1.0
    style = "bold red" if share > 1 else "yellow" if share >= _NEARLY_FULL else "green"
    filled, rest = bar(glyphs, share, max(8, width // 5))
    line = begun("load ", "dim")
    line.append(filled, style=style).append(rest, style="dim")
    line.append(f" {known.site_load_kw:.0f}/{known.grid_limit_kw:.0f} kW {100 * share:.0f} %", style=style)
    if share > 1:
        line.append(f" {glyphs.warning} OVER", style="bold red")
    if width >= NARROW:
        line.append(f" peak {known.peak_kw:.0f}", style="dim")
    unsure = "" if view.state.hub.tariff.verified else " (not verified)"
    line.append(glyphs.dot, style="dim").append(_price(view, brief=width < NARROW))
    return line.append(unsure, style="dim")


def _price(view: HubView, brief: bool) -> str:
    hub = view.state.hub
    zone = ZoneInfo(hub.timezone)
    try:
        coming = bands(hub.tariff, Window(view.now, view.now + timedelta(days=1)))
    except UsageError:
        return "no tariff for today"
    now = coming[0]
    until = next((b for b in coming[1:] if b.name is not now.name), None)
    text = _band(now) if brief else f"{_band(now)} {now.price.currency}/kWh"
    if until is not None and brief:
        return f"{text} to {until.window.start.astimezone(zone):%H:%M}"
    return f"{text} to {until.window.start.astimezone(zone):%H:%M}, then {_band(until)}" if until else text


def _band(band: Band) -> str:
    return f"{band.name.value.replace('_', ' ')} {band.price.as_per_kwh:.2f}"


def _totals(view: HubView, glyphs: Glyphs) -> Line:
    known, replanning = view.figures, view.state.replanning
    zone = ZoneInfo(view.state.hub.timezone)
    success = f"{100 * known.first_time_success:.0f} %" if known.first_time_success is not None else glyphs.none
    parts = [
        f"{known.energy_kwh:.0f} kWh",
        f"{known.cost:.0f} {view.state.hub.tariff.floating.currency}",
        f"first-time success {success} of {known.transactions}",
        f"swaps {known.swaps}" + (f", {known.swaps_failed} failed" if known.swaps_failed else ""),
        f"plans {known.plans_adopted}" + (f", {known.plans_rejected} rejected" if known.plans_rejected else ""),
    ]
    if replanning.adopted_at is not None:
        parts.append(f"last {replanning.adopted_at.astimezone(zone):%H:%M}")
    if replanning.computing is not None:
        parts.append("planning now")
    return begun("so far ", "dim").append(glyphs.dot.join(parts), style="none")
