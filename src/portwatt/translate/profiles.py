"""Charging profiles: one per load point and purpose, always under the same numbers, so that a newer takes the place of
an older."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from msgspec import Struct

from portwatt.commands import SetChargingProfile
from portwatt.ids import EvseId, TransactionId, number_of
from portwatt.state import HubState
from portwatt.translate.clocks import wire_time
from portwatt.translate.words import CannotSay

STACK_LEVEL: Final = 0
_PER_EVSE: Final = 10


class Purpose(IntEnum):
    """What a limit is for; the value is its digit in the profile number."""

    STATION_MAX = 1
    TX_DEFAULT = 2
    TX = 3


class Limit(Struct, frozen=True):
    """A SetChargingProfile in numbers of the station. `evse` 0: the whole station; `watts` is at least 0."""

    evse: int
    purpose: Purpose
    profile: int
    watts: float
    transaction: TransactionId | None
    start: datetime | None
    """For a schedule with a fixed start (absolute); None: it counts from the start of the transaction (relative)."""


def limit(state: HubState, command: SetChargingProfile) -> Limit:
    """Which profile a command sets.

    A station's limit cannot be relative (OCPP 2.0.1 K01.FR.38) and an absolute one needs a start: a day ago, so that
    it holds at once whatever the station's clock says. Raises CannotSay for a transaction at an unknown EVSE.
    """
    evse = _number(_evse(state, command))
    purpose = _purpose(command, evse)
    if purpose is Purpose.TX and not evse:
        raise CannotSay(f"no EVSE is known to hold the transaction {command.transaction}; name its EVSE")
    start = wire_time(state.at - timedelta(days=1)) if purpose is Purpose.STATION_MAX else None
    watts = float(max(0, command.limit.w))
    return Limit(evse, purpose, evse * _PER_EVSE + purpose, watts, command.transaction, start)


def _purpose(command: SetChargingProfile, evse: int) -> Purpose:
    if command.transaction is not None:
        return Purpose.TX
    return Purpose.TX_DEFAULT if evse else Purpose.STATION_MAX


def _evse(state: HubState, command: SetChargingProfile) -> EvseId | None:
    if command.evse is not None or command.transaction is None:
        return command.evse
    known = state.transactions.get(command.transaction)
    return known.evse if known is not None else None


def _number(evse: EvseId | None) -> int:
    return 0 if evse is None else number_of(evse)
