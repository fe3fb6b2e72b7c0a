"""The field of `portwatt demo`: the world on the hub's clock, its stations as OCPP clients on real WebSockets."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from portwatt.commands import AnyCommand, CommitArrival, DispatchTruck, OrderFallback
from portwatt.events import AnyEvent
from portwatt.ids import CommandId, HubId, StationId
from portwatt.runtime.clock import ScaledClock
from portwatt.runtime.loop import HubLoop
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.world import Fact, Frame, SocketClosed, SocketOpened, World

STEP_S: Final = 0.02
"""Real time between two looks at the world."""
COMES_BACK: Final = timedelta(seconds=30)
"""A station whose socket the hub closed tries again after this (assumption; stations back off for longer)."""

_log = structlog.get_logger(__name__)


class LiveField:
    """One hub's world, live. Route its loop's orders here with `attach`, then `run` it."""

    def __init__(self, scenario: Scenario, seed: int, length: timedelta, clock: ScaledClock) -> None:
        self.world = World(scenario, seed, length, patience=max(1.0, clock.speed))
        self.end: datetime = scenario.start + length
        self.frames = 0
        """Frames that stations sent and got."""
        self._clock = clock
        self._facts: asyncio.Queue[AnyEvent] = asyncio.Queue()
        self._lines: dict[StationId, _Line] = {}
        self._url = ""

    def attach(self, loop: HubLoop) -> None:
        """Have the loop's orders to trucks, shuttles and the rail platform carried out here."""
        loop.route((DispatchTruck, OrderFallback, CommitArrival), self)

    def send(self, hub: HubId, command_id: CommandId, command: AnyCommand) -> None:
        """Take an order; its answer is told like every other fact."""
        assert isinstance(command, DispatchTruck | OrderFallback | CommitArrival)
        self._catch_up()
        self.world.order(command_id, command)
        self._spread()

    async def run(self, url: str, loop: HubLoop) -> None:
        """Let the day happen at ``url/{station}`` until it is over."""
        self._url = url
        telling = asyncio.create_task(self._tell(loop), name=f"facts {loop.hub_id}")
        try:
            while self._clock.now() < self.end:
                self._catch_up()
                self._spread()
                await asyncio.sleep(STEP_S)
            await self._facts.join()
        finally:
            telling.cancel()
            for line in self._lines.values():
                line.hang_up()
            await asyncio.gather(*(line.task for line in self._lines.values()), telling, return_exceptions=True)

    def heard(self, station: StationId, text: str) -> None:
        """The hub sent a station a frame."""
        self.frames += 1
        self._catch_up()
        self.world.frame(station, text)
        self._spread()

    def lost(self, station: StationId) -> None:
        """The hub, or the network, closed a station's socket."""
        self._catch_up()
        self.world.lost(station, COMES_BACK)
        self._spread()

    def _catch_up(self) -> None:
        self.world.run(self._clock.now())

    def _spread(self) -> None:
        for output in self.world.take():
            match output:
                case Fact(event):
                    self._facts.put_nowait(event)
                case Frame(station, text):
                    if station in self._lines:
                        self.frames += 1
                        self._lines[station].outbox.put_nowait(text)
                case SocketOpened(station, version):
                    self._hang_up(station)
                    self._lines[station] = _Line(self, f"{self._url}/{station}", station, version.value)
                case SocketClosed(station, _):
                    self._hang_up(station)

    def _hang_up(self, station: StationId) -> None:
        line = self._lines.pop(station, None)
        if line is not None:
            line.hang_up()

    async def _tell(self, loop: HubLoop) -> None:
        """Facts in order, as many as have come in one go."""
        while True:
            events = [await self._facts.get()]
            while not self._facts.empty():
                events.append(self._facts.get_nowait())
            # At the time the hub learns of them, however late that is.
            await loop.record_surely(lambda state, now, events=events: [replace(event, at=now) for event in events])  # type: ignore[misc]
            for _ in events:
                self._facts.task_done()


class _Line:
    """One station's socket: what it says waits in the outbox until the socket is open."""

    def __init__(self, field: LiveField, url: str, station: StationId, version: str) -> None:
        self.outbox: asyncio.Queue[str] = asyncio.Queue()
        self._field = field
        self._url = url
        self._station = station
        self._version = version
        self._wanted = True
        self.task = asyncio.create_task(self._hold(), name=f"station {station}")

    def hang_up(self) -> None:
        """The station's own end is gone; nobody has to be told."""
        self._wanted = False
        self.task.cancel()

    async def _hold(self) -> None:
        try:
            async with connect(
                self._url, subprotocols=[Subprotocol(self._version)], compression=None, close_timeout=1
            ) as socket:
                writing = asyncio.create_task(self._write(socket))
                try:
                    async for text in socket:
                        self._field.heard(self._station, text if isinstance(text, str) else text.decode())
                except asyncio.CancelledError:
                    # A station that drops off says nothing: the hub finds the socket dead.
                    socket.transport.abort()
                    raise
                finally:
                    writing.cancel()
        except (OSError, WebSocketException) as error:
            _log.warning("station_lost_its_socket", station=self._station, why=str(error))
        if self._wanted:
            self._field.lost(self._station)

    async def _write(self, socket: ClientConnection) -> None:
        while True:
            await socket.send(await self.outbox.get())
