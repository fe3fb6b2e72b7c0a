"""Power through the plugs of one station, second by second.

Power stands still for a segment: at most `SEGMENT`, less when a battery fills up, a profile steps or somebody acts.
Within a segment the energy is exactly power times time, so it does not matter how often anybody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from portwatt.simulator.profiles import ChargingProfiles
from portwatt.simulator.vehicle import FULL, MICROJOULES_PER_WH, Battery
from portwatt.units import Energy, Power, SoC

SEGMENT: Final = timedelta(seconds=60)
"""How long a battery's curve is taken as flat."""
_MICROSECOND: Final = timedelta(microseconds=1)
_WHOLE: Final = 1000


class Load:
    """What hangs on one plug: a battery, the switch, the meter.

    `loss_permille` of the metered energy does not reach the battery.
    """

    def __init__(self, number: int, loss_permille: int = 0) -> None:
        self.number = number
        self.battery: Battery | None = None
        self.target = FULL
        self.cap_w = 0
        self.started: datetime | None = None
        self.draw_w = 0
        self.wish_w = 0
        self.register_uj = 0
        self._kept = _WHOLE - loss_permille
        self._remainder = 0

    @property
    def register(self) -> Energy:
        """The meter: never reset, whole watt-hours, rounded down."""
        return Energy(self.register_uj // MICROJOULES_PER_WH)

    @property
    def soc(self) -> SoC | None:
        return self.battery.soc if self.battery is not None else None

    def switch_on(self, cap: Power, at: datetime) -> None:
        """Power may flow from now on, at most `cap`."""
        self.cap_w, self.started = cap.w, at

    def switch_off(self) -> None:
        self.started = None
        self.draw_w = self.wish_w = 0

    def wish(self) -> int:
        """Watts the battery would take through this plug if nobody limited it."""
        if self.started is None or self.battery is None:
            return 0
        return min(self.cap_w, self.battery.accepted_w(self.target))

    def take(self, microseconds: int) -> None:
        """Charge for a while at the present draw."""
        if self.draw_w == 0 or self.battery is None:
            return
        metered = self.draw_w * microseconds
        self.register_uj += metered
        kept, self._remainder = divmod(metered * self._kept + self._remainder, _WHOLE)
        self.battery.fill(kept)

    def microseconds_to_full(self) -> int | None:
        """When the target is reached at the present draw; None: not at all."""
        speed = self.draw_w * self._kept
        if speed == 0 or self.battery is None:
            return None
        room = self.battery.level_uj(self.target) - self.battery.stored_uj
        return max(1, -(-room * _WHOLE // speed))


def fair_shares(limit: int, wishes: Sequence[int]) -> list[int]:
    """Divide a limit: equal shares, and what one does not want goes to the others. Whole watts, never above the limit.

    >>> fair_shares(100, [20, 90, 70])
    [20, 40, 40]
    """
    shares = [0] * len(wishes)
    left = max(0, limit)
    order = sorted(range(len(wishes)), key=lambda i: wishes[i])
    for place, i in enumerate(order):
        shares[i] = min(wishes[i], left // (len(order) - place))
        left -= shares[i]
    return shares


class Feeder:
    """The loads of one station and what limits them: their profiles and `most`, what the whole station may draw."""

    def __init__(
        self,
        loads: Sequence[Load],
        profiles: ChargingProfiles,
        most: Power | None,
        settled: Callable[[datetime], None],
    ) -> None:
        """`settled` is told after every change of power."""
        self._loads = loads
        self._profiles = profiles
        self._most = most
        self._settled = settled
        self._since: datetime | None = None
        self.until: datetime | None = None
        """When the present segment ends; None while no power can flow."""

    def total_w(self) -> int:
        return sum(load.draw_w for load in self._loads)

    def run_to(self, now: datetime) -> None:
        """Let time pass."""
        while self.until is not None and self.until <= now:
            end = self.until
            self._integrate(end)
            self._divide(end)
        self._integrate(now)

    def change(self, now: datetime) -> None:
        """Somebody acted: divide the power anew."""
        self.run_to(now)
        self._divide(now)

    def _integrate(self, now: datetime) -> None:
        if self._since is None or now <= self._since:
            return
        microseconds = (now - self._since) // _MICROSECOND
        for load in self._loads:
            load.take(microseconds)
        self._since = now

    def _divide(self, at: datetime) -> None:
        limited = []
        for load in self._loads:
            load.wish_w = load.wish()
            limit = self._profiles.outlet_limit(load.number, load.started, at) if load.wish_w else None
            limited.append(load.wish_w if limit is None else min(load.wish_w, limit.w))
        most = self._profiles.station_limit(at)
        bounds = [bound.w for bound in (most, self._most) if bound is not None]
        draws = fair_shares(min(bounds), limited) if bounds else limited
        for load, draw in zip(self._loads, draws, strict=True):
            load.draw_w = draw
        self._since = at
        self.until = self._segment_end(at)
        self._settled(at)

    def _segment_end(self, at: datetime) -> datetime | None:
        if not any(load.wish_w for load in self._loads):
            return None
        ends = [at + SEGMENT]
        full = [us for load in self._loads if (us := load.microseconds_to_full()) is not None]
        if full:
            ends.append(at + timedelta(microseconds=min(full)))
        step = self._profiles.next_step(at, {load.number: load.started for load in self._loads})
        if step is not None:
            ends.append(step)
        return min(ends)
