"""A station's line to its central system: registration, heartbeats, and a queue that survives a lost socket.

One call is open at a time. What belongs to a transaction, a swap or a slot is kept until it is answered, in order;
what only describes the present (status, heartbeat, a token to authorise) dies with the socket.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from portwatt.simulator.speech import Dialect, Identity
from portwatt.wire.ocpp.conversation import Conversation, Terms
from portwatt.wire.ocpp.ledger import MessageLedger
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.outputs import Answered, Outgoing, Output, Reply, Request, TimedOut
from portwatt.wire.ocpp.schemas import SchemaSet
from portwatt.wire.ocpp.versions import Role

BOOT_RETRY: Final = timedelta(seconds=60)
"""When a boot is tried again if the answer names no interval, or none came."""
ATTEMPTS: Final = 3
RETRY_AFTER: Final = timedelta(seconds=60)
"""TransactionMessageAttempts and TransactionMessageRetryInterval: a message that was not taken is tried this often,
each time after so much more waiting, then given up (OCPP 1.6 section 4.1; assumption: common defaults)."""

OnAnswer: TypeAlias = Callable[[Message | None, datetime], None]
"""Told the response, or None when there is none to use."""


class Post(Struct):
    """A message to send. `build` makes it when it is first sent; from then on it stays what it is."""

    build: Callable[[], Message]
    on_answer: OnAnswer | None = None
    durable: bool = False
    message: Message | None = None
    message_id: str = ""
    attempts: int = 0


class Owner(Protocol):
    """The station behind the line."""

    def registered(self, now: datetime) -> Iterable[Post]:
        """The central system accepted the boot: what to say before anything that waits."""
        ...

    def serve(self, request: Message, now: datetime) -> Message:
        """The response to a request. What is posted meanwhile is sent after it."""
        ...


class Line:
    """The line of one station; outlives its sockets."""

    def __init__(self, owner: Owner, dialect: Dialect, schemas: SchemaSet, identity: Identity, prefix: str) -> None:
        """`prefix` makes the message ids of this run its own."""
        self._owner = owner
        self._dialect = dialect
        self._schemas = schemas
        self._identity = identity
        self._prefix = prefix
        self._count = 0
        self._held = False
        self._ledger = MessageLedger()
        self._conversation: Conversation | None = None
        self._queue: deque[Post] = deque()
        self._open: Post | None = None
        self._texts: list[str] = []
        self._boot_cause = "PowerUp"
        self._boot_due: datetime | None = None
        self._retry_at: datetime | None = None
        self._heartbeat_due: datetime | None = None
        self.heartbeat = timedelta(minutes=5)
        self.call_timeout = timedelta(seconds=30)
        self.accepted = False
        self.given_up = 0
        """Durable messages dropped after `ATTEMPTS` tries."""

    @property
    def connected(self) -> bool:
        return self._conversation is not None

    @property
    def in_service(self) -> bool:
        """Whether a question asked now can be answered: the socket is open and the boot was accepted."""
        return self._conversation is not None and self.accepted

    @property
    def waiting(self) -> int:
        """Messages not answered yet."""
        return len(self._queue) + (self._open is not None)

    # ── the socket ──────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, now: datetime) -> None:
        """The socket is open. Boots anew, as many stations of the field do after every loss of the socket."""
        if self._conversation is not None:
            self.close(now)
        # The central system holds every frame against the schemas; doing it here too costs a tenth of a day's time.
        terms = Terms(self._dialect.version, Role.STATION, self._identity.serves, check_own=False)
        self._conversation = Conversation(terms, self._schemas, self._ledger)
        self.restart(now, self._boot_cause)
        self.pump(now)

    def restart(self, now: datetime, cause: str) -> None:
        """Boot: until it is accepted nothing else is sent. `cause`: BootReason of OCPP 2.x."""
        self.accepted = False
        self._boot_cause = cause
        self._boot_due = now
        self._retry_at = None

    def close(self, now: datetime) -> None:
        """The socket is gone."""
        if self._conversation is None:
            return
        self._conversation.abandon()
        self._conversation = None
        self.accepted = False
        self._texts = []
        self._boot_cause = "Unknown"
        opened, self._open = self._open, None
        if opened is not None:
            self._queue.appendleft(opened)
        dying = [post for post in self._queue if not post.durable]
        self._queue = deque(post for post in self._queue if post.durable)
        for post in dying:
            if post.on_answer is not None:
                post.on_answer(None, now)

    def receive(self, text: str, now: datetime) -> None:
        """A frame from the central system; one that comes after the socket is gone means nothing."""
        if self._conversation is not None:
            self._digest(self._conversation.receive(text, now), now)

    def tick(self, now: datetime) -> None:
        """Time passed: calls that timed out, boots, retries and heartbeats that are due."""
        if self._conversation is not None:
            self._digest(self._conversation.poll(now), now)
            self.pump(now)

    def next_wake(self) -> datetime | None:
        """When `tick` has something to do."""
        if self._conversation is None:
            return None
        if self._open is not None:
            return self._conversation.next_deadline()
        if not self.accepted:
            return self._boot_due
        if self._queue:
            return self._retry_at
        return self._heartbeat_due

    def take(self) -> list[str]:
        """The frames to send, once."""
        texts, self._texts = self._texts, []
        return texts

    # ── what the station says ───────────────────────────────────────────────────────────────────────────────────────

    def post(self, post: Post, now: datetime) -> None:
        """Say something as soon as it can be said."""
        if post.durable or self._conversation is not None:
            self._queue.append(post)
            self.pump(now)
        elif post.on_answer is not None:
            post.on_answer(None, now)

    def boot_again(self, now: datetime) -> None:
        """The central system asked for a BootNotification."""
        self.restart(now, "Triggered")

    def say_heartbeat(self, now: datetime) -> None:
        self.post(Post(self._dialect.heartbeat), now)

    def pump(self, now: datetime) -> None:
        """Send the next message, when it is its turn."""
        if self._conversation is None or self._open is not None or self._held:
            return
        if not self.accepted:
            if self._boot_due is not None and self._boot_due <= now:
                cause = self._boot_cause
                self._send(Post(lambda: self._dialect.boot(self._identity, cause), self._booted), now)
        elif self._queue:
            self._send_next(now)
        elif self._heartbeat_due is not None and self._heartbeat_due <= now:
            self._send(Post(self._dialect.heartbeat), now)

    def _send_next(self, now: datetime) -> None:
        """While a message that was not taken waits for its next try, only what need not keep its place goes ahead."""
        if self._retry_at is not None and self._retry_at > now:
            ahead = next((post for post in self._queue if not post.durable), None)
            if ahead is not None:
                self._queue.remove(ahead)
                self._send(ahead, now)
            return
        self._retry_at = None
        self._send(self._queue.popleft(), now)

    def _send(self, post: Post, now: datetime) -> None:
        assert self._conversation is not None
        if post.message is None:
            post.message = post.build()
        if not post.message_id:
            self._count += 1
            post.message_id = f"{self._prefix}-{self._count}"
        self._open = post
        self._heartbeat_due = now + self.heartbeat
        self._digest(self._conversation.call(post.message_id, post.message, now, timeout=self.call_timeout), now)

    # ── what comes back ─────────────────────────────────────────────────────────────────────────────────────────────

    def _digest(self, outputs: Iterable[Output], now: datetime) -> None:
        for output in outputs:
            if isinstance(output, Outgoing):
                self._texts.append(output.text)
            elif isinstance(output, Reply):
                self._settle(output, now)
            elif isinstance(output, Request):
                self._serve(output, now)

    def _serve(self, request: Request, now: datetime) -> None:
        assert self._conversation is not None
        self._held = True
        response = self._owner.serve(request.message, now)
        self._held = False
        self._texts += self._conversation.answer(request.message_id, response)
        self.pump(now)

    def _settle(self, reply: Reply, now: datetime) -> None:
        post, self._open = self._open, None
        assert post is not None
        self._held = True
        if isinstance(reply.outcome, Answered):
            if post.on_answer is not None:
                post.on_answer(reply.outcome.response, now)
        elif post.durable:
            self._try_again(post, isinstance(reply.outcome, TimedOut), now)
        elif post.on_answer is not None:
            post.on_answer(None, now)
        self._held = False
        self.pump(now)

    def _try_again(self, post: Post, timed_out: bool, now: datetime) -> None:
        post.attempts += 1
        if post.attempts >= ATTEMPTS:
            self.given_up += 1
            if post.on_answer is not None:
                post.on_answer(None, now)
            return
        if timed_out:
            post.message_id = ""  # a late answer to the first try must not be taken for the answer to the second
        self._queue.appendleft(post)
        self._retry_at = now + post.attempts * RETRY_AFTER

    def _booted(self, response: Message | None, now: datetime) -> None:
        if response is None:
            self._boot_due = now + BOOT_RETRY
            return
        registration = self._dialect.registration(response)
        if not registration.accepted:
            self._boot_due = now + (registration.interval or BOOT_RETRY)
            return
        self.heartbeat = registration.interval or self.heartbeat
        self.accepted = True
        self._boot_due = None
        self._heartbeat_due = now + self.heartbeat
        self._queue.extendleft(reversed(list(self._owner.registered(now))))
