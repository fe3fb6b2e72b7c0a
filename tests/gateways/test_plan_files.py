"""A day planned from the example tables, end to end, and files that stay data whatever the names in them are."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.config.hub import load_hub
from portwatt.gateways.plan_files import CSV_COLUMNS, PlanDocument, document, plan_csv, plan_json, safe_cell, write_plan
from portwatt.gateways.plan_html import plan_html
from portwatt.gateways.tables import equipped, read_moves, read_trains, read_trucks
from portwatt.ids import TruckId
from portwatt.model.plan import ActivityKind, Rebooking
from portwatt.planning.day import DayRequest, PlannedDay, begins, plan_day
from portwatt.planning.violations import Violation, ViolationKind

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPT = "<script>alert(1)</script>"
QUOTED = '"><img src=http://example.invalid/x onerror=alert(1)>'
FORMULA = '=HYPERLINK("http://example.invalid","click")'


@pytest.fixture(scope="module")
def request_() -> DayRequest:
    hub = load_hub(EXAMPLES / "dry-port.toml")
    trains = read_trains(EXAMPLES / "trains.csv", hub)
    moves = read_moves(EXAMPLES / "moves.csv", hub, trains)
    return DayRequest(equipped(hub, read_trucks(EXAMPLES / "trucks.csv", hub)), trains, moves)


@pytest.fixture(scope="module")
def day(request_: DayRequest) -> PlannedDay:
    return plan_day(request_, begins(request_), timedelta(seconds=2), seed=7)


@pytest.fixture(scope="module")
def hostile(request_: DayRequest) -> PlannedDay:
    """The same day with names that are attacks, in every place a file lets a person write one."""
    hub = request_.hub
    trucks = tuple(replace(t, id=TruckId(f"{SCRIPT}{n}"), fleet=QUOTED) for n, t in enumerate(hub.trucks))
    places = tuple(replace(p, name=f"{FORMULA}{p.id}", basis=QUOTED) for p in hub.places)
    hub = replace(
        hub,
        name=SCRIPT,
        commissioning_basis=QUOTED,
        trucks=trucks,
        places=places,
        tariff=replace(hub.tariff, basis=SCRIPT, document=QUOTED),
    )
    trains = tuple(replace(t, number="<b>&'\"", service=FORMULA + SCRIPT) for t in request_.trains)
    moves = tuple(replace(m, id=f"=1+{m.id}{QUOTED}") for m in request_.moves)
    odd = DayRequest(hub, trains, moves)
    planned = plan_day(odd, begins(odd), timedelta(seconds=2), seed=7)
    return replace(planned, violations=(Violation(ViolationKind.GRID, SCRIPT + QUOTED),))


class Elements(HTMLParser):
    """What a browser would see: names of elements with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_example_day_is_planned_without_violations(day: PlannedDay) -> None:
    assert day.violations == ()
    served = {a.move for r in day.plan.routes for a in r.activities if a.kind is ActivityKind.UNLOAD}
    held = {m.id for m in day.request.moves if m.customs_hold}
    assert {u.move for u in day.plan.unserved} >= held
    assert len(served) + len(day.plan.fallbacks) + len(day.plan.unserved) == len(day.request.moves)
    assert served


def test_writes_three_files_that_say_the_same(day: PlannedDay, tmp_path: Path) -> None:
    paths = write_plan(tmp_path / "new" / "out", day)
    assert [p.name for p in paths] == ["plan.json", "plan.csv", "plan.html"]
    kept = msgspec.json.decode(paths[0].read_bytes(), type=PlanDocument)
    assert kept.plan == day.plan
    rows = rows_of(paths[1].read_text(encoding="utf-8"))
    activities = [a for r in day.plan.routes for a in r.activities]
    assert len(rows) == len(activities) + len(day.plan.fallbacks) + len(day.plan.unserved)
    page = paths[2].read_text(encoding="utf-8")
    assert all(route.truck in page for route in day.plan.routes)


def test_json_reads_back_as_it_was(day: PlannedDay) -> None:
    kept = msgspec.json.decode(plan_json(day), type=PlanDocument)
    assert kept == document(day)
    assert kept.score.items == day.score.items
    assert not kept.tariff_verified


def test_csv_gives_the_hub_clock_with_its_zone_and_utc(day: PlannedDay) -> None:
    first = day.plan.routes[0].activities[0]
    row = rows_of(plan_csv(day))[0]
    assert tuple(row) == CSV_COLUMNS
    assert row["start (UTC)"] == f"{first.window.start:%Y-%m-%d %H:%M:%SZ}"
    assert row["start (hub clock)"].endswith("+08:00")
    local_hour = int(row["start (hub clock)"][11:13])
    assert (local_hour - first.window.start.hour) % 24 == 8


def test_csv_names_the_train_a_container_was_rebooked_to(day: PlannedDay) -> None:
    moved = next(m for m in day.request.moves if len(m.trains) > 1 and not m.customs_hold)
    later = moved.trains[1].train
    plan = replace(day.plan, rebookings=(Rebooking(moved.id, moved.trains[0].train, later, "late"),))
    rows = [r for r in rows_of(plan_csv(replace(day, plan=plan))) if r["move"] == moved.id]
    assert {r["train"] for r in rows} == {later}


def test_hostile_names_stay_text_in_the_page(hostile: PlannedDay) -> None:
    page = Elements(plan_html(hostile))
    names = {name for name, _ in page.found}
    assert not names & {"script", "img", "iframe", "object", "link", "base", "form", "foreignobject", "image"}
    for _, attributes in page.found:
        assert not any(key.startswith("on") for key in attributes)
        assert all((attributes.get(key) or "#").startswith("#") for key in ("href", "src", "xlink:href"))
    assert SCRIPT in page.text
    assert QUOTED in page.text


def test_the_page_asks_nobody_for_anything(day: PlannedDay) -> None:
    html = plan_html(day)
    page = Elements(html)
    policy = next(a for name, a in page.found if name == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in (policy["content"] or "")
    style = html.split("<style>")[1].split("</style>")[0]
    assert "@import" not in style
    assert all(part.startswith("#") for part in style.split("url(")[1:])


def test_the_page_shows_what_a_person_decides_by(day: PlannedDay) -> None:
    text = Elements(plan_html(day)).text
    hub = day.request.hub
    for words in (hub.name, hub.commissioning_basis, hub.tariff.basis, "not verified", "every station, EVSE and slot"):
        assert words in text
    for train in day.request.trains:
        assert train.number in text
    for left in day.plan.unserved:
        assert left.detail in text


def test_violations_come_first_and_are_not_called_checked(hostile: PlannedDay) -> None:
    page = plan_html(hostile)
    assert "checked: no violations" not in page
    assert page.index('id="check"') < page.index('id="trucks"')


def test_a_day_without_anything_still_makes_a_page(day: PlannedDay) -> None:
    nothing = replace(day.plan, routes=(), pack_charges=(), fallbacks=(), rebookings=(), unserved=())
    empty = replace(day, plan=nothing, request=replace(day.request, trains=(), moves=()))
    assert "No trains were given." in plan_html(empty)
    assert rows_of(plan_csv(empty)) == []


def test_hostile_names_stay_text_in_a_spreadsheet(hostile: PlannedDay) -> None:
    for row in rows_of(plan_csv(hostile)):
        for cell in row.values():
            assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n"))
            assert not cell.startswith("-") or float(cell) <= 0


@given(st.text())
def test_no_text_becomes_a_formula(text: str) -> None:
    cell = safe_cell(text)
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.startswith(("=", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    if cell.startswith(("+", "-")):
        float(cell)
