"""Planner workers: a plan comes back as events; a worker that dies, hangs or fails costs one plan and never the hub."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest
from small_hub import START, hub, morning

from portwatt.errors import UsageError
from portwatt.events import AnyEvent, PlanAdopted, PlanRejected
from portwatt.ids import HubId
from portwatt.runtime import workers
from portwatt.runtime.clock import VirtualClock
from portwatt.runtime.loop import HubLoop
from portwatt.runtime.workers import PlannerWorkers, process_pool
from portwatt.store.memory import MemoryStore


class Broken(Executor):
    """An executor whose work always fails in the same way."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def submit(self, *_: object, **__: object) -> Future[object]:
        failed: Future[object] = Future()
        failed.set_exception(self._error)
        return failed


class Never(Executor):
    """An executor that never answers."""

    def submit(self, *_: object, **__: object) -> Future[object]:
        return Future()


@pytest.fixture
async def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
async def loop(store: MemoryStore, clock: VirtualClock) -> AsyncIterator[HubLoop]:
    made = HubLoop(hub(), store, clock)
    yield made
    await made.stop()


async def planned(
    loop: HubLoop, store: MemoryStore, clock: VirtualClock, made_by: Callable[[], Executor], settled: int = 1
) -> list[AnyEvent]:
    """Let a morning pass until so many plans were adopted or rejected; these events."""
    crew = PlannerWorkers(made_by)
    crew.serve(loop)
    await loop.start()
    await loop.record(*morning()[1:])
    found: list[AnyEvent] = []
    async with asyncio.timeout(60):
        while len(found) < settled:
            if loop.state.replanning.computing is None:
                await clock.advance(hub().planning.settle)
            await asyncio.sleep(0.01)
            events = [r.event async for r in store.read(HubId("test"))]
            found = [e for e in events if isinstance(e, PlanAdopted | PlanRejected)]
    await crew.stop()
    return found


async def test_a_plan_is_computed_checked_and_adopted(loop: HubLoop, store: MemoryStore, clock: VirtualClock) -> None:
    found = await planned(loop, store, clock, lambda: ThreadPoolExecutor(1))
    adopted = found[0]
    assert isinstance(adopted, PlanAdopted)
    assert adopted.reasons
    assert loop.state.plan is not None


@pytest.mark.slow
async def test_the_work_can_be_done_in_a_process_of_its_own(
    loop: HubLoop, store: MemoryStore, clock: VirtualClock
) -> None:
    assert isinstance((await planned(loop, store, clock, process_pool))[0], PlanAdopted)


@pytest.mark.slow
def test_ctrl_c_is_left_to_the_process_that_made_the_worker() -> None:
    with process_pool() as pool:
        assert pool.submit(signal.getsignal, signal.SIGINT).result() is signal.SIG_IGN


@pytest.mark.slow
def test_a_worker_ends_with_the_process_that_made_it_even_when_that_is_killed() -> None:
    script = (
        "import os, time\n"
        "from portwatt.runtime.workers import process_pool\n"
        "if __name__ == '__main__':\n"
        "    print(process_pool().submit(os.getpid).result(), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        worker = int(maker.stdout.readline())
        maker.kill()
    for _ in range(500):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail("the worker outlived its maker")


@pytest.mark.parametrize("error", [UsageError("this cannot be planned"), RuntimeError("a bug in the planner")])
async def test_a_planner_that_fails_leaves_the_reasons_and_the_hub_goes_on(
    loop: HubLoop, store: MemoryStore, clock: VirtualClock, error: Exception
) -> None:
    found = await planned(loop, store, clock, lambda: Broken(error))
    rejected = found[0]
    assert isinstance(rejected, PlanRejected)
    assert str(error) in rejected.detail
    assert not loop.fault


@pytest.mark.slow
async def test_a_worker_that_is_killed_costs_one_plan(loop: HubLoop, store: MemoryStore, clock: VirtualClock) -> None:
    made: list[Executor] = []

    def first_dies() -> Executor:
        pool = process_pool()
        if not made:
            pool.submit(os.getpid).result()
            for child in multiprocessing.active_children():
                child.kill()
                child.join()
        made.append(pool)
        return pool

    found = await planned(loop, store, clock, first_dies, settled=2)
    assert [type(e) for e in found[:2]] == [PlanRejected, PlanAdopted]
    assert len(made) == 2


async def test_a_worker_that_hangs_is_given_up(
    loop: HubLoop, store: MemoryStore, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LEAST_PATIENCE", hub().planning.budget / 1000)
    monkeypatch.setattr(workers, "PATIENCE", 0)
    found = await planned(loop, store, clock, Never)
    assert isinstance(found[0], PlanRejected)
    assert "longer than" in found[0].detail
