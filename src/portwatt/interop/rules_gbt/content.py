"""G04, G07, G15, G16, G18: lengths, limits, padding, dates, byte order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from portwatt.interop.finding import Finding, Side
from portwatt.interop.gbt_record import GbtRecord
from portwatt.interop.gbt_stages import STAGE_OF, GbtStage
from portwatt.interop.rules_gbt.case import SIDE_OF, Case, finding
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.tables import Edition, Kind, MessageTable


def wrong_length(case: Case) -> Iterator[Finding]:
    """G04: a length the edition does not give. It is a cause when mandatory fields are cut off and nothing followed."""
    for code, track in case.record.tracks.items():
        table = case.tables.message(code)
        allowed = _allowed(case, table)
        for length, message in track.lengths.items():
            if not allowed or length in allowed:
                continue
            needed = _mandatory_bytes(table, case.guess.edition)
            cut = length < needed
            stage = STAGE_OF.get(code, GbtStage.END)
            says = f"{code} has {length} bytes; {_edition(case)} gives it {' or '.join(map(str, allowed))}"
            yield finding(
                "G04",
                (SIDE_OF[table.sender], 0.8 if cut else 0.3),
                (message,),
                says
                + (f", and fields up to byte {needed} are mandatory." if cut else "; everything mandatory is in it."),
                "Send the length of the edition the version number stands for."
                if cut
                else "None is needed as long as both sides go on.",
                quirk=not cut or case.went_past(stage) or case.charged,
            )


def _edition(case: Case) -> str:
    return f"the {case.guess.edition} edition"


def _allowed(case: Case, table: MessageTable) -> tuple[int, ...]:
    """What the edition's table says; for 2015 without what is merely usual in the field, so that it is told."""
    if case.guess.edition is Edition.E2015 and table.length is not None:
        return (table.length,)
    return case.tables.lengths(table.code, case.guess.edition)


def _mandatory_bytes(table: MessageTable, edition: Edition) -> int:
    """Bytes up to the last mandatory field; editions before 2015 lack the last fields of some messages."""
    lengths = {Edition.E2011: {"CML": 6, "CCS": 6, "CSD": 5, "BRM": 8}}.get(edition, {})
    ends = [f.start + f.bits for f in table.fields if f.mandatory and f.kind is not Kind.ARRAY]
    return lengths.get(table.code, -(-max(ends, default=0) // 8))


def impossible_limits(case: Case) -> Iterator[Finding]:
    """G07: limits that are inverted, or that leave no voltage both sides can work at."""
    capability, battery = case.record.first("CML"), case.record.first("BCP")
    if capability is not None:
        yield from _inverted(case, capability)
    if capability is not None and battery is not None:
        yield from _no_common_voltage(case, capability, battery)
    if battery is not None:
        yield from _against_itself(case, battery)


def _inverted(case: Case, capability: Message) -> Iterator[Finding]:
    for what, unit in (("voltage", "V"), ("current", "A")):
        high = capability.number_of(f"max_output_{what}")
        low = capability.number_of(f"min_output_{what}")
        if high is None or low is None or abs(high) >= abs(low):
            continue
        yield finding(
            "G07",
            (Side.STATION, 0.8),
            (capability,),
            f"The charger's greatest {what} is {abs(high):g} {unit}, less than its least, {abs(low):g} {unit} (CML).",
            f"Swap greatest and least {what} in the charger's CML.",
            quirk=case.charged or case.went_past(GbtStage.CONFIGURATION),
        )


def _no_common_voltage(case: Case, capability: Message, battery: Message) -> Iterator[Finding]:
    top, bottom = capability.number_of("max_output_voltage"), capability.number_of("min_output_voltage")
    present, full = battery.number_of("present_battery_voltage"), battery.number_of("max_charge_voltage")
    if top is None or present is None or full is None:
        return
    # Inverted limits are told as such; here only what holds whichever way they are read.
    top, bottom = max(top, bottom or 0.0), min(top, bottom or 0.0)
    if top < present or bottom > full:
        wrong = (
            f"gives at most {top:g} V and the battery stands at {present:g} V"
            if top < present
            else f"gives at least {bottom:g} V and the battery takes at most {full:g} V"
        )
        yield finding(
            "G07",
            (Side.CONFIGURATION, 0.9),
            (capability, battery),
            f"No voltage suits both: the charger {wrong}.",
            "Send this vehicle to a charger of its voltage class.",
            quirk=case.charged,
        )


def _against_itself(case: Case, battery: Message) -> Iterator[Finding]:
    present, full = battery.number_of("present_battery_voltage"), battery.number_of("max_charge_voltage")
    if present is not None and full is not None and present > full:
        yield finding(
            "G07",
            (Side.EV, 0.7),
            (battery,),
            f"The battery says it stands at {present:g} V and may have at most {full:g} V (BCP).",
            "Correct the vehicle's charging parameters, or its voltage measurement.",
            quirk=case.charged,
        )
    demand = case.record.tracks.get("BCL")
    peak = None if demand is None else demand.peaks.get("demand_voltage")
    asked = None if peak is None else peak[1].number_of("demand_voltage")
    if peak is not None and asked is not None and full is not None and asked > full + 0.05:
        yield finding(
            "G07",
            (Side.EV, 0.6),
            (battery, peak[1]),
            f"The vehicle asks for {asked:g} V (BCL), more than the {full:g} V it said it may have (BCP).",
            "Correct the vehicle's demand, or its greatest charging voltage.",
            quirk=case.charged,
        )


def padding(case: Case) -> Iterator[Finding]:
    """G15: bits the standard does not define are to be ones (2015 clause 7.9). Harmless; tells careless software."""
    for side, codes in _by_side(case.record).items():
        first = min((case.record.tracks[c].spare_zero for c in codes), key=lambda m: m.number if m else 0)
        if first is None:
            continue
        yield finding(
            "G15",
            (side, 0.3),
            (first,),
            f"Bits without meaning are not all ones in {', '.join(codes)}.",
            "Fill undefined bits with ones; a reader of a later edition may take them for flags.",
            quirk=True,
        )


def _by_side(record: GbtRecord) -> dict[Side, list[str]]:
    sides: dict[Side, list[str]] = {}
    for code, track in record.tracks.items():
        if track.spare_zero is not None:
            sides.setdefault(Side.STATION if code.startswith("C") else Side.EV, []).append(code)
    return sides


_TIME: Final = ("year", "month", "day", "hour", "minute", "second")


def clock_not_decimal(case: Case) -> Iterator[Finding]:
    """G16: CTS that is not packed decimal, no date, or all ones (2015 table 13)."""
    track = case.record.tracks.get("CTS")
    for message in () if track is None else track.variants.values():
        wrong = _wrong_clock(message)
        if wrong:
            yield finding(
                "G16",
                (Side.STATION, 0.5),
                (message,),
                f"The charger's time {wrong} (CTS {message.payload.hex(' ')}).",
                "Set the charger's clock, and send it as packed decimal digits.",
                quirk=True,
            )
            return


def _wrong_clock(message: Message) -> str | None:
    values = [message.values.get(name) for name in _TIME]
    if all(value is None for value in values):
        return "is not given"
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) < len(values):
        return "is not in packed decimal digits"
    year, month, day, hour, minute, second = numbers
    try:
        datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - only whether there is such a time
    except ValueError:
        return "is no date and time"
    return None


_VOLTAGES: Final = (
    ("BHM", "max_allowed_voltage_for_insulation_test"),
    ("BCP", "max_charge_voltage"),
    ("BCP", "present_battery_voltage"),
    ("CML", "max_output_voltage"),
    ("BCL", "demand_voltage"),
    ("CCS", "output_voltage"),
)
_PLAUSIBLE: Final = (50.0, 1500.0)
"""Volts a vehicle's battery may have; GB/T 20234.3 connectors end at 1 000 V, ChaoJi at 1 500 V."""


def byte_order(case: Case) -> Iterator[Finding]:
    """G18: voltages that make sense only high byte first, in two fields of a side or more."""
    suspects: dict[Side, list[tuple[Message, str, float, float]]] = {}
    for code, name in _VOLTAGES:
        message = case.record.first(code)
        value = None if message is None else message.number_of(name)
        if message is None or value is None or _PLAUSIBLE[0] <= value <= _PLAUSIBLE[1]:
            continue
        turned = _turned(round(value * 10)) / 10
        if _PLAUSIBLE[0] <= turned <= _PLAUSIBLE[1]:
            side = SIDE_OF[case.tables.message(code).sender]
            suspects.setdefault(side, []).append((message, name, value, turned))
    for side, found in suspects.items():
        message, name, value, turned = found[0]
        yield finding(
            "G18",
            (side, 0.8 if len(found) > 1 else 0.5),
            tuple(m for m, *_ in found),
            f"{message.code} {name.replace('_', ' ')} reads {value:g} V, and {turned:g} V high byte first"
            + (f"; so do {len(found) - 1} more fields." if len(found) > 1 else "."),
            "Send the low byte first, as GB/T 27930 asks.",
            quirk=case.charged,
        )


def _turned(raw: int) -> int:
    return (raw & 0xFF) << 8 | raw >> 8
