"""How an attempt ended, and what the two sides said of themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from portwatt.interop.finding import Finding, Outcome, Side
from portwatt.interop.gbt_record import GbtRecord
from portwatt.interop.gbt_stages import GbtStage
from portwatt.interop.rules_gbt.case import Case, delivered, peak_current
from portwatt.interop.rules_gbt.ending import ended_well, stopped_by_hand

_SHORTEST_FRAME: Final = timedelta(microseconds=250)
"""An extended frame without data takes 67 bits, 268 µs at 250 kbit/s."""


def has_times(record: GbtRecord) -> bool:
    """Whether the times can be real: no more frames than the bus can carry, and hardly any that run backward."""
    if record.frames < 2:
        return True
    return (
        record.end - record.first_at >= (record.frames - 1) * _SHORTEST_FRAME and record.backward <= record.frames / 20
    )


def outcome_of(case: Case, findings: Sequence[Finding]) -> Outcome:
    """Pass, stopped, abnormal or failed, by whether energy flowed and what was found."""
    faults = [f for f in findings if not f.quirk and f.side is not Side.USER]
    by_person = any(not f.quirk and f.side is Side.USER for f in findings)
    if case.charged:
        if faults:
            return Outcome.ABNORMAL
        return Outcome.PASS if ended_well(case) and stopped_by_hand(case) is None else Outcome.STOPPED
    if faults:
        return Outcome.FAILED
    if by_person:
        return Outcome.STOPPED
    # A full battery ends at once and takes nothing.
    return Outcome.PASS if case.record.reached(GbtStage.CHARGING) and ended_well(case) else Outcome.FAILED


def masked(identity: str) -> str:
    """A short stand-in for an identifier of a vehicle: equal for equal ones, and not readable back.

    Without a key it hides a name from readers, not from someone who tries all of them; callers with a key pass their
    own function to `examine_gbt`.
    """
    return blake2b(identity.encode(), digest_size=4, person=b"portwatt").hexdigest()


def facts_of(case: Case, mask: Callable[[str], str]) -> dict[str, str]:
    """What the sides said, by name, in words; identifiers of the vehicle only masked."""
    facts = {"edition": str(case.guess.edition), "edition confidence": f"{case.guess.confidence:.2f}"}
    if case.guess.also:
        facts["edition may also be"] = ", ".join(case.guess.also)
    for position, text in enumerate(case.guess.evidence, start=1):
        facts[f"edition evidence {position}"] = text
    for label, code, field, unit in _TOLD:
        message = case.record.first(code)
        value = None if message is None else message.values.get(field)
        if isinstance(value, (int, float)):
            facts[label] = f"{abs(value) if 'current' in field else value:g} {unit}".strip()
    identified = case.record.first("BRM")
    vin = None if identified is None else identified.values.get("vin")
    if vin is not None:
        facts["vehicle"] = mask(vin if isinstance(vin, str) else repr(vin))
    if case.charged:
        facts["greatest current"] = f"{peak_current(case.record):g} A"
    if delivered(case.record):
        facts["energy"] = f"{delivered(case.record):g} kWh"
    return facts


_TOLD: Final = (
    ("battery capacity", "BRM", "rated_capacity", "Ah"),
    ("battery voltage", "BRM", "rated_voltage", "V"),
    ("greatest charging voltage", "BCP", "max_charge_voltage", "V"),
    ("greatest charging current", "BCP", "max_charge_current", "A"),
    ("battery energy", "BCP", "nominal_energy", "kWh"),
    ("state of charge", "BCP", "soc", "%"),
    ("present voltage", "BCP", "present_battery_voltage", "V"),
    ("charger's greatest voltage", "CML", "max_output_voltage", "V"),
    ("charger's least voltage", "CML", "min_output_voltage", "V"),
    ("charger's greatest current", "CML", "max_output_current", "A"),
    ("state of charge at the end", "BSD", "final_soc", "%"),
)
