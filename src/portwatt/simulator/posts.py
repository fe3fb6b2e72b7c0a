"""Trucks at the posts: plugging in, failed handshakes, waiting in line, leaving; and swapping packs."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from portwatt.ids import EvseId, IdToken, StationId, number_of, station_of
from portwatt.model.handshake import odds_for
from portwatt.model.plan import Activity
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.audit import Audit, WrongKind
from portwatt.simulator.chance import Chance
from portwatt.simulator.driver import Ended
from portwatt.simulator.field import Field
from portwatt.simulator.notices import (
    BatteryFull,
    Charging,
    Finished,
    HandshakeFailed,
    Notice,
    PackGiven,
    PackTaken,
    Refused,
    SwapRefused,
)
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.station import SimulatedStation
from portwatt.simulator.swap_station import SimulatedSwapStation
from portwatt.simulator.truck import SimulatedTruck

PLUGGING: Final = timedelta(minutes=1)
"""From standing at the post to the plug in (assumption; so all that follow)."""
IN_LINE: Final = timedelta(minutes=30)
"""How long a driver waits for an outlet somebody else is at."""
ATTEMPTS: Final = 3
"""Failed handshakes in a row after which a driver gives up on an outlet."""
REFUSED_FOR: Final = timedelta(minutes=20)
"""How long a driver whose token is refused tries again: an outlet kept for somebody else is given free at last."""
AGAIN_AFTER: Final = timedelta(minutes=1)
OVERTIME: Final = timedelta(minutes=20)
"""How long past the time meant for it a charge may go on."""
NEAR_ENOUGH_BP: Final = 200
"""A charge that ends within 2 % of what was meant has done its work."""
INTO_LANE: Final = timedelta(seconds=20)
"""Into the lane of a swap station: time enough for the hub to ask for the swap."""
SWAP_PATIENCE: Final = timedelta(minutes=40)


class _Visit:
    """One truck at, or waiting for, one EVSE."""

    def __init__(self, truck: SimulatedTruck, activity: Activity, evse: EvseId, ended: Ended) -> None:
        self.truck = truck
        self.activity = activity
        self.evse = evse
        self.ended = ended
        self.plugged = False
        self.over = False
        self.charged = False
        self.refused_since: datetime | None = None
        self.since: datetime | None = None
        """When it got the outlet."""


class _SwapVisit:
    """One truck at a swap station."""

    def __init__(self, truck: SimulatedTruck, station: StationId, until: datetime, ended: Ended) -> None:
        self.truck = truck
        self.station = station
        self.until = until
        self.ended = ended


class HubPosts:
    """The posts of a hub. First-time success, attempts and time at the outlets are counted here, as they were."""

    def __init__(self, scenario: Scenario, agenda: Agenda, chance: Chance, audit: Audit) -> None:
        self.attempts = 0
        self.failures = 0
        self.visits = 0
        self.first_time = 0
        """Visits whose first handshake succeeded."""
        self.busy = timedelta(0)
        """Time trucks stood at EVSEs, all together."""
        self.field: Field
        """Set by the world, once: the field tells the posts what is seen at its stations."""
        self._scenario = scenario
        self._agenda = agenda
        self._chance = chance
        self._audit = audit
        self._at: dict[EvseId, _Visit] = {}
        self._lines: dict[EvseId, deque[_Visit]] = {}
        self._swaps: dict[IdToken, _SwapVisit] = {}

    # --- charging ------------------------------------------------------------------------------------------------

    def charge(self, truck: SimulatedTruck, activity: Activity, ended: Ended) -> None:
        """Stand in line for the outlet, plug in, charge until it is enough, or give up."""
        if activity.evse is None:
            ended(False, "the order names no EVSE")
            return
        visit = _Visit(truck, activity, activity.evse, ended)
        if visit.evse not in self._at:
            self._step_up(visit)
            return
        self._lines.setdefault(visit.evse, deque()).append(visit)
        self._agenda.after(IN_LINE, lambda: self._lose_patience(visit))

    def leave(self, truck: SimulatedTruck) -> None:
        """A truck is pulled out, whatever it was doing there."""
        for visit in [v for v in self._at.values() if v.truck is truck]:
            self._go(visit)
        for line in self._lines.values():
            for visit in [v for v in line if v.truck is truck]:
                line.remove(visit)
                visit.over = True

    def _lose_patience(self, visit: _Visit) -> None:
        line = self._lines.get(visit.evse, deque())
        if visit in line:
            line.remove(visit)
            visit.over = True
            visit.ended(False, f"{visit.evse} was taken for {IN_LINE // timedelta(minutes=1)} minutes")

    def _step_up(self, visit: _Visit) -> None:
        if visit.evse in self._at:
            words = f"{visit.truck.id} and {self._at[visit.evse].truck.id} are both at {visit.evse}"
            self._audit.wrong(self._agenda.now, WrongKind.EVSE_DOUBLE, words)
        now = self._agenda.now
        self._at[visit.evse] = visit
        visit.since = now
        visit.truck.evse = visit.evse
        visit.truck.failures = 0
        self.visits += 1
        meant = visit.activity.window.length
        self._agenda.after(PLUGGING, lambda: self._plug(visit))
        self._agenda.at(max(now + meant, visit.activity.window.end) + OVERTIME, lambda: self._too_late(visit))

    def _plug(self, visit: _Visit) -> None:
        if visit.over:
            return
        truck, plant = visit.truck, self._station(visit.evse)
        truck.vehicle.target = visit.activity.soc_after
        self.attempts += 1
        good = not self._chance.happens(self._failure(visit), "handshake", truck.id)
        visit.plugged = True
        frames = plant.plug(number_of(visit.evse), truck.vehicle, truck.token, self._agenda.now, good)
        self.field.spoke(plant, frames)

    def _failure(self, visit: _Visit) -> float:
        evse = self._scenario.hub.evse_by_id[visit.evse]
        cable = visit.truck.vehicle.cable(evse)
        return 0.0 if cable is None else self._scenario.handshake_failure(cable.standard, visit.truck.model.inlets)

    def _unplug(self, visit: _Visit) -> None:
        if visit.plugged:
            visit.plugged = False
            plant = self._station(visit.evse)
            self.field.spoke(plant, plant.unplug(number_of(visit.evse), self._agenda.now))

    def _go(self, visit: _Visit) -> None:
        """The outlet is free for the next in line."""
        visit.over = True
        self._unplug(visit)
        visit.truck.evse = None
        del self._at[visit.evse]
        if visit.since is not None:
            self.busy += self._agenda.now - visit.since
        line = self._lines.get(visit.evse)
        if line:
            self._step_up(line.popleft())

    def _end(self, visit: _Visit, detail: str = "") -> None:
        """Leave; done when it is full enough, otherwise given up for the reason in `detail`."""
        self._go(visit)
        soc, meant = visit.truck.soc, visit.activity.soc_after
        done = soc.bp + NEAR_ENOUGH_BP >= meant.bp
        visit.ended(done, "" if done else f"{detail}; it has {soc.as_percent:.0f} of {meant.as_percent:.0f} %")

    def _too_late(self, visit: _Visit) -> None:
        if not visit.over:
            self._end(visit, f"charging at {visit.evse} took too long")

    def _retry(self, visit: _Visit, after: timedelta) -> None:
        self._unplug(visit)
        self._agenda.after(after, lambda: self._plug(visit))

    # --- swapping ------------------------------------------------------------------------------------------------

    def swap(self, truck: SimulatedTruck, activity: Activity, ended: Ended) -> None:
        """Drive into the lane when there is one, have the pack swapped, or give up."""
        if activity.station is None:
            ended(False, "the order names no swap station")
            return
        if truck.token in self._swaps:
            ended(False, f"its swap at {self._swaps[truck.token].station} is not over")
            return
        visit = _SwapVisit(truck, activity.station, self._agenda.now + SWAP_PATIENCE, ended)
        self._agenda.after(INTO_LANE, lambda: self._enter_lane(visit))

    def _enter_lane(self, visit: _SwapVisit) -> None:
        truck, plant = visit.truck, self._swap_station(visit.station)
        if truck.down:
            return
        self._swaps[truck.token] = visit
        self.field.spoke(plant, plant.swap(truck.pack, truck.soc, truck.token, self._agenda.now))

    def _swap_refused(self, notice: SwapRefused) -> None:
        visit = self._swaps.get(notice.token)
        if visit is None:
            return
        if visit.truck.pack is None:
            return  # its pack is in the robot's hands: one is coming
        del self._swaps[notice.token]
        if self._agenda.now + AGAIN_AFTER > visit.until:
            visit.ended(False, f"no swap at {visit.station}: {notice.reason}")
            return
        self._agenda.after(AGAIN_AFTER, lambda: self._enter_lane(visit))

    def _pack_given(self, notice: PackGiven) -> None:
        visit = self._swaps.pop(notice.token, None)
        if visit is not None:
            visit.truck.pack = notice.pack
            visit.truck.fit(notice.soc)
            visit.ended(True, "")

    # --- what is seen at the posts -------------------------------------------------------------------------------

    def notice(self, notice: Notice) -> None:
        """Something happened at a post."""
        match notice:
            case PackTaken():
                visit = self._swaps.get(notice.token)
                if visit is not None:
                    visit.truck.pack = None
            case PackGiven():
                self._pack_given(notice)
            case SwapRefused():
                self._swap_refused(notice)
            case Charging() | Refused() | HandshakeFailed() | BatteryFull() | Finished():
                here = self._at.get(notice.evse)
                if here is not None and here.truck.token == notice.token and here.plugged:
                    self._charging(here, notice)
            case _:
                pass  # suspended: the hub will give power again, or the time runs out

    def _charging(self, visit: _Visit, notice: Charging | Refused | HandshakeFailed | BatteryFull | Finished) -> None:
        truck = visit.truck
        match notice:
            case Charging():
                self.first_time += int(not visit.charged and not truck.failures)
                visit.charged, visit.refused_since = True, None
            case HandshakeFailed():
                self.failures += 1
                truck.failures += 1
                if truck.failures >= ATTEMPTS:
                    self._end(visit, f"{ATTEMPTS} handshakes failed at {visit.evse}")
                else:
                    self._retry(visit, self._retry_time(visit))
            case Refused():
                visit.refused_since = visit.refused_since or notice.at
                if notice.at - visit.refused_since >= REFUSED_FOR:
                    self._end(visit, f"refused at {visit.evse}: {notice.reason}")
                else:
                    self._retry(visit, AGAIN_AFTER)
            case BatteryFull():
                self._end(visit, "the battery takes no more")
            case Finished():
                self._end(visit, f"{visit.evse} ended it: {notice.reason}")

    def _retry_time(self, visit: _Visit) -> timedelta:
        evse = self._scenario.hub.evse_by_id[visit.evse]
        cable = visit.truck.vehicle.cable(evse)
        if cable is None:
            return AGAIN_AFTER
        return odds_for(self._scenario.hub.odds, cable.standard, visit.truck.model.inlets).retry

    def _station(self, evse: EvseId) -> SimulatedStation:
        plant = self.field.plants[station_of(evse)]
        assert isinstance(plant, SimulatedStation)
        return plant

    def _swap_station(self, station: StationId) -> SimulatedSwapStation:
        plant = self.field.plants[station]
        assert isinstance(plant, SimulatedSwapStation)
        return plant
