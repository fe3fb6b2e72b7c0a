"""A running hub with its application, reached without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from small_hub import START, hub, morning

from portwatt.api.app import close_streams, create_app
from portwatt.runtime.clock import VirtualClock
from portwatt.runtime.loop import HubLoop
from portwatt.store.memory import MemoryStore


@pytest.fixture
async def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def loop(store: MemoryStore) -> AsyncIterator[HubLoop]:
    made = HubLoop(hub(), store, VirtualClock(START))
    await made.start()
    await made.record(*morning()[1:])
    while made.state.commands:  # nobody carries them out here: let their ends arrive before anything is counted
        await asyncio.sleep(0)
    yield made
    await made.stop()


@pytest.fixture
async def app(loop: HubLoop) -> AsyncIterator[FastAPI]:
    made = create_app({loop.hub_id: loop})
    yield made
    close_streams(made)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as made:
        yield made
