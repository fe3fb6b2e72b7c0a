"""Stations as the grid feels them: they take limits in the order sent, answer late or never, and draw all they may."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import small_hub as small
from msgspec.structs import replace

from portwatt.commands import AnyCommand, Outcome, SetChargingProfile
from portwatt.events import (
    AnyEvent,
    ClockTicked,
    CommandAnswered,
    EvseStatus,
    EvseStatusChanged,
    GridLimitChanged,
    HubOpened,
    StationBooted,
    StationConnected,
    StationDisconnected,
    TransactionEnded,
    TransactionStarted,
)
from portwatt.ids import CommandId, EvseId, StationId, TransactionId, TruckId, station_of
from portwatt.rules.authorise import authorise
from portwatt.rules.load import committed
from portwatt.state import HubState, fold
from portwatt.units import Energy, Power


@dataclass
class Outlet:
    """What an EVSE holds: limits in watts, None where it was never told; a running transaction."""

    plate: int
    default: int | None = None
    limit: int | None = None
    transaction: TransactionId | None = None
    truck: TruckId | None = None

    @property
    def draw(self) -> int:
        if self.transaction is None:
            return 0
        told = self.limit if self.limit is not None else self.default
        return self.plate if told is None else min(told, self.plate)


@dataclass
class Station:
    outlets: dict[EvseId, Outlet]
    swap_plate: int = 0
    """Most a swap station draws; 0 for charging stations, and until it connected first."""
    swap_limit: int | None = None
    online: bool = False
    inbox: deque[tuple[CommandId, SetChargingProfile]] = field(default_factory=deque)
    outbox: deque[AnyEvent] = field(default_factory=deque)

    @property
    def draw(self) -> int:
        swap = self.swap_plate if self.swap_limit is None else min(self.swap_plate, self.swap_limit)
        return swap + sum(o.draw for o in self.outlets.values())

    def obey(self, command: SetChargingProfile) -> bool:
        """Take a limit in; False: refused, for a transaction that is not (or no longer) there."""
        if command.evse is None:
            self.swap_limit = command.limit.w
            return True
        outlet = self.outlets[command.evse]
        if command.transaction is None:
            outlet.default = command.limit.w
        elif command.transaction == outlet.transaction:
            outlet.limit = command.limit.w
        else:
            return False
        return True


class PowerWorld:
    """A hub and its stations. `ceiling` is what may be drawn: the grid limit, or what was bound to it when it fell."""

    def __init__(self, grid_kw: float) -> None:
        hub = small.hub(grid_kw)
        self.state: HubState = fold([HubOpened(at=small.START, hub=hub)])
        self.now: datetime = small.START
        self.stations = {s.id: Station({e.id: Outlet(e.max_power.w) for e in s.evses}) for s in hub.stations} | {
            s.id: Station({}) for s in hub.swap_stations
        }
        self.answers: list[CommandAnswered] = []
        self.ceiling = self.state.grid_limit.w
        self.sent = 0
        self._number = 0

    # ── what the hub hears ──────────────────────────────────────────────────────────────────────────────────────────

    def hear(self, event: AnyEvent) -> None:
        """One event into the hub; limits it sends go into the stations' inboxes. The promise is checked throughout."""
        self.now += timedelta(milliseconds=1)
        event = replace(event, at=self.now)
        if isinstance(event, GridLimitChanged):
            self.ceiling = max(event.limit.w, committed(self.state).w)
        self.state, commands = small.run(self.state, [event])
        for name, command in commands:
            self._send(name, command)
        self.check()

    def _send(self, name: CommandId, command: AnyCommand) -> None:
        if not isinstance(command, SetChargingProfile):
            return
        self.sent += 1
        on_way = self.state.limits[command.evse or command.station].in_flight
        assert len(on_way) == 1, f"two limits under way to {command.evse or command.station}"
        self.stations[command.station].inbox.append((name, command))

    def check(self) -> None:
        """What is drawn stays below what the hub reckons with, and that below the ceiling, which only falls."""
        drawn = sum(s.draw for s in self.stations.values())
        reckoned = committed(self.state).w
        assert drawn <= reckoned, f"{drawn} W are drawn, the hub reckons with {reckoned} W"
        assert reckoned <= self.ceiling, f"{reckoned} W may be drawn, {self.ceiling} W are allowed"
        self.ceiling = max(self.state.grid_limit.w, reckoned)

    # ── what happens in the field ───────────────────────────────────────────────────────────────────────────────────

    def connect(self, name: StationId, boots: bool = True) -> None:
        station = self.stations[name]
        station.online = True
        if not station.outlets and not station.swap_plate:
            # Packs may be charging when a swap station is seen first, before anything could be said about it.
            station.swap_plate = small.hub().swap_stations[0].max_power.w
            self.ceiling += station.swap_plate
        self.hear(StationConnected(at=self.now, station=name, version="ocpp2.1"))
        if boots or self.state.stations[name].booted_at is None:
            self.hear(StationBooted(at=self.now, station=name, vendor="v", model="m"))
        for evse, outlet in station.outlets.items():
            status = EvseStatus.OCCUPIED if outlet.transaction else EvseStatus.AVAILABLE
            self.hear(EvseStatusChanged(at=self.now, station=name, evse=evse, status=status, reported_at=self.now))

    def disconnect(self, name: StationId) -> None:
        """The socket breaks: what was under way has an unknown fate and never arrives, nor does its answer."""
        station = self.stations[name]
        station.online = False
        self.hear(StationDisconnected(at=self.now, station=name, reason="gone"))
        lost = [command for command, _ in station.inbox]
        lost += [a.id for a in self.answers if self._station_of(a) == name]
        self.answers = [a for a in self.answers if self._station_of(a) != name]
        station.inbox.clear()
        for command in lost:
            self.hear(CommandAnswered(at=self.now, id=command, outcome=Outcome.TIMED_OUT))

    def take(self, name: StationId, refuse: bool = False, answer: bool = True) -> None:
        """The station takes the next limit in. Without `answer` the hub hears nothing and gives up on it."""
        command_id, command = self.stations[name].inbox.popleft()
        done = not refuse and self.stations[name].obey(command)
        self.check()
        if command_id not in self.state.commands:
            return
        outcome = (Outcome.ACCEPTED if done else Outcome.REFUSED) if answer else Outcome.TIMED_OUT
        self.answers.append(CommandAnswered(at=self.now, id=command_id, outcome=outcome))

    def give_up(self, name: StationId) -> None:
        """The hub hears nothing in time; the limit arrives all the same, later."""
        command_id, _ = self.stations[name].inbox[0]
        if command_id in self.state.commands:
            self.hear(CommandAnswered(at=self.now, id=command_id, outcome=Outcome.TIMED_OUT))

    def answer(self, index: int) -> None:
        self.hear(self.answers.pop(index))

    def plug(self, evse: EvseId, truck: TruckId) -> bool:
        """A truck plugs in and shows its token; True: its transaction starts."""
        station, outlet = self.stations[station_of(evse)], self.stations[station_of(evse)].outlets[evse]
        if any(truck == o.truck for s in self.stations.values() for o in s.outlets.values()) or outlet.transaction:
            return False
        if not authorise(self.state, station_of(evse), evse, small.token(truck)).accepted:
            return False
        self._number += 1
        outlet.transaction, outlet.truck = TransactionId(f"{station_of(evse)}:{self._number}"), truck
        self.check()
        station.outbox.append(
            TransactionStarted(
                at=self.now,
                station=station_of(evse),
                evse=evse,
                transaction=outlet.transaction,
                token=small.token(truck),
                truck=truck,
                meter_start=Energy(0),
                reported_at=self.now,
            )
        )
        return True

    def unplug(self, evse: EvseId) -> None:
        """The transaction ends, and its limit with it."""
        station, outlet = self.stations[station_of(evse)], self.stations[station_of(evse)].outlets[evse]
        assert outlet.transaction is not None
        ended = TransactionEnded(
            at=self.now,
            station=station_of(evse),
            transaction=outlet.transaction,
            reported_at=self.now,
            seq_no=1,
            meter_stop=None,
            reason="Local",
        )
        outlet.transaction = outlet.truck = outlet.limit = None
        station.outbox.append(ended)

    def tell(self, name: StationId) -> None:
        """The hub hears the oldest thing a station has to say."""
        self.hear(self.stations[name].outbox.popleft())

    def cut(self, limit: Power) -> None:
        self.hear(GridLimitChanged(at=self.now, limit=limit))

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.hear(ClockTicked(at=self.now))

    def settle(self, rounds: int = 60) -> None:
        """Everybody cooperates until nothing is left to say, for a good ten minutes. Raises AssertionError if it never
        ends."""
        for _ in range(rounds):
            for name, station in self.stations.items():
                while station.outbox:
                    self.tell(name)
                while station.inbox:
                    self.take(name)
            while self.answers:
                self.answer(0)
            self.wait(10)
        assert not any(s.inbox for s in self.stations.values()), "the hub never comes to rest"

    def _station_of(self, answer: CommandAnswered) -> StationId | None:
        pending = self.state.commands.get(answer.id)
        return pending.command.station if pending and isinstance(pending.command, SetChargingProfile) else None
