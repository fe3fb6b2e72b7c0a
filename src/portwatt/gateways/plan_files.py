"""The files of a planned day: plan.json for machines, plan.csv for spreadsheets, plan.html for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from portwatt.gateways.plan_html import plan_html
from portwatt.ids import MoveId, PlaceId
from portwatt.model.plan import Activity, ActivityKind, FallbackUse, Plan
from portwatt.planning.day import PlannedDay
from portwatt.planning.outlook import PlanFigures, TrainOutlook, carried, figures, train_outlooks
from portwatt.planning.score import Score
from portwatt.planning.violations import Violation

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for the start of a formula, full-width forms included (OWASP, CSV injection)."""

CSV_COLUMNS = (
    "truck or fallback",
    "activity",
    "what",
    "start (hub clock)",
    "end (hub clock)",
    "start (UTC)",
    "end (UTC)",
    "minutes",
    "from",
    "place",
    "place name",
    "move",
    "container",
    "train",
    "EVSE or station",
    "pack",
    "charge before %",
    "charge after %",
    "highest power kW",
    "note",
)


class PlanDocument(Struct, frozen=True):
    """What plan.json holds. Quantities name their unit; times are UTC."""

    hub: str
    name: str
    timezone: str
    commissioning: str
    commissioning_basis: str
    tariff: str
    tariff_basis: str
    tariff_verified: bool
    figures: PlanFigures
    score: Score
    trains: tuple[TrainOutlook, ...]
    violations: tuple[Violation, ...]
    plan: Plan
    """Routes, charging of packs, fallbacks, rebookings, and what is not carried, with reasons."""


def write_plan(out: Path, day: PlannedDay) -> tuple[Path, ...]:
    """Write the three files of a day into a folder, made if need be. Raises OSError where that cannot be done."""
    out.mkdir(parents=True, exist_ok=True)
    texts = {"plan.json": plan_json(day), "plan.csv": plan_csv(day), "plan.html": plan_html(day)}
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", newline="")
    return tuple(out / name for name in texts)


def document(day: PlannedDay) -> PlanDocument:
    """Everything a machine wants to know of a planned day."""
    hub = day.request.hub
    return PlanDocument(
        hub=hub.id,
        name=hub.name,
        timezone=hub.timezone,
        commissioning=hub.commissioning,
        commissioning_basis=hub.commissioning_basis,
        tariff=hub.tariff.id,
        tariff_basis=hub.tariff.basis,
        tariff_verified=hub.tariff.verified,
        figures=figures(day.problem, day.plan),
        score=day.score,
        trains=train_outlooks(day.request.trains, day.request.moves, day.plan),
        violations=day.violations,
        plan=day.plan,
    )


def plan_json(day: PlannedDay) -> str:
    """plan.json: msgspec reads it back as a PlanDocument."""
    return msgspec.json.format(msgspec.json.encode(document(day)), indent=1).decode() + "\n"


def plan_csv(day: PlannedDay) -> str:
    """plan.csv: one row an activity, in the order of trucks and time; then the fallbacks, then what is not carried.

    Begins with a byte order mark, by which spreadsheets know UTF-8; a cell that would be a formula is made text.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")  # RFC 4180
    writer.writerow(CSV_COLUMNS)
    writer.writerows([safe_cell(cell) for cell in row] for row in _rows(day))
    return "\ufeff" + buffer.getvalue()


def safe_cell(text: str) -> str:
    """A cell no spreadsheet takes for a formula: one that begins like it gets an apostrophe, unless it is a number."""
    if not text.startswith(_FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def _rows(day: PlannedDay) -> Iterator[tuple[str, ...]]:
    lines = _Lines(day)
    for route in day.plan.routes:
        start = day.problem.truck_by_id.get(route.truck)
        for activity, move in carried(route, start.carrying if start else None):
            yield lines.activity(route.truck, activity, move)
    for use in day.plan.fallbacks:
        yield lines.fallback(use)
    for left in day.plan.unserved:
        about = f"{left.reason.value.replace('_', ' ')}: {left.detail}"
        yield lines.row(("", "", "not carried"), ("",) * 5, ("",) * 3, left.move, ("",) * 5, about)


class _Lines:
    """Rows of the table, on the hub's clock."""

    def __init__(self, day: PlannedDay) -> None:
        self.day = day
        self.zone = ZoneInfo(day.request.hub.timezone)
        self.later = {r.move: r.to_train or "" for r in day.plan.rebookings}

    def activity(self, truck: str, activity: Activity, move: MoveId | None) -> tuple[str, ...]:
        drive = "drive loaded" if move else "drive empty"
        what = drive if activity.kind is ActivityKind.DRIVE else activity.kind.value
        most = max((step.power for step in activity.profile), default=None)
        energy = (
            activity.evse or activity.station or activity.fallback or "",
            activity.pack or "",
            f"{activity.soc_before.as_percent:.2f}",
            f"{activity.soc_after.as_percent:.2f}",
            f"{most.as_kw:.1f}" if most else "",
        )
        times = self._times(activity.window.start, activity.window.end)
        where = (activity.origin or "", activity.place, self._name(activity.place))
        return self.row((truck, activity.id, what), times, where, move, energy, "")

    def fallback(self, use: FallbackUse) -> tuple[str, ...]:
        known = self.day.problem.move_by_id.get(use.move)
        where = (known.origin, known.destination, self._name(known.destination)) if known else ("", "", "")
        times = self._times(use.window.start, use.window.end)
        return self.row((use.fallback, "", "fallback"), times, where, use.move, ("",) * 5, use.reason)

    def row(
        self,
        head: tuple[str, str, str],
        times: tuple[str, ...],
        where: tuple[str, str, str],
        move: MoveId | None,
        energy: tuple[str, ...],
        note: str,
    ) -> tuple[str, ...]:
        known = self.day.problem.move_by_id.get(move) if move else None
        booked = known.trains[0].train if known and known.trains else ""
        freight = (move or "", known.container.id if known else "", self.later.get(move, booked) if move else "")
        return (*head, *times, *where, *freight, *energy, note)

    def _times(self, start: datetime, end: datetime) -> tuple[str, ...]:
        local = (at.astimezone(self.zone).isoformat(" ", "seconds") for at in (start, end))
        utc = (f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" for at in (start, end))
        return (*local, *utc, f"{(end - start).total_seconds() / 60:.1f}")

    def _name(self, place: PlaceId) -> str:
        known = self.day.request.hub.place_by_id.get(place)
        return known.name if known else ""
