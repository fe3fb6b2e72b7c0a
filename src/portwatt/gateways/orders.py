"""The order board: orders to trucks and fallbacks, and commitments to the rail platform, as readers fetch them.

A driver's app or a fleet's system reads its orders from the API (`/api/hubs/{hub}/trucks/{truck}`) or the live stream
and reports back through the API. An order counts as accepted once it stands there; a truck that cannot follow it says
so as unavailable.
"""

from __future__ import annotations

from portwatt.commands import AnyCommand, CommitArrival, DispatchTruck, OrderFallback, Outcome
from portwatt.events import CommandAnswered
from portwatt.ids import CommandId, HubId
from portwatt.runtime.loop import HubLoop


class OrderBoard:
    """CommandSender for everything that people fetch."""

    def __init__(self) -> None:
        self._loops: dict[HubId, HubLoop] = {}

    def serve(self, loop: HubLoop) -> None:
        """Keep the board of this hub."""
        self._loops[loop.hub_id] = loop
        loop.route((DispatchTruck, OrderFallback, CommitArrival), self)

    def send(self, hub: HubId, command_id: CommandId, command: AnyCommand) -> None:
        """The command stands in the state and the stream already; say so."""
        detail = "on the order board"
        self._loops[hub].record_surely(
            lambda state, now: [CommandAnswered(at=now, id=command_id, outcome=Outcome.ACCEPTED, detail=detail)]
        )
