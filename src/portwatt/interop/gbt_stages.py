"""The stages of a GB/T 27930 attempt, which message belongs to which, and how long each may take.

Source: GB/T 27930-2015 clause 8 and tables 3 to 7 (facts.json, `limits`); negotiation as in 27930.2-2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from portwatt.interop.finding import StageSpan
from portwatt.wire.gbt27930.tables import GbtTables


class GbtStage(IntEnum):
    """In the order they are gone through."""

    NEGOTIATION = 0
    HANDSHAKE = 1
    IDENTIFICATION = 2
    CONFIGURATION = 3
    CHARGING = 4
    END = 5

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS: Final[Mapping[GbtStage, str]] = {
    GbtStage.NEGOTIATION: "version negotiation",
    GbtStage.HANDSHAKE: "handshake",
    GbtStage.IDENTIFICATION: "identification",
    GbtStage.CONFIGURATION: "parameter configuration",
    GbtStage.CHARGING: "charging",
    GbtStage.END: "end",
}

STAGE_OF: Final[Mapping[str, GbtStage]] = {
    **dict.fromkeys(("CHM", "BHM"), GbtStage.HANDSHAKE),
    **dict.fromkeys(("CRM", "BRM"), GbtStage.IDENTIFICATION),
    **dict.fromkeys(("BCP", "CTS", "CML", "BRO", "CRO"), GbtStage.CONFIGURATION),
    **dict.fromkeys(("BCL", "BCS", "CCS", "BSM", "BMV", "BMT", "BSP"), GbtStage.CHARGING),
    **dict.fromkeys(("BST", "CST", "BSD", "CSD"), GbtStage.END),
}
"""BEM and CEM are of no stage: they come in any."""

_LIMITS: Final[Mapping[GbtStage, tuple[str, ...]]] = {
    GbtStage.NEGOTIATION: ("VERSION",),
    GbtStage.HANDSHAKE: ("CRM00_RX",),
    # The longest a stage may take is the sum of what each message in it may be waited for.
    GbtStage.IDENTIFICATION: ("BRM_RX", "CRMAA_RX"),
    GbtStage.CONFIGURATION: ("BCP_RX", "CML_RX", "BRO_READY", "CRO_READY"),
    GbtStage.CHARGING: (),
    GbtStage.END: ("STOP_RX", "STAT_RX"),
}


def stage_limit(stage: GbtStage, tables: GbtTables) -> timedelta | None:
    """The longest a stage may take when every limit in it is used up; None where there is none."""
    named = _LIMITS[stage]
    return sum((tables.limits[name] for name in named), timedelta()) if named else None


class StageMark:
    """Where a stage began and how far it reached."""

    def __init__(self, stage: GbtStage, at: datetime, number: int) -> None:
        self.stage = stage
        self.start = self.end = at
        self.first = self.last = number

    def extend(self, at: datetime, number: int) -> None:
        """The stage still goes on."""
        self.end, self.last = at, number


def stage_spans(marks: list[StageMark], tables: GbtTables, finished: bool) -> tuple[StageSpan, ...]:
    """The stages of an attempt. A stage ends where the next begins; the last is completed when the attempt finished."""
    spans = []
    for position, mark in enumerate(marks):
        left = position + 1 < len(marks)
        end = marks[position + 1].start if left else mark.end
        spans.append(
            StageSpan(
                mark.stage.words,
                mark.start,
                end,
                (mark.first, mark.last),
                stage_limit(mark.stage, tables),
                completed=left or finished,
            )
        )
    return tuple(spans)
