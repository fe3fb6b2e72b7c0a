"""Our own calls: a queue by priority, one open at a time, with time-outs."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

import msgspec

from portwatt.errors import BugError
from portwatt.wire.ocpp.message import Action, Message
from portwatt.wire.ocpp.outputs import Disconnected, Reply, TimedOut

REMEMBERED_LATE: Final = 64


class OwnCall(msgspec.Struct, frozen=True):
    """A call of ours; `timeout` counts once in the queue and once again from sending."""

    message_id: str
    action: Action
    request: Message
    text: str
    timeout: timedelta
    priority: int
    deadline: datetime


class CallQueue:
    """Calls waiting, the one open, and the ids of those that timed out."""

    def __init__(self) -> None:
        self._waiting: list[OwnCall] = []
        self._late: deque[str] = deque(maxlen=REMEMBERED_LATE)
        self.open: OwnCall | None = None

    @property
    def idle(self) -> bool:
        """True when there is nothing to send and nothing to wait for."""
        return self.open is None and not self._waiting

    def add(self, call: OwnCall) -> None:
        """Put a call behind those of the same or higher priority; raises BugError when its id is in use."""
        if call.message_id in self._late or any(call.message_id == other.message_id for other in self._all()):
            raise BugError(f"the message id {call.message_id} is in use")
        place = next((i for i, other in enumerate(self._waiting) if other.priority < call.priority), len(self._waiting))
        self._waiting.insert(place, call)

    def _all(self) -> list[OwnCall]:
        return [self.open, *self._waiting] if self.open else self._waiting

    def expire(self, now: datetime) -> list[Reply]:
        """Return the time-outs that are due."""
        due: list[Reply] = []
        if self.open and self.open.deadline <= now:
            due.append(Reply(self.open.message_id, self.open.request, TimedOut(sent=True)))
            self._late.append(self.open.message_id)
            self.open = None
        if any(call.deadline <= now for call in self._waiting):
            late = [call for call in self._waiting if call.deadline <= now]
            self._waiting = [call for call in self._waiting if call.deadline > now]
            due += [Reply(call.message_id, call.request, TimedOut(sent=False)) for call in late]
        return due

    def start(self, now: datetime) -> str | None:
        """Open the next call when none is open, and return its text."""
        if self.open or not self._waiting:
            return None
        call = self._waiting.pop(0)
        self.open = msgspec.structs.replace(call, deadline=now + call.timeout)
        return call.text

    def close(self, message_id: str) -> OwnCall | None:
        """End the open call when it has this id, and return it."""
        if self.open is None or self.open.message_id != message_id:
            return None
        call, self.open = self.open, None
        return call

    def was_late(self, message_id: str) -> bool:
        """Tell whether a call of this id timed out after it was sent."""
        return message_id in self._late

    def abandon(self) -> list[Reply]:
        """Empty the queue because the socket is gone."""
        ended = [Reply(call.message_id, call.request, Disconnected(sent=call is self.open)) for call in self._all()]
        self.open, self._waiting = None, []
        return ended

    def next_deadline(self) -> datetime | None:
        """Return when the next time-out is due."""
        return min((call.deadline for call in self._all()), default=None)
