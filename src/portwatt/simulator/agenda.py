"""Virtual time: what will happen in the world, in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

Action = Callable[[], None]


class Agenda:
    """A queue of actions by time; those of one instant happen in the order they were entered.

    It knows no clock: whoever drives the world says how far time has come, all at once or bit by bit.
    """

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._entries: list[tuple[datetime, int, Action]] = []
        self._order = 0

    def at(self, when: datetime, action: Action) -> None:
        """Have something happen at a time; what is already past happens now."""
        self._order += 1
        heapq.heappush(self._entries, (max(when, self.now), self._order, action))

    def after(self, delay: timedelta, action: Action) -> None:
        """Have something happen after a delay."""
        self.at(self.now + delay, action)

    @property
    def next_at(self) -> datetime | None:
        """When the next thing happens; None: nothing is left."""
        return self._entries[0][0] if self._entries else None

    def run(self, until: datetime) -> None:
        """Let everything happen up to and including a time, also what that itself brings."""
        while self._entries and self._entries[0][0] <= until:
            self.now, _, action = heapq.heappop(self._entries)
            action()
        self.now = max(self.now, until)
