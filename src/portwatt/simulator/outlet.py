"""One plug or slot of a station, and the transaction at it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct

from portwatt.ids import IdToken
from portwatt.simulator.feeder import Load
from portwatt.units import Energy, Power, SoC


class Phase(Enum):
    """What goes on at an outlet, in the words of OCPP 1.6, the finest."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class Cause(Enum):
    """Why a transaction starts, is reported, or ends."""

    AUTHORIZED = "authorised"
    REMOTE_START = "started remotely"
    PLUGGED_IN = "plugged in"
    PERIODIC = "periodic report"
    PHASE = "phase changed"
    TRIGGERED = "asked for"
    RESUMED = "resumed after a restart"
    TARGET_REACHED = "target reached"
    UNPLUGGED = "unplugged"
    REMOTE_STOP = "stopped remotely"
    DEAUTHORIZED = "token refused"
    FAULT = "fault"
    HANDSHAKE = "handshake failed"
    SOFT_RESET = "soft reset"
    HARD_RESET = "hard reset"


class Reading(Struct, frozen=True):
    """What the meter and the battery say at one instant. `register` never goes back."""

    at: datetime
    register: Energy
    power: Power
    soc: SoC | None = None
    nominal_v: int | None = None


class Transaction:
    """One transaction. `key` is its id in OCPP 2.x; `number` the one a 1.6 central system gives it."""

    def __init__(self, key: str, outlet: int, token: IdToken, started: Reading) -> None:
        self.key = key
        self.outlet = outlet
        self.token = token
        self.started = started
        self.number: int | None = None
        self.nameless = False
        """1.6: began and ended offline, so it is stopped without a number."""
        self.reservation: int | None = None
        self.remote_start: int | None = None
        self.meter_due: datetime | None = None
        self._reports = 0

    def next_seq_no(self) -> int:
        """Number of the next report, from 0 without a gap."""
        self._reports += 1
        return self._reports - 1


class Report(Struct, frozen=True):
    """One thing to say about a transaction, fixed at the moment it happened and sent when it can be."""

    transaction: Transaction
    cause: Cause
    phase: Phase
    reading: Reading
    seq_no: int
    offline: bool


class Outlet:
    """A plug or slot: what it is doing and what was last said about it."""

    def __init__(self, number: int, load: Load) -> None:
        self.number = number
        self.load = load
        self.phase = Phase.AVAILABLE
        self.transaction: Transaction | None = None
        self.operative = True
        self.operative_next: bool | None = None
        """What ChangeAvailability wants once the transaction is over."""
        self.error: str = ""
        self.told: str | None = None
        """Status the central system was told last; None: nothing since the socket opened."""

    def reading(self, at: datetime, nominal_v: int | None = None) -> Reading:
        load = self.load
        return Reading(at, load.register, Power(load.draw_w), load.soc, nominal_v)
