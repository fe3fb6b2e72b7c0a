"""Meter values, whatever the version: what a message's samples say of energy, power and state of charge.

What cannot be is left out and named; a bad value never costs the message that carries it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import isfinite
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from portwatt.model.meter import Sample
from portwatt.state.transactions import StartMeter, TransactionState
from portwatt.units import Energy, Power, SoC

REGISTER: Final = "Energy.Active.Import.Register"
POWER: Final = "Power.Active.Import"
STATE_OF_CHARGE: Final = "SoC"

MOST_REGISTER: Final = Energy(10**13)
"""10 TWh: a register beyond it is noise."""
MOST_POWER: Final = Power(10**8)
"""100 MW, beyond any charger."""
IDLE_NOISE_W: Final = 1_000
"""What a meter at rest may show below zero."""
MOST_TAKEN: Final = Energy.kwh(20_000)
"""More than any truck or pack takes in one transaction, many times over."""

_ENERGY_UNITS: Final[Mapping[str, int]] = MappingProxyType({"Wh": 1, "kWh": 1_000})
_POWER_UNITS: Final[Mapping[str, int]] = MappingProxyType({"W": 1, "kW": 1_000})
_SHARE_UNITS: Final[Mapping[str, int]] = MappingProxyType({"Percent": 100, "%": 100, "": 100})
_OUTLET: Final = frozenset({"", "Outlet"})
_ANYWHERE: Final = frozenset({"", "Outlet", "EV", "Inlet", "Body", "Cable", "Upstream"})


class Reading(Struct, frozen=True):
    """The newest of each in a message; None: not said, or not believable (`odd` says which and why)."""

    register: Energy | None = None
    power: Power | None = None
    soc: SoC | None = None
    begin: Energy | None = None
    """The register at the start of the transaction, where a later message repeats it (context Transaction.Begin)."""
    odd: tuple[str, ...] = ()


NOTHING: Final = Reading()


def default_unit(measurand: str) -> str:
    """The unit of a value sent without one (OCPP 1.6 section 7.45, 2.x UnitOfMeasureType)."""
    if measurand.startswith("Energy"):
        return "Wh"
    if measurand.startswith("Power.") and not measurand.endswith("Factor"):
        return "W"
    return "Percent" if measurand == STATE_OF_CHARGE else ""


def number(text: str) -> float | None:
    """The number in a value of 1.6, which travels as text; None when it is none, or not a finite one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def read(samples: Iterable[Sample]) -> Reading:
    """What the samples of one message say, of each measurand the newest."""
    registers: list[Sample] = []
    powers: list[Sample] = []
    shares: list[Sample] = []
    by_measurand = {REGISTER: registers, POWER: powers, STATE_OF_CHARGE: shares}
    for sample in samples:
        kept = by_measurand.get(sample.measurand)
        if kept is not None:
            kept.append(sample)
    odd: list[str] = []
    register = _newest(registers, _ENERGY_UNITS, _OUTLET, MOST_REGISTER.wh, odd)
    first = [s for s in registers if s.context == "Transaction.Begin"]
    begin = _newest(first, _ENERGY_UNITS, _OUTLET, MOST_REGISTER.wh, odd) if first else None
    power = _newest(powers, _POWER_UNITS, _OUTLET, MOST_POWER.w, odd)
    share = _newest(shares, _SHARE_UNITS, _ANYWHERE, 10_000, odd)
    return Reading(
        None if register is None else Energy(register),
        None if power is None else Power(power),
        None if share is None else SoC(share),
        None if begin is None else Energy(begin),
        tuple(odd),
    )


def _newest(
    samples: list[Sample], units: Mapping[str, int], places: frozenset[str], most: int, odd: list[str]
) -> int | None:
    """The newest value in the base unit: the one of all phases together, else the sum of the phases."""
    usable = [s for s in samples if s.unit in units and s.location in places]
    if not usable:
        return None
    newest = max(s.measured_at for s in usable)
    last = [s for s in usable if s.measured_at == newest]
    whole = [s for s in last if not s.phase]
    parts = whole[-1:] or list({s.phase: s for s in last}.values())
    total = sum(s.value * units[s.unit] for s in parts)
    if -IDLE_NOISE_W <= total < 0 and units is _POWER_UNITS:
        return 0
    if 0 <= total <= most:
        return round(total)
    odd.append(f"{parts[0].measurand} of {parts[0].value:g} {parts[0].unit} cannot be")
    return None


def taken_in(known: TransactionState | None, register: Energy, reported_at: datetime, plate: Power) -> Energy | None:
    """The register as the EVSE's meter would show it; None when it cannot belong to this transaction.

    Registers count for the EVSE, but some stations start them at zero with each transaction. Below the start, a
    register is taken to be such a one when the EVSE can have given that much since (`plate`: its most power).
    """
    if known is None or known.start_meter is StartMeter.UNKNOWN:
        return register
    if known.start_meter is StartMeter.LOWEST:
        apart = max(known.meter, register) - min(known.meter_start, register)
        return register if apart <= MOST_TAKEN else None
    if register >= known.meter_start:
        return register if register - known.meter_start <= MOST_TAKEN else None
    since = max(timedelta(0), reported_at - known.started_at)
    return known.meter_start + register if register <= plate.over(since) else None
