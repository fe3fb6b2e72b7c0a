"""What a plug feeds: batteries, in trucks and in slots.

Energy is counted in whole microjoules (watts times microseconds), so that what a meter counts and what a battery
stores agree exactly, however often anybody looks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from portwatt.errors import UsageError
from portwatt.model.connector import fits
from portwatt.model.station import Connector, Evse
from portwatt.model.truck import TruckModel, accepts
from portwatt.units import Energy, Power, SoC

MICROJOULES_PER_WH: Final = 3_600_000_000
FULL_BP: Final = 10_000
FULL: Final = SoC(FULL_BP)

END_OF_CHARGE: Final = Power(1_000)
"""A battery whose curve falls below this counts as full: curves that end at zero watts would never be over."""


class Battery:
    """A battery that takes what its curve allows. `accepts` gives the most power it takes at a state of charge."""

    def __init__(self, capacity: Energy, soc: SoC, accepts: Callable[[SoC], Power]) -> None:
        if capacity.wh <= 0:
            raise UsageError("a battery needs a capacity above zero")
        self.capacity = capacity
        self._accepts = accepts
        self._capacity_uj = capacity.wh * MICROJOULES_PER_WH
        self._stored_uj = self.level_uj(soc)

    @property
    def soc(self) -> SoC:
        """State of charge, rounded down."""
        return SoC(min(FULL_BP, self._stored_uj * FULL_BP // self._capacity_uj))

    @property
    def stored(self) -> Energy:
        """Energy inside, rounded down."""
        return Energy(self._stored_uj // MICROJOULES_PER_WH)

    @property
    def stored_uj(self) -> int:
        """Energy inside in microjoules; passes the capacity by at most one microsecond of charging."""
        return self._stored_uj

    def level_uj(self, soc: SoC) -> int:
        """Energy inside at a state of charge, in microjoules."""
        return self._capacity_uj * soc.bp // FULL_BP

    def accepted_w(self, target: SoC) -> int:
        """Power it takes now, in watts: nothing from `target` on, or once its curve has run out."""
        if self._stored_uj >= self.level_uj(target):
            return 0
        power = self._accepts(self.soc)
        return power.w if power >= END_OF_CHARGE else 0

    def fill(self, microjoules: int) -> None:
        """Store energy; how much fits is the caller's business."""
        self._stored_uj += microjoules

    def drain(self, energy: Energy) -> None:
        """Take energy out; an empty battery stays empty."""
        self._stored_uj = max(0, self._stored_uj - energy.wh * MICROJOULES_PER_WH)


class Vehicle:
    """A truck as a charger sees it. `target` is where the truck itself stops charging."""

    def __init__(self, model: TruckModel, soc: SoC, target: SoC = FULL) -> None:
        self.model = model
        self.target = target
        self.battery = Battery(model.battery, soc, self._curve)

    @property
    def soc(self) -> SoC:
        return self.battery.soc

    def fit(self, capacity: Energy, soc: SoC) -> None:
        """A swap: another pack is in the truck. It is assumed to take power as the truck's own battery does."""
        self.battery = Battery(capacity, soc, self._curve)

    def cable(self, evse: Evse) -> Connector | None:
        """The cable of an EVSE that fits this truck, the strongest if several do; None: none fits."""
        fitting = [c for c in evse.connectors if fits(c.standard, self.model.inlets, self.model.adapters)]
        return max(fitting, key=lambda connector: connector.max_a, default=None)

    def nominal_v(self) -> int:
        """Voltage a cable's current is counted at: the middle of the battery's window, an assumption (makers publish
        the window, not its course)."""
        window = self.model.voltage
        return (window.low_v + window.high_v) // 2

    def most(self, evse: Evse, cable: Connector) -> Power:
        """Most power this EVSE can give this truck through a cable."""
        window = self.model.voltage
        return min(evse.max_power, Power(cable.max_a * (window.low_v + window.high_v) // 2))

    def _curve(self, soc: SoC) -> Power:
        return accepts(self.model, soc)
