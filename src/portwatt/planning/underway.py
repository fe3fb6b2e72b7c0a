"""What trucks are doing and about to do, forecast anew: the part of a plan that stays as it is.

What was ordered stays, with its times moved to what is known now. Of what is only planned, the groups that start within
the hub's frozen time, or before the new plan can be there, stay too, as far as they can still be done as planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from portwatt.ids import ActivityId, PackId, TruckId
from portwatt.model.plan import Activity, ActivityKind, PowerStep
from portwatt.model.truck import Truck, duty
from portwatt.planning.groups import Group, begins, groups
from portwatt.planning.problem import TruckStart
from portwatt.state.hub_state import HubState
from portwatt.state.moves import MoveStatus, release_of
from portwatt.state.replanning import LONGEST_HOLD, may_order
from portwatt.state.stations import in_service
from portwatt.state.trucks import TruckState
from portwatt.units import SoC, Window

_OVERDUE = timedelta(minutes=1)
"""What is still under way after its time is taken to end this much from now."""
_SHIFTED = timedelta(minutes=2)
"""What is planned and not ordered stays only if it still starts this near to its time."""
_OVERTIME = timedelta(hours=2)
"""A truck with a container on it may finish, this long after its shift (assumption)."""
_REPORTED = timedelta(minutes=1)
"""Word of a truck this long after a drive began is word from under way."""


def starts(state: HubState, start: datetime, end: datetime) -> Iterator[TruckStart]:
    """Every truck that is on duty before the horizon ends, or has a container on it."""
    for name, truck in sorted(state.hub.truck_by_id.items()):
        known = state.trucks.get(name)
        if known is None:
            continue
        missing = bool(known.unavailable)
        if missing and known.until is None:
            if known.carrying is not None:
                # Nobody knows when it goes on: its container is named as not carried rather than forgotten.
                yield _standing(truck, known, end, end)
            continue
        ready = max(start, known.until) if missing and known.until else start
        shift = duty(truck.shift, ready)
        if not known.queue and known.carrying is None:
            ready = max(ready, shift.start)
        if missing or not (known.queue or state.todo.get(name)):
            if ready < shift.end or known.carrying is not None:
                yield _standing(truck, known, ready, _shift_end(shift, ready, known.carrying is not None))
            continue
        yield _moving(state, truck, known, start, ready)


def about_to_start(state: HubState, now: datetime) -> Iterator[ActivityId]:
    """What is planned, not ordered yet, and stays in a plan asked for now: what Replan.fixed names."""
    for name, known in sorted(state.trucks.items(), key=lambda entry: entry[0]):
        todo = state.todo.get(name)
        if todo and not known.unavailable and name in state.hub.truck_by_id:
            forecast = _Forecast(state, known, now, now)
            tuple(forecast.ordered())
            yield from (activity.id for activity in forecast.planned(name, todo))


def frozen_until(state: HubState, start: datetime) -> datetime:
    """What starts up to this moment stays in a plan that is asked for at `start`."""
    return start + max(state.hub.planning.frozen, min(state.replanning.took, LONGEST_HOLD))


def _standing(truck: Truck, known: TruckState, ready: datetime, shift_end: datetime) -> TruckStart:
    return TruckStart(
        id=truck.id,
        model=truck.model,
        place=known.place,
        soc=known.soc,
        ready_at=ready,
        shift_end=shift_end,
        reserve=truck.reserve,
        pack=known.pack,
        carrying=known.carrying,
        next_number=known.last_number + 1,
    )


def _moving(state: HubState, truck: Truck, known: TruckState, start: datetime, ready: datetime) -> TruckStart:
    forecast = _Forecast(state, known, start, ready)
    fixed = (*forecast.ordered(), *forecast.planned(truck.id, state.todo.get(truck.id, ())))
    return TruckStart(
        id=truck.id,
        model=truck.model,
        place=known.place,
        soc=fixed[0].soc_before if fixed else known.soc,
        ready_at=fixed[0].window.start if fixed else ready,
        shift_end=_shift_end(
            duty(truck.shift, ready), fixed[-1].window.end if fixed else ready, forecast.carrying is not None
        ),
        reserve=truck.reserve,
        pack=_pack_before(known, fixed),
        carrying=known.carrying,
        fixed=fixed,
        next_number=known.last_number + 1,
    )


def _shift_end(shift: Window, ready: datetime, loaded: bool) -> datetime:
    """What a truck is busy with it finishes, and delivers what is on it, also where its shift is over and the next is
    not on yet."""
    over = ready + _OVERTIME if loaded else ready
    return max(shift.end, over) if shift.start <= ready else over


def _pack_before(known: TruckState, fixed: tuple[Activity, ...]) -> PackId | None:
    """The pack it will hand in; None when it has handed it in already and holds the new one."""
    swap = next((a for a in fixed if a.kind is ActivityKind.SWAP), None)
    return None if swap is not None and swap.pack == known.pack else known.pack


class _Forecast:
    """Walks along what a truck has to do, from where and how full it really is."""

    def __init__(self, state: HubState, known: TruckState, start: datetime, ready: datetime) -> None:
        self.state = state
        self.known = known
        self.start = start
        self.time = ready
        self.place = known.place
        self.soc = known.soc
        self.carrying = known.carrying

    def ordered(self) -> Iterator[Activity]:
        """The truck's orders, the one under way first."""
        for index, ordered in enumerate(self.known.queue):
            activity = self._with_pack(ordered)
            if index == 0 and self.known.started_at is not None:
                yield self._under_way(activity, self.known.started_at)
            else:
                yield self._next(activity)

    def planned(self, truck: TruckId, todo: tuple[Activity, ...]) -> Iterator[Activity]:
        """What is not ordered yet, starts within the frozen time and can still be done as it was planned."""
        for group in groups(todo):
            kept = self._kept(group) if self._stays(truck, group) else None
            if kept is None:
                return
            yield from kept

    def _stays(self, truck: TruckId, group: Group) -> bool:
        """Whether a group is about to start; while the plan is being computed: whether it was when it was asked for."""
        if self.state.replanning.held is not None:
            return may_order(self.state, truck, group[-1].id)
        planned = begins(group)
        start = max(self.time, planned)
        return start <= frozen_until(self.state, self.start) and start - planned <= _SHIFTED

    def _kept(self, group: Group) -> tuple[Activity, ...] | None:
        """A group as it will be; None, and nothing of it counts, where some of it cannot be done."""
        before = self.time, self.place, self.soc, self.carrying
        kept: list[Activity] = []
        for activity in group:
            self.time = max(self.time, activity.window.start)
            if not self._possible(activity):
                self.time, self.place, self.soc, self.carrying = before
                return None
            kept.append(self._next(activity))
        return tuple(kept)

    def _with_pack(self, activity: Activity) -> Activity:
        """A station hands out the pack it likes: where the one planned is gone, nobody knows which it will be."""
        pack = self.state.packs.get(activity.pack) if activity.pack is not None else None
        if pack is None or pack.slot is not None or activity.pack == self.known.pack:
            return activity
        return replace(activity, pack=None)

    def _under_way(self, activity: Activity, started_at: datetime) -> Activity:
        planned = activity.window.length
        end = started_at + planned
        if activity.kind is ActivityKind.WAIT:
            end = activity.window.end
        if end <= self.start:
            end = self.start + _OVERDUE
        begun = min(started_at, self.start)
        soc_before, soc_after = activity.soc_before, activity.soc_after
        drop = activity.soc_before.bp - activity.soc_after.bp
        if activity.kind is ActivityKind.DRIVE:
            soc_after = _soc(self.known.soc.bp - drop)
            if self.known.heard_at > started_at + _REPORTED:
                left = (end - self.start) / max(timedelta(seconds=1), end - begun)
                soc_after = min(activity.soc_after, _soc(self.known.soc.bp - round(drop * min(1.0, left))))
        elif activity.kind is ActivityKind.CHARGE:
            soc_after = max(activity.soc_after, self.known.soc)
        elif activity.kind is not ActivityKind.SWAP:
            soc_before = soc_after = self.known.soc
        window = Window(begun, _whole(end))
        return self._done(replace(_moved(activity, window), soc_before=soc_before, soc_after=soc_after))

    def _next(self, activity: Activity) -> Activity:
        begin = self.time
        end = begin + activity.window.length
        if activity.kind is ActivityKind.WAIT:
            end = max(begin, activity.window.end)
        change = activity.soc_after.bp - activity.soc_before.bp
        after = _soc(self.soc.bp + change)
        if activity.kind is ActivityKind.SWAP:
            after = activity.soc_after
        elif activity.kind is ActivityKind.CHARGE:
            after = max(self.soc, activity.soc_after)  # the truck unplugs when it has what was meant
        window = Window(begin, _whole(end))
        return self._done(replace(_moved(activity, window), soc_before=self.soc, soc_after=after))

    def _done(self, activity: Activity) -> Activity:
        self.time, self.place, self.soc = activity.window.end, activity.place, activity.soc_after
        if activity.kind is ActivityKind.LOAD:
            self.carrying = activity.move
        elif activity.kind is ActivityKind.UNLOAD:
            self.carrying = None
        return activity

    def _possible(self, activity: Activity) -> bool:
        begins_at = activity.origin if activity.kind is ActivityKind.DRIVE else activity.place
        if begins_at != self.place:
            return False
        if activity.kind is ActivityKind.DRIVE:
            return self.soc.bp + activity.soc_after.bp - activity.soc_before.bp >= 0
        if activity.kind is ActivityKind.LOAD:
            return self._fetchable(activity)
        if activity.kind is ActivityKind.UNLOAD:
            return self.carrying is not None and self.carrying == activity.move
        if activity.kind is ActivityKind.WAIT:
            return True
        if activity.kind is ActivityKind.CHARGE:
            return activity.evse is not None and in_service(self.state, activity.evse)
        return self._swappable(activity)

    def _fetchable(self, activity: Activity) -> bool:
        move = self.state.moves.get(activity.move) if activity.move is not None else None
        if move is None or move.status is not MoveStatus.OPEN or self.carrying is not None:
            return False
        release = release_of(self.state, move)
        return release is not None and release <= self.time

    def _swappable(self, activity: Activity) -> bool:
        if activity.station is None or activity.pack is None:
            return activity.fallback is not None
        pack = self.state.packs.get(activity.pack)
        station = self.state.stations.get(activity.station)
        return (
            pack is not None
            and pack.slot is not None
            and station is not None
            and station.connected
            and not station.out_of_service
        )


def _moved(activity: Activity, window: Window) -> Activity:
    """The activity at another time, its profile moved with it and cut to it."""
    by = window.start - activity.window.start
    profile = tuple(PowerStep(step.start + by, step.power) for step in activity.profile)
    kept = tuple(step for step in profile if window.start <= step.start < window.end)
    return replace(activity, window=window, profile=kept)


def _soc(bp: int) -> SoC:
    return SoC(max(0, min(10_000, bp)))


def _whole(moment: datetime) -> datetime:
    return moment if not moment.microsecond else moment.replace(microsecond=0) + timedelta(seconds=1)
