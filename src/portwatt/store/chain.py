"""The chain of a log: what is stored of an event, and the SHA-256 links that make a change show.

A link is the SHA-256, in hex, over the link before it (hex, ASCII), a line feed and the stored bytes of the event, so
anybody can recompute one: ``printf '%s\\n%s' "$before" "$body" | sha256sum``. The first link hangs on `genesis`.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import msgspec
from msgspec import Struct

from portwatt.errors import StoreError, TamperedLogError, UsageError
from portwatt.events import AnyEvent
from portwatt.ids import HubId
from portwatt.runtime.interfaces import Record

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class Head(Struct, frozen=True):
    """The last record of a log, as far as the next link needs it. An empty log has `seq` 0 and its genesis."""

    seq: int
    digest: str


def genesis(hub: HubId) -> Head:
    """Where the log of a hub begins; differs per hub, so a record cannot be carried from one log into another."""
    return Head(0, sha256(f"portwatt log 1 {hub}".encode()).hexdigest())


def link(before: str, body: bytes) -> str:
    """The digest of a record from the digest before it and its stored bytes."""
    return sha256(before.encode(errors="surrogateescape") + b"\n" + body).hexdigest()


def extend(head: Head, events: Iterable[AnyEvent]) -> list[Record]:
    """The records that follow a head, one per event."""
    records: list[Record] = []
    seq, digest = head.seq, head.digest
    for event in events:
        body = _ENCODER.encode(event)
        seq += 1
        digest = link(digest, body)
        records.append(Record(seq, event, digest, body))
    return records


def check_link(hub: HubId, head: Head, seq: int, body: bytes, digest: str) -> Head:
    """The head after a stored record. Raises TamperedLogError when the record does not follow the head."""
    if seq != head.seq + 1:
        raise broken(hub, head.seq + 1, f"it is missing, record {seq} comes instead")
    if link(head.digest, body) != digest:
        raise broken(hub, seq, "its bytes or its digest were changed after it was written")
    return Head(seq, digest)


def decode_event(hub: HubId, seq: int, body: bytes) -> AnyEvent:
    """The event in stored bytes. Raises TamperedLogError naming the record when they hold none."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, UsageError) as error:
        raise broken(hub, seq, f"it holds no event this version knows ({error})") from error


def not_in_log(hub: HubId, acknowledged: Head, stored: Head, records: list[Record]) -> list[Record]:
    """What of a batch still has to be written, when the fate of an earlier try is not known.

    `stored`: where the log really ends. Raises StoreError when it went on to something that is not this batch.
    """
    if stored == acknowledged:
        return records
    for number, record in enumerate(records, start=1):
        if (record.seq, record.digest) == (stored.seq, stored.digest):
            return records[number:]
    raise StoreError(
        f"the log of hub {hub} goes on to record {stored.seq}, which is not what is being written: "
        "an earlier write arrived after all, or another process has written; open the hub again"
    )


def broken(hub: HubId, seq: int, what: str) -> TamperedLogError:
    """The error for a broken chain, with the place and what to do."""
    return TamperedLogError(
        f"the log of hub {hub} is broken at record {seq}: {what}. "
        f"Records up to {seq - 1} are intact; restore the log from a backup before the hub is opened again."
    )
