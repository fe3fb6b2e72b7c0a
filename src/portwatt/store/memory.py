"""`MemoryStore`: the store without a disk, for simulations and tests. Same contract, nothing survives the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from portwatt.errors import BugError, NotFoundError, StoreError
from portwatt.events import AnyEvent
from portwatt.ids import HubId, TransactionId
from portwatt.model.meter import Sample
from portwatt.runtime.interfaces import Record
from portwatt.state import codec
from portwatt.state.hub_state import HubState
from portwatt.store.chain import Head, check_link, decode_event, extend, genesis, not_in_log

_SNAPSHOTS_KEPT = 3


class MemoryStore:
    """Implements `portwatt.runtime.interfaces.Store`.

    It fails on request, as a database does: while `trouble` is set every write raises StoreError with these words, and
    where `loses_answer` is set too the write is done all the same and only its answer is lost.
    """

    def __init__(self) -> None:
        self.trouble = ""
        self.loses_answer = False
        self._logs: dict[HubId, list[Record]] = {}
        self._heads: dict[HubId, Head] = {}
        self._snapshots: dict[HubId, dict[int, bytes]] = {}
        self._samples: dict[HubId, list[Sample]] = {}

    async def open_hub(self, hub: HubId) -> int:
        """Last sequence number in the log of this hub; 0 when it has none."""
        self._heads[hub] = self._stored(hub)
        return self._heads[hub].seq

    async def append(
        self, hub: HubId, events: Sequence[AnyEvent], after: HubState, samples: Sequence[Sample] = ()
    ) -> Sequence[Record]:
        """Keep events; the same batch may be given again after a StoreError and is not kept twice."""
        if hub not in self._heads:
            raise StoreError(f"hub {hub} is not open; open it before anything is written")
        if not events:
            return []
        head = self._heads[hub]
        if after.seq != head.seq + len(events):
            raise BugError(f"{len(events)} events after record {head.seq} cannot lead to a state of {after.seq}")
        records = extend(head, events)
        if self.trouble and not self.loses_answer:
            raise StoreError(self.trouble)
        missing = not_in_log(hub, head, self._stored(hub), records)
        self._logs.setdefault(hub, []).extend(missing)
        if missing:
            self._samples.setdefault(hub, []).extend(samples)
        if self.trouble:
            raise StoreError(self.trouble)
        self._heads[hub] = Head(records[-1].seq, records[-1].digest)
        return records

    async def add_samples(self, hub: HubId, samples: Sequence[Sample]) -> None:
        """Keep telemetry. Raises StoreError while there is trouble."""
        if self.trouble:
            raise StoreError(self.trouble)
        self._samples.setdefault(hub, []).extend(samples)

    async def forget_samples(self, hub: HubId, before: datetime) -> int:
        """Delete telemetry measured before a moment; answers how many samples."""
        known = self._samples.get(hub, [])
        kept = [sample for sample in known if sample.measured_at >= before]
        self._samples[hub] = kept
        return len(known) - len(kept)

    async def samples(self, hub: HubId, transaction: TransactionId) -> list[Sample]:
        """Telemetry of one transaction, in the order it was measured."""
        mine = [sample for sample in self._samples.get(hub, []) if sample.transaction == transaction]
        return sorted(mine, key=lambda sample: sample.measured_at)

    async def read(self, hub: HubId, after: int = 0) -> AsyncIterator[Record]:
        """The log in order, from `after` on, decoded from its stored bytes, its chain checked link by link."""
        head = self._head_at(hub, after)
        for record in self._logs.get(hub, [])[after:]:
            head = check_link(hub, head, record.seq, record.body, record.digest)
            yield Record(record.seq, decode_event(hub, record.seq, record.body), record.digest, record.body)

    async def hubs(self) -> list[HubId]:
        """The hubs that have a log here."""
        return sorted(self._logs)

    async def save_snapshot(self, hub: HubId, seq: int, state: HubState) -> None:
        """Keep the state after `seq`; the three newest of a hub are kept."""
        if self.trouble:
            raise StoreError(self.trouble)
        kept = self._snapshots.setdefault(hub, {})
        self._head_at(hub, seq)
        kept[seq] = codec.to_bytes(state)
        for old in sorted(kept)[:-_SNAPSHOTS_KEPT]:
            del kept[old]

    async def latest_snapshot(self, hub: HubId) -> tuple[int, HubState] | None:
        """The newest snapshot, or None."""
        kept = self._snapshots.get(hub)
        if not kept:
            return None
        newest = max(kept)
        return newest, codec.from_bytes(kept[newest])

    async def close(self) -> None:
        """Let every hub go; what was kept stays, so that the same store can be opened again."""
        self._heads.clear()

    def _stored(self, hub: HubId) -> Head:
        log = self._logs.get(hub)
        return Head(log[-1].seq, log[-1].digest) if log else genesis(hub)

    def _head_at(self, hub: HubId, seq: int) -> Head:
        if seq == 0:
            return genesis(hub)
        log = self._logs.get(hub, [])
        if not 0 < seq <= len(log):
            raise NotFoundError(f"the log of hub {hub} has no record {seq}")
        return Head(seq, log[seq - 1].digest)
