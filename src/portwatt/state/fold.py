"""`apply`: one event onto one state, by one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import reduce
from typing import Any

from immutables import Map
from msgspec.structs import replace

from portwatt.errors import BugError
from portwatt.events import (
    ActivityEnded,
    ActivityStarted,
    AnyEvent,
    AuthorizationDecided,
    ClockTicked,
    CommandAnswered,
    CommandIssued,
    ConsignmentAnnounced,
    ContainerReleased,
    Event,
    EvseStatusChanged,
    FallbackEnded,
    GatePassed,
    GridLimitChanged,
    HeartbeatReceived,
    HubOpened,
    HubRestarted,
    MoveRequested,
    MoveWithdrawn,
    PacksDelivered,
    PacksReceived,
    PairJudged,
    PeerFaultSeen,
    PlanAdopted,
    PlanRejected,
    ReservationEnded,
    ReturnedToService,
    SlotReported,
    StationBooted,
    StationClockDrifted,
    StationConnected,
    StationDisconnected,
    SwapTimedOut,
    TakenOutOfService,
    TrainArrived,
    TrainCancelled,
    TrainDeparted,
    TrainForecastReceived,
    TrainScheduled,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    TruckAvailable,
    TruckReported,
    TruckUnavailable,
    VendorDataReceived,
)
from portwatt.ids import EvseId
from portwatt.model.hub import Hub
from portwatt.state import (
    commands,
    handshakes,
    moves,
    packs,
    replanning,
    reservations,
    stations,
    swaps,
    totals,
    trains,
    transactions,
    trucks,
)
from portwatt.state.hub_state import HubState
from portwatt.state.packs import PackState
from portwatt.state.reasons import reason
from portwatt.state.stations import EvseState

Reducer = Callable[[HubState, Any], HubState]


def opened(event: HubOpened) -> HubState:
    """The state a log begins with."""
    hub = event.hub
    return HubState(
        hub=hub,
        seq=1,
        at=event.at,
        grid_limit=hub.grid.for_charging,
        evses=Map({evse: EvseState(pack=pack) for evse, pack in _evses(hub).items()}),
        packs=Map(
            {p.id: PackState(p.family, p.soc, event.at, slot=p.slot, truck=_driver(hub, p.id)) for p in hub.packs}
        ),
        trucks=Map({t.id: trucks.fresh(t, event.at) for t in hub.trucks}),
    )


def apply(state: HubState, event: AnyEvent) -> HubState:
    """The state after one more event. Raises BugError for an event no noun knows."""
    reducer = REDUCERS.get(type(event))
    if reducer is None:
        raise BugError(f"no noun knows the event {type(event).__name__}; add it to state.fold.REDUCERS")
    after = reducer(state, event)
    why = reason(state, after, event)
    if why is not None:
        after = replanning.wanted(after, why)
    return replace(after, seq=state.seq + 1, at=event.at)


def fold(events: Iterable[AnyEvent], state: HubState | None = None) -> HubState:
    """All events onto a state; without one the first event must open the hub."""
    rest = iter(events)
    if state is None:
        first = next(rest, None)
        if not isinstance(first, HubOpened):
            raise BugError("a log begins with the event that opens its hub")
        state = opened(first)
    return reduce(apply, rest, state)


def _on_opened_again(state: HubState, event: HubOpened) -> HubState:
    """The hub file changed: new things appear, things no longer listed go, what is known of the rest stays."""
    hub = event.hub
    evses = {e: state.evses.get(e) or EvseState(pack=pack) for e, pack in _evses(hub).items()}
    known_packs = dict(state.packs)
    for pack in hub.packs:
        if pack.id not in known_packs:
            known_packs[pack.id] = PackState(pack.family, pack.soc, event.at, pack.slot, _driver(hub, pack.id))
    return state.having(
        hub=hub,
        grid_limit=hub.grid.for_charging,
        totals=totals.on_tariff(state.totals),
        evses=Map(evses),
        packs=Map(known_packs),
        trucks=Map({t.id: state.trucks.get(t.id) or trucks.fresh(t, event.at) for t in hub.trucks}),
        limits=Map({p: limit for p, limit in state.limits.items() if p in evses or p in hub.station_by_id}),
    )


def _on_restarted(state: HubState, event: HubRestarted) -> HubState:
    for station, known in state.stations.items():
        if known.connected:
            state = stations.set_station(state, station, connected=False, since=event.at)
    return state


def _on_tick(state: HubState, event: ClockTicked) -> HubState:
    hours_apart = event.at - state.at >= timedelta(hours=1) or event.at.hour != state.at.hour
    state = trucks.on_tick(reservations.on_tick(state, event), event.at)
    for let_go in _LET_GO if hours_apart else ():
        state = let_go(state, event.at)
    return state


def _on_grid_limit(state: HubState, event: GridLimitChanged) -> HubState:
    return state.having(grid_limit=event.limit)


def _unchanged(state: HubState, event: Event) -> HubState:
    """Facts worth keeping that change no belief."""
    return state


def _evses(hub: Hub) -> dict[EvseId, Any]:
    in_slot = {p.slot: p.id for p in hub.packs if p.slot is not None}
    every = [*hub.evse_by_id, *(slot for s in hub.swap_stations for slot in s.slots)]
    return {evse: in_slot.get(evse) for evse in every}


def _driver(hub: Hub, pack: str) -> Any:
    return next((t.id for t in hub.trucks if t.pack == pack), None)


_LET_GO = (transactions.on_hour, handshakes.on_hour, swaps.on_hour, moves.on_hour, trains.on_hour, packs.on_hour)
"""What is long over goes, every hour; moves before the trains they refer to."""

REDUCERS: Mapping[type[Event], Reducer] = {
    HubOpened: _on_opened_again,
    HubRestarted: _on_restarted,
    ClockTicked: _on_tick,
    GridLimitChanged: _on_grid_limit,
    StationConnected: stations.on_connected,
    StationDisconnected: stations.on_disconnected,
    StationBooted: stations.on_booted,
    HeartbeatReceived: stations.on_heartbeat,
    StationClockDrifted: stations.on_drift,
    EvseStatusChanged: stations.on_status,
    TakenOutOfService: stations.on_out_of_service,
    ReturnedToService: stations.on_out_of_service,
    PeerFaultSeen: stations.on_peer_fault,
    VendorDataReceived: _unchanged,
    AuthorizationDecided: _unchanged,
    TransactionStarted: transactions.on_started,
    TransactionUpdated: transactions.on_updated,
    TransactionEnded: transactions.on_ended,
    PairJudged: handshakes.on_judged,
    ReservationEnded: reservations.on_ended,
    SlotReported: packs.on_slot,
    PacksReceived: swaps.on_received,
    PacksDelivered: swaps.on_delivered,
    SwapTimedOut: swaps.on_timed_out,
    TrainScheduled: trains.on_scheduled,
    TrainForecastReceived: trains.on_forecast,
    TrainArrived: trains.on_arrived,
    TrainDeparted: trains.on_departed,
    TrainCancelled: trains.on_cancelled,
    ConsignmentAnnounced: moves.on_consignment,
    MoveRequested: moves.on_requested,
    MoveWithdrawn: moves.on_withdrawn,
    ContainerReleased: moves.on_released,
    GatePassed: moves.on_gate,
    TruckReported: trucks.on_reported,
    ActivityStarted: trucks.on_activity_started,
    ActivityEnded: trucks.on_activity_ended,
    TruckUnavailable: trucks.on_unavailable,
    TruckAvailable: trucks.on_available,
    PlanAdopted: replanning.on_adopted,
    PlanRejected: replanning.on_rejected,
    CommandIssued: commands.on_issued,
    CommandAnswered: commands.on_answered,
    FallbackEnded: moves.on_fallback_ended,
}
