"""Made-up sessions, for each rule one in which it speaks and a near one in which it must not.

They need no foreign data: tests, demonstrations and conformance runs play them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from portwatt.interop.twin_gbt import begun_at, play, with_foreign, without_times
from portwatt.interop.twin_script import (
    During,
    Extra,
    Fault,
    LostPacket,
    NotCleared,
    Override,
    Reshape,
    Script,
    Silence,
    Slow,
    VersionAnswer,
    ZeroSpare,
)
from portwatt.model.capture import Frame
from portwatt.wire.gbt27930.decoder import Layouts
from portwatt.wire.gbt27930.tables import Edition

START: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAIN: Final = Script(START)
"""A session of the 2015 edition in which nothing is wrong."""


class Session(Struct, frozen=True):
    """A script, and what the recorder made of it. `says`: what happens, in a sentence."""

    says: str
    script: Script
    recorded: Callable[[Iterable[Frame]], Iterable[Frame]] = list

    def frames(self, layouts: Layouts) -> list[Frame]:
        """The frames as they were recorded."""
        return list(self.recorded(play(self.script, layouts)))


class Pair(Struct, frozen=True):
    """Where a rule speaks, and where it must be silent though little is different."""

    speaks: Session
    silent: Session


def _session(says: str, *faults: Fault, script: Script = PLAIN) -> Session:
    return Session(says, replace(script, faults=faults))


_AFTER_BCL: Final = "BCL"
_ALL: Final = ("BCL", "BCS", "BSM", "CCS")

SESSIONS: Final[Mapping[str, Pair]] = {
    "G01": Pair(
        Session(
            "A charger of 2015 begins with CRM on a bus on which something else was heard before.",
            replace(PLAIN, faults=(Silence("CHM"), Silence("BHM"))),
            with_foreign,
        ),
        Session("A charger of 2011 begins with CRM, as it should.", replace(PLAIN, edition=Edition.E2011)),
    ),
    "G02": Pair(
        _session("The vehicle never answers the greeting, nor anything else.", Silence("BHM"), Silence("BRM")),
        _session("The vehicle answers the greeting after 4.5 s.", Silence("BHM", During("CHM", 0, 4.5))),
    ),
    "G03": Pair(
        _session("The charger clears no announcement of BRM.", NotCleared("BRM")),
        Session("All long messages come through.", PLAIN),
    ),
    "G04": Pair(
        _session("BCP ends after ten of thirteen bytes.", Reshape("BCP", 10), Silence("CML"), Silence("CTS")),
        _session("BRM has 49 bytes, as the table of 2015 adds up.", Reshape("BRM", 49)),
    ),
    "G05": Pair(
        _session(
            "The charger clears no BRM, and recognises the vehicle all the same.",
            NotCleared("BRM"),
            Override("CRM", "recognition_result", 0xAA, During("CRM", 3.0)),
        ),
        _session("BRM is tried again, and then recognised.", NotCleared("BRM", 1)),
    ),
    "G06": Pair(
        _session("The vehicle sends no BCP.", Silence("BCP")),
        _session("BCP comes 4 s after the vehicle was recognised.", Silence("BCP", During("BCP", 0, 4.0))),
    ),
    "G07": Pair(
        _session(
            "The charger gives at most 500 V and the battery stands at 600 V.",
            Override("CML", "max_output_voltage", 500.0),
            Silence("BRO"),
        ),
        _session(
            "The charger gives at most 601 V and the battery stands at 600 V.",
            Override("CML", "max_output_voltage", 601.0),
        ),
    ),
    "G08": Pair(
        Session("The vehicle is not ready within 60 s.", replace(PLAIN, vehicle_ready=100.0)),
        Session("The vehicle is ready after 55 s.", replace(PLAIN, vehicle_ready=55.0)),
    ),
    "G09": Pair(
        _session("The vehicle stops asking for current.", Silence("BCL", During(_AFTER_BCL, 2.0))),
        _session("The vehicle asks for nothing for 0.9 s.", Silence("BCL", During(_AFTER_BCL, 2.0, 2.9))),
    ),
    "G10": Pair(
        _session(
            "The vehicle stops telling its status.",
            Silence("BCS", During(_AFTER_BCL, 2.0)),
            script=replace(PLAIN, charging=20),
        ),
        _session(
            "The vehicle tells no status for 4.5 s.",
            Silence("BCS", During(_AFTER_BCL, 2.0, 6.5)),
            script=replace(PLAIN, charging=10),
        ),
    ),
    "G11": Pair(
        _session("The battery gets too hot.", Override("BSM", "overtemperature", 1, During(_AFTER_BCL, 2.0))),
        _session(
            "The battery is hot, and says it is well.", Override("BSM", "max_temperature", 55, During(_AFTER_BCL, 2.0))
        ),
    ),
    "G12": Pair(
        Session("The emergency stop is pressed.", replace(PLAIN, stop=("CST", "f_emergency_stop"))),
        Session("The battery is full.", PLAIN),
    ),
    "G13": Pair(
        _session("The charger never shows what it can give.", Silence("CML"), Silence("CTS")),
        _session(
            "The charger shows what it can give after 4 s.",
            Silence("CML", During("CML", 0, 4.0)),
            Silence("CTS", During("CML", 0, 4.0)),
        ),
    ),
    "G14": Pair(
        _session("CCS comes every 70 ms.", Slow("CCS", 0.07)),
        _session("CCS comes every 60 ms.", Slow("CCS", 0.06)),
    ),
    "G15": Pair(
        _session("Bits without meaning are zeros in BSM.", ZeroSpare("BSM")),
        _session("BCL has no bits without meaning.", ZeroSpare("BCL")),
    ),
    "G16": Pair(
        _session(
            "The charger's clock is not set.",
            *(Override("CTS", name, None) for name in ("second", "minute", "hour", "day", "month", "year")),
        ),
        _session(
            "The charger's clock stands at the last second of a leap day.",
            *(
                Override("CTS", name, value)
                for name, value in (
                    ("second", 59),
                    ("minute", 59),
                    ("hour", 23),
                    ("day", 29),
                    ("month", 2),
                    ("year", 2028),
                )
            ),
        ),
    ),
    "G17": Pair(
        Session(
            "The vehicle refuses version 2.0.",
            replace(PLAIN, edition=Edition.E2024, version_answer=VersionAnswer.REFUSES),
        ),
        Session("Both agree on version 2.0.", replace(PLAIN, edition=Edition.E2024)),
    ),
    "G18": Pair(
        _session(
            "The vehicle sends its voltages high byte first, and the charger never gets ready.",
            Silence("CRO"),
            Override("BCP", "max_charge_voltage", b"\x1b\x60"),
            Override("BCP", "present_battery_voltage", b"\x17\x70"),
        ),
        _session(
            "The vehicle has 100.5 V, which reads alike both ways.",
            Override("BCP", "present_battery_voltage", b"\x03\x03"),
        ),
    ),
    "G19": Pair(
        Session("The recorder knows no times.", PLAIN, without_times),
        Session("The recorder was switched on late.", PLAIN, lambda frames: begun_at(frames, 12)),
    ),
    "G20": Pair(
        _session(
            "The vehicle goes on asking after its own stop.",
            Extra("BCL", 0.05, During("BST", 0.02, 0.2), {"demand_voltage": 650.0, "demand_current": 0.0, "mode": 2}),
        ),
        Session("A person stops the charger, and all goes in order.", replace(PLAIN, stop=("CST", "manual_stop"))),
    ),
}

QUIRKS: Final[Mapping[str, Session]] = {
    "CCS of 7 bytes": _session("CCS has 7 bytes, BRM 41.", Reshape("CCS", 7), Reshape("BRM", 41)),
    "limits swapped": _session(
        "Greatest and least current of CML are swapped.",
        Override("CML", "max_output_current", 0.0),
        Override("CML", "min_output_current", -250.0),
    ),
    "lost packet": _session("A packet of BRM is lost and sent again.", LostPacket("BRM", 3)),
    "recognised unheard": _session(
        "The charger clears no BRM; the vehicle tries, aborts, and tells an error; then it is recognised all the same.",
        NotCleared("BRM"),
        Override("CRM", "recognition_result", 0xAA, During("BEM", 0.5)),
        Silence("CEM"),
    ),
    "clock in ones": SESSIONS["G16"].speaks,
    "stop not confirmed": _session(
        "BST does not say that CST was received.",
        Override("BST", "charger_stopped", 0),
        script=replace(PLAIN, stop=("CST", "condition_reached")),
    ),
    "begins at CRM": Session("The recording begins at CRM.", PLAIN, lambda frames: begun_at(frames, 11)),
}
"""What real logs show and what must not make a failure of a session."""
