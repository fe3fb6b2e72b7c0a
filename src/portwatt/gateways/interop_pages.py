"""The pages of a verdict on paper, in the order of the HTML page. Imports reportlab: go through `interop_pdf`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Literal
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from portwatt import __version__
from portwatt.gateways.interop_charts import LIMIT_AT, Stretch, bounds, marks, over, seconds, series, thinned
from portwatt.gateways.interop_words import (
    BADGE,
    CURVES,
    FACTS,
    HOW_FAR,
    NO_CAUSE,
    footer,
    frames,
    note,
    sentence,
    tiles,
    when,
)
from portwatt.interop.finding import Attempt, Finding, StageSpan, Verdict

_INK, _MUTED, _LINE, _PALE = (HexColor(c) for c in ("#16202b", "#55626f", "#d7dde3", "#f3f6f9"))
_BAD, _WARN, _OK = HexColor("#b3261e"), HexColor("#8a5300"), HexColor("#1b6e3c")
_BLUE, _GREEN, _ORANGE = HexColor("#0072b2"), HexColor("#009e73"), HexColor("#d55e00")
_COLOURS = {"ok": _OK, "open": _WARN, "bad": _BAD}
_CURVE = {"volts": _BLUE, "amperes": _ORANGE, "soc": _GREEN}
_WIDE = 178 * mm
_SCALE = 16 * mm
_PANEL = 22 * mm
_PLAIN, _BOLD, _CHINESE = "Vera", "VeraBd", "STSong-Light"
_LONGEST = 4_000
"""Signs of one text shown: a capture may hold a name of any length."""

_FACE = TTFont(_PLAIN, "Vera.ttf")
for _font in (_FACE, TTFont(_BOLD, "VeraBd.ttf"), UnicodeCIDFont(_CHINESE)):
    pdfmetrics.registerFont(_font)
_KNOWN = frozenset(_FACE.face.charToGlyph)


def _style(size: float, *, bold: bool = False, colour: Color = _INK, right: bool = False) -> ParagraphStyle:
    font = _BOLD if bold else _PLAIN
    return ParagraphStyle(
        "", fontName=font, fontSize=size, leading=size * 1.35, textColor=colour, alignment=2 if right else 0
    )


_H1, _H2, _H3 = _style(12.5, bold=True), _style(11, bold=True), _style(9, bold=True)
_TEXT, _SMALL, _QUIET = _style(8.5), _style(7.5), _style(7.5, colour=_MUTED)
_NUMBER, _QUIET_NUMBER = _style(7.5, right=True), _style(7.5, colour=_MUTED, right=True)
_LATE = _style(7.5, right=True, colour=_BAD, bold=True)


def pages(verdict: Verdict) -> bytes:
    """The whole report as PDF, without a date of its own. Every word from a capture is text, never markup."""
    words, colour = BADGE[verdict.outcome]
    story: list[Flowable] = [
        _said(verdict.file, _H1),
        _said(when(verdict), _QUIET),
        _said(words.lstrip("✓✗! "), _style(11, bold=True, colour=_COLOURS[colour])),
        Spacer(1, 3 * mm),
        _tiles(verdict),
        Spacer(1, 3 * mm),
        _cause(verdict),
    ]
    for attempt in verdict.attempts:
        story += _attempt(attempt)
    if verdict.remarks:
        story += [Spacer(1, 6 * mm), _said(HOW_FAR, _H2), *(_said(f"• {remark}", _TEXT) for remark in verdict.remarks)]
    out = BytesIO()
    title = _plain(f"{verdict.file}: {verdict.outcome.value}")
    margin = 16 * mm - 6  # a frame pads its sides by 6 points
    SimpleDocTemplate(
        out, invariant=1, title=title, author="Portwatt", leftMargin=margin, rightMargin=margin, topMargin=margin
    ).build(story, onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _foot(canvas: Canvas, _document: object) -> None:
    canvas.setFont(_PLAIN, 7)
    canvas.setFillColor(_MUTED)
    canvas.drawString(16 * mm, 12 * mm, footer(__version__))
    canvas.drawRightString(16 * mm + _WIDE, 12 * mm, f"page {canvas.getPageNumber()}")


def _plain(text: str) -> str:
    """Without signs no font shows: controls, and those beyond the basic plane, as their number."""
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff]", lambda s: f"U+{ord(s[0]):04X}", shown)


def _said(text: str, style: ParagraphStyle) -> Paragraph:
    """A paragraph of text. What the embedded face cannot show is set in the Chinese one every reader supplies."""
    runs: list[str] = []
    for known, unknown in re.findall(r"([^\u2e80-\uffff]+)|([\u2e80-\uffff]+)", _plain(text)):
        runs.append(escape(_latin(known)) if known else f'<font name="{_CHINESE}">{escape(unknown)}</font>')
    return Paragraph("".join(runs), style)


def _latin(text: str) -> str:
    return "".join(sign if ord(sign) in _KNOWN else f"U+{ord(sign):04X}" for sign in text)


def _tiles(verdict: Verdict) -> Table:
    cells = [[_said(n, _QUIET), _said(f[:60], _style(11, bold=True)), _said(s, _QUIET)] for n, f, s in tiles(verdict)]
    frame = [("BOX", (n, 0), (n, 0), 0.6, _LINE) for n in range(len(cells))]
    return Table([cells], colWidths=_WIDE / len(cells), style=[*frame, ("VALIGN", (0, 0), (-1, -1), "TOP")])


def _cause(verdict: Verdict) -> Table:
    first = verdict.first_finding
    said = [_said(NO_CAUSE, _TEXT)]
    if first is not None:
        said = [_said(sentence(first.text), _TEXT), _said(f"To do: {first.remedy}", _TEXT)]
    head = _said(f"Why: {first.side}" if first else "Why", _H2)
    bar = ("LINEBEFORE", (0, 0), (0, -1), 3, _BAD if first else _OK)
    rows = [[head], *[[one] for one in said]]
    return Table(rows, colWidths=_WIDE, splitInRow=1, style=[bar, ("BACKGROUND", (0, 0), (-1, -1), _PALE)])


def _attempt(attempt: Attempt) -> Iterator[Flowable]:
    words, colour = BADGE[attempt.outcome]
    protocol = attempt.protocol or "no protocol agreed"
    line = f"plug-in {attempt.plug_in}, {protocol}: {words.lstrip('✓✗! ')}"
    yield Spacer(1, 6 * mm)
    yield KeepTogether([_said(f"Attempt {attempt.number}", _H2), _said(line, _style(8.5, colour=_COLOURS[colour]))])
    yield from _titled(
        "Findings", [part for one in attempt.findings for part in _finding(one)] or [_said("None.", _QUIET)]
    )
    if attempt.stages:
        yield from _titled("Stages", [_strip(attempt), _stages(attempt)])
    panels = list(_curves(attempt))
    if panels:
        yield KeepTogether(list(_titled(CURVES, panels)))
    if attempt.facts:
        yield from _titled(FACTS, [_facts(attempt.facts)])


def _titled(title: str, parts: Sequence[Flowable]) -> Iterator[Flowable]:
    heading = _said(title, _H3)
    heading.keepWithNext = True
    yield from (Spacer(1, 3 * mm), heading, *parts)


def _finding(finding: Finding) -> Iterator[Flowable]:
    said = note(finding)
    evidence = f", frames {frames(finding.frames)}" if finding.frames else ""
    yield _said(f"{finding.rule}, {finding.side}, {finding.confidence:.0%} sure{evidence} {said}", _QUIET)
    yield _said(sentence(finding.text), _QUIET if said else _TEXT)
    yield _said(f"To do: {finding.remedy}", _QUIET if said else _TEXT)
    yield Spacer(1, 1.5 * mm)


def _strip(attempt: Attempt) -> Drawing:
    """The stages one after another along time."""
    spans = attempt.stages
    stretch = Stretch(min(span.start for span in spans), max(span.end for span in spans))
    drawing = Drawing(_WIDE, 8 * mm)
    drawing.add(_box(0, 2 * mm, _WIDE, 5 * mm, _PALE))
    for number, span in enumerate(spans):
        left, width = _WIDE * stretch.share(span.start), _WIDE * (stretch.share(span.end) - stretch.share(span.start))
        colour = _BAD if over(span) else (_GREEN if number % 2 else _BLUE)
        drawing.add(_box(left, 2 * mm, max(0.3, width), 5 * mm, colour))
    _mark(drawing, attempt, stretch, 0, 8 * mm)
    return drawing


def _mark(drawing: Drawing, attempt: Attempt, stretch: Stretch, left: float, height: float) -> None:
    for share, _ in marks(attempt, stretch):
        x = left + (_WIDE - left) * share
        drawing.add(Line(x, 0, x, height, strokeColor=_BAD, strokeWidth=0.8, strokeDashArray=[3, 2]))


def _stages(attempt: Attempt) -> Table:
    start = attempt.stages[0].start
    names = ("stage", "after", "took", "limit", "of its limit", "frames", "")
    rows: list[list[object]] = [[_said(n, _QUIET_NUMBER if n in ("after", "took", "limit") else _QUIET) for n in names]]
    for span in attempt.stages:
        took = _said(seconds(span.length), _LATE if over(span) else _NUMBER)
        limit = _said(seconds(span.limit) if span.limit else "", _NUMBER)
        ended = _said("" if span.completed else "not completed", _style(7.5, colour=_WARN))
        after = _said(seconds(span.start - start), _NUMBER)
        rows.append(
            [_said(span.stage, _SMALL), after, took, limit, _bar(span), _said(frames(span.frames), _SMALL), ended]
        )
    return _table(rows, [w * mm for w in (46, 21, 21, 19, 26, 23, 22)])


def _bar(span: StageSpan) -> Drawing:
    """How much of its limit a stage took; the limit is the line."""
    width, drawing = 22 * mm, Drawing(22 * mm, 8)
    if span.limit:
        share = min(100.0, LIMIT_AT * (span.length / span.limit)) / 100
        drawing.add(_box(0, 1, width, 5, _PALE))
        drawing.add(_box(0, 1, width * share, 5, _BAD if over(span) else _BLUE))
        drawing.add(Line(width * LIMIT_AT / 100, 0, width * LIMIT_AT / 100, 8, strokeColor=_INK))
    return drawing


def _curves(attempt: Attempt) -> Iterator[Drawing]:
    """Voltage, current and state of charge, each in a panel of its own over the same time."""
    if not attempt.curve:
        return
    stretch = Stretch(attempt.curve[0][0], attempt.curve[-1][0])
    for name, unit, points in series(attempt):
        low, high = bounds([value for _, value in points])
        drawing, height, wide = Drawing(_WIDE, _PANEL), _PANEL - 2 * mm, _WIDE - _SCALE
        drawing.add(_box(_SCALE, 0, wide, height, _PALE))
        placed = [
            (_SCALE + wide * stretch.share(at), height * (value - low) / (high - low))
            for at, value in thinned(points, stretch)
        ]
        if len(placed) == 1:
            placed.append((placed[0][0] + 1, placed[0][1]))
        drawing.add(PolyLine([c for xy in placed for c in xy], strokeColor=_CURVE[name], strokeWidth=1))
        for y, text in ((height - 7, f"{high:g} {unit}"), (1, f"{low:g}")):
            drawing.add(_label(_SCALE - 4, y, text, "end"))
        _mark(drawing, attempt, stretch, _SCALE, height)
        yield drawing
    axis = Drawing(_WIDE, 10)
    axis.add(_label(_SCALE, 2, f"{stretch.start:%H:%M:%S}", "start"))
    axis.add(_label((_SCALE + _WIDE) / 2, 2, seconds(stretch.end - stretch.start), "middle"))
    axis.add(_label(_WIDE, 2, f"{stretch.end:%H:%M:%S}", "end"))
    yield axis


def _box(x: float, y: float, width: float, height: float, colour: Color) -> Rect:
    box = Rect(x, y, width, height)
    box.fillColor, box.strokeColor = colour, None
    return box


def _label(x: float, y: float, text: str, anchor: Literal["start", "middle", "end"]) -> String:
    return String(x, y, text, fontName=_PLAIN, fontSize=7, fillColor=_MUTED, textAnchor=anchor)


def _facts(facts: dict[str, str]) -> Table:
    """Name and value, two pairs a row."""
    cells = [[_said(name, _QUIET), _said(value, _SMALL)] for name, value in facts.items()]
    cells += [[_said("", _SMALL)] * 2] * (len(cells) % 2)
    rows: list[list[object]] = [[*cells[n], *cells[n + 1]] for n in range(0, len(cells), 2)]
    return _table(rows, [w * mm for w in (44, 45, 44, 45)], head=0)


def _table(rows: list[list[object]], widths: list[float], head: int = 1) -> Table:
    style = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ]
    )
    return Table(rows, colWidths=widths, repeatRows=head, splitInRow=1, style=style)
