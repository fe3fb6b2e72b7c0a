"""A verdict as one page that needs nothing else: no request, no script, its style and drawings inside."""

from __future__ import annotations

from importlib.resources import files

from portwatt import __version__
from portwatt.gateways.interop_charts import curves, limit_bar, over, seconds, stage_strip
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
from portwatt.gateways.markup import Content, Html, join, tag
from portwatt.interop.finding import Attempt, Finding, Outcome, StageSpan, Verdict

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def verdict_html(verdict: Verdict) -> str:
    """The whole page. Every word from a capture is escaped; identifiers are as pseudonymous as in the verdict."""
    styles = (files("portwatt").joinpath(f"data/{name}").read_text("utf-8") for name in ("plan.css", "interop.css"))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{verdict.file}: {verdict.outcome}"),
        tag("style", Html("".join(styles))),
    )
    sections = [_cause(verdict), *(_attempt(attempt) for attempt in verdict.attempts), _remarks(verdict)]
    foot = tag("footer", footer(__version__))
    page = tag("html", head, tag("body", _header(verdict), tag("main", *sections), foot), lang="en")
    return f"<!doctype html>\n{page}\n"


def _header(verdict: Verdict) -> Html:
    links = [tag("a", "Why", href="#why")]
    links += [tag("a", f"Attempt {a.number}", href=f"#attempt{a.number}") for a in verdict.attempts]
    title = tag("div", tag("h1", verdict.file), tag("p", when(verdict), class_="muted"))
    badges = tag("p", _badge(verdict.outcome), class_="badges")
    nav = tag("nav", *links, aria_label="Sections")
    return tag("header", tag("div", title, badges, class_="top"), _tiles(verdict), nav)


def _badge(outcome: Outcome) -> Html:
    words, colour = BADGE[outcome]
    return tag("span", words, class_=f"badge {colour}")


def _tiles(verdict: Verdict) -> Html:
    return tag("div", *(_tile(*tile) for tile in tiles(verdict)), class_="tiles")


def _tile(name: str, figure: str, note: str) -> Html:
    return tag("div", tag("h3", name), tag("p", tag("b", figure)), tag("small", note), class_="tile")


def _cause(verdict: Verdict) -> Html:
    first = verdict.first_finding
    if first is None:
        text = tag("p", NO_CAUSE)
        return tag("section", tag("h2", "Why"), text, id="why", class_="cause fine")
    return tag(
        "section",
        tag("h2", f"Why: {first.side}"),
        tag("p", sentence(first.text), class_="text"),
        tag("p", first.remedy, class_="remedy"),
        id="why",
        class_="cause",
    )


def _attempt(attempt: Attempt) -> Html:
    drawn = curves(attempt)
    parts: list[Content] = [
        tag("h2", f"Attempt {attempt.number}"),
        tag("p", f"plug-in {attempt.plug_in}, {attempt.protocol} ", _badge(attempt.outcome)),
        *_titled("Findings", _findings(attempt)),
        *_titled("Stages", join(stage_strip(attempt), _stages(attempt)) if attempt.stages else None),
        *_titled(CURVES, drawn or None),
        *_titled(FACTS, _facts(attempt) if attempt.facts else None),
    ]
    return tag("section", *parts, id=f"attempt{attempt.number}")


def _titled(title: str, content: Html | None) -> list[Html]:
    return [] if content is None else [tag("h3", title), content]


def _findings(attempt: Attempt) -> Html:
    if not attempt.findings:
        return tag("p", "None.", class_="none")
    words = (tag("th", word) for word in ("rule", "side", "what", "what to do", "frames"))
    head = tag("tr", *words, tag("th", "sure", class_="n"))
    return _table(head, [_finding(finding) for finding in attempt.findings])


def _finding(finding: Finding) -> Html:
    said = note(finding)
    return tag(
        "tr",
        tag("td", finding.rule),
        tag("td", finding.side),
        tag("td", sentence(finding.text), tag("small", f" {said}") if said else None, class_="why"),
        tag("td", finding.remedy, class_="why"),
        tag("td", frames(finding.frames)),
        tag("td", f"{finding.confidence:.0%}", class_="n"),
        class_="quiet" if said else None,
    )


def _stages(attempt: Attempt) -> Html:
    start = attempt.stages[0].start
    numbers = (tag("th", word, class_="n") for word in ("after", "took", "limit"))
    words = (tag("th", word) for word in ("of its limit", "frames", ""))
    head = tag("tr", tag("th", "stage"), *numbers, *words)

    def row(span: StageSpan) -> Html:
        took = tag("td", seconds(span.length), class_="n bad" if over(span) else "n")
        return tag(
            "tr",
            tag("td", span.stage),
            tag("td", seconds(span.start - start), class_="n"),
            took,
            tag("td", seconds(span.limit) if span.limit else "", class_="n"),
            tag("td", limit_bar(span)),
            tag("td", frames(span.frames)),
            tag("td", "" if span.completed else "not completed", class_="warn"),
        )

    return _table(head, [row(span) for span in attempt.stages])


def _facts(attempt: Attempt) -> Html:
    rows = (tag("div", tag("dt", name), tag("dd", value)) for name, value in attempt.facts.items())
    return tag("dl", *rows, class_="facts")


def _remarks(verdict: Verdict) -> Html | None:
    if not verdict.remarks:
        return None
    listed = tag("ul", *(tag("li", remark) for remark in verdict.remarks))
    return tag("section", tag("h2", HOW_FAR), listed, id="remarks")


def _table(head: Html, rows: list[Html]) -> Html:
    return tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="wide")
