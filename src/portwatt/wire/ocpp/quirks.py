"""Leniency is a named profile per vendor and model, never a general rule: what it repairs and where it was seen."""

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from types import MappingProxyType
from typing import Final

import msgspec


class Repair(msgspec.Struct, frozen=True):
    """A textual repair of frames that are not JSON: every match of `pattern` becomes `replacement`."""

    pattern: str
    replacement: str


class QuirkProfile(msgspec.Struct, frozen=True):
    """What is forgiven to stations whose vendor and model match the two patterns (whole string, case ignored).

    `zoneless` is the zone of times sent without one. `repairs` are tried, in order, only on a frame that is not JSON.
    """

    name: str
    vendor: str = ".*"
    model: str = ".*"
    zoneless: tzinfo = UTC
    repairs: tuple[Repair, ...] = ()

    def matches(self, vendor: str, model: str) -> bool:
        """Tell whether the profile is meant for a station that boots with this vendor and model."""
        pairs = ((self.vendor, vendor), (self.model, model))
        return all(re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL) for pattern, text in pairs)

    def repair(self, text: str) -> str:
        """Return the text with every repair made."""
        for repair in self.repairs:
            text = re.sub(repair.pattern, repair.replacement, text)
        return text


STANDARD: Final = QuirkProfile("standard")
"""No leniency but one: zone-less times are taken as UTC."""

PROFILES: Final[Mapping[str, QuirkProfile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            # lbbrhzn/ocpp issue 1078: "sampledValue":[,{...}] in MeterValues.
            QuirkProfile("zj-beny", vendor=".*beny.*", repairs=(Repair(r"\[\s*,", "["),)),
            # lbbrhzn/ocpp issue 2032: "transactionId":, in MeterValues, and zone-less times.
            QuirkProfile("aefa", vendor="aefa.*", repairs=(Repair(r'"transactionId"\s*:\s*,', ""),)),
        )
    }
)
"""Profiles that ship with Portwatt, by name; the vendor patterns follow the brand names of the reports."""


def profile_for(vendor: str, model: str) -> QuirkProfile:
    """Return the first shipped profile that matches what a station says at boot, or the standard one."""
    return next((profile for profile in PROFILES.values() if profile.matches(vendor, model)), STANDARD)
