"""The true load of the site: what every station draws and what else is switched on, against the grid connection."""

from __future__ import annotations

from datetime import datetime, timedelta

from portwatt.ids import StationId
from portwatt.model.grid import GridLimit
from portwatt.model.tariff import Tariff, bands
from portwatt.simulator.audit import Audit, WrongKind
from portwatt.units import Energy, Money, Power, Window

_DAY = timedelta(days=1)
_JOULES_PER_KWH = 3_600_000


class Site:
    """Integrates the load over every change of it: energy, its cost by tariff band, the peak of charging.

    Each time the connection is exceeded counts as one wrong, however long it lasts.
    """

    def __init__(self, start: datetime, grid: GridLimit, tariff: Tariff, audit: Audit) -> None:
        self.peak = Power(0)
        """Highest power of all charging together."""
        self._grid = grid
        self._tariff = tariff
        self._audit = audit
        self._stations: dict[StationId, int] = {}
        self._charging = 0
        self._other = 0
        self._since = start
        self._band = bands(tariff, Window(start, start + _DAY))[0]
        self._joules = 0.0
        self._cost = 0.0
        self._over = False

    @property
    def charging(self) -> Power:
        """What all stations draw now."""
        return Power(self._charging)

    @property
    def energy(self) -> Energy:
        """What charging has drawn so far."""
        return Energy(round(self._joules / 3_600))

    @property
    def cost(self) -> Money:
        """What that energy cost, at the price of its hour."""
        return Money(round(self._cost * 100))

    def station_draws(self, station: StationId, power: Power, now: datetime) -> None:
        """The power of a station from now on."""
        before = self._stations.get(station, 0)
        if before == power.w:
            return
        self.advance(now)
        self._stations[station] = power.w
        self._charging += power.w - before
        self.peak = max(self.peak, self.charging)
        self._judge(now)

    def other_draws(self, power: Power, now: datetime) -> None:
        """The power of everything else on the site from now on."""
        self.advance(now)
        self._other = power.w
        self._judge(now)

    def advance(self, now: datetime) -> None:
        """Add up what was drawn since the last change, split where the price changes."""
        while self._since < now:
            until = min(now, self._band.window.end)
            joules = self._charging * (until - self._since).total_seconds()
            self._joules += joules
            self._cost += joules / _JOULES_PER_KWH * self._band.price.as_per_kwh
            self._since = until
            if until == self._band.window.end:
                self._band = bands(self._tariff, Window(until, until + _DAY))[0]

    def _judge(self, now: datetime) -> None:
        total = self._charging + self._other
        over = total > self._grid.connection.w
        if over and not self._over:
            words = f"the site draws {total / 1000:.1f} kW of {self._grid.connection.as_kw:.1f} kW"
            self._audit.wrong(now, WrongKind.GRID, words)
        self._over = over
