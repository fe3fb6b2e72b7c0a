"""The hub loop: the single writer of one hub.

Whatever happens enters here, is made safe first, then believed, then acted on. Callers that come at the same time
share one commit; each gets its answer only after that commit, so nothing acknowledged is ever lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from portwatt.commands import AnyCommand, CommitArrival, DispatchTruck, OrderFallback, Outcome
from portwatt.errors import BugError, PortwattError, StoreError
from portwatt.events import AnyEvent, ClockTicked, CommandAnswered, CommandIssued, HubOpened, HubRestarted
from portwatt.ids import CommandId, HubId
from portwatt.model.hub import Hub
from portwatt.model.meter import Sample
from portwatt.runtime.clock import Clock
from portwatt.runtime.interfaces import CommandSender, Store
from portwatt.runtime.step import step
from portwatt.state import HubState, apply, opened
from portwatt.translate.handled import Handled

Response = TypeVar("Response")
Handler = Callable[[HubState, datetime], Handled[Any]]
Facts = Callable[[HubState, datetime], Sequence[AnyEvent]]
Listener = Callable[[Sequence[AnyEvent], HubState], None]

MAX_BATCH = 512
"""Callers that share one commit at most: bounds the wait of the first among them."""
AT_THE_DOOR = 3
"""Rounds of the event loop without another caller after which a batch is closed: a frame that lies in its socket takes
two to become one, and a commit costs about as much for one as for all (benchmarks/bench_sockets.py)."""
TICK = timedelta(seconds=15)
RETRY_STORE = timedelta(seconds=2)
RETRY_S = 1.0
"""Real seconds until facts that could not be stored are told again: a store does not recover sooner on a fast clock."""

_log = structlog.get_logger(__name__)


class _Waiting:
    """A caller and what it brought."""

    __slots__ = ("answer", "handler")

    def __init__(self, handler: Handler, answer: asyncio.Future[Any]) -> None:
        self.handler = handler
        self.answer = answer


class HubLoop:
    """One hub, running. `state` is what is durable; nobody outside ever sees more."""

    def __init__(self, hub: Hub, store: Store, clock: Clock, *, snapshot_every: int = 20_000) -> None:
        self.hub_id: HubId = hub.id
        self.fault: str = ""
        """Why nothing can be acknowledged now; empty: all is well."""
        self._hub = hub
        self._store = store
        self._clock = clock
        self._snapshot_every = snapshot_every
        self._snapshot_at = 0
        self._senders: list[tuple[tuple[type[Any], ...], CommandSender]] = []
        self._listeners: list[Listener] = []
        # Unbounded: whoever is in it waits for its answer anyway, so a bound would only move the queue in front of it.
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._state: HubState | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> HubState:
        """The durable state. Raises BugError before `start`."""
        if self._state is None:
            raise BugError(f"hub {self.hub_id} was not started")
        return self._state

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def waiting(self) -> int:
        """Callers not yet served: what the gateways judge overload by."""
        return self._waiting.qsize()

    def route(self, kinds: tuple[type[Any], ...], sender: CommandSender) -> None:
        """Commands of these kinds go out through this sender."""
        self._senders.append((kinds, sender))

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every committed batch and the state after it; the value returned stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        """Bring the state up from the log, record that the hub is open, and begin to serve.

        Raises StoreError when the log cannot be read, TamperedLogError when it was changed.
        """
        self._state = await self._recovered()
        now = self._clock.now()
        events: list[AnyEvent] = []
        if self._state is None:
            first = HubOpened(at=now, hub=self._hub)
            self._state = opened(first)
            await self._store.append(self.hub_id, [first], self._state)
        else:
            events.append(HubRestarted(at=now))
            if self._state.hub != self._hub:
                events.append(HubOpened(at=now, hub=self._hub))
            events += _lost_with_the_process(self._state, now)
        unsent = _to_send_again(self._state)
        self._spawn(self._serve(), "loop")
        self._spawn(self._tick(), "ticks")
        await self.record(*events)
        self._send_all(unsent)

    async def stop(self) -> None:
        """Serve no more; keep a snapshot so that the next start is quick."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while not self._waiting.empty():
            self._waiting.get_nowait().answer.cancel()
        if self._state is not None and not self.fault:
            await self._save_snapshot(self._state)

    async def submit(self, handler: Callable[[HubState, datetime], Handled[Response]]) -> Response:
        """Have `handler` look at the newest state; return its answer once its facts are durable.

        Raises StoreError when they could not be made so, and whatever the handler raises; then nothing changed.
        """
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait(_Waiting(handler, answer))
        return await answer

    async def record(self, *events: AnyEvent) -> None:
        """Record facts that need no judgement."""
        if events:
            await self.submit(lambda state, now: Handled(events, None))

    def record_surely(self, facts: Facts) -> asyncio.Task[None]:
        """Record what has happened, whether anybody waits for it or not, however long the store takes to come back.

        `facts` looks at the newest state, and again after each failure: it leaves out what is old news by then. Facts
        the hub cannot take in are said in the log and given up, since telling them again would end the same way.
        """
        return self._spawn(self._surely(facts), "facts")

    # --- the loop ------------------------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"{name} {self.hub_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _surely(self, facts: Facts) -> None:
        while True:
            try:
                await self.submit(lambda state, now: Handled(tuple(facts(state, now)), None))
            except StoreError:
                await asyncio.sleep(RETRY_S)
            except PortwattError as error:
                _log.error("facts_not_taken_in", hub=self.hub_id, fault=str(error))
                return
            else:
                return

    async def _serve(self) -> None:
        while True:
            batch = await self._batch()
            try:
                await self._turn(batch)
            except Exception as error:  # noqa: BLE001 - one bad turn must not end the hub; its callers are told
                _log.exception("turn_failed", hub=self.hub_id)
                _fail(batch, BugError(f"the hub could not take this in: {error}"))

    async def _batch(self) -> list[_Waiting]:
        """The callers that share the next commit: all who wait, and all who are at the door."""
        batch = [await self._waiting.get()]
        quiet = 0
        while quiet < AT_THE_DOOR and len(batch) < MAX_BATCH:
            await asyncio.sleep(0)
            quiet += 1
            while len(batch) < MAX_BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
                quiet = 0
        return batch

    async def _turn(self, batch: list[_Waiting]) -> None:
        """Judge a batch on the state that grows with it, make it safe, then answer, believe and act."""
        if self.fault and not await self._recover():
            _fail(batch, StoreError(self.fault))
            return
        state = self.state
        events: list[AnyEvent] = []
        commands: list[tuple[CommandId, AnyCommand]] = []
        samples: list[Sample] = []
        served: list[tuple[_Waiting, Any]] = []
        for waiting in batch:
            if waiting.answer.cancelled():
                continue
            try:
                handled = waiting.handler(state, self._clock.now())
                done = step(state, handled.events)
            except PortwattError as error:
                _fail([waiting], error)
                continue
            except Exception as error:  # noqa: BLE001 - a bug in one handler is that caller's, not the batch's
                _log.exception("handler_failed", hub=self.hub_id)
                _fail([waiting], BugError(f"the hub could not take this in: {error}"))
                continue
            state = done.state
            events += done.events
            commands += done.commands
            samples += handled.samples
            served.append((waiting, handled.response))
        if not await self._made_safe(events, state, samples):
            _fail([waiting for waiting, _ in served], StoreError(self.fault))
            return
        self._state = state
        for waiting, response in served:
            if not waiting.answer.done():
                waiting.answer.set_result(response)
        self._act(events, commands)
        await self._keep_snapshot()

    def _act(self, events: Sequence[AnyEvent], commands: Sequence[tuple[CommandId, AnyCommand]]) -> None:
        self._tell(events)
        # Callers wake first and write their answers; a station shall hear that it is accepted before it is told more
        # (OCPP 2.0.1 B01.FR.08).
        asyncio.get_running_loop().call_soon(self._send_all, commands)

    async def _made_safe(self, events: list[AnyEvent], after: HubState, samples: list[Sample]) -> bool:
        try:
            if events:
                await self._store.append(self.hub_id, events, after, samples)
            elif samples:
                await self._store.add_samples(self.hub_id, samples)
        except StoreError as error:
            self.fault = str(error)
            _log.error("store_failed", hub=self.hub_id, fault=self.fault)
            return False
        return True

    async def _recover(self) -> bool:
        """After a failed write: find out what the log holds now, believe exactly that, and act on it."""
        found: list[AnyEvent] = []
        try:
            await self._store.open_hub(self.hub_id)
            state = self.state
            async for record in self._store.read(self.hub_id, after=state.seq):
                state = apply(state, record.event)
                found.append(record.event)
        except StoreError as error:
            self.fault = str(error)
            await self._clock.sleep(RETRY_STORE)
            return False
        self._state = state
        self.fault = ""
        _log.info("store_recovered", hub=self.hub_id, seq=state.seq)
        # A write whose answer was lost is found here; nobody was told of its facts, and its commands never left.
        self._act(found, [(event.id, event.command) for event in found if isinstance(event, CommandIssued)])
        return True

    async def _recovered(self) -> HubState | None:
        if await self._store.open_hub(self.hub_id) == 0:
            return None
        snapshot = await self._store.latest_snapshot(self.hub_id)
        after, state = snapshot if snapshot is not None else (0, None)
        self._snapshot_at = after
        async for record in self._store.read(self.hub_id, after=after):
            if state is None:
                if not isinstance(record.event, HubOpened):
                    raise StoreError(f"the log of hub {self.hub_id} does not begin by opening it")
                state = opened(record.event)
            else:
                state = apply(state, record.event)
        return state

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(TICK)
            try:
                await self.submit(lambda state, now: Handled((ClockTicked(at=now),), None))
            except PortwattError:
                # Said by the turn that failed, and in /healthz until it is over; the clock goes on whatever it was.
                continue

    async def _keep_snapshot(self) -> None:
        state = self.state
        if state.seq - self._snapshot_at < self._snapshot_every:
            return
        self._snapshot_at = state.seq
        await self._save_snapshot(state)

    async def _save_snapshot(self, state: HubState) -> None:
        try:
            await self._store.save_snapshot(self.hub_id, state.seq, state)
        except StoreError as error:
            # The log is whole without it; only the next start is slower.
            _log.warning("snapshot_failed", hub=self.hub_id, fault=str(error))

    def _tell(self, events: Sequence[AnyEvent]) -> None:
        for listener in list(self._listeners):
            try:
                listener(events, self.state)
            except Exception:  # noqa: BLE001 - a view that fails must not stop the hub
                _log.exception("listener_failed", hub=self.hub_id)

    def _send_all(self, commands: Sequence[tuple[CommandId, AnyCommand]]) -> None:
        for command_id, command in commands:
            self._send(command_id, command)

    def _send(self, command_id: CommandId, command: AnyCommand) -> None:
        for kinds, sender in self._senders:
            if isinstance(command, kinds):
                sender.send(self.hub_id, command_id, command)
                return
        detail = f"nobody carries out {type(command).__name__} here"
        self.record_surely(
            lambda state, now: [CommandAnswered(at=now, id=command_id, outcome=Outcome.UNDELIVERABLE, detail=detail)]
        )


_SENT_AGAIN = (DispatchTruck, OrderFallback, CommitArrival)
"""Orders that name what they order, so that sending them twice changes nothing."""


def _lost_with_the_process(state: HubState, at: datetime) -> list[AnyEvent]:
    """Commands whose answer can no longer come: a station may have carried them out or not."""
    detail = "the hub was restarted before the answer came"
    return [
        CommandAnswered(at=at, id=command_id, outcome=Outcome.TIMED_OUT, detail=detail)
        for command_id, pending in state.commands.items()
        if not isinstance(pending.command, _SENT_AGAIN)
    ]


def _to_send_again(state: HubState) -> list[tuple[CommandId, AnyCommand]]:
    return [(i, p.command) for i, p in state.commands.items() if isinstance(p.command, _SENT_AGAIN)]


def _fail(batch: Sequence[_Waiting], error: PortwattError) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
            # A caller that went away does not fetch its error; that is no fault worth a warning.
            waiting.answer.exception()
