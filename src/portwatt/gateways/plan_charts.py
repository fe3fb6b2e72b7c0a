"""Two drawings of a plan: the site's power against its limit, and how long before the cut-off containers are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from portwatt.gateways.markup import Html, tag
from portwatt.gateways.plan_gantt import Axis, band_strip
from portwatt.planning.day import PlannedDay
from portwatt.planning.outlook import Delivery, Load, load_profile
from portwatt.units import Power

_HEIGHT = 190
_STRIP = 16
_SLACK_SHOWN = timedelta(hours=6)
_STEPS_KW = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)


def power_chart(day: PlannedDay, axis: Axis) -> Html:
    """Charging of trucks and of packs, one upon the other, under the grid limit, over the tariff bands."""
    loads = load_profile(day.plan)
    limits = [(step.start, step.power) for step in day.problem.grid]
    most = max([w.w for _, w in limits] + [load.total.w for load in loads] + [1]) * 1.12
    hours = [
        tag("text", f"{h.astimezone(axis.zone):%H}", x=f"{axis.x(h)}%", y=_STRIP + _HEIGHT + 14, class_="hourname")
        for h in axis.hours
        if h.astimezone(axis.zone).hour % 2 == 0 and axis.window.start < h < axis.window.end
    ]
    plot = tag(
        "svg",
        tag(
            "svg", band_strip(day, axis, height=_STRIP + _HEIGHT), width="100%", height=_STRIP + _HEIGHT, class_="bands"
        ),
        *_grid_lines(most),
        *_columns(axis, loads, most),
        *_limit(axis, limits, most),
        *hours,
        *_hover(axis, loads, limits),
        height=_STRIP + _HEIGHT + 18,
        width="100%",
        role="img",
        aria_label="Power over time against the grid limit",
    )
    return tag("div", _legend(), tag("div", _scale(most), tag("div", plot, class_="plot"), class_="power"))


def _legend() -> Html:
    return tag(
        "div",
        tag("span", tag("i", class_="sw trucks"), "charging trucks"),
        tag("span", tag("i", class_="sw packs"), "charging packs in slots (hatched)"),
        tag("span", tag("i", class_="sw limit"), "grid limit for charging"),
        tag("span", "bands: S sharp, P peak, F flat, V valley, D deep valley, with the price per kWh"),
        class_="legend",
    )


def _y(power: Power, most: float) -> float:
    """Pixels from the top of the drawing."""
    return round(_STRIP + _HEIGHT * (1 - power.w / most), 1)


def _columns(axis: Axis, loads: Sequence[Load], most: float) -> Iterator[Html]:
    """One column for each step of the load: packs below, trucks upon them."""
    floor = _y(Power(0), most)
    for load, after in pairwise(loads):
        x, width = axis.x(load.start), round(axis.x(after.start) - axis.x(load.start), 3)
        top, middle = _y(load.total, most), _y(load.packs, most)
        if load.trucks.w:
            yield tag("rect", x=f"{x}%", width=f"{width}%", y=top, height=round(middle - top, 1), class_="load trucks")
        if load.packs.w:
            yield tag(
                "rect", x=f"{x}%", width=f"{width}%", y=middle, height=round(floor - middle, 1), class_="load packs"
            )


def _limit(axis: Axis, limits: Sequence[tuple[datetime, Power]], most: float) -> Iterator[Html]:
    """The limit as steps: a level for each, and a riser where it changes."""
    for (at, limit), (until, following) in pairwise([*limits, (axis.window.end, limits[-1][1])]):
        x1, x2, y1, y2 = f"{axis.x(at)}%", f"{axis.x(until)}%", _y(limit, most), _y(following, most)
        yield tag("line", x1=x1, x2=x2, y1=y1, y2=y1, class_="limit")
        if y1 != y2:
            yield tag("line", x1=x2, x2=x2, y1=y1, y2=y2, class_="limit")


def _ticks(most: float) -> list[int]:
    step = next((s for s in _STEPS_KW if most / 1_000 / s <= 5), _STEPS_KW[-1])
    return list(range(0, int(most / 1_000) + 1, step))


def _grid_lines(most: float) -> Iterator[Html]:
    for kw in _ticks(most)[1:]:
        y = _y(Power.kw(kw), most)
        yield tag("line", x1=0, x2="100%", y1=y, y2=y, class_="hour")


def _scale(most: float) -> Html:
    texts = [
        tag("text", f"{kw:,} kW".replace(",", "\u202f"), x="100%", dx=-6, y=_y(Power.kw(kw), most) + 4)
        for kw in _ticks(most)
    ]
    return tag("svg", *texts, width="100%", height=_STRIP + _HEIGHT + 18, class_="scale", aria_hidden="true")


def _hover(axis: Axis, loads: Sequence[Load], limits: Sequence[tuple[datetime, Power]]) -> Iterator[Html]:
    """An unseen bar for each quarter of an hour that tells its figures when pointed at."""
    quarter = timedelta(minutes=15)
    at, here = axis.window.start, -1
    while at < axis.window.end:
        while here + 1 < len(loads) and loads[here + 1].start <= at:
            here += 1
        drawn = loads[here] if here >= 0 else Load(at, Power(0), Power(0))
        limit = max((step for step in limits if step[0] <= at), default=limits[0])[1]
        words = (
            f"{axis.local(at)}\ntrucks {drawn.trucks.as_kw:.0f} kW, packs {drawn.packs.as_kw:.0f} kW"
            f"\nlimit {limit.as_kw:.0f} kW"
        )
        width = round(axis.x(at + quarter) - axis.x(at), 3)
        box = tag("rect", x=f"{axis.x(at)}%", width=f"{width}%", y=0, height=_STRIP + _HEIGHT, class_="hover")
        yield tag("g", tag("title", words), box)
        at += quarter


def slack_strip(deliveries: Sequence[Delivery]) -> Html:
    """One mark a container, six hours before the cut-off at the left, the cut-off at the line; after it: red."""
    span = _SLACK_SHOWN * 1.15
    marks = []
    for delivery in deliveries:
        share = (_SLACK_SHOWN - delivery.slack) / span
        x = f"{100 * min(0.99, max(0.005, share)):.1f}%"
        late = delivery.slack < timedelta(0)
        marks.append(tag("line", x1=x, x2=x, y1=1 if late else 4, y2=15, class_="late" if late else "early"))
    line = f"{100 / 1.15:.1f}%"
    return tag(
        "svg",
        tag("line", x1=0, x2="100%", y1=15.5, y2=15.5, class_="hour"),
        *marks,
        tag("line", x1=line, x2=line, y1=0, y2=16, class_="cut"),
        width=150,
        height=17,
        class_="slack",
        role="img",
        aria_label=f"{len(deliveries)} deliveries against the cut-off",
    )
