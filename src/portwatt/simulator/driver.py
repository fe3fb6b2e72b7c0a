"""Drivers: they carry out what their trucks are ordered to do, one activity after another, as well as the world lets
them, and say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, Protocol

from portwatt.commands import DispatchTruck, Outcome
from portwatt.events import (
    ActivityEnded,
    ActivityStarted,
    AnyEvent,
    GateDirection,
    GatePassed,
    TruckAvailable,
    TruckUnavailable,
)
from portwatt.ids import PlaceId, TruckId
from portwatt.model.hub import Hub
from portwatt.model.place import PlaceKind
from portwatt.model.plan import Activity, ActivityKind
from portwatt.simulator.agenda import Action, Agenda
from portwatt.simulator.chance import Chance
from portwatt.simulator.freight import Freight
from portwatt.simulator.truck import TOW, TOWED_SOC, Road, SimulatedTruck

DRIVE_TIME_SPREAD: Final = 0.05
"""Standard deviation of a driving time, as a share of it; so below. All three are assumptions."""
CONSUMPTION_SPREAD: Final = 0.04
HANDLING_SPREAD: Final = 0.08
RELEASE_PATIENCE: Final = timedelta(minutes=60)
"""How long a driver waits at a container that is not released before saying so and giving up."""
THIRD_PARTY_SWAP: Final = timedelta(minutes=6)
"""At a certified third party (facts swap_facts.json: 3 to 6 minutes)."""
_GATED = (PlaceKind.QUAY, PlaceKind.RAIL_YARD)

Ended = Callable[[bool, str], None]
"""How an activity ended: whether it was done, and otherwise why not."""


class Posts(Protocol):
    """Where trucks charge and swap."""

    def charge(self, truck: SimulatedTruck, activity: Activity, ended: Ended) -> None:
        """Have a truck charge; tell when it is over."""

    def swap(self, truck: SimulatedTruck, activity: Activity, ended: Ended) -> None:
        """Have a truck swap its pack; tell when it is over."""

    def leave(self, truck: SimulatedTruck) -> None:
        """A truck is pulled out, whatever it was doing there."""


class Drivers:
    """All drivers of a hub's trucks."""

    def __init__(
        self, hub: Hub, agenda: Agenda, chance: Chance, freight: Freight, tell: Callable[[AnyEvent], None]
    ) -> None:
        self.trucks = {t.id: SimulatedTruck(t, hub.model_by_id[t.model]) for t in hub.trucks}
        self.posts: Posts
        """Set by the world, once: posts and drivers know each other."""
        self.busy = timedelta(0)
        """Time trucks did something, waiting apart, all together."""
        self.stranded = 0
        """Trucks that ran empty on the road."""
        self._hub = hub
        self._agenda = agenda
        self._chance = chance
        self._freight = freight
        self._tell = tell
        self._begin: Mapping[ActivityKind, Callable[[SimulatedTruck, Activity], None]] = {
            ActivityKind.DRIVE: self._drive,
            ActivityKind.LOAD: self._load,
            ActivityKind.UNLOAD: self._unload,
            ActivityKind.WAIT: self._wait,
            ActivityKind.CHARGE: self._charge,
            ActivityKind.SWAP: self._swap,
        }

    # --- orders --------------------------------------------------------------------------------------------------

    def order(self, command: DispatchTruck) -> tuple[Outcome, str]:
        """Take an order; a truck that stands broken down does not."""
        truck = self.trucks.get(command.truck)
        if truck is None:
            return Outcome.UNDELIVERABLE, f"there is no truck {command.truck}"
        if truck.down:
            return Outcome.REFUSED, "it is broken down"
        known = {a.id for a in truck.queue}
        truck.queue.extend(a for a in command.activities if a.id not in known)
        self._proceed(truck)
        return Outcome.ACCEPTED, ""

    def break_down(self, truck_id: TruckId, lasts: timedelta) -> None:
        """A truck stands still for a while, with what it carries; what it was told to do is void."""
        truck = self.trucks[truck_id]
        if not truck.down:
            self._drop_out(truck, "broken down", lasts)

    def _proceed(self, truck: SimulatedTruck) -> None:
        if truck.under_way or truck.down or not truck.queue:
            return
        truck.under_way = True
        activity = truck.queue[0]
        self._later(truck, timedelta(0), lambda: self._start(truck, activity))

    def _start(self, truck: SimulatedTruck, activity: Activity) -> None:
        now = truck.since = self._agenda.now
        self._tell(ActivityStarted(at=now, truck=truck.id, activity=activity.id, started_at=now))
        where = activity.origin if activity.kind is ActivityKind.DRIVE else activity.place
        if where is not None and where != truck.place:
            self._end(truck, False, f"it is at {truck.place}, not at {where}")
            return
        self._begin[activity.kind](truck, activity)

    def _end(self, truck: SimulatedTruck, done: bool = True, detail: str = "") -> None:
        """The activity under way is over; when it was not done, nothing that was to follow it can be."""
        now, activity = self._agenda.now, truck.queue.popleft()
        truck.turn += 1
        truck.under_way = False
        if activity.kind is not ActivityKind.WAIT and truck.since is not None:
            self.busy += now - truck.since
        truck.since = None
        if not done:
            truck.queue.clear()
        self._tell(
            ActivityEnded(
                at=now,
                truck=truck.id,
                activity=activity.id,
                ended_at=now,
                soc=truck.soc,
                done=done,
                detail=detail,
            )
        )
        self._proceed(truck)

    def _later(self, truck: SimulatedTruck, delay: timedelta, action: Action) -> None:
        """Do something after a while, unless the truck does something else by then."""
        turn = truck.turn
        self._agenda.after(delay, lambda: action() if truck.turn == turn else None)

    # --- on the road ---------------------------------------------------------------------------------------------

    def _drive(self, truck: SimulatedTruck, activity: Activity) -> None:
        leg = self._hub.leg_by_ends.get((truck.place, activity.place))
        if leg is None:
            self._end(truck, False, f"there is no way from {truck.place} to {activity.place}")
            return
        energy = truck.needs(leg.distance, self._chance.spread(CONSUMPTION_SPREAD, "consumption", truck.id))
        duration = self._spread(leg.duration, DRIVE_TIME_SPREAD, "drive", truck.id)
        self._pass_gate(truck, truck.place, GateDirection.OUT)
        truck.road = Road(energy, self._agenda.now, duration)
        stored = truck.vehicle.battery.stored
        if energy > stored:
            self._later(truck, duration * (stored.wh / energy.wh), lambda: self._strand(truck))
            return

        def arrive() -> None:
            truck.road = None
            truck.vehicle.battery.drain(energy)
            truck.place = activity.place
            self._pass_gate(truck, truck.place, GateDirection.IN)
            self._end(truck)

        self._later(truck, duration, arrive)

    def _strand(self, truck: SimulatedTruck) -> None:
        self.stranded += 1
        self._drop_out(truck, "battery empty on the road", TOW)
        truck.fit(max(truck.soc, TOWED_SOC))

    def _pass_gate(self, truck: SimulatedTruck, place: PlaceId, direction: GateDirection) -> None:
        """Quays and yards have gates, and what matters to them is a container."""
        if truck.carrying is None or self._hub.place_by_id[place].kind not in _GATED:
            return
        now = self._agenda.now
        container = self._freight.boxes[truck.carrying].move.container.id
        self._tell(
            GatePassed(at=now, place=place, direction=direction, passed_at=now, truck=truck.id, container=container)
        )

    def _drop_out(self, truck: SimulatedTruck, reason: str, lasts: timedelta) -> None:
        self.posts.leave(truck)
        now = self._agenda.now
        truck.down = True
        if truck.road is not None:
            truck.vehicle.battery.drain(truck.road.used(now))
            truck.road = None
        if truck.under_way:
            self._end(truck, False, reason)
        truck.halt()
        self._tell(TruckUnavailable(at=now, truck=truck.id, reason=reason, until=now + lasts))
        self._agenda.after(lasts, lambda: self._come_back(truck))

    def _come_back(self, truck: SimulatedTruck) -> None:
        truck.down = False
        self._tell(TruckAvailable(at=self._agenda.now, truck=truck.id, place=truck.place, soc=truck.soc))

    # --- at a place ----------------------------------------------------------------------------------------------

    def _wait(self, truck: SimulatedTruck, activity: Activity) -> None:
        rest = max(timedelta(0), activity.window.end - self._agenda.now)
        self._later(truck, rest, lambda: self._end(truck))

    def _load(self, truck: SimulatedTruck, activity: Activity) -> None:
        box = self._freight.boxes.get(activity.move) if activity.move is not None else None
        if box is None:
            self._end(truck, False, f"there is no move {activity.move}")
            return
        wait = box.released_at - self._agenda.now
        if wait > RELEASE_PATIENCE:
            words = f"container {box.move.container.id} is not released"
            self._later(truck, RELEASE_PATIENCE, lambda: self._end(truck, False, words))
            return
        handling = self._spread(self._hub.place_by_id[truck.place].handling, HANDLING_SPREAD, "handling", truck.id)

        def lift() -> None:
            fault = self._freight.take(box.move.id, truck.id, truck.place, self._agenda.now)
            if not fault:
                truck.carrying = box.move.id
            self._end(truck, not fault, fault)

        self._later(truck, max(timedelta(0), wait) + handling, lift)

    def _unload(self, truck: SimulatedTruck, activity: Activity) -> None:
        handling = self._spread(self._hub.place_by_id[truck.place].handling, HANDLING_SPREAD, "handling", truck.id)

        def put() -> None:
            move = truck.carrying
            if move is None or move != activity.move:
                self._end(truck, False, f"it does not carry move {activity.move}")
                return
            fault = self._freight.put(move, truck.id, truck.place, self._agenda.now)
            if not fault:
                truck.carrying = None
            self._end(truck, not fault, fault)

        self._later(truck, handling, put)

    def _charge(self, truck: SimulatedTruck, activity: Activity) -> None:
        self.posts.charge(truck, activity, self._ender(truck))

    def _swap(self, truck: SimulatedTruck, activity: Activity) -> None:
        if activity.fallback is None:
            self.posts.swap(truck, activity, self._ender(truck))
            return

        def swapped() -> None:
            # A third party tells the hub nothing of its packs: the truck's keeps its name and is as full as agreed.
            truck.fit(activity.soc_after)
            self._end(truck)

        self._later(truck, self._spread(THIRD_PARTY_SWAP, HANDLING_SPREAD, "third party", truck.id), swapped)

    def _ender(self, truck: SimulatedTruck) -> Ended:
        """Ends the activity under way now, once, and none that comes after it."""
        turn = truck.turn
        return lambda done, detail: self._end(truck, done, detail) if truck.turn == turn else None

    def _spread(self, duration: timedelta, sigma: float, *concern: str) -> timedelta:
        return timedelta(seconds=round(duration.total_seconds() * self._chance.spread(sigma, *concern)))
