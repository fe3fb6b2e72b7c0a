"""Sampled values of meters: telemetry, kept apart from the log of operations."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.ids import EvseId, StationId, TransactionId


class Sample(Struct, frozen=True):
    """One sampled value (OCPP SampledValue) as the station measured it. `value` is in `unit`, as sent."""

    station: StationId
    evse: EvseId | None
    transaction: TransactionId | None
    measured_at: datetime
    measurand: str
    value: float
    unit: str
    phase: str = ""
    location: str = ""
    context: str = ""
