"""The OCPP endpoint of one hub: ``ws://host:port/ocpp/{station}``, every version, over real sockets.

A frame is judged on the newest state inside the hub loop, and what answers it leaves only after the commit. The newest
socket of a station wins; its ledger and the hub's state outlive every socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from portwatt.commands import AnyCommand, Outcome, StationCommand
from portwatt.errors import BugError, StoreError
from portwatt.events import AnyEvent, CommandAnswered, StationDisconnected
from portwatt.ids import CommandId, HubId, StationId
from portwatt.runtime.loop import HubLoop
from portwatt.runtime.station_link import FaultBudget, LinkResult, StationLink
from portwatt.state import HubState
from portwatt.translate.handled import Handled
from portwatt.wire.ocpp.conversation import DEFAULT_TIMEOUT
from portwatt.wire.ocpp.frames import MAX_FRAME_BYTES
from portwatt.wire.ocpp.ledger import MessageLedger
from portwatt.wire.ocpp.schemas import SchemaSet
from portwatt.wire.ocpp.versions import OcppVersion, negotiate

PATH = "/ocpp/"
PING_INTERVAL_S = 30.0
"""A half-open socket is found within two of these (notes on OCPP: ping every 30 to 60 s)."""
MAX_SOCKET_BYTES = 16 * MAX_FRAME_BYTES
"""A frame up to this is read and refused in words when it is over the protocol's cap; beyond it the socket is closed,
since nobody may fill the memory."""
MAX_OUTBOX = 1_000
"""Frames a station may leave unread before its socket is closed."""
OVERLOADED = 5_000
"""Callers waiting for the loop from which on a boot is told to wait (a whole hub may reconnect at once)."""
CLOSE_S = 2.0
"""For the peer to answer our close frame; then the connection is cut."""
POLL_S = 0.25

_log = structlog.get_logger(__name__)


class _Socket:
    """One connection: its link and what waits to be written to it."""

    def __init__(self, connection: ServerConnection, link: StationLink) -> None:
        self.connection = connection
        self.link = link
        self.outbox: asyncio.Queue[str] = asyncio.Queue(MAX_OUTBOX)
        self.end_told = False
        """Whether the hub loop was given the end of this connection."""
        self._closing: asyncio.Task[None] | None = None

    @property
    def closing(self) -> bool:
        """Whether we are closing it: nothing is read from it or written to it any more."""
        return self._closing is not None

    def write(self, frames: Iterable[str]) -> None:
        for frame in frames:
            if self.closing:
                return
            try:
                self.outbox.put_nowait(frame)
            except asyncio.QueueFull:
                _log.warning("station_reads_too_slowly", station=self.link.station)
                self.drop(1008, "reads too slowly")

    def drop(self, code: int, reason: str) -> None:
        """Close without waiting for it; what still comes in is not taken."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code, reason))

    async def _close(self, code: int, reason: str) -> None:
        """A peer that does not read leaves no way to send it a close frame, nor to ping it: it is cut off."""
        try:
            await asyncio.wait_for(self.connection.close(code, reason), CLOSE_S)
        except TimeoutError:
            self.connection.transport.abort()


class OcppServer:
    """The central system of one hub. Also the CommandSender of every command a station carries out."""

    def __init__(
        self, loop: HubLoop, schemas: Mapping[OcppVersion, SchemaSet], *, command_timeout: timedelta = DEFAULT_TIMEOUT
    ) -> None:
        self.frames_in = 0
        self.frames_out = 0
        self.refused_sockets = 0
        self._loop = loop
        self._schemas = schemas
        self._timeout = command_timeout
        self._sockets: dict[StationId, _Socket] = {}
        self._ledgers: dict[StationId, MessageLedger] = {}
        self._faults: dict[StationId, FaultBudget] = {}
        self._server: Server | None = None
        self._polling: asyncio.Task[None] | None = None
        loop.route((StationCommand,), self)

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port (useful with port 0)."""
        self._server = await serve(
            self._serve_socket,
            host,
            port,
            process_request=self._admit,
            select_subprotocol=self._choose_version,
            origins=[None],  # stations send none; a web page in somebody's browser does
            compression=None,
            max_size=MAX_SOCKET_BYTES,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_INTERVAL_S,
            close_timeout=CLOSE_S,
        )
        self._polling = asyncio.create_task(self._poll(), name=f"timeouts {self._loop.hub_id}")
        bound: int = next(iter(self._server.sockets)).getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Close every socket and listen no more. Stations come back by themselves."""
        if self._polling is not None:
            self._polling.cancel()
        if self._server is not None:
            self._server.close(close_connections=True)
            await self._server.wait_closed()

    def figures(self) -> Iterable[Metric]:
        """What stands under /metrics."""
        hub = self._loop.hub_id
        for name, words, value in (
            ("portwatt_ocpp_frames_in", "Frames received", self.frames_in),
            ("portwatt_ocpp_frames_out", "Frames sent", self.frames_out),
            ("portwatt_ocpp_refused_sockets", "Sockets refused at the handshake", self.refused_sockets),
        ):
            family = CounterMetricFamily(name, words, labels=["hub"])
            family.add_metric([hub], value)
            yield family
        sockets = GaugeMetricFamily("portwatt_ocpp_sockets", "Open sockets", labels=["hub"])
        sockets.add_metric([hub], len(self._sockets))
        yield sockets

    # --- the handshake -------------------------------------------------------------------------------------------

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """404 for a station the hub file does not list, 503 while nothing can be acknowledged."""
        station = _station(request.path)
        if station is None or station not in self._loop.state.hub.station_by_id:
            self.refused_sockets += 1
            words = f"hub {self._loop.hub_id} has no such station; the path is {PATH}<station id of the hub file>\n"
            return connection.respond(HTTPStatus.NOT_FOUND, words)
        if self._loop.fault:
            self.refused_sockets += 1
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "the log cannot be written now; come back\n")
        return None

    def _choose_version(self, connection: ServerConnection, offered: Iterable[str]) -> Subprotocol | None:
        version = negotiate(offered, tuple(self._schemas))
        return None if version is None else Subprotocol(version.value)

    # --- one socket ----------------------------------------------------------------------------------------------

    async def _serve_socket(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        station = _station(connection.request.path)
        assert station is not None
        if connection.subprotocol is None:
            # OCPP-J 1.6 section 3.1.2: complete the handshake without a sub-protocol, then close at once.
            await connection.close(1002, f"offer one of: {', '.join(v.value for v in self._schemas)}")
            return
        schemas = self._schemas[OcppVersion(connection.subprotocol)]
        ledger = self._ledgers.setdefault(station, MessageLedger())
        faults = self._faults.setdefault(station, FaultBudget())
        link = StationLink(station, schemas, ledger, faults=faults, timeout=self._timeout)
        socket = _Socket(connection, link)
        reason = "the station closed it"
        writer = asyncio.create_task(self._write(socket))
        try:
            await self._take_over(socket)
            await self._read(socket)
        except ConnectionClosed as error:
            reason = str(error)
        except (StoreError, BugError) as error:
            # What this socket was told is not certain; forget it, so that what is sent again is taken in anew.
            self._ledgers.pop(station, None)
            reason = str(error)
            await connection.close(1011, "could not be stored; send it again")
        finally:
            writer.cancel()
            await self._retire(socket, reason)

    async def _take_over(self, socket: _Socket) -> None:
        """The newest socket wins: the old one's end is recorded before the new one's beginning."""
        station = socket.link.station
        old = self._sockets.get(station)
        self._sockets[station] = socket
        if old is not None:
            old.drop(1008, "a newer connection took over")
            await self._retire(old, "a newer connection took over")
        await self._judge(socket, lambda state, now: socket.link.opened(now))

    async def _read(self, socket: _Socket) -> None:
        link = socket.link
        async for data in socket.connection:
            if socket.closing:
                return
            self.frames_in += 1
            busy = self._loop.waiting > OVERLOADED
            await self._judge(
                socket,
                lambda state, now, data=data, busy=busy: link.received(data, now, state, overloaded=busy),  # type: ignore[misc]
            )

    async def _judge(self, socket: _Socket, ask: Callable[[HubState, datetime], LinkResult]) -> None:
        """Ask the link inside the hub loop; write what it says once its facts are safe."""
        frames: tuple[str, ...] = await self._loop.submit(lambda state, now: _handled(ask(state, now)))
        socket.write(frames)

    async def _write(self, socket: _Socket) -> None:
        while True:
            frame = await socket.outbox.get()
            try:
                async with asyncio.timeout(PING_INTERVAL_S):
                    await socket.connection.send(frame)
            except ConnectionClosed:
                return
            except TimeoutError:
                socket.drop(1008, "does not read")
                return
            self.frames_out += 1

    async def _retire(self, socket: _Socket, reason: str) -> None:
        """Record that a connection is over, once, however long the store takes to come back."""
        if socket.end_told:
            return
        socket.end_told = True
        station = socket.link.station
        if self._sockets.get(station) is socket:
            del self._sockets[station]
        self._record(socket.link.closed(self._loop.clock.now(), reason[:200]).events)
        await asyncio.sleep(0)  # what a newer connection tells comes after this

    def _record(self, events: Sequence[AnyEvent]) -> None:
        """Record what follows from a command, from time or from the end of a connection; nobody waits for it."""
        if not events:
            return
        again = False

        def facts(state: HubState, now: datetime) -> Sequence[AnyEvent]:
            nonlocal again
            first, again = not again, True
            return events if first else [event for event in events if not self._is_old_news(event)]

        self._loop.record_surely(facts)

    def _is_old_news(self, event: AnyEvent) -> bool:
        """Whether it is the end of a connection of a station that has come back while the store was away."""
        return isinstance(event, StationDisconnected) and event.station in self._sockets

    # --- commands ------------------------------------------------------------------------------------------------

    def send(self, hub: HubId, command_id: CommandId, command: AnyCommand) -> None:
        """Put a command on its way to its station; the answer becomes a CommandAnswered."""
        assert isinstance(command, StationCommand)
        socket = self._sockets.get(command.station)
        now = self._loop.clock.now()
        if socket is None:
            detail = f"station {command.station} is not connected"
            answer = CommandAnswered(at=now, id=command_id, outcome=Outcome.UNDELIVERABLE, detail=detail)
            self._record((answer,))
            return
        # Nothing is judged here that needs a turn of the loop: the command is in the log, and only what it names is
        # looked up.
        result = socket.link.send(command_id, command, self._loop.state, now)
        socket.write(result.frames)
        self._record(result.events)

    async def _poll(self) -> None:
        """Let time pass for the commands under way."""
        while True:
            await asyncio.sleep(POLL_S)
            now = self._loop.clock.now()
            for socket in list(self._sockets.values()):
                deadline = socket.link.next_deadline()
                if deadline is not None and deadline <= now:
                    result = socket.link.poll(now)
                    socket.write(result.frames)
                    self._record(result.events)


def _handled(result: LinkResult) -> Handled[tuple[str, ...]]:
    return Handled(result.events, result.frames, result.samples)


def _station(path: str) -> StationId | None:
    """The station id in a request path, or None."""
    try:
        name = unquote(urlsplit(path).path)
    except ValueError:  # such as half an IPv6 address where the host would stand
        return None
    if not name.startswith(PATH):
        return None
    rest = name.removeprefix(PATH)
    return StationId(rest) if rest and "/" not in rest else None
