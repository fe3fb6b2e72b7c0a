"""Stations and EVSEs as the hub believes them to be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.events import (
    EvseStatus,
    EvseStatusChanged,
    HeartbeatReceived,
    PeerFaultSeen,
    ReturnedToService,
    StationBooted,
    StationClockDrifted,
    StationConnected,
    StationDisconnected,
    TakenOutOfService,
)
from portwatt.ids import PackId, StationId, TransactionId, station_of
from portwatt.state import handshakes

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState


class StationState(Struct, frozen=True):
    """A station: whether its socket is open, what it said of itself, whether a person took it out of service."""

    connected: bool = False
    ever_connected: bool = False
    since: datetime | None = None
    """When `connected` last changed."""
    version: str = ""
    booted_at: datetime | None = None
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    heard_at: datetime | None = None
    drift: timedelta = timedelta(0)
    out_of_service: str = ""
    """Why a person took it out of service; empty: in service."""
    faults: int = 0
    """Protocol faults recorded of it."""


class EvseState(Struct, frozen=True):
    """An EVSE or slot. `status` is what the station said last; before it spoke, Unavailable."""

    status: EvseStatus = EvseStatus.UNAVAILABLE
    error_code: str = ""
    info: str = ""
    changed_at: datetime | None = None
    transaction: TransactionId | None = None
    out_of_service: str = ""
    pack: PackId | None = None
    """The pack in this slot."""
    recent: tuple[TransactionId, ...] = ()
    """The last transactions that started here, newest last."""


def station_in_service(state: HubState, station: StationId) -> bool:
    """Whether a station can be counted on as a whole: connected, not taken out by a person."""
    known = state.stations.get(station)
    return known is not None and known.connected and not known.out_of_service


def in_service(state: HubState, evse_id: str) -> bool:
    """Whether an EVSE or slot can be counted on: connected, not faulted, not taken out by a person."""
    evse = state.evses.get(evse_id)  # type: ignore[call-overload]
    return (
        evse is not None
        and station_in_service(state, station_of(evse_id))  # type: ignore[arg-type]
        and not evse.out_of_service
        and evse.status not in (EvseStatus.FAULTED, EvseStatus.UNAVAILABLE)
    )


def set_station(state: HubState, station: StationId, **changes: object) -> HubState:
    """The state with some fields of a station replaced."""
    known = state.stations.get(station, StationState())
    return state.having(stations=state.stations.set(station, replace(known, **changes)))


def on_connected(state: HubState, event: StationConnected) -> HubState:
    return set_station(
        state,
        event.station,
        connected=True,
        ever_connected=True,
        since=event.at,
        version=event.version,
        heard_at=event.at,
    )


def on_disconnected(state: HubState, event: StationDisconnected) -> HubState:
    return set_station(state, event.station, connected=False, since=event.at)


def on_booted(state: HubState, event: StationBooted) -> HubState:
    return set_station(
        state,
        event.station,
        booted_at=event.at,
        vendor=event.vendor,
        model=event.model,
        firmware=event.firmware,
        heard_at=event.at,
    )


def on_heartbeat(state: HubState, event: HeartbeatReceived) -> HubState:
    return set_station(state, event.station, heard_at=event.at)


def on_drift(state: HubState, event: StationClockDrifted) -> HubState:
    return set_station(state, event.station, drift=event.drift)


def on_peer_fault(state: HubState, event: PeerFaultSeen) -> HubState:
    known = state.stations.get(event.station, StationState())
    return set_station(state, event.station, faults=known.faults + 1)


def on_status(state: HubState, event: EvseStatusChanged) -> HubState:
    """A status for the whole station (1.6 connector 0) reaches every EVSE only where it says none can be used."""
    if event.evse is not None:
        targets = [event.evse]
    elif event.status in (EvseStatus.FAULTED, EvseStatus.UNAVAILABLE):
        targets = [e for e in state.evses if station_of(e) == event.station]
    else:
        targets = []
    state = handshakes.on_status(state, event)
    evses = state.evses
    for target in targets:
        evse = evses.get(target, EvseState())
        evses = evses.set(
            target,
            replace(
                evse, status=event.status, error_code=event.error_code, info=event.info, changed_at=event.reported_at
            ),
        )
    return state.having(evses=evses)


def on_out_of_service(state: HubState, event: TakenOutOfService | ReturnedToService) -> HubState:
    reason = (event.reason or "taken out of service") if isinstance(event, TakenOutOfService) else ""
    if event.evse is None:
        return set_station(state, event.station, out_of_service=reason)
    evse = state.evses.get(event.evse, EvseState())
    return state.having(evses=state.evses.set(event.evse, replace(evse, out_of_service=reason)))
