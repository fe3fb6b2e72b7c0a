"""What a station's answer to a command means."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portwatt.commands import CancelReservation, ClearChargingProfile, Outcome, StationCommand
from portwatt.wire.ocpp.frames import CallError
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.v2x_types import StatusInfo

_DONE: Final = frozenset({"Accepted", "Scheduled"})
"""Scheduled: it will be done once a transaction that is in the way has ended."""

_NOTHING_LEFT: Final[Mapping[type[StationCommand], tuple[str, str]]] = MappingProxyType(
    {
        # 1.6 section 7.8 and 2.x CancelReservationStatusEnumType: no reservation has this number.
        CancelReservation: ("Rejected", "the station held no such reservation"),
        # 1.6 section 7.16 and 2.x ClearChargingProfileStatusEnumType: no profile fits.
        ClearChargingProfile: ("Unknown", "the station held no such profile"),
    }
)
"""Answers that sound like a refusal and mean that what was to go is not there."""


def outcome(command: StationCommand, answer: Message | CallError) -> tuple[Outcome, str]:
    """How a command ended, and in the station's words why. A CALLERROR is a refusal."""
    if isinstance(answer, CallError):
        return Outcome.REFUSED, f"{answer.code}: {answer.description}" if answer.description else answer.code
    status = str(getattr(answer, "status", "Accepted"))
    word, meaning = _NOTHING_LEFT.get(type(command), ("", ""))
    if status == word:
        return Outcome.ACCEPTED, meaning
    info: StatusInfo | None = getattr(answer, "status_info", None)
    told = [status] if status != "Accepted" else []
    if info is not None:
        told += [info.reason_code, *([info.additional_info] if info.additional_info else [])]
    return Outcome.ACCEPTED if status in _DONE else Outcome.REFUSED, ": ".join(told)
