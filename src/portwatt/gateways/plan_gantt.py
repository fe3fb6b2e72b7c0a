"""The Gantt of a plan: one row a truck, time across, as SVG in percent of its width.

Percent, because then the width of the box is the zoom, and a style sheet alone can change it: no script. What a bar
shows (a letter, or more where there is room) is chosen here for each of the zooms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from portwatt.gateways.markup import Html, join, tag
from portwatt.ids import MoveId
from portwatt.model.plan import Activity, ActivityKind, FallbackUse, Route
from portwatt.model.tariff import BandName
from portwatt.model.train import Direction, TrainRun
from portwatt.model.truck import Truck, shifts
from portwatt.planning.day import PlannedDay
from portwatt.planning.outlook import carried
from portwatt.units import Window

ROW = 26
_BAR = 15
_TRAIN_ROW = 15
_NOMINAL_PX = 1_060
"""Width of the drawing on a page of 1280: what labels are fitted to at zoom 1."""
_CHARACTER_PX = 5.6
ZOOMS = (1, 2, 4, 8)

BAND_LETTER = {
    BandName.SHARP: "S",
    BandName.PEAK: "P",
    BandName.FLAT: "F",
    BandName.VALLEY: "V",
    BandName.DEEP_VALLEY: "D",
}

_LEGEND = (
    ("loaded", "D", "drive, loaded"),
    ("empty", "d", "drive, empty"),
    ("load", "L", "load"),
    ("unload", "U", "unload"),
    ("wait", "w", "wait"),
    ("charge", "C", "charge"),
    ("swap", "S", "swap packs"),
    ("fallback", "F", "fallback"),
)


class Axis(Struct, frozen=True):
    """The stretch of time a drawing shows, in whole local hours."""

    window: Window
    zone: ZoneInfo

    def x(self, moment: datetime) -> float:
        """Where a moment stands, in percent of the width."""
        share = (moment - self.window.start) / self.window.length
        return round(100 * min(1.0, max(0.0, share)), 3)

    def local(self, moment: datetime, form: str = "%H:%M") -> str:
        """A moment on the hub's clock."""
        return moment.astimezone(self.zone).strftime(form)

    @property
    def hours(self) -> Iterator[datetime]:
        """Every whole hour shown, UTC."""
        at = self.window.start
        while at <= self.window.end:
            yield at
            at += timedelta(hours=1)

    def label(self, window: Window, long: str, short: str) -> Iterator[tuple[str, str]]:
        """Which text fits a bar, as (class, text): ``z1 z2`` means shown at zooms 1 and 2."""
        shown: dict[str, list[str]] = {}
        for zoom in ZOOMS:
            room = window.length / self.window.length * _NOMINAL_PX * zoom
            text = long if len(long) * _CHARACTER_PX + 4 <= room else short
            if text and len(text) * _CHARACTER_PX + 0.5 <= room:
                shown.setdefault(text, []).append(f"z{zoom}")
        for text, zooms in shown.items():
            yield " ".join(zooms), text


def axis_of(day: PlannedDay) -> Axis:
    """From the first thing that happens to the last, a train's moments before the end included, in whole hours.

    Within the plan's horizon, and at least six hours.
    """
    plan = day.plan
    windows = [a.window for r in plan.routes for a in r.activities if a.kind is not ActivityKind.WAIT]
    windows += [u.window for u in plan.fallbacks]
    end = max((w.end for w in windows), default=plan.horizon.start)
    starts = [w.start for w in windows] + [at for train in day.request.trains for _, at in moments_of(train)]
    start = max(plan.horizon.start, min((at for at in starts if at < end), default=plan.horizon.start))
    start = start.replace(minute=0, second=0, microsecond=0)
    length = max(timedelta(hours=6), -((start - end) // timedelta(hours=1)) * timedelta(hours=1))
    return Axis(Window(start, start + length), ZoneInfo(day.request.hub.timezone))


def gantt(day: PlannedDay, axis: Axis) -> Html:
    """The whole drawing with its legend and zooms: a table, so that on paper its head stands on every page."""
    zooms = [
        tag("input", type="radio", name="zoom", id=f"zoom{z}", checked="checked" if z == 1 else None) for z in ZOOMS
    ]
    labels = [tag("label", "fit" if z == 1 else f"{z}×", for_=f"zoom{z}") for z in ZOOMS]
    corner = tag("th", tag("b", "Truck"), tag("small", "moves · least SoC"), class_="corner", scope="col")
    head = tag("thead", tag("tr", corner, tag("th", _axis_svg(day, axis), class_="axis", scope="col")))
    rows = [_route(day, axis, route) for route in _sorted_routes(day)]
    rows += [_fallback_lane(axis, lane) for lane in _fallback_lanes(day.plan.fallbacks)]
    return tag(
        "div",
        *zooms,
        tag("div", _legend(), tag("div", "zoom ", *labels, class_="zooms"), class_="toolbar"),
        tag("div", tag("table", head, tag("tbody", *rows), class_="grid"), class_="gantt"),
        class_="zoomable",
    )


def _legend() -> Html:
    items = [
        tag(
            "span",
            tag(
                "svg",
                tag("rect", x=0.5, y=0.5, width=19, height=13, rx=2, class_=f"a {kind}"),
                tag("text", letter, x=10, y=10.5, class_=f"t {kind}"),
                width=20,
                height=14,
                aria_hidden="true",
            ),
            words,
        )
        for kind, letter, words in _LEGEND
    ]
    items.append(tag("span", tag("i", class_="cut"), "cut-off"))
    items.append(tag("span", tag("i", class_="dep"), "departure"))
    items.append(tag("span", tag("i", class_="ready"), "inbound ready"))
    items.append(tag("span", tag("i", class_="soc"), "state of charge"))
    items.append(tag("span", tag("i", class_="off"), "off shift"))
    return tag("div", *items, class_="legend")


def _patterns() -> Html:
    def stripes(name: str, size: int, turn: int) -> Html:
        line = tag("path", d=f"M0 0V{size}", class_=f"ink {name}")
        base = tag("rect", width=size, height=size, class_=f"base {name}")
        return tag(
            "pattern",
            base,
            line,
            id=f"p-{name}",
            width=size,
            height=size,
            patternUnits="userSpaceOnUse",
            patternTransform=f"rotate({turn})",
        )

    return tag(
        "defs",
        stripes("empty", 5, 45),
        stripes("charge", 6, 0),
        stripes("fallback", 5, -45),
        stripes("off", 4, 45),
        stripes("packs", 5, 45),
    )


def _marks(day: PlannedDay, axis: Axis) -> Html:
    """What every row shows: the hours under its bars, the trains over them."""
    hours = [
        tag("line", x1=f"{axis.x(h)}%", x2=f"{axis.x(h)}%", y1=0, y2="100%", class_=_hour_class(axis, h))
        for h in axis.hours
    ]
    trains = [
        tag("line", x1=f"{axis.x(moment)}%", x2=f"{axis.x(moment)}%", y1=0, y2="100%", class_=css)
        for train in day.request.trains
        for css, moment in moments_of(train)
        if moment in axis.window
    ]
    return join(tag("g", *hours, id="under"), tag("g", *trains, id="over"))


def _hour_class(axis: Axis, hour: datetime) -> str:
    local = hour.astimezone(axis.zone)
    if local.hour == 0:
        return "midnight"
    return "hour six" if local.hour % 6 == 0 else "hour"


def moments_of(train: TrainRun) -> tuple[tuple[str, datetime], ...]:
    """The moments of a train a dispatcher works by, in order, with the mark each gets."""
    call = train.call
    if train.direction is Direction.OUTBOUND:
        return (("cut", call.cut_off or call.departure.best), ("dep", call.departure.best))
    return (("arr", call.arrival.best), ("ready", call.available or call.arrival.best))


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sorted_routes(day: PlannedDay) -> list[Route]:
    trucks = day.request.hub.truck_by_id
    busy = [r for r in day.plan.routes if r.activities]
    return sorted(busy, key=lambda r: (not _moves(r), trucks[r.truck].fleet if r.truck in trucks else "", r.truck))


def _moves(route: Route) -> int:
    return sum(1 for a in route.activities if a.kind is ActivityKind.UNLOAD)


def _row(head: Html, label: str, *content: Html | None) -> Html:
    """One row of the table. What all rows share is drawn once and referred to."""
    drawing = tag(
        "svg",
        tag("use", href="#under"),
        *content,
        tag("use", href="#over"),
        height=ROW,
        width="100%",
        role="img",
        aria_label=label,
    )
    return tag("tr", head, tag("td", drawing))


def _route(day: PlannedDay, axis: Axis, route: Route) -> Html:
    truck = day.request.hub.truck_by_id.get(route.truck)
    start = day.problem.truck_by_id.get(route.truck)
    bars = [_bar(day, axis, a, move) for a, move in carried(route, start.carrying if start else None)]
    least = min(a.soc_after.as_percent for a in route.activities)
    about = f"{route.truck}: {truck.model}, fleet {truck.fleet}" if truck else route.truck
    small = tag("small", f"{_moves(route)} · {least:.0f} %")
    head = tag("th", tag("div", tag("b", route.truck), small), class_="name", scope="row", title=about)
    label = f"{route.truck}: {len(route.activities)} activities, as in plan.csv"
    return _row(head, label, _off_shift(axis, truck), _soc(axis, route), *bars)


def _off_shift(axis: Axis, truck: Truck | None) -> Html | None:
    """What lies between the truck's shifts."""
    if truck is None:
        return None
    on_duty = list(shifts(truck.shift, axis.window))
    starts = [axis.window.start, *(w.end for w in on_duty)]
    ends = [*(w.start for w in on_duty), axis.window.end]
    gaps = ((axis.x(start), axis.x(end)) for start, end in zip(starts, ends, strict=True))
    return join(
        *(
            tag("rect", x=f"{a}%", y=0, width=f"{round(b - a, 3)}%", height=ROW, class_="offshift")
            for a, b in gaps
            if b > a
        )
    )


def _soc(axis: Axis, route: Route) -> Html:
    """The state of charge as a strip under the bars: full height is 100 %."""
    points = []
    for activity in route.activities:
        points.append((axis.x(activity.window.start), activity.soc_before.as_percent))
        points.append((axis.x(activity.window.end), activity.soc_after.as_percent))
    path = "".join(f"L{x:g} {100 - soc:.0f}" for x, soc in points)
    area = tag("path", d=f"M{points[0][0]:g} 100{path}L{points[-1][0]:g} 100Z")
    return tag(
        "svg",
        area,
        y=_BAR + 4,
        height=ROW - _BAR - 5,
        width="100%",
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        class_="soc",
    )


def _bar(day: PlannedDay, axis: Axis, activity: Activity, move: MoveId | None) -> Html:
    kind, letter = _look(activity, move)
    window = activity.window
    x, width = axis.x(window.start), round(axis.x(window.end) - axis.x(window.start), 3)
    rect = tag("rect", x=f"{x}%", y=3, width=f"{max(width, 0.02)}%", height=_BAR, rx=2, class_=f"a {kind}")
    middle = f"{round(x + width / 2, 3)}%"
    texts = (
        tag("text", text, x=middle, y=3 + _BAR - 4, class_=f"t {kind} {css}")
        for css, text in axis.label(window, f"{letter} {_detail(activity, move)}".rstrip(), letter)
    )
    return tag("g", tag("title", _words(day, axis, activity, move)), rect, *texts)


def _look(activity: Activity, move: MoveId | None) -> tuple[str, str]:
    if activity.kind is ActivityKind.DRIVE:
        return ("loaded", "D") if move else ("empty", "d")
    if activity.fallback is not None:
        return "fallback", "F"
    letter = activity.kind.value[0]
    return activity.kind.value, letter if activity.kind is ActivityKind.WAIT else letter.upper()


def _detail(activity: Activity, move: MoveId | None) -> str:
    match activity.kind:
        case ActivityKind.DRIVE:
            return activity.place
        case ActivityKind.LOAD | ActivityKind.UNLOAD:
            return move or ""
        case ActivityKind.CHARGE:
            return f"{activity.soc_before.as_percent:.0f}→{activity.soc_after.as_percent:.0f} %"
        case ActivityKind.SWAP:
            return f"→{activity.soc_after.as_percent:.0f} %"
        case ActivityKind.WAIT:
            return ""


def _words(day: PlannedDay, axis: Axis, activity: Activity, move: MoveId | None) -> str:
    """What pointing at a bar tells."""
    window = activity.window
    loaded = "drive, loaded" if move else "drive, empty"
    name = loaded if activity.kind is ActivityKind.DRIVE else activity.kind.value
    place = activity.place if activity.origin is None else f"{activity.origin} → {activity.place}"
    soc = f"{activity.soc_before.as_percent:.0f} % → {activity.soc_after.as_percent:.0f} %"
    lines = [f"{axis.local(window.start)}–{axis.local(window.end)} {name}", place]
    known = day.problem.move_by_id.get(move) if move else None
    if move:
        lines.append(f"{move}, {known.container.id}" if known else move)
    where = activity.evse or activity.station or activity.fallback
    if where:
        lines.append(where + (f", pack {activity.pack}" if activity.pack else ""))
    if activity.profile:
        lines.append(f"up to {max(step.power for step in activity.profile).as_kw:.0f} kW")
    return "\n".join([*lines, f"state of charge {soc}"])


# ── fallbacks: as many rows as are busy at once ─────────────────────────────────────────────────────────────────────


def _fallback_lanes(uses: tuple[FallbackUse, ...]) -> list[list[FallbackUse]]:
    by_name: dict[str, list[list[FallbackUse]]] = defaultdict(list)
    for use in sorted(uses, key=lambda u: (u.window.start, u.move)):
        lanes = by_name[use.fallback]
        free = next((lane for lane in lanes if lane[-1].window.end <= use.window.start), None)
        if free is None:
            lanes.append([use])
        else:
            free.append(use)
    return [lane for name in sorted(by_name) for lane in by_name[name]]


def _fallback_lane(axis: Axis, lane: list[FallbackUse]) -> Html:
    bars = []
    for use in lane:
        x = axis.x(use.window.start)
        width = round(axis.x(use.window.end) - x, 3)
        words = f"{axis.local(use.window.start)}–{axis.local(use.window.end)} {use.fallback}\n{use.move}\n{use.reason}"
        texts = (
            tag("text", text, x=f"{round(x + width / 2, 3)}%", y=3 + _BAR - 4, class_=f"t fallback {css}")
            for css, text in axis.label(use.window, f"F {use.move}", "F")
        )
        rect = tag("rect", x=f"{x}%", y=3, width=f"{width}%", height=_BAR, rx=2, class_="a fallback")
        bars.append(tag("g", tag("title", words), rect, *texts))
    name = lane[0].fallback
    inside = tag("div", tag("b", name), tag("small", f"{len(lane)} · fallback"))
    head = tag("th", inside, class_="name fallbackname", scope="row", title=name)
    return _row(head, f"{name}: {len(lane)} moves, as in plan.csv", *bars)


# ── the head: hours, tariff bands, trains ───────────────────────────────────────────────────────────────────────────


def _axis_svg(day: PlannedDay, axis: Axis) -> Html:
    lanes = _train_lanes(day.request.trains, axis)
    hours = []
    hour_long = timedelta(hours=1)
    for hour in axis.hours:
        local = hour.astimezone(axis.zone)
        text = f"{local:%d %b}" if local.hour == 0 else f"{local:%H}"
        edge = "first " if hour == axis.window.start else "last " if hour == axis.window.end else ""
        # Beside a date at either end there is no room before the drawing is zoomed.
        near = "near z2 z4 z8 " if hour in (axis.window.start + hour_long, axis.window.end - hour_long) else ""
        css = f"hourname {near}{edge}{'day' if local.hour == 0 else ''}".rstrip()
        hours.append(tag("text", text, x=f"{axis.x(hour)}%", y=12, class_=css))
    trains = [_train_bar(axis, train, 36 + n * _TRAIN_ROW) for n, lane in enumerate(lanes) for train in lane]
    height = 38 + max(1, len(lanes)) * _TRAIN_ROW
    return tag(
        "svg",
        _patterns(),
        tag("defs", _marks(day, axis)),
        *hours,
        tag("svg", band_strip(day, axis), y=17, height=15, width="100%"),
        *trains,
        height=height,
        width="100%",
        role="img",
        aria_label=f"Hours in {axis.zone.key}, tariff bands and trains",
    )


def band_strip(day: PlannedDay, axis: Axis, height: int = 15) -> Html:
    """The tariff bands with letter and price."""
    found = []
    for band in day.problem.bands:
        window = (
            Window(max(band.window.start, axis.window.start), min(band.window.end, axis.window.end))
            if (band.window.overlaps(axis.window))
            else None
        )
        if window is None:
            continue
        x, width = axis.x(window.start), round(axis.x(window.end) - axis.x(window.start), 3)
        name = band.name.value.replace("_", " ")
        price = f"{band.price.as_per_kwh:.2f}"
        rect = tag("rect", x=f"{x}%", width=f"{width}%", y=0, height=height, class_=f"band {band.name.value}")
        texts = (
            tag("text", text, x=f"{round(x + width / 2, 3)}%", y=11, class_=f"bandname {css}")
            for css, text in axis.label(window, f"{name} {price}", BAND_LETTER[band.name])
        )
        title = tag("title", f"{axis.local(window.start)}–{axis.local(window.end)} {name}, {price} per kWh")
        found.append(tag("g", title, rect, *texts))
    return join(*found)


def _span(train: TrainRun) -> tuple[datetime, datetime]:
    (_, first), (_, second) = moments_of(train)
    return first, max(first, second)


def _train_lanes(trains: Iterable[TrainRun], axis: Axis) -> list[list[TrainRun]]:
    """Trains in as few rows as keep them apart; the room of a name is kept free at each."""
    gap = axis.window.length * 0.055
    lanes: list[list[TrainRun]] = []
    for train in sorted(trains, key=_span):
        first, second = _span(train)
        if second < axis.window.start or first > axis.window.end:
            continue
        free = next((lane for lane in lanes if max(_span(lane[-1])[1], _span(lane[-1])[0] + gap) <= first), None)
        if free is None:
            lanes.append([train])
        else:
            free.append(train)
    return lanes


def _train_bar(axis: Axis, train: TrainRun, y: int) -> Html:
    first, second = _span(train)
    x, width = axis.x(first), max(0.15, round(axis.x(second) - axis.x(first), 3))
    outbound = train.direction is Direction.OUTBOUND
    arrow = "▶" if outbound else "◀"
    words = (
        f"{train.number} {train.service}\ncut-off {axis.local(first)}, departs {axis.local(second)}"
        if outbound
        else f"{train.number} {train.service}\narrives {axis.local(first)}, containers ready {axis.local(second)}"
    )
    at_end = x > 94
    return tag(
        "g",
        tag("title", words),
        tag(
            "rect",
            x=f"{x}%",
            y=y + 2,
            width=f"{width}%",
            height=_TRAIN_ROW - 4,
            rx=2,
            class_=f"train {train.direction.value}",
        ),
        tag(
            "text",
            f"{arrow}{train.number}",
            x=f"{x + width if at_end else x}%",
            dx=-2 if at_end else 2,
            y=y + 11,
            text_anchor="end" if at_end else "start",
            class_="trainname",
        ),
    )
