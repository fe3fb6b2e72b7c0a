"""`portwatt plan`: a day from spreadsheets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import typer

from portwatt.config.faults import FaultyFileError
from portwatt.config.hub import load_hub
from portwatt.errors import UsageError
from portwatt.gateways.plan_files import write_plan
from portwatt.gateways.tables import equipped, read_moves, read_trains, read_trucks
from portwatt.model.hub import Hub
from portwatt.planning.day import DayRequest, PlannedDay, begins, plan_day
from portwatt.planning.outlook import figures

Value = TypeVar("Value")


class _Files:
    """Reads one file after another and keeps what is wrong with each, so that all of it is said at once."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def read(self, reader: Callable[[], Value]) -> Value | None:
        try:
            return reader()
        except FaultyFileError as error:
            self.faults += [f"{error.name}: {fault}" for fault in error.faults]
            return None


def plan_from_tables(  # noqa: PLR0913 - as many as the command has options
    *,
    hub_file: Path,
    trains: Path,
    moves: Path,
    trucks: Path | None,
    out: Path,
    now: str,
    budget: float,
    seed: int,
) -> bool:
    """Read, plan, write the files, say what came of it; return whether the independent check found nothing."""
    if not 0 <= budget <= 3600:
        raise UsageError(f"--budget {budget}: give 0 to 3600 seconds")
    request, start = _request(hub_file, trains, moves, trucks, now)
    day = plan_day(request, start, timedelta(seconds=budget), seed)
    written = write_plan(out, day)
    _say(day, written)
    return not day.violations


def _request(hub_file: Path, trains: Path, moves: Path, trucks: Path | None, now: str) -> tuple[DayRequest, datetime]:
    """What the files ask for, and when the plan begins. Raises UsageError with every fault of every file."""
    files = _Files()
    wished = _wished(now) if now else None
    day = wished.date() if wished is not None else None
    hub = load_hub(hub_file)
    runs = files.read(lambda: read_trains(trains, hub, day))
    fleet = files.read(lambda: read_trucks(trucks, hub, day)) if trucks is not None else hub.trucks
    wanted = files.read(lambda: read_moves(moves, hub, runs, day))
    if files.faults or runs is None or wanted is None or fleet is None:
        raise FaultsError(files.faults)
    request = DayRequest(equipped(hub, fleet) if trucks is not None else hub, runs, wanted)
    return request, begins(request) if wished is None else _start(wished, hub)


class FaultsError(UsageError):
    """Faults of several files, each with its place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def _wished(now: str) -> datetime:
    """The time given with --now, its zone not yet known when it has none."""
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise UsageError(f"--now {now!r} is not a time; write it like 2026-11-24T06:00") from None
    if not 2000 <= moment.year <= 2100:
        raise UsageError(f"--now {now!r} is not between the years 2000 and 2100")
    return moment


def _start(wished: datetime, hub: Hub) -> datetime:
    """That time in UTC; without a zone it is hub time."""
    local = wished if wished.tzinfo else wished.replace(tzinfo=ZoneInfo(hub.timezone))
    return local.astimezone(UTC)


def _say(day: PlannedDay, written: tuple[Path, ...]) -> None:
    known = figures(day.problem, day.plan)
    typer.echo(f"{day.request.hub.name}: {known.moves} moves, {known.trucks_used} of {known.trucks} trucks used")
    typer.echo(f"  by truck {known.by_truck}, by diesel shuttle {known.by_fallback}, not served {known.unserved}")
    typer.echo(
        f"  containers on their booked train {known.on_booked_train} of {known.containers}, "
        f"rebooked {known.rebooked}, missed {known.missed}, held by customs {known.held}; {known.late} late"
    )
    typer.echo(
        f"  {known.charges} charges, {known.swaps} swaps, {known.energy.as_kwh:.0f} kWh, "
        f"peak {known.peak.as_kw:.0f} kW; {known.loaded.as_km:.0f} km loaded, {known.empty.as_km:.0f} km empty"
    )
    for lost in day.plan.unserved:
        typer.echo(f"  not served: {lost.move}: {lost.detail}")
    for violation in day.violations:
        typer.echo(f"VIOLATION: {violation.message}", err=True)
    for path in written:
        typer.echo(f"wrote {path}")
