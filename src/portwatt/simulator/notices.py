"""What people at the posts see: the only way from a station into the simulated world, beside its power."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.ids import EvseId, IdToken, PackId, StationId
from portwatt.units import Energy, SoC


class Charging(Struct, frozen=True):
    """Power flows, or flows again."""

    at: datetime
    evse: EvseId
    token: IdToken


class Refused(Struct, frozen=True):
    """The post does not let this token charge, or not this truck."""

    at: datetime
    evse: EvseId
    token: IdToken
    reason: str


class HandshakeFailed(Struct, frozen=True):
    """Truck and charger did not come to terms; the truck is still plugged in, and no energy flowed."""

    at: datetime
    evse: EvseId
    token: IdToken


class Suspended(Struct, frozen=True):
    """The station holds the power at zero because it was told to; the transaction goes on."""

    at: datetime
    evse: EvseId
    token: IdToken


class BatteryFull(Struct, frozen=True):
    """The truck takes no more; the transaction goes on until somebody unplugs or stops it."""

    at: datetime
    evse: EvseId
    token: IdToken
    soc: SoC


class Finished(Struct, frozen=True):
    """The transaction is over; the truck may still be plugged in."""

    at: datetime
    evse: EvseId
    token: IdToken
    energy: Energy
    reason: str


class SwapRefused(Struct, frozen=True):
    """No swap for this token, or not with the pack it brought."""

    at: datetime
    station: StationId
    token: IdToken
    request_id: int | None
    reason: str


class PackTaken(Struct, frozen=True):
    """The robot took the truck's pack into a slot."""

    at: datetime
    station: StationId
    token: IdToken
    request_id: int
    pack: PackId
    soc: SoC
    slot: EvseId


class PackGiven(Struct, frozen=True):
    """The robot put a pack into the truck: the swap is done."""

    at: datetime
    station: StationId
    token: IdToken
    request_id: int
    pack: PackId
    soc: SoC
    slot: EvseId


class PackNotCollected(Struct, frozen=True):
    """The pack was offered in vain and stays in its slot; the truck stands there without one."""

    at: datetime
    station: StationId
    token: IdToken
    request_id: int
    pack: PackId


Notice = (
    Charging
    | Refused
    | HandshakeFailed
    | Suspended
    | BatteryFull
    | Finished
    | SwapRefused
    | PackTaken
    | PackGiven
    | PackNotCollected
)
