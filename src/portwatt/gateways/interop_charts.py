"""Drawings of an attempt to charge: its stages along time and against their limits, and the curves of what flowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from portwatt.gateways.markup import Html, join, tag
from portwatt.interop.finding import Attempt, Finding, StageSpan

_STRIP = 26
_PANEL = 96
_WIDE = 1000
_BUCKETS = 400
"""Points of a curve at most, twice: the least and the greatest of each stretch of time."""
LIMIT_AT = 80.0
"""Percent of a bar's width at which the limit stands."""

Point = tuple[datetime, float]


class Stretch(Struct, frozen=True):
    """The time a drawing shows."""

    start: datetime
    end: datetime

    def share(self, at: datetime) -> float:
        """Where a time lies, from 0 at the left to 1 at the right."""
        whole = (self.end - self.start) / timedelta(seconds=1)
        return min(1.0, max(0.0, (at - self.start) / timedelta(seconds=1) / whole)) if whole > 0 else 0.0


def seconds(span: timedelta) -> str:
    """A length of time for people: 12 ms, 0.25 s, 40.5 s, 12 min 3 s."""
    value = span / timedelta(seconds=1)
    if value < 0.1:
        return f"{value * 1000:.0f} ms"
    if value < 120:
        return f"{value:.3g} s"
    return f"{value // 60:.0f} min {value % 60:.0f} s"


def stage_strip(attempt: Attempt) -> Html:
    """The stages one after another along time, with what they are on pointing at them."""
    spans = attempt.stages
    if not spans:
        return join()
    stretch = Stretch(min(span.start for span in spans), max(span.end for span in spans))
    blocks = [_block(span, stretch, number) for number, span in enumerate(spans)]
    return tag(
        "svg",
        tag("rect", x=0, y=0, width="100%", height=_STRIP, class_="track"),
        *blocks,
        *_found(attempt, stretch, _STRIP),
        width="100%",
        height=_STRIP,
        role="img",
        aria_label="Stages along time",
        class_="strip",
    )


def _block(span: StageSpan, stretch: Stretch, number: int) -> Html:
    left, right = stretch.share(span.start), stretch.share(span.end)
    classes = ["stage", "odd" if number % 2 else "", "over" if over(span) else "", "" if span.completed else "open"]
    width = max(0.15, 100 * (right - left))
    box = tag(
        "rect",
        x=f"{min(100 - width, 100 * left):.2f}%",
        y=0,
        width=f"{width:.2f}%",
        height=_STRIP,
        class_=" ".join(filter(None, classes)),
    )
    return tag("g", tag("title", f"{span.stage}: {seconds(span.length)}"), box)


def over(span: StageSpan) -> bool:
    """Whether a stage took longer than it may."""
    return span.limit is not None and span.length > span.limit


def limit_bar(span: StageSpan) -> Html:
    """How much of its limit a stage took; the limit is the line."""
    if span.limit is None or not span.limit:
        return join()
    share = min(100.0, LIMIT_AT * (span.length / span.limit))
    return tag(
        "svg",
        tag("rect", x=0, y=3, width="100%", height=10, class_="track"),
        tag("rect", x=0, y=3, width=f"{share:.1f}%", height=10, class_="stage over" if over(span) else "stage"),
        tag("line", x1=f"{LIMIT_AT}%", x2=f"{LIMIT_AT}%", y1=0, y2=16, class_="mark"),
        width=160,
        height=16,
        role="img",
        aria_label=f"{span.length / span.limit:.0%} of the limit",
    )


def curves(attempt: Attempt) -> Html:
    """Voltage, current and state of charge, each in a panel of its own over the same time."""
    if not attempt.curve:
        return join()
    stretch = Stretch(attempt.curve[0][0], attempt.curve[-1][0])
    panels = [_panel(name, unit, points, attempt, stretch) for name, unit, points in series(attempt)]
    return join(*panels, _times(stretch)) if panels else join()


def series(attempt: Attempt) -> Iterator[tuple[str, str, list[Point]]]:
    """The curves there are points for: name, unit, points."""
    volts = [(at, value) for at, value, _, _ in attempt.curve if value is not None]
    amperes = [(at, value) for at, _, value, _ in attempt.curve if value is not None]
    soc = [(at, value) for at, _, _, value in attempt.curve if value is not None]
    for name, unit, points in (("volts", "V", volts), ("amperes", "A", amperes), ("soc", "%", soc)):
        if points:
            yield name, unit, points


def _panel(name: str, unit: str, points: Sequence[Point], attempt: Attempt, stretch: Stretch) -> Html:
    low, high = bounds([value for _, value in points])
    drawn = " ".join(
        f"{_WIDE * stretch.share(at):.1f},{_PANEL * (1 - (value - low) / (high - low)):.1f}"
        for at, value in thinned(points, stretch)
    )
    inner = tag(
        "svg",
        tag("polyline", points=drawn, class_=f"curve {name}"),
        viewBox=f"0 0 {_WIDE} {_PANEL}",
        preserveAspectRatio="none",
        width="100%",
        height=_PANEL,
    )
    plot = tag(
        "svg",
        tag("rect", x=0, y=0, width="100%", height=_PANEL, class_="frame"),
        inner,
        *_found(attempt, stretch, _PANEL),
        width="100%",
        height=_PANEL,
        role="img",
        aria_label=f"{name} over time, {low:g} to {high:g} {unit}",
    )
    scale = tag(
        "svg",
        tag("text", f"{high:g} {unit}", x="100%", dx=-6, y=11),
        tag("text", f"{low:g}", x="100%", dx=-6, y=_PANEL - 2),
        width="100%",
        height=_PANEL,
        class_="scale",
        aria_hidden="true",
    )
    return tag("div", scale, plot, class_="curves")


def bounds(values: Sequence[float]) -> tuple[float, float]:
    """Round bounds with zero among them where it is near."""
    low, high = min(values), max(values)
    low = 0.0 if 0 < low < 0.6 * high else low
    if low == high:
        return low - 1, high + 1
    return low, high


def thinned(points: Sequence[Point], stretch: Stretch) -> Iterator[Point]:
    """Keep the least and the greatest of each stretch of time, so that no peak is lost."""
    if len(points) <= 2 * _BUCKETS:
        yield from points
        return
    buckets: dict[int, tuple[Point, Point]] = {}
    for point in points:
        key = int(stretch.share(point[0]) * _BUCKETS)
        least, greatest = buckets.get(key, (point, point))
        buckets[key] = min(least, point, key=_value), max(greatest, point, key=_value)
    for pair in buckets.values():
        yield from sorted(set(pair))


def _value(point: Point) -> float:
    return point[1]


def marks(attempt: Attempt, stretch: Stretch) -> Iterator[tuple[float, Finding]]:
    """The findings that are no quirks, and where in the stretch each was made."""
    for finding in attempt.findings:
        if finding.at is not None and not finding.quirk and stretch.start <= finding.at <= stretch.end:
            yield stretch.share(finding.at), finding


def _found(attempt: Attempt, stretch: Stretch, height: int) -> Iterator[Html]:
    """A line where each finding that is no quirk was made."""
    for share, finding in marks(attempt, stretch):
        x = f"{100 * share:.2f}%"
        line = tag("line", x1=x, x2=x, y1=0, y2=height, class_="found")
        yield tag("g", tag("title", f"{finding.rule}: {finding.text}"), line)


def _times(stretch: Stretch) -> Html:
    start = tag("text", f"{stretch.start:%H:%M:%S}", x=0, y=12, class_="hourname first")
    middle = tag("text", f"{seconds(stretch.end - stretch.start)}", x="50%", y=12, class_="hourname")
    end = tag("text", f"{stretch.end:%H:%M:%S}", x="100%", y=12, class_="hourname last")
    axis = tag("svg", start, middle, end, width="100%", height=16, aria_hidden="true")
    return tag("div", tag("span"), axis, class_="curves")
