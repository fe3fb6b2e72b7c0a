"""Rules G01 to G20: each a function of one attempt that yields findings, and which of them explain which.

Source of the rules: GB/T 27930-2015 as far as its public transcriptions tell, and what real logs show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from portwatt.interop.finding import Finding
from portwatt.interop.rules_gbt.case import Case
from portwatt.interop.rules_gbt.content import byte_order, clock_not_decimal, impossible_limits, padding, wrong_length
from portwatt.interop.rules_gbt.ending import battery_warns, errors_told, stop_order, stop_reason
from portwatt.interop.rules_gbt.handshake import (
    no_charger_greeting,
    no_vehicle_greeting,
    recognised_without_identification,
    version_negotiation,
)
from portwatt.interop.rules_gbt.timing import (
    battery_status_missing,
    demand_or_status_missing,
    no_times,
    not_ready,
    parameters_late,
    period_drift,
)
from portwatt.interop.rules_gbt.transport import long_message_failed

Rule: TypeAlias = Callable[[Case], Iterator[Finding]]

RULES: Final[Mapping[str, Rule]] = {
    "G01": no_charger_greeting,
    "G02": no_vehicle_greeting,
    "G03": long_message_failed,
    "G04": wrong_length,
    "G05": recognised_without_identification,
    "G06": parameters_late,
    "G07": impossible_limits,
    "G08": not_ready,
    "G09": demand_or_status_missing,
    "G10": battery_status_missing,
    "G11": battery_warns,
    "G12": stop_reason,
    "G13": errors_told,
    "G14": period_drift,
    "G15": padding,
    "G16": clock_not_decimal,
    "G17": version_negotiation,
    "G18": byte_order,
    "G19": no_times,
    "G20": stop_order,
}

_EXPLAINED_BY: Final[Mapping[str, frozenset[str]]] = {
    "G01": frozenset({"G17"}),
    "G02": frozenset({"G17"}),
    "G05": frozenset({"G03", "G04"}),
    "G06": frozenset({"G02", "G03", "G04", "G05", "G07", "G17", "G18"}),
    "G07": frozenset({"G18"}),
    "G08": frozenset({"G04", "G07", "G18"}),
    "G09": frozenset({"G03", "G04"}),
    "G10": frozenset({"G03", "G09"}),
    "G12": frozenset({"G03", "G04", "G06", "G07", "G08", "G09", "G10", "G11", "G18"}),
    "G13": frozenset(RULES) - {"G13"},
}
"""What a finding may follow from: a time-out told (G13) from whatever kept the other side from answering."""


def findings_of(case: Case) -> tuple[Finding, ...]:
    """All findings of an attempt: the first cause, further causes, what follows from them, and quirks at the end."""
    found = [finding for rule in RULES.values() for finding in rule(case)]
    quirks = [f for f in found if f.quirk]
    causes: list[Finding] = []
    consequences: list[Finding] = []
    serious = {f.rule for f in found if not f.quirk}
    for finding in sorted((f for f in found if not f.quirk), key=_position):
        explained = _EXPLAINED_BY.get(finding.rule, frozenset()) & serious
        (consequences if explained else causes).append(replace(finding, consequence=bool(explained)))
    return (*causes, *consequences, *sorted(quirks, key=_position))


def _position(finding: Finding) -> tuple[int, str]:
    return (finding.frames[0] if finding.frames else 0, finding.rule)
