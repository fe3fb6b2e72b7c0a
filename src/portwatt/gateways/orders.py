"""The order board: orders to trucks and fallbacks, and commitments to the rail platform, as readers fetch them.

A driver's app or a fleet's system reads its orders from the API (`/api/hubs/{hub}/trucks/{truck}`) or the live stream
and reports back through the API. An order counts as accepted once it stands there; a truck that cannot follow it says
so as unavailable.
"""

from __future__ import annotations

import asyncio

from portwatt.commands import AnyCommand, CommitArrival, DispatchTruck, OrderFallback, Outcome
from portwatt.errors import StoreError
from portwatt.events import CommandAnswered
from portwatt.ids import CommandId, HubId
from portwatt.runtime.loop import HubLoop

_RETRY_S = 1.0


class OrderBoard:
    """CommandSender for everything that people fetch."""

    def __init__(self) -> None:
        self._loops: dict[HubId, HubLoop] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self, loop: HubLoop) -> None:
        """Keep the board of this hub."""
        self._loops[loop.hub_id] = loop
        loop.route((DispatchTruck, OrderFallback, CommitArrival), self)

    def send(self, hub: HubId, command_id: CommandId, command: AnyCommand) -> None:
        """The command stands in the state and the stream already; say so."""
        task = asyncio.create_task(self._accept(self._loops[hub], command_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, loop: HubLoop, command_id: CommandId) -> None:
        while True:
            now = loop.clock.now()
            try:
                await loop.record(
                    CommandAnswered(at=now, id=command_id, outcome=Outcome.ACCEPTED, detail="on the order board")
                )
            except StoreError:
                await asyncio.sleep(_RETRY_S)
            else:
                return
