"""Plans: who does what, when, where, with which energy."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import (
    ActivityId,
    EvseId,
    FallbackId,
    HubId,
    MoveId,
    PackId,
    PlaceId,
    PlanId,
    StationId,
    TrainId,
    TruckId,
)
from portwatt.units import Money, Power, SoC, Window


class ActivityKind(StrEnum):
    DRIVE = "drive"
    LOAD = "load"
    UNLOAD = "unload"
    WAIT = "wait"
    CHARGE = "charge"
    SWAP = "swap"


class PowerStep(Struct, frozen=True):
    """From `start` to the next step, or the end of what holds it, this power is drawn from the grid."""

    start: datetime
    power: Power


class Activity(Struct, frozen=True):
    """One thing a truck does without a break. Follows the one before it in time and place.

    `place` is where it happens; for a drive, where it ends (`origin` is where it starts). `soc_before` and `soc_after`
    are the truck's. A charge names its `evse` and draws `profile`. A swap names its `station`, the `lane` (from 0) and
    the `pack` handed out; the pack it returns has `soc_before`. A third-party swap names `fallback` instead.
    """

    id: ActivityId
    kind: ActivityKind
    window: Window
    place: PlaceId
    soc_before: SoC
    soc_after: SoC
    origin: PlaceId | None = None
    move: MoveId | None = None
    evse: EvseId | None = None
    profile: tuple[PowerStep, ...] = ()
    station: StationId | None = None
    lane: int | None = None
    pack: PackId | None = None
    fallback: FallbackId | None = None


class Route(Struct, frozen=True):
    """What one truck does, in order, without gaps (waiting is an activity)."""

    truck: TruckId
    activities: tuple[Activity, ...]


class PackCharge(Struct, frozen=True):
    """Charging of one pack in its slot of a swap station; `window` ends when the last step ends."""

    pack: PackId
    slot: EvseId
    window: Window
    profile: tuple[PowerStep, ...]
    soc_before: SoC
    soc_after: SoC


class FallbackUse(Struct, frozen=True):
    """A move carried by a diesel shuttle (third-party swaps stand in the route of the truck)."""

    move: MoveId
    fallback: FallbackId
    window: Window
    cost: Money
    reason: str


class Rebooking(Struct, frozen=True):
    """A container that takes a later train than before, and why. `to_train` None: it misses its last train."""

    move: MoveId
    from_train: TrainId
    to_train: TrainId | None
    reason: str


class UnservedReason(StrEnum):
    NO_TRUCK_FITS = "no_truck_fits"
    NO_TIME = "no_time"
    NO_ENERGY = "no_energy"
    NO_LEG = "no_leg"
    ON_HOLD = "on_hold"
    NO_FALLBACK = "no_fallback"


class Unserved(Struct, frozen=True):
    """A move nobody carries in this plan: why, in a word for machines and a sentence for people."""

    move: MoveId
    reason: UnservedReason
    detail: str


class Plan(Struct, frozen=True):
    """A hub's plan from `horizon.start` on. What was under way when it was made stands first in each route."""

    id: PlanId
    hub: HubId
    horizon: Window
    routes: tuple[Route, ...]
    pack_charges: tuple[PackCharge, ...] = ()
    fallbacks: tuple[FallbackUse, ...] = ()
    rebookings: tuple[Rebooking, ...] = ()
    unserved: tuple[Unserved, ...] = ()
    planner: str = ""
    seed: int = 0


class PlanChange(Struct, frozen=True):
    """One thing a new plan does differently from the one in force: what, for whom, and in words why."""

    what: str
    move: MoveId | None = None
    truck: TruckId | None = None
    why: str = ""
