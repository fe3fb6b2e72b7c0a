"""Planner workers: plans are computed in processes of their own, so that a long search, a crash or a kill of one never
holds up a hub. Every plan that leaves a worker has been checked there by code independent of the planner."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta

import msgspec
import structlog

from portwatt.commands import AnyCommand, Replan
from portwatt.ids import CommandId, HubId
from portwatt.planning.build import problem_from
from portwatt.planning.problem import PlanningProblem
from portwatt.runtime.adoption import Computed, compute, failed, judged
from portwatt.runtime.loop import HubLoop

LEAST_PATIENCE = timedelta(seconds=60)
PATIENCE = 10
"""A worker that takes this many budgets, and no less than the least patience, is killed."""

_log = structlog.get_logger(__name__)


def compute_bytes(problem: bytes, budget: timedelta, seed: int) -> bytes:
    """The work of a worker: a problem in, a checked plan out, as MessagePack both ways."""
    asked = msgspec.msgpack.decode(problem, type=PlanningProblem)
    return msgspec.msgpack.encode(compute(asked, budget, seed))


def process_pool(workers: int = 1) -> Executor:
    """Processes started afresh: a fork would copy open sockets and database handles."""
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_work)


def _begin_work() -> None:
    """In a worker. Ctrl-C reaches every process of a terminal, but a worker is ended by the one that made it, and ends
    with it: killed outright that one can no longer tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class PlannerWorkers:
    """Carries out Replan for the hubs given to it."""

    def __init__(self, make_executor: Callable[[], Executor] = process_pool, *, seed: int = 0) -> None:
        self._make_executor = make_executor
        self._executor: Executor | None = None
        self._seed = seed
        self._loops: dict[HubId, HubLoop] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self, loop: HubLoop) -> None:
        """Plan for this hub from now on."""
        self._loops[loop.hub_id] = loop
        loop.route((Replan,), self)

    def send(self, hub: HubId, command_id: CommandId, command: AnyCommand) -> None:
        """Compute a plan from the hub's present state; it comes back as events."""
        assert isinstance(command, Replan)
        task = asyncio.create_task(self._replan(self._loops[hub], command_id, command), name=f"plan {hub}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what is under way and end the processes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._end_workers()

    async def _replan(self, loop: HubLoop, command_id: CommandId, command: Replan) -> None:
        state = loop.state
        try:
            computed = await self._compute(problem_from(state, loop.clock.now()), state.hub.planning.budget)
        except Exception as error:  # noqa: BLE001 - whatever happened to one plan must not end the planning
            detail = str(error) or f"the worker took longer than {PATIENCE} budgets and was ended"
            _log.warning("plan_not_computed", hub=loop.hub_id, detail=detail)
            if isinstance(error, BrokenProcessPool | TimeoutError):
                self._end_workers()
            await loop.record_surely(lambda _, now: failed(command_id, command.reasons, detail, now))
            return
        await loop.record_surely(lambda newest, now: judged(newest, command_id, command.reasons, computed, now))

    async def _compute(self, problem: PlanningProblem, budget: timedelta) -> Computed:
        if self._executor is None:
            self._executor = self._make_executor()
        asked = msgspec.msgpack.encode(problem)
        running = asyncio.get_running_loop().run_in_executor(self._executor, compute_bytes, asked, budget, self._seed)
        patience = max(LEAST_PATIENCE, PATIENCE * budget)
        done = await asyncio.wait_for(running, patience.total_seconds())
        return msgspec.msgpack.decode(done, type=Computed)

    def _end_workers(self) -> None:
        executor, self._executor = self._executor, None
        if executor is None:
            return
        executor.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.kill()
