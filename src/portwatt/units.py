"""Quantities as types: whole watts, watt-hours, metres, cents; the state of charge a type of its own.

Every quantity is an immutable, ordered value around one whole number, so equal inputs give equal results on every
machine and no bare float crosses a module. Time is `datetime` in UTC (aware) and `timedelta`; `as_utc` is the one door.
In JSON a quantity names its unit: ``{"w": 350000}``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Self
from zoneinfo import ZoneInfo

from msgspec import Struct

from portwatt.errors import UsageError

_HOUR_S = 3600


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises UsageError when it carries no zone (a zone is never guessed inside), or when UTC
    has no such moment: the first and last hours of the calendar in other zones."""
    if moment.tzinfo is None:
        raise UsageError(f"the time {moment.isoformat()} has no time zone; give one, for example +08:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UsageError(f"the time {moment.isoformat()} is beyond the calendar in UTC") from None


def local_time(moment: datetime, timezone: str) -> str:
    """A moment as people of that time zone (IANA) read it, to the minute: ``24 Nov 15:59``."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%d %b %H:%M}"


def whole(value: float | Decimal) -> int:
    """Nearest whole number, halves away from zero. Raises UsageError for NaN and infinities."""
    number = Decimal(value)
    if not number.is_finite():
        raise UsageError(f"{value} is not a finite number")
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))


class Power(Struct, frozen=True, order=True, gc=False):
    """Electric power in whole watts; negative is export."""

    w: int = 0

    @classmethod
    def kw(cls, value: float) -> Self:
        return cls(whole(value * 1000))

    @property
    def as_kw(self) -> float:
        return self.w / 1000

    def __add__(self, other: Power) -> Power:
        return Power(self.w + other.w)

    def __sub__(self, other: Power) -> Power:
        return Power(self.w - other.w)

    def scaled(self, factor: float) -> Power:
        return Power(whole(self.w * factor))

    def over(self, duration: timedelta) -> Energy:
        """Energy this power gives over a duration, to the nearest watt-hour."""
        return Energy(whole(self.w * duration.total_seconds() / _HOUR_S))


class Energy(Struct, frozen=True, order=True, gc=False):
    """Energy in whole watt-hours."""

    wh: int = 0

    @classmethod
    def kwh(cls, value: float) -> Self:
        return cls(whole(value * 1000))

    @property
    def as_kwh(self) -> float:
        return self.wh / 1000

    def __add__(self, other: Energy) -> Energy:
        return Energy(self.wh + other.wh)

    def __sub__(self, other: Energy) -> Energy:
        return Energy(self.wh - other.wh)

    def scaled(self, factor: float) -> Energy:
        return Energy(whole(self.wh * factor))

    def time_at(self, power: Power) -> timedelta:
        """Time to move this energy at a constant power, up to the next second. Raises UsageError at zero power."""
        if power.w <= 0:
            raise UsageError(f"{self.as_kwh} kWh never arrive at {power.as_kw} kW")
        return timedelta(seconds=-(-self.wh * _HOUR_S // power.w))


class SoC(Struct, frozen=True, order=True, gc=False):
    """State of charge in hundredths of a percent, 0 to 10 000. Raises UsageError outside."""

    bp: int

    def __post_init__(self) -> None:
        if not 0 <= self.bp <= 10_000:
            raise UsageError(f"a state of charge of {self.bp / 100} % is outside 0 to 100 %")

    @classmethod
    def percent(cls, value: float) -> Self:
        return cls(whole(value * 100))

    @classmethod
    def from_energy(cls, stored: Energy, capacity: Energy) -> Self:
        """The share of a capacity that is stored, held inside 0 to 100 % (a meter may say a little more)."""
        if capacity.wh <= 0:
            raise UsageError("a battery without capacity has no state of charge")
        return cls(max(0, min(10_000, stored.wh * 10_000 // capacity.wh)))

    @property
    def as_percent(self) -> float:
        return self.bp / 100

    def of(self, capacity: Energy) -> Energy:
        """Energy stored at this state of charge."""
        return Energy(capacity.wh * self.bp // 10_000)


class Distance(Struct, frozen=True, order=True, gc=False):
    """Road distance in whole metres."""

    m: int = 0

    @classmethod
    def km(cls, value: float) -> Self:
        return cls(whole(value * 1000))

    @property
    def as_km(self) -> float:
        return self.m / 1000

    def __add__(self, other: Distance) -> Distance:
        return Distance(self.m + other.m)


class Consumption(Struct, frozen=True, order=True, gc=False):
    """What a truck uses on the road, in watt-hours per kilometre."""

    wh_per_km: int

    @classmethod
    def kwh_per_km(cls, value: float) -> Self:
        return cls(whole(value * 1000))

    def over(self, distance: Distance) -> Energy:
        """Energy for a distance, rounded up: a battery is never credited with a rounding."""
        return Energy(-(-self.wh_per_km * distance.m // 1000))


class Money(Struct, frozen=True, order=True, gc=False):
    """Money in whole cents (fen) of one currency (ISO 4217). Adding two currencies raises UsageError."""

    cents: int = 0
    currency: str = "CNY"

    @classmethod
    def cny(cls, value: float | Decimal) -> Self:
        return cls(whole(Decimal(str(value)) * 100))

    @property
    def amount(self) -> Decimal:
        return Decimal(self.cents) / 100

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - self._same(other), self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise UsageError(f"cannot add {other.currency} to {self.currency}; convert first")
        return other.cents


class EnergyPrice(Struct, frozen=True, order=True, gc=False):
    """Price of energy in millionths of a currency unit per kilowatt-hour (published tables carry six decimals)."""

    micro: int
    currency: str = "CNY"

    @classmethod
    def per_kwh(cls, value: float | Decimal) -> Self:
        return cls(whole(Decimal(str(value)) * 1_000_000))

    @property
    def as_per_kwh(self) -> float:
        return self.micro / 1_000_000


class Window(Struct, frozen=True, order=True, gc=False):
    """A stretch of time, start included, end excluded. Raises UsageError when it ends before it starts."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise UsageError(f"a window from {self.start.isoformat()} cannot end at {self.end.isoformat()}")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: Window) -> bool:
        return self.start < other.end and other.start < self.end
