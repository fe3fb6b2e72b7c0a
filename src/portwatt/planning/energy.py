"""How long charging takes: along the curve of the battery, under the cap of EVSE and cable, with the power left.

Energies are whole joules, times whole seconds, powers whole watts, so that nothing is lost to rounding on the way.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from portwatt.model.truck import TruckModel, accepts
from portwatt.units import SoC

JOULES = 3600
"""In a watt-hour."""
_BIN_BP = 250
"""Grain of the staircase under a curve: steps of 2.5 % keep a profile short and lose under 1 % of the power."""
_LEAST_POWER = 10_000
"""With less than 10 kW left in a slot, a charge pauses for it."""
_PATIENCE = 8
"""Slots a charge pauses for before it is given up."""


class Stair(NamedTuple):
    """A staircase under a charging curve: up to `ends[i]` joules the battery takes `powers[i]` watts."""

    ends: tuple[int, ...]
    powers: tuple[int, ...]


class Filling(NamedTuple):
    """A charge worked out: when it ends, with how many joules, drawing what from when on."""

    end: int
    joules: int
    steps: tuple[tuple[int, int], ...]

    def stretches(self) -> list[tuple[int, int, int]]:
        """The steps as (start, end, watts)."""
        starts = [at for at, _ in self.steps]
        return [(at, until, w) for (at, w), until in zip(self.steps, [*starts[1:], self.end], strict=True)]


def stair(model: TruckModel, cap_w: int) -> Stair:
    """The staircase of a model under a cap: each step is the least power of its stretch of the curve."""
    capacity = model.battery.wh * JOULES
    ends: list[int] = []
    powers: list[int] = []
    for low in range(0, 10_000, _BIN_BP):
        high = low + _BIN_BP
        inside = [p.power.w for p in model.curve if low < p.soc.bp < high]
        power = min(cap_w, accepts(model, SoC(low)).w, accepts(model, SoC(high)).w, *inside)
        end = capacity * high // 10_000
        if powers and powers[-1] == power:
            ends[-1] = end
        else:
            ends.append(end)
            powers.append(power)
    return Stair(tuple(ends), tuple(powers))


class Supply(NamedTuple):
    """The power a charge can have: watts free per slot, of the hub and of the station it stands in."""

    hub: Sequence[int]
    station: Sequence[int]
    slot: int

    def at(self, slot: int) -> int:
        return min(self.hub[slot], self.station[slot]) if slot < len(self.hub) else 0


def fill(curve: Stair, joules: int, target: int, span: tuple[int, int], supply: Supply) -> Filling | None:
    """Charge from `joules` towards `target` within span (first, last moment). None: no power comes."""
    moment, until = span
    index = bisect_right(curve.ends, joules)
    steps: list[tuple[int, int]] = []
    paused = 0
    while joules < target and moment < until and index < len(curve.ends):
        slot = moment // supply.slot
        power = min(curve.powers[index], supply.at(slot))
        slot_end = min((slot + 1) * supply.slot, until)
        limit = min(curve.ends[index], target)
        if power < _LEAST_POWER:
            paused += 1
            if paused > _PATIENCE or not steps:
                break
            power, seconds = 0, slot_end - moment
        else:
            seconds = min((limit - joules) // power, slot_end - moment)
            if seconds == 0:
                # Less than a second is left to this step of the curve.
                if limit == target:
                    break
                if _falls(curve, index):
                    index += 1
                    continue
                if joules + power > target:
                    break
                seconds = 1
        if not steps or steps[-1][1] != power:
            steps.append((moment, power))
        joules += power * seconds
        moment += seconds
        if joules > limit:
            index += 1
    while steps and steps[-1][1] == 0:
        moment = steps.pop()[0]
    return Filling(moment, joules, tuple(steps)) if steps else None


def _falls(curve: Stair, index: int) -> bool:
    """Whether the battery takes no more on the next step of its curve, which then may begin a second early. Where the
    curve rises, as it does for a battery that is nearly empty, the lower power goes on for that second."""
    return index + 1 == len(curve.ends) or curve.powers[index + 1] <= curve.powers[index]
