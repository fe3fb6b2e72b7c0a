"""What trucks and gates say, as facts, held against what the hub knows."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.errors import NotFoundError, UsageError
from portwatt.events import (
    ActivityEnded,
    ActivityStarted,
    ContainerReleased,
    GateDirection,
    GatePassed,
    TruckAvailable,
    TruckReported,
    TruckUnavailable,
)
from portwatt.ids import ActivityId, ContainerId, PlaceId, TruckId, activity_number
from portwatt.state import HubState
from portwatt.state.trucks import TruckState
from portwatt.units import SoC, as_utc


class TruckReport(Struct, frozen=True, kw_only=True):
    """Where a truck says it is and how full; None: not said. Degrees WGS 84."""

    truck: TruckId
    reported_at: datetime
    soc: SoC | None = None
    place: PlaceId | None = None
    lat: float | None = None
    lon: float | None = None


class GateReport(Struct, frozen=True, kw_only=True):
    """A truck, a container or both passed the gate of a place."""

    place: PlaceId
    direction: GateDirection
    passed_at: datetime
    truck: TruckId | None = None
    container: ContainerId | None = None


def truck_reported(state: HubState, told: TruckReport, at: datetime) -> tuple[TruckReported, ...]:
    """Raises NotFoundError for an unknown truck or place, UsageError for a position off the globe or half of one."""
    _truck(state, told.truck)
    _place(state, told.place)
    if (told.lat is None) != (told.lon is None):
        raise UsageError(f"truck {told.truck}: a position needs both lat and lon")
    if told.lat is not None and told.lon is not None and not (-90 <= told.lat <= 90 and -180 <= told.lon <= 180):
        raise UsageError(f"truck {told.truck}: {told.lat}, {told.lon} is no position in degrees")
    event = TruckReported(
        at=at,
        truck=told.truck,
        reported_at=as_utc(told.reported_at),
        soc=told.soc,
        place=told.place,
        lat=told.lat,
        lon=told.lon,
    )
    return (event,)


def gate_passed(state: HubState, told: GateReport, at: datetime) -> tuple[GatePassed, ...]:
    """Raises NotFoundError for an unknown place or truck, UsageError when neither truck nor container is named.

    A container the hub has no move for may pass: terminals report every one.
    """
    _place(state, told.place)
    if told.truck is not None:
        _truck(state, told.truck)
    elif told.container is None:
        raise UsageError(f"a gate event at {told.place} needs a truck or a container")
    event = GatePassed(
        at=at,
        place=told.place,
        direction=told.direction,
        passed_at=as_utc(told.passed_at),
        truck=told.truck,
        container=told.container,
    )
    return (event,)


def activity_started(
    state: HubState, truck: TruckId, activity: ActivityId, moment: datetime, at: datetime
) -> tuple[ActivityStarted, ...]:
    """A truck begins what it was ordered; told again it is no news. Raises NotFoundError for what was not ordered."""
    known = _truck(state, truck)
    if _over(known, truck, activity) or (known.current is not None and known.current.id == activity):
        return ()
    return (ActivityStarted(at=at, truck=truck, activity=activity, started_at=as_utc(moment)),)


class ActivityReport(Struct, frozen=True, kw_only=True):
    """A truck finished an activity, or gave it up (`done` False) for the reason in `detail`."""

    truck: TruckId
    activity: ActivityId
    ended_at: datetime
    soc: SoC
    done: bool = True
    detail: str = ""


def activity_ended(state: HubState, told: ActivityReport, at: datetime) -> tuple[ActivityEnded, ...]:
    """Told again it is no news. Raises NotFoundError for an activity that was not ordered."""
    if _over(_truck(state, told.truck), told.truck, told.activity):
        return ()
    event = ActivityEnded(
        at=at,
        truck=told.truck,
        activity=told.activity,
        ended_at=as_utc(told.ended_at),
        soc=told.soc,
        done=told.done,
        detail=told.detail,
    )
    return (event,)


def truck_out(
    state: HubState, truck: TruckId, reason: str, until: datetime | None, at: datetime
) -> tuple[TruckUnavailable, ...]:
    """A truck drops out. Raises NotFoundError."""
    _truck(state, truck)
    return (TruckUnavailable(at=at, truck=truck, reason=reason, until=None if until is None else as_utc(until)),)


def truck_back(state: HubState, truck: TruckId, place: PlaceId, soc: SoC, at: datetime) -> tuple[TruckAvailable, ...]:
    """A truck is back. Raises NotFoundError for an unknown truck or place."""
    _truck(state, truck)
    _place(state, place)
    return (TruckAvailable(at=at, truck=truck, place=place, soc=soc),)


def released(
    state: HubState, container: ContainerId, released_at: datetime, at: datetime
) -> tuple[ContainerReleased, ...]:
    """Customs or the terminal lets a container go. Raises NotFoundError when no move carries it."""
    if container not in state.move_of:
        raise NotFoundError(f"hub {state.hub.id} has no move for container {container}; request one first")
    return (ContainerReleased(at=at, container=container, released_at=as_utc(released_at)),)


def _truck(state: HubState, truck: TruckId) -> TruckState:
    known = state.trucks.get(truck)
    if known is None:
        raise NotFoundError(f"hub {state.hub.id} has no truck {truck}; list it in the hub file")
    return known


def _place(state: HubState, place: PlaceId | None) -> None:
    if place is not None and place not in state.hub.place_by_id:
        raise NotFoundError(f"hub {state.hub.id} has no place {place}; list it in the hub file")


def _over(known: TruckState, truck: TruckId, activity: ActivityId) -> bool:
    """Whether an activity has ended already. Raises NotFoundError when it was never ordered."""
    if any(a.id == activity for a in known.queue):
        return False
    name, _, count = activity.rpartition("/")
    if name == truck and count.isdecimal() and activity_number(activity) <= known.done:
        return True
    raise NotFoundError(f"truck {truck} was not ordered the activity {activity}")
