"""The hub of a virtual day: the very parts of the running hub (links, rules, planner, fold), turned without sockets.

    hub = VirtualHub(hub_file, schemas, start, seed, sink)
    hub.take_in(world_output, now)        # what the world said
    hub.poll(now)                         # at next_deadline() at the latest
    for output in hub.take(): ...         # frames and orders for the world

A computed plan comes into force a little later, as it would from a worker: time passes for everybody but the planner.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from portwatt.commands import AnyCommand, CommitArrival, DispatchTruck, OrderFallback, Outcome, Replan, StationCommand
from portwatt.errors import UsageError
from portwatt.events import AnyEvent, ClockTicked, CommandAnswered, HubOpened
from portwatt.ids import CommandId, StationId
from portwatt.model.hub import Hub
from portwatt.planning.build import problem_from
from portwatt.runtime.adoption import compute, failed, judged
from portwatt.runtime.clock import Stopwatch
from portwatt.runtime.station_link import LinkResult, StationLink
from portwatt.runtime.step import step
from portwatt.simulator.world import Fact, Frame, SocketClosed, SocketOpened, WorldOrder, WorldOutput
from portwatt.state import HubState, opened
from portwatt.wire.ocpp.ledger import MessageLedger
from portwatt.wire.ocpp.schemas import SchemaSet
from portwatt.wire.ocpp.versions import OcppVersion

TICK: Final = timedelta(seconds=30)
PLANNING_TAKES: Final = timedelta(seconds=2)
"""Virtual time from asking for a plan to having it, unless told otherwise."""


class ToStation(Struct, frozen=True):
    """Text for a station."""

    station: StationId
    text: str


class ToWorld(Struct, frozen=True):
    """An order for a truck, a shuttle or the rail platform."""

    command_id: CommandId
    command: WorldOrder


HubOutput = ToStation | ToWorld
Sink = Callable[[Sequence[AnyEvent], HubState], None]


class VirtualHub:
    """One hub, its state and its stations' links. `sink` gets every batch of events with the state after it."""

    def __init__(
        self, hub: Hub, schemas: Mapping[OcppVersion, SchemaSet], start: datetime, seed: int, sink: Sink
    ) -> None:
        self.planning_takes = PLANNING_TAKES
        """Virtual time from asking for a plan to having it: more shows a day whose clock outruns its planner."""
        self.samples = 0
        """Meter values that would be telemetry."""
        self.planning_seconds = 0.0
        """Wall time spent on plans."""
        self._schemas = schemas
        self._seed = seed
        self.keep = sink
        self._links: dict[StationId, StationLink] = {}
        self._ledgers: dict[StationId, MessageLedger] = {}
        self._deadlines: dict[StationId, datetime] = {}
        """Of the links that wait for an answer."""
        self._outputs: list[HubOutput] = []
        self._plans: deque[tuple[datetime, Callable[[HubState, datetime], Sequence[AnyEvent]]]] = deque()
        self._next_tick = start + TICK
        first = HubOpened(at=start, hub=hub)
        self.state = opened(first)
        self.keep([first], self.state)

    def take(self) -> list[HubOutput]:
        """What is to go out, once."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def take_in(self, output: WorldOutput, now: datetime) -> None:
        """Something the world said."""
        match output:
            case Fact(event):
                self._turn((event,), now)
            case Frame(station, text):
                link = self._links.get(station)
                if link is not None:
                    self._linked(link, link.received(text, now, self.state), now)
            case SocketOpened(station, version):
                ledger = self._ledgers.setdefault(station, MessageLedger())
                link = self._links[station] = StationLink(station, self._schemas[version], ledger)
                self._linked(link, link.opened(now), now)
            case SocketClosed(station, reason):
                self._deadlines.pop(station, None)
                self._turn(self._links.pop(station).closed(now, reason).events, now)

    def next_deadline(self) -> datetime:
        """When `poll` has something to do at the latest."""
        moments = [self._next_tick, *self._deadlines.values()]
        if self._plans:
            moments.append(self._plans[0][0])
        return min(moments)

    def poll(self, now: datetime) -> None:
        """Let time pass: the clock ticks, plans are ready, commands time out."""
        for station in [s for s, deadline in self._deadlines.items() if deadline <= now]:
            link = self._links[station]
            self._linked(link, link.poll(now), now)
        while self._plans and self._plans[0][0] <= now:
            self._turn(self._plans.popleft()[1](self.state, now), now)
        if self._next_tick <= now:
            self._next_tick = now + TICK
            self._turn((ClockTicked(at=now),), now)

    # --- one turn ------------------------------------------------------------------------------------------------

    def _linked(self, link: StationLink, result: LinkResult, now: datetime) -> None:
        """What a link made of something: facts first, then the frames that wait for them."""
        self.samples += len(result.samples)
        deadline = link.next_deadline()
        if deadline is not None:
            self._deadlines[link.station] = deadline
        elif link.station in self._deadlines:
            del self._deadlines[link.station]
        commands = self._believe(result.events)
        self._outputs += [ToStation(link.station, text) for text in result.frames]
        self._carry_out(commands, now)

    def _turn(self, events: Sequence[AnyEvent], now: datetime) -> None:
        self._carry_out(self._believe(events), now)

    def _believe(self, events: Sequence[AnyEvent]) -> Sequence[tuple[CommandId, AnyCommand]]:
        if not events:
            return ()
        done = step(self.state, events)
        self.state = done.state
        self.keep(done.events, done.state)
        return done.commands

    def _carry_out(self, commands: Sequence[tuple[CommandId, AnyCommand]], now: datetime) -> None:
        for command_id, command in commands:
            match command:
                case Replan():
                    self._plan(command_id, command, now)
                case DispatchTruck() | OrderFallback() | CommitArrival():
                    self._outputs.append(ToWorld(command_id, command))
                case StationCommand():
                    self._send(command_id, command, now)

    def _send(self, command_id: CommandId, command: StationCommand, now: datetime) -> None:
        link = self._links.get(command.station)
        if link is None:
            detail = f"station {command.station} is not connected"
            self._turn((CommandAnswered(at=now, id=command_id, outcome=Outcome.UNDELIVERABLE, detail=detail),), now)
            return
        self._linked(link, link.send(command_id, command, self.state, now), now)

    def _plan(self, command_id: CommandId, command: Replan, now: datetime) -> None:
        watch, reasons, ready = Stopwatch(), command.reasons, now + self.planning_takes
        try:
            problem = problem_from(self.state, now)
            computed = compute(problem, self.state.hub.planning.budget, self._seed)
        except UsageError as error:
            detail = str(error)
            self._plans.append((ready, lambda state, at: failed(command_id, reasons, detail, at)))
        else:
            self._plans.append((ready, lambda state, at: judged(state, command_id, reasons, computed, at)))
        self.planning_seconds += watch.seconds
