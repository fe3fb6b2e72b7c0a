"""What the runtime needs from the floor above, as protocols: the store, the way to stations, trucks and platforms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from portwatt.commands import AnyCommand
from portwatt.events import AnyEvent
from portwatt.ids import CommandId, HubId
from portwatt.model.meter import Sample
from portwatt.state import HubState


class Record(Struct, frozen=True):
    """An event with its place in the log of its hub. `seq` starts at 1 and has no gaps.

    `digest` is the SHA-256, in hex, over the digest of the record before and the bytes of this event as stored, so a
    change anywhere breaks every later link.
    """

    seq: int
    event: AnyEvent
    digest: str
    body: bytes
    """The event as stored: what `digest` covers, and what an export carries on unchanged."""


class Store(Protocol):
    """The log of record. Everything in it was durable before anybody was told."""

    async def open_hub(self, hub: HubId) -> int:
        """Last sequence number in the log of this hub; 0 when it has none. Checks the chain since the last snapshot."""

    async def append(
        self, hub: HubId, events: Sequence[AnyEvent], after: HubState, samples: Sequence[Sample] = ()
    ) -> Sequence[Record]:
        """Write events, the read model of `after`, the state they lead to, and telemetry in one durable transaction.

        Raises StoreError when that is not certain; then nothing was written, or it is found on the next open. The same
        batch may be given again, alone or with more events behind it: nothing is written twice.
        """

    async def add_samples(self, hub: HubId, samples: Sequence[Sample]) -> None:
        """Write telemetry, batched. Raises StoreError."""

    async def forget_samples(self, hub: HubId, before: datetime) -> int:
        """Delete telemetry measured before a moment; answers how many samples. Raises StoreError."""

    def read(self, hub: HubId, after: int = 0) -> AsyncIterator[Record]:
        """The log in order, from `after` on, its chain checked link by link. Raises TamperedLogError with the place."""

    async def save_snapshot(self, hub: HubId, seq: int, state: HubState) -> None:
        """Keep the state after `seq`, so that a start need not fold the whole log."""

    async def latest_snapshot(self, hub: HubId) -> tuple[int, HubState] | None:
        """The newest snapshot that still fits the log, or None."""

    async def close(self) -> None:
        """Flush and release."""


class CommandSender(Protocol):
    """Carries commands out of the house. Returns at once; the answer comes back as a CommandAnswered event."""

    def send(self, hub: HubId, command_id: CommandId, command: AnyCommand) -> None:
        """Take a command that is already in the log."""
