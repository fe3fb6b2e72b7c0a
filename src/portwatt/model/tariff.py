"""Time-of-use tariffs (facts tou_tariffs.json): bands in hub local time, prices by band."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.units import EnergyPrice, Window


class BandName(StrEnum):
    SHARP = "sharp"
    PEAK = "peak"
    FLAT = "flat"
    VALLEY = "valley"
    DEEP_VALLEY = "deep_valley"


class BandPeriod(Struct, frozen=True):
    """A stretch of the local day in one band; minutes after local midnight, end excluded, 1440 = midnight."""

    start_minute: int
    end_minute: int
    band: BandName


class Season(Struct, frozen=True):
    """Months (1 to 12) that share one day of bands. Periods cover the day without gap or overlap."""

    months: tuple[int, ...]
    periods: tuple[BandPeriod, ...]


class Tariff(Struct, frozen=True):
    """Bands and prices. Only the floating part of a price is multiplied: price = floating × multiplier + fixed.

    `basis` and `verified` carry the status of the source and stay visible where a person decides by a price.
    """

    id: str
    document: str
    timezone: str
    seasons: tuple[Season, ...]
    multipliers: dict[BandName, float]
    floating: EnergyPrice
    fixed: EnergyPrice
    basis: str = ""
    verified: bool = False

    def price(self, band: BandName) -> EnergyPrice:
        if band not in self.multipliers:
            raise UsageError(f"tariff {self.id} has no price for the band {band.value}")
        return EnergyPrice(round(self.floating.micro * self.multipliers[band]) + self.fixed.micro)


class Band(Struct, frozen=True):
    """A stretch of time at one price, UTC."""

    window: Window
    name: BandName
    price: EnergyPrice


def bands(tariff: Tariff, horizon: Window) -> tuple[Band, ...]:
    """The bands that cover a horizon, in order, cut to it. Raises UsageError where no season covers a month."""
    zone = ZoneInfo(tariff.timezone)
    found: list[Band] = []
    day = horizon.start.astimezone(zone).date()
    while True:
        midnight = datetime.combine(day, time(), zone)
        if midnight.astimezone(UTC) >= horizon.end:
            return tuple(found)
        for period in _season(tariff, day.month).periods:
            start = max((midnight + timedelta(minutes=period.start_minute)).astimezone(UTC), horizon.start)
            end = min((midnight + timedelta(minutes=period.end_minute)).astimezone(UTC), horizon.end)
            if start < end:
                found.append(Band(Window(start, end), period.band, tariff.price(period.band)))
        day += timedelta(days=1)


def _season(tariff: Tariff, month: int) -> Season:
    for season in tariff.seasons:
        if month in season.months:
            return season
    raise UsageError(f"tariff {tariff.id} says nothing about month {month}; add a season for it")
