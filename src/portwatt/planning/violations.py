"""What can be wrong with a plan."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import EvseId, MoveId, StationId, TruckId


class ViolationKind(StrEnum):
    UNKNOWN = "unknown"
    """Names something the problem does not hold."""
    MALFORMED = "malformed"
    """An activity without what its kind needs."""
    PREFIX = "prefix"
    """What is under way or about to start was changed."""
    PLACE = "place"
    """A truck is not where its next activity begins."""
    TIME = "time"
    """Activities overlap or leave a gap."""
    LEG = "leg"
    """No leg there, or driven faster than it takes."""
    CONSUMPTION = "consumption"
    """A drive uses more or less energy than distance and load say."""
    HANDLING = "handling"
    """Loading, unloading or swapping faster than it goes."""
    SHIFT = "shift"
    BREAK = "break"
    HORIZON = "horizon"
    LOAD = "load"
    """Two containers on a truck, or a container put down that it does not carry, or at the wrong place."""
    MOVE_TWICE = "move_twice"
    MOVE_LOST = "move_lost"
    HOLD = "hold"
    RELEASE = "release"
    CUT_OFF = "cut_off"
    """Delivered after the booked cut-off without the rebooking that follows from it."""
    TRAIN_ROOM = "train_room"
    SOC_RESERVE = "soc_reserve"
    SOC_JUMP = "soc_jump"
    """The state of charge changes where nothing is charged, swapped or driven, or not by what was."""
    CONNECTOR = "connector"
    VOLTAGE = "voltage"
    BARRED = "barred"
    FAMILY = "family"
    POWER = "power"
    """More than EVSE, cable or battery take."""
    EVSE_DOUBLE = "evse_double"
    LANE_DOUBLE = "lane_double"
    PACK = "pack"
    """The pack handed out is not there, or not full enough at that moment."""
    PACK_CHARGE = "pack_charge"
    """Charging of a pack that is not in that slot, twice at once, or with energy that does not add up."""
    SLOT_POWER = "slot_power"
    STATION_POWER = "station_power"
    GRID = "grid"
    OUT_OF_SERVICE = "out_of_service"
    FALLBACK = "fallback"
    """A fallback asked for what it cannot do."""
    FALLBACK_CAPACITY = "fallback_capacity"


class Violation(Struct, frozen=True):
    """One thing that is wrong, in words for people, and what it concerns."""

    kind: ViolationKind
    message: str
    truck: TruckId | None = None
    move: MoveId | None = None
    evse: EvseId | None = None
    station: StationId | None = None
    at: datetime | None = None
