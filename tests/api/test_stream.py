"""The live stream: what was committed, in order, to each reader; resumed, or told to start again."""

from __future__ import annotations

import asyncio
import json

from small_hub import START, T1

from portwatt.api.stream import MAX_BEHIND, Broadcaster
from portwatt.events import TruckReported
from portwatt.runtime.loop import HubLoop
from portwatt.units import SoC


def reported(percent: float) -> TruckReported:
    return TruckReported(at=START, truck=T1, reported_at=START, soc=SoC.percent(percent))


def read(text: bytes | None) -> tuple[str, str, dict[str, object]]:
    assert text is not None
    lines = dict(line.split(": ", 1) for line in text.decode().strip().split("\n"))
    return lines["event"], lines["id"], json.loads(lines["data"])


async def test_a_reader_is_greeted_and_gets_what_is_committed(loop: HubLoop) -> None:
    live, reader = Broadcaster(loop), asyncio.Queue[bytes | None]()
    joined = loop.state.seq
    live.join(reader, None)
    await loop.record(reported(10), reported(11))
    kind, identity, _ = read(reader.get_nowait())
    assert (kind, identity) == ("hello", f"test:{joined}")
    kind, identity, data = read(reader.get_nowait())
    assert (kind, identity) == ("events", f"test:{joined + 2}")
    assert data["seq"] == joined + 1
    assert [e["soc"] for e in data["events"]] == [{"bp": 1000}, {"bp": 1100}]  # type: ignore[index,union-attr]
    live.close()
    assert reader.get_nowait() is None


async def test_a_reader_that_comes_back_gets_what_it_missed(loop: HubLoop) -> None:
    live = Broadcaster(loop)
    await loop.record(reported(1))
    seen = loop.state.seq
    await loop.record(reported(2))
    await loop.record(reported(3))
    reader = asyncio.Queue[bytes | None]()
    live.join(reader, seen)
    assert [read(reader.get_nowait())[1] for _ in range(2)] == [f"test:{seen + 1}", f"test:{seen + 2}"]


async def test_what_is_too_long_ago_starts_again(loop: HubLoop) -> None:
    live, reader = Broadcaster(loop), asyncio.Queue[bytes | None]()
    live.join(reader, 1)
    assert read(reader.get_nowait())[0] == "reset"


async def test_a_reader_too_slow_is_let_go(loop: HubLoop) -> None:
    live, reader = Broadcaster(loop), asyncio.Queue[bytes | None]()
    live.join(reader, None)
    for _ in range(MAX_BEHIND + 1):
        await loop.record(reported(5))
    assert live.readers == 0
    assert reader.qsize() == 1
