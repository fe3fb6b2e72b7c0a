"""A person's word on what is in service, passed on to the station."""

from __future__ import annotations

from collections.abc import Sequence

from portwatt.commands import AnyCommand, ChangeAvailability
from portwatt.events import AnyEvent, ReturnedToService, StationBooted, TakenOutOfService
from portwatt.ids import StationId, station_of
from portwatt.state import HubState


def tell_availability(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """Out of service at once, and again when the station boots: it may have been away when it was said.

    Back in service is said once. A station that was away then stays inoperative until it is said again: whether it has
    a reason of its own by now, nobody here can know.
    """
    match event:
        case TakenOutOfService():
            return [ChangeAvailability(station=event.station, evse=event.evse, operative=False)]
        case ReturnedToService():
            return [ChangeAvailability(station=event.station, evse=event.evse, operative=True)]
        case StationBooted():
            return _out_at(state, event.station)
        case _:
            return ()


def _out_at(state: HubState, station: StationId) -> list[AnyCommand]:
    known = state.stations.get(station)
    if known is not None and known.out_of_service:
        return [ChangeAvailability(station=station, operative=False)]
    out = sorted(e for e, evse in state.evses.items() if evse.out_of_service and station_of(e) == station)
    return [ChangeAvailability(station=station, evse=evse, operative=False) for evse in out]
