"""The order board: an order counts as accepted once it stands where its readers fetch it."""

from __future__ import annotations

import asyncio

from small_hub import START, T1, hub

from portwatt.commands import DispatchTruck, Outcome
from portwatt.events import CommandAnswered, CommandIssued
from portwatt.gateways.orders import OrderBoard
from portwatt.ids import CommandId, HubId
from portwatt.runtime.clock import VirtualClock
from portwatt.runtime.loop import HubLoop
from portwatt.store.memory import MemoryStore


async def test_an_order_on_the_board_is_accepted_even_when_the_store_was_away() -> None:
    store = MemoryStore()
    loop = HubLoop(hub(), store, VirtualClock(START))
    board = OrderBoard()
    board.serve(loop)
    await loop.start()
    order = DispatchTruck(truck=T1, activities=())
    await loop.record(CommandIssued(at=START, id=CommandId("o"), command=order))
    store.trouble = "away"
    board.send(loop.hub_id, CommandId("o"), order)
    await asyncio.sleep(0.05)
    assert CommandId("o") in loop.state.commands
    store.trouble = ""
    async with asyncio.timeout(10):
        while CommandId("o") in loop.state.commands:
            await asyncio.sleep(0.05)
    answers = [r.event async for r in store.read(HubId("test")) if isinstance(r.event, CommandAnswered)]
    assert [a.outcome for a in answers] == [Outcome.ACCEPTED]
    await loop.stop()
