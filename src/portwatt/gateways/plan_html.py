"""A plan as one page that needs nothing else: no request, no script, its style and drawings inside.

Its content security policy forbids everything but the style it carries, so a name from a file that slipped through the
escaping still could not run.
"""

from __future__ import annotations

from importlib.resources import files

from portwatt import __version__
from portwatt.gateways.markup import Content, Html, join, tag
from portwatt.gateways.plan_charts import power_chart
from portwatt.gateways.plan_gantt import Axis, axis_of, gantt
from portwatt.gateways.plan_tables import (
    assumptions_table,
    cost_table,
    fallback_table,
    late_table,
    rebooked_table,
    trains_table,
    unserved_table,
    violations_table,
)
from portwatt.model.plan import ActivityKind
from portwatt.planning.day import PlannedDay
from portwatt.planning.outlook import PlanFigures, figures

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_TRAINS_INTRO = "Last 6 h: one mark a container, put down so long before the cut-off (inbound: before it is due)."


def plan_html(day: PlannedDay) -> str:
    """The whole page. Every word from a file is escaped."""
    axis = axis_of(day)
    hub = day.request.hub
    style = files("portwatt").joinpath("data/plan.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{hub.name}: plan {day.plan.id}"),
        tag("style", Html(style)),
    )
    page = tag(
        "html", head, tag("body", _header(day, axis), tag("main", *_sections(day, axis)), _footer(day)), lang="en"
    )
    return f"<!doctype html>\n{page}\n"


def _sections(day: PlannedDay, axis: Axis) -> list[Html]:
    plan = day.plan
    late = figures(day.problem, plan).late
    swaps = sum(1 for r in plan.routes for a in r.activities if a.kind is ActivityKind.SWAP and a.fallback)
    third = f"{swaps} swaps at a third party stand in the rows of their trucks." if swaps else None
    sections = [
        _section("trucks", "Trucks", _gantt_intro(day, axis), gantt(day, axis), _idle(day)),
        _section("trains", "Trains", _TRAINS_INTRO, trains_table(day, axis)),
        _section("power", "Power", "What all charging draws together.", power_chart(day, axis)),
        _section("unserved", f"Not carried ({len(plan.unserved)})", "", unserved_table(day)),
        _section("late", f"Late ({late})", "", late_table(day, axis)),
        _section("rebooked", f"Rebooked ({len(plan.rebookings)})", "", rebooked_table(day)),
        _section("fallback", f"Fallback ({len(plan.fallbacks)})", third or "", fallback_table(day, axis)),
        _section("check", f"Check ({len(day.violations)})", "", violations_table(day, axis)),
        _section("cost", "Cost", "", cost_table(day)),
        _section("basis", "What this rests on", "", assumptions_table(day)),
    ]
    if day.violations:  # the first thing to see when there are any
        sections.insert(0, sections.pop(7))
    return sections


def _section(name: str, title: str, intro: str, *content: Content) -> Html:
    return tag("section", tag("h2", title), tag("p", intro) if intro else None, *content, id=name)


def _gantt_intro(day: PlannedDay, axis: Axis) -> str:
    span = f"{axis.local(axis.window.start, '%d %b %H:%M')} to {axis.local(axis.window.end, '%d %b %H:%M')}"
    return f"{span}, clock of {axis.zone.key}. Point at a bar for its details."


def _idle(day: PlannedDay) -> Html | None:
    busy = {r.truck for r in day.plan.routes if r.activities}
    idle = sorted(t.id for t in day.request.hub.trucks if t.id not in busy)
    if not idle:
        return None
    return tag("details", tag("summary", f"{len(idle)} trucks have nothing to do"), tag("p", ", ".join(idle)))


def _header(day: PlannedDay, axis: Axis) -> Html:
    hub, plan = day.request.hub, day.plan
    known = figures(day.problem, plan)
    ok = not day.violations
    count = len(day.violations)
    check = "✓ checked: no violations" if ok else f"✗ {count} violation{'s' if count > 1 else ''}"
    badges = tag(
        "p",
        tag("a", check, href="#check", class_=f"badge {'ok' if ok else 'bad'}"),
        tag("a", f"⚑ {hub.commissioning.replace('_', ' ').lower()}", href="#basis", class_="badge open"),
        tag("span", f"basis: {hub.commissioning_basis}", class_="muted"),
        None if hub.tariff.verified else tag("a", "⚑ tariff not verified", href="#basis", class_="badge open"),
        class_="badges",
    )
    when = f"{axis.local(plan.horizon.start, '%A %d %B %Y')} · plan {plan.id} · {axis.zone.key}"
    links = (
        ("trucks", "Trucks", None),
        ("trains", "Trains", None),
        ("power", "Power", None),
        ("unserved", "Not carried", len(plan.unserved)),
        ("late", "Late", known.late),
        ("rebooked", "Rebooked", len(plan.rebookings)),
        ("fallback", "Fallback", len(plan.fallbacks)),
        ("cost", "Cost", None),
        ("basis", "What this rests on", None),
    )
    nav = tag(
        "nav",
        *(tag("a", word, tag("sup", n) if n else None, href=f"#{name}") for name, word, n in links),
        aria_label="Sections",
    )
    title = tag("div", tag("h1", hub.name), tag("p", when, class_="muted"))
    return tag("header", tag("div", title, badges, class_="top"), _tiles(day, known, axis), nav)


def _tiles(day: PlannedDay, known: PlanFigures, axis: Axis) -> Html:
    limit = min((step.power for step in day.problem.grid), default=known.peak)
    carried = known.by_truck + known.by_fallback
    road = known.loaded.m + known.empty.m
    tiles = (
        _tile("moves carried", f"{carried}", f"of {known.moves}", _moves_note(known), known.unserved + known.late > 0),
        _tile(
            "on booked train",
            f"{known.on_booked_train}",
            f"of {known.containers}",
            _train_note(known),
            known.missed > 0,
        ),
        _tile(
            "trucks used", f"{known.trucks_used}", f"of {known.trucks}", f"{known.charges} charges, {known.swaps} swaps"
        ),
        _tile("by fallback", f"{known.by_fallback}", "moves", "diesel shuttles") if known.by_fallback else None,
        _tile(
            "road",
            f"{road / 1_000:,.0f}".replace(",", "\u202f"),
            "km",
            f"{100 * known.loaded.m / max(1, road):.0f} % loaded",
        ),
        _tile(
            "highest load",
            f"{known.peak.as_kw:.0f}",
            f"of {limit.as_kw:.0f} kW",
            _peak_note(known, axis),
            known.peak > limit,
        ),
        _tile("energy", f"{known.energy.as_kwh / 1_000:.2f}", "MWh", "drawn for charging"),
        _tile(
            "cost",
            f"{day.score.cost.amount:,.0f}".replace(",", "\u202f"),
            day.score.cost.currency,
            "energy, road, wear",
        ),
    )
    return tag("div", *tiles, class_="tiles")


def _moves_note(known: PlanFigures) -> str:
    return f"{known.late} late, {known.unserved} not carried"


def _train_note(known: PlanFigures) -> str:
    held = f", {known.held} held" if known.held else ""
    return f"{known.rebooked} rebooked, {known.missed} missed{held}"


def _peak_note(known: PlanFigures, axis: Axis) -> str:
    return f"first at {axis.local(known.peak_at)}" if known.peak_at else "nothing is charged"


def _tile(name: str, figure: str, unit: str, note: str, alarm: bool = False) -> Html:
    value = tag("p", tag("b", figure), " ", unit)
    mark = tag("span", "! ", class_="bad") if alarm else None
    return tag("div", tag("h3", name), value, tag("small", mark, note), class_="tile")


def _footer(day: PlannedDay) -> Html:
    plan = day.plan
    made = f"Portwatt {__version__}, planner {plan.planner}, seed {plan.seed}."
    return tag(
        "footer", join(made, " The same plan as data: ", tag("code", "plan.json"), ", ", tag("code", "plan.csv"), ".")
    )
