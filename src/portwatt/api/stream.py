"""Live: every committed event to every reader, encoded once for all of them (server-sent events).

A message of type `events` has the id `hub:seq` of its last event; a reader that comes back with Last-Event-ID gets
what it missed. Where that is too long ago, or a reader is too slow, it gets `reset`: read the state again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from portwatt.api.faults import NOT_FOUND
from portwatt.errors import NotFoundError
from portwatt.events import AnyEvent
from portwatt.ids import HubId
from portwatt.runtime.loop import HubLoop
from portwatt.state import HubState

KEPT_BATCHES = 2_000
"""Batches kept per hub for readers that come back."""
MAX_BEHIND = 500
"""Messages a reader may be behind before it is told to start again."""
KEEP_ALIVE_S = 15.0

router = APIRouter(prefix="/api", tags=["live"], responses=NOT_FOUND)
_encoder = msgspec.json.Encoder()


class _Batch(msgspec.Struct, frozen=True):
    first: int
    last: int
    text: bytes


def _message(kind: str, identity: str, data: bytes) -> bytes:
    return b"event: %s\nid: %s\ndata: %s\n\n" % (kind.encode(), identity.encode(), data)


class Broadcaster:
    """One hub's events, for any number of readers."""

    def __init__(self, loop: HubLoop) -> None:
        self.hub = loop.hub_id
        self._kept: deque[_Batch] = deque(maxlen=KEPT_BATCHES)
        self._readers: set[asyncio.Queue[bytes | None]] = set()
        self._loop = loop
        self._stop = loop.listen(self._on_commit)

    def close(self) -> None:
        """Let every reader go."""
        self._stop()
        for reader in self._readers:
            _drop(reader)

    @property
    def readers(self) -> int:
        return len(self._readers)

    def _on_commit(self, events: Sequence[AnyEvent], state: HubState) -> None:
        first = state.seq - len(events) + 1
        data = _encoder.encode({"hub": self.hub, "seq": first, "events": events})
        text = _message("events", f"{self.hub}:{state.seq}", data)
        self._kept.append(_Batch(first, state.seq, text))
        for reader in list(self._readers):
            if reader.qsize() >= MAX_BEHIND:
                self._readers.discard(reader)
                _drop(reader)
            else:
                reader.put_nowait(text)

    def join(self, reader: asyncio.Queue[bytes | None], after: int | None) -> None:
        """Begin to send to a reader, from `after` on where that is still known."""
        seq = self._loop.state.seq
        for text in self._missed(after, seq):
            reader.put_nowait(text)
        self._readers.add(reader)

    def leave(self, reader: asyncio.Queue[bytes | None]) -> None:
        self._readers.discard(reader)

    def _missed(self, after: int | None, seq: int) -> Iterable[bytes]:
        hello = _message("hello", f"{self.hub}:{seq}", _encoder.encode({"hub": self.hub, "seq": seq}))
        if after is None or after == seq:
            return [hello]
        kept = [batch for batch in self._kept if batch.last > after]
        if after < seq and kept and kept[0].first <= after + 1:
            return [batch.text for batch in kept]
        return [_message("reset", f"{self.hub}:{seq}", _encoder.encode({"hub": self.hub, "seq": seq}))]


def _drop(reader: asyncio.Queue[bytes | None]) -> None:
    while not reader.empty():
        reader.get_nowait()
    reader.put_nowait(None)


@router.get("/stream", response_class=StreamingResponse)
async def stream(
    request: Request,
    hub: Annotated[list[str] | None, Query(description="Hubs to follow; left out: all")] = None,
    last_event_id: Annotated[str | None, Header(max_length=500)] = None,
) -> StreamingResponse:
    """Committed events as they come. Each message: `{"hub", "seq" of the first, "events"}`."""
    every: Mapping[HubId, Broadcaster] = request.app.state.broadcasters
    unknown = [name for name in hub or () if name not in every]
    if unknown:
        raise NotFoundError(f"no hub {', '.join(unknown)} runs here; there are: {', '.join(sorted(every))}")
    chosen = [every[HubId(name)] for name in hub] if hub else list(every.values())
    return StreamingResponse(
        _follow(chosen, _resume(last_event_id)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _resume(last_event_id: str | None) -> tuple[str, int] | None:
    name, _, seq = (last_event_id or "").rpartition(":")
    return (name, int(seq)) if name and seq.isascii() and seq.isdigit() and len(seq) < 19 else None


async def _follow(chosen: Sequence[Broadcaster], resume: tuple[str, int] | None) -> AsyncIterator[bytes]:
    """A reader follows several hubs over one line, and SSE has one last id: only its hub can be resumed exactly."""
    reader: asyncio.Queue[bytes | None] = asyncio.Queue()
    try:
        for broadcaster in chosen:
            after = resume[1] if resume is not None and resume[0] == broadcaster.hub else None
            broadcaster.join(reader, after)
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    text = await reader.get()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if text is None:
                yield b"event: reset\ndata: {}\n\n"
                return
            yield text
    finally:
        for broadcaster in chosen:
            broadcaster.leave(reader)
