"""Trucks and what they can take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from msgspec import Struct

from portwatt.ids import FleetId, IdToken, PackFamilyId, PackId, PlaceId, TruckId, TruckModelId
from portwatt.model.connector import Adapter, ConnectorStandard
from portwatt.model.station import VoltageWindow
from portwatt.units import Consumption, Energy, Power, SoC, Window

ALWAYS = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
"""Duty of a truck without a shift."""


class CurvePoint(Struct, frozen=True, order=True):
    """Most the battery takes from this state of charge on; linear to the next point."""

    soc: SoC
    power: Power


class TruckModel(Struct, frozen=True):
    """What trucks of one make share (facts trucks.json).

    `curve` is sorted by SoC, first point at 0 %, last at 100 %. `consumption_empty` is not published per model:
    0.6 to 0.7 of loaded is an assumption of the facts file and must stay marked as such (`basis`).
    """

    id: TruckModelId
    battery: Energy
    inlets: tuple[ConnectorStandard, ...]
    curve: tuple[CurvePoint, ...]
    voltage: VoltageWindow
    consumption_loaded: Consumption
    consumption_empty: Consumption
    adapters: tuple[Adapter, ...] = ()
    family: PackFamilyId | None = None
    """Pack family it swaps; None: cannot swap."""
    basis: str = ""
    """Where the figures come from and which are assumed."""


class DailyShift(Struct, frozen=True, tag="daily"):
    """Duty of every day, in minutes after local midnight; an end past 1440 is on the next day.

    Minutes are of the clock on the wall: on a day the clocks change a shift is as much longer or shorter.
    """

    start_minute: int
    end_minute: int
    timezone: str


class SingleShift(Struct, frozen=True, tag="single"):
    """Duty of one day."""

    window: Window


Shift = DailyShift | SingleShift


class Truck(Struct, frozen=True):
    """One truck of one fleet, on duty within its shift; begins at a place with a state of charge."""

    id: TruckId
    model: TruckModelId
    fleet: FleetId
    token: IdToken
    """What it shows to a station (OCPP IdToken)."""
    place: PlaceId
    soc: SoC
    shift: Shift | None = None
    """None: always on duty."""
    reserve: SoC = SoC(1_000)
    """Never planned below this."""
    pack: PackId | None = None


def duty(shift: Shift | None, at: datetime) -> Window:
    """The shift that is on at a moment, or else the next; of a single shift that is over, the one there was."""
    if shift is None:
        return ALWAYS
    if isinstance(shift, SingleShift):
        return shift.window
    # Where the clocks go forward nothing may be left of a short shift: then the next one counts.
    return next(window for window in _from_day_before(shift, at) if at < window.end and window.length)


def on_duty(shift: Shift | None, at: datetime) -> bool:
    return at in duty(shift, at)


def shifts(shift: Shift | None, within: Window) -> Iterator[Window]:
    """Every stretch of duty in a window, in order, cut to it."""
    at = within.start
    while at < within.end:
        found = duty(shift, at)
        start, end = max(found.start, at), min(found.end, within.end)
        if start >= end:
            return
        yield Window(start, end)
        at = end


def _from_day_before(shift: DailyShift, at: datetime) -> Iterator[Window]:
    zone = ZoneInfo(shift.timezone)
    day = at.astimezone(zone).date() - timedelta(days=1)
    while True:
        start, end = (_moment(day, minute, zone) for minute in (shift.start_minute, shift.end_minute))
        yield Window(start, max(start, end))
        day += timedelta(days=1)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return (datetime.combine(day, time(), zone) + timedelta(minutes=minute)).astimezone(UTC)


def accepts(model: TruckModel, soc: SoC) -> Power:
    """Most power the battery takes at a state of charge: linear between the points of the curve."""
    points = model.curve
    for left, right in pairwise(points):
        if left.soc <= soc <= right.soc:
            span = right.soc.bp - left.soc.bp
            if span == 0:
                return right.power
            return Power(left.power.w + (right.power.w - left.power.w) * (soc.bp - left.soc.bp) // span)
    return points[-1].power
