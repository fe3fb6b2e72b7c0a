"""Captures: what was recorded on the wire between a truck and a charger."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Bus(StrEnum):
    ETHERNET = "ethernet"
    """Power line communication of CCS2, as its modem hands it on."""
    CAN = "can"
    """GB/T 27930 between charger and battery management."""


class Frame(Struct, frozen=True):
    """One recorded frame. `number` counts from 1 as in the file; `at` is UTC, to the microsecond the log allows.

    `data`: the whole Ethernet frame, or the payload of a CAN frame whose identifier is `can_id` (29 bits where
    `extended`). `channel`: name of the interface where the log has several.
    """

    number: int
    at: datetime
    bus: Bus
    data: bytes
    can_id: int | None = None
    extended: bool = True
    channel: str = ""
