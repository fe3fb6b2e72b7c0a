"""The hub's grid limit, held at every instant and without any planner: lower before raising.

What counts is the worst case: what each load point accepted last, and whatever is on its way to it. A power is raised
only as far as the sum of worst cases leaves room; where there is none, others are lowered first, and their answers
make the room. A charging profile lives through a reboot (OCPP 2.0.1 K01.FR.27; 1.6 errata sheet 3.37), so a station
that is silent keeps what it accepted last, and the others make up for it.

An idle EVSE is kept at 0 W for whatever starts there (TxDefaultProfile); each transaction is then given its power
(TxProfile). A swap station is held as a whole (ChargingStationMaxProfile).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from portwatt.commands import AnyCommand, SetChargingProfile
from portwatt.events import AnyEvent, ClockTicked, StationBooted
from portwatt.ids import EvseId, station_of
from portwatt.model.pack import SwapStation
from portwatt.rules.load import LoadPoint, fill, load_points
from portwatt.state import HubState
from portwatt.state.limits import LoadLimit
from portwatt.state.stations import StationState
from portwatt.units import Power

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=5)
_GRAIN_W = 100
"""Limits are told in steps of this, rounded down."""
_NOISE_W = 5_000
_NOISE_SHARE = 0.05


def hold(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """The profiles to send so that the grid limit holds and its power is used; at most one on its way per load point.

    On a tick once a minute (the plan's powers and states of charge move on), and when a retry is due.
    """
    if isinstance(event, ClockTicked) and not minute_passed(before, state) and not _retry_due(before, state):
        return ()
    booted = _confirmed_again(state, event) if isinstance(event, StationBooted) else []
    defaults = booted + _missing_defaults(state, {c.evse for c in booted})
    busy: set[str] = {c.evse or c.station for c in defaults}
    points = load_points(state)
    return [*defaults, *_allotted(state, points, busy)]


def minute_passed(before: HubState, state: HubState) -> bool:
    """Whether another minute of the clock began."""
    return state.at - before.at >= timedelta(minutes=1) or before.at.minute != state.at.minute


def may_tell(limit: LoadLimit, station: StationState | None, at: datetime) -> bool:
    """Whether a limit can be sent now: the station is there, nothing is under way, what failed has had its pause.

    The pause doubles with each failure and ends when the station comes back.
    """
    if station is None or not station.connected or station.booted_at is None or limit.in_flight:
        return False
    if not limit.failures or limit.failed_at is None:
        return True
    back = station.since is not None and station.since > limit.failed_at
    return back or at >= _retry_at(limit.failures, limit.failed_at)


def _retry_at(failures: int, failed_at: datetime) -> datetime:
    pause: timedelta = FIRST_RETRY * (1 << min(failures - 1, 10))
    return failed_at + min(LONGEST_RETRY, pause)


def _retry_due(before: HubState, state: HubState) -> bool:
    return any(
        limit.failures
        and limit.failed_at is not None
        and before.at < _retry_at(limit.failures, limit.failed_at) <= state.at
        for limit in state.limits.values()
    )


def _confirmed_again(state: HubState, event: StationBooted) -> list[SetChargingProfile]:
    """A station that booted is told once more what it should know already."""
    station = state.hub.station_by_id.get(event.station)
    if station is None:
        return []
    if isinstance(station, SwapStation):
        known = state.limits.get(station.id, LoadLimit())
        if known.default is None or known.in_flight:
            return []
        return [SetChargingProfile(station=station.id, limit=known.default)]
    return [_idle(e.id) for e in station.evses if not state.limits.get(e.id, LoadLimit()).in_flight]


def _missing_defaults(state: HubState, sent: set[EvseId | None]) -> list[SetChargingProfile]:
    return [
        _idle(evse)
        for evse in state.hub.evse_by_id
        if evse not in sent
        and (limit := state.limits.get(evse, LoadLimit())).default is None
        and may_tell(limit, state.stations.get(station_of(evse)), state.at)
    ]


def _idle(evse: EvseId) -> SetChargingProfile:
    return SetChargingProfile(station=station_of(evse), evse=evse, limit=Power(0))


def _allotted(state: HubState, points: list[LoadPoint], busy: set[str]) -> list[SetChargingProfile]:
    """Lowerings at once; raisings as far as every worst case leaves room, what the plan counts on first."""
    free = [p for p in points if p.name not in busy and may_tell(p.limit, p.held, state.at)]
    if not free:
        return []
    limit = max(0, state.grid_limit.w)
    names = {p.name for p in free}
    others = [p for p in points if p.name not in names]
    pairs = list(zip(free, _targets(free, limit - _kept_for(others, free, limit)), strict=True))
    room = limit - sum(p.worst for p in points)
    soon = limit - sum(_expected(p) for p in others) - sum(p.worst for p in free)
    lowered = _lowered(pairs, over=room < 0, soon=soon)
    settling = bool(lowered) or soon > room
    raised: list[tuple[LoadPoint, int]] = []
    for point, target in sorted(pairs, key=lambda pair: not pair[0].planned):
        given = min(target, point.accepted + max(0, room))
        if given < point.accepted or not (_worth(point.accepted, given) or point.limit.unsure):
            continue
        if settling and given - point.accepted < (target - point.accepted) // 2:
            continue  # More room is on its way: one profile then, instead of many small ones now.
        raised.append((point, given))
        room -= given - point.accepted
    return [_told(point, watts) for point, watts in (*lowered, *raised)]


def _kept_for(others: list[LoadPoint], free: list[LoadPoint], limit: int) -> int:
    """What those who cannot be told anything now hold: the silent their worst; those with a limit on its way what that
    leaves them, and no less than their share, which they will be told next."""
    waiting = [p for p in others if _on_its_way(p) is not None]
    silent = sum(p.worst for p in others if _on_its_way(p) is None)
    shares = _targets([*waiting, *free], limit - silent)
    return silent + sum(max(_expected(p), share) for p, share in zip(waiting, shares, strict=False))


def _lowered(pairs: list[tuple[LoadPoint, int]], over: bool, soon: int) -> list[tuple[LoadPoint, int]]:
    """What has to go down, or is worth it; all that can where others cannot get what is theirs without it."""
    lower = [(p, t) for p, t in pairs if t < p.accepted]
    worth = [(p, t) for p, t in lower if _worth(p.accepted, t) or p.limit.unsure]
    wanted = sum(t - p.accepted for p, t in pairs if t > p.accepted and _worth(p.accepted, t))
    return lower if over or wanted > soon + sum(p.accepted - t for p, t in worth) else worth


def _targets(free: list[LoadPoint], budget: int) -> list[int]:
    """What the plan counts on first, then the others, each group shared fairly."""
    planned = fill([p.demand if p.planned else 0 for p in free], budget)
    others = fill([0 if p.planned else p.demand for p in free], budget - sum(planned))
    return [(a + b) // _GRAIN_W * _GRAIN_W for a, b in zip(planned, others, strict=True)]


def _on_its_way(point: LoadPoint) -> int | None:
    last = point.limit.in_flight[-1] if point.limit.in_flight else None
    if last is None or not point.held.connected or last.for_transaction != (point.transaction is not None):
        return None
    return last.limit.w


def _expected(point: LoadPoint) -> int:
    """Most a load point will soon draw: on its way down it will get there."""
    coming = _on_its_way(point)
    return point.worst if coming is None else min(point.worst, coming)


def _worth(old: int, new: int) -> bool:
    """Whether a change is more than the noise of meters and curves: 5 % and 5 kW; half of it where it is little."""
    larger = max(old, new)
    return abs(new - old) > max(_NOISE_SHARE * larger, min(_NOISE_W, larger / 2))


def _told(point: LoadPoint, watts: int) -> SetChargingProfile:
    return SetChargingProfile(station=point.station, evse=point.evse, transaction=point.transaction, limit=Power(watts))
