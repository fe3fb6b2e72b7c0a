"""From what the hub believes to what a planner is asked: open moves, trucks as they stand, what may be used when.

What nobody can know is assumed here, in one place: how long a station that is away stays away, and a charge that no
truck of ours accounts for. Every new plan assumes anew from what is known then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from portwatt.events import EvseStatus
from portwatt.ids import EvseId, MoveId, PlanId, StationId, TrainId
from portwatt.interop.odds import odds_at
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.pack import SwapStation
from portwatt.model.plan import Activity, FallbackUse, PowerStep
from portwatt.model.station import ChargingStation
from portwatt.model.tariff import bands
from portwatt.planning.problem import (
    EvseOffer,
    OpenMove,
    PackInSlot,
    PlanningProblem,
    SwapOffer,
    TrainOption,
    TrainRoom,
    TruckStart,
)
from portwatt.planning.underway import frozen_until, starts
from portwatt.state.handshakes import station_model
from portwatt.state.hub_state import HubState
from portwatt.state.moves import MoveState, MoveStatus, release_of
from portwatt.state.trains import takes_until
from portwatt.units import Power, Window

_AWAY = timedelta(minutes=30)
"""A station that is offline or an EVSE that is faulted is taken to come back after this, or after as long again as it
has been away, whichever is longer (assumption)."""
_STRANGER = timedelta(minutes=30)
"""What an EVSE is taken to stay busy with something no plan of ours accounts for (assumption)."""
_OVERDUE = timedelta(minutes=5)
"""What is still under way after its time is taken to end this much from now."""


def problem_from(state: HubState, now: datetime) -> PlanningProblem:
    """The planning problem of a hub at this moment, to the next whole second."""
    start = _whole_second(now)
    hub = state.hub
    horizon = Window(start, start + hub.planning.horizon)
    trucks = tuple(starts(state, start, horizon.end))
    fixed = [a for truck in trucks for a in truck.fixed]
    uses = tuple(_uses(state, start))
    strangers = tuple(_strangers(state, fixed))
    return PlanningProblem(
        plan=PlanId(f"{hub.id}-{state.seq}"),
        hub=hub.id,
        horizon=horizon,
        places=hub.places,
        legs=hub.legs,
        models=hub.models,
        trucks=trucks,
        moves=tuple(_moves(state, trucks, uses, horizon)),
        grid=_grid(state, start, strangers),
        bands=bands(hub.tariff, horizon),
        families=hub.families,
        evses=tuple(_evses(state, horizon, strangers)),
        swap_stations=tuple(_swap_stations(state, horizon)),
        fallbacks=hub.fallbacks,
        fixed_fallbacks=uses,
        odds=hub.odds,
        train_room=tuple(_rooms(state)),
        in_force=state.plan,
        slot=hub.planning.slot,
        timezone=hub.timezone,
    )


def _whole_second(moment: datetime) -> datetime:
    return moment if not moment.microsecond else moment.replace(microsecond=0) + timedelta(seconds=1)


def _moves(
    state: HubState, trucks: Iterable[TruckStart], uses: Iterable[FallbackUse], horizon: Window
) -> Iterator[OpenMove]:
    """Moves that are not done and can begin within the horizon; those already begun in any case."""
    begun: set[MoveId | None] = {truck.carrying for truck in trucks} | {use.move for use in uses}
    begun |= {activity.move for truck in trucks for activity in truck.fixed}
    for name, known in sorted(state.moves.items()):
        if name in begun and known.status is not MoveStatus.DELIVERED:
            yield _open_move(state, known, horizon)
        elif known.status is MoveStatus.OPEN:
            move = _open_move(state, known, horizon)
            if move.release < horizon.end:
                yield move


def _open_move(state: HubState, known: MoveState, horizon: Window) -> OpenMove:
    move = known.move
    release = release_of(state, known)
    options = () if known.missed else tuple(_options(state, known))
    # A container whose last train is gone still has to get to the yard, but nothing is gained by hurrying.
    stranded = bool(move.trains) and not options
    return OpenMove(
        id=move.id,
        container=move.container,
        origin=move.origin,
        destination=move.destination,
        release=release or move.release,
        due=horizon.end if stranded else move.due,
        trains=options,
        on_hold=release is None,
    )


def _options(state: HubState, known: MoveState) -> Iterator[TrainOption]:
    """The train it is booked on now, then the later choices, as far as they still run."""
    names = [choice.train for choice in known.move.trains]
    first = names.index(known.train) if known.train in names else 0
    for choice in known.move.trains[first:]:
        if choice.train not in state.trains:
            yield TrainOption(choice.train, choice.due)
            continue
        train = state.trains[choice.train]
        if not train.departed and not train.cancelled:
            cut_off = takes_until(state, choice.train) or train.run.call.departure.best
            yield TrainOption(choice.train, cut_off)


def _rooms(state: HubState) -> Iterator[TrainRoom]:
    """Room on every train that still takes containers, without those already in the yard for it."""
    delivered: dict[TrainId, int] = defaultdict(int)
    for known in state.moves.values():
        if known.status is MoveStatus.DELIVERED and known.train is not None:
            delivered[known.train] += known.move.container.teu
    for name, train in sorted(state.trains.items()):
        if not train.departed and not train.cancelled:
            yield TrainRoom(name, max(0, train.run.capacity_teu - delivered[name]))


def shuttles_about_to_start(state: HubState, now: datetime) -> tuple[MoveId, ...]:
    """Moves not ordered of a fallback yet that stay with it in a plan asked for now: what Replan.shuttled names."""
    until = frozen_until(state, now)
    uses = state.plan.fallbacks if state.plan is not None else ()
    return tuple(use.move for use in uses if now < use.window.start <= until and _waits(state, use))


def _waits(state: HubState, use: FallbackUse) -> bool:
    """Whether a move still waits for its fallback, and can be fetched when that is planned to come."""
    known = state.moves.get(use.move)
    release = release_of(state, known) if known is not None and known.status is MoveStatus.OPEN else None
    return release is not None and release <= use.window.start


def _uses(state: HubState, start: datetime) -> Iterator[FallbackUse]:
    """Moves on a fallback or about to be, as the plan in force has them; what is overdue ends soon."""
    held = state.replanning.held
    soon = held.shuttled if held is not None else shuttles_about_to_start(state, start)
    for use in state.plan.fallbacks if state.plan else ():
        known = state.moves.get(use.move)
        if use.move in soon and _waits(state, use):
            yield use
            continue
        if known is None or known.status is not MoveStatus.ON_FALLBACK or known.fallback != use.fallback:
            continue
        if use.window.end > start:
            yield use
        else:
            overdue = Window(use.window.start, start + _OVERDUE)
            yield FallbackUse(use.move, use.fallback, overdue, use.cost, use.reason)


def _strangers(state: HubState, fixed: Iterable[Activity]) -> Iterator[tuple[EvseId, Power]]:
    """EVSEs that are taken by something no fixed charge accounts for, and what they may draw."""
    ours = {activity.evse for activity in fixed if activity.window.start <= state.at}
    for name, evse in state.hub.evse_by_id.items():
        known = state.evses.get(name)
        if known is None or name in ours:
            continue
        if known.transaction is not None:
            limit = state.limits.get(name)
            yield name, limit.worst(evse.max_power) if limit else evse.max_power
        elif known.status is EvseStatus.OCCUPIED:
            yield name, Power(0)


def _grid(state: HubState, start: datetime, strangers: Iterable[tuple[EvseId, Power]]) -> tuple[PowerStep, ...]:
    taken = sum(power.w for _, power in strangers)
    whole = PowerStep(start, state.grid_limit)
    if not taken:
        return (whole,)
    return (PowerStep(start, Power(max(0, state.grid_limit.w - taken))), PowerStep(start + _STRANGER, state.grid_limit))


def _evses(state: HubState, horizon: Window, strangers: Iterable[tuple[EvseId, Power]]) -> Iterator[EvseOffer]:
    busy = {name for name, _ in strangers}
    learnt = _odds(state, horizon.start)
    for station in state.hub.stations:
        for evse in station.evses:
            until = max(_station_back(state, station, horizon), _evse_back(state, evse.id, horizon))
            if evse.id in busy:
                until = max(until, horizon.start + _STRANGER)
            closed = (Window(horizon.start, min(until, horizon.end)),) if until > horizon.start else ()
            odds = learnt[station.id]
            yield EvseOffer(evse.id, station.place, evse.connectors, evse.max_power, evse.voltage, closed, odds)


def _odds(state: HubState, at: datetime) -> dict[StationId, tuple[HandshakeOdds, ...]]:
    """What was learnt or decided of each station; alike ones share it, since a hub has many of few models."""
    alike: dict[object, tuple[HandshakeOdds, ...]] = {}
    found = {}
    for station in state.hub.stations:
        cables = frozenset(c for evse in station.evses for c in evse.connectors)
        key = (station_model(state, station.id), cables)
        if key not in alike:
            alike[key] = odds_at(state, station, at)
        found[station.id] = alike[key]
    return found


def _swap_stations(state: HubState, horizon: Window) -> Iterator[SwapOffer]:
    for station in state.hub.swap_stations:
        until = _station_back(state, station, horizon)
        slots = tuple(slot for slot in station.slots if _evse_back(state, slot, horizon) <= horizon.start)
        # A station that was never heard of still has the slots of its hub file, when it comes.
        slots = slots or station.slots
        packs = tuple(
            PackInSlot(name, pack.slot, pack.soc)
            for name, pack in sorted(state.packs.items())
            if pack.slot in slots and pack.slot is not None and pack.family == station.family
        )
        yield SwapOffer(
            id=station.id,
            place=station.place,
            family=station.family,
            lanes=station.lanes,
            slots=slots,
            packs=packs,
            swap_time=station.swap_time,
            max_power=station.max_power,
            closed=(Window(horizon.start, min(until, horizon.end)),) if until > horizon.start else (),
        )


def _station_back(state: HubState, station: ChargingStation | SwapStation, horizon: Window) -> datetime:
    """From when a station can be counted on; the start of the horizon: it can now."""
    known = state.stations.get(StationId(station.id))
    if known is None:
        return horizon.start + _AWAY
    if known.out_of_service:
        return horizon.end
    return horizon.start if known.connected else _back(horizon.start, known.since)


def _evse_back(state: HubState, evse: EvseId, horizon: Window) -> datetime:
    known = state.evses.get(evse)
    if known is None:
        return horizon.start
    if known.out_of_service:
        return horizon.end
    if known.status in (EvseStatus.FAULTED, EvseStatus.UNAVAILABLE):
        return _back(horizon.start, known.changed_at)
    return horizon.start


def _back(start: datetime, since: datetime | None) -> datetime:
    return start + max(_AWAY, start - since if since is not None else timedelta(0))
