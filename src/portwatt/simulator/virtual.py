"""The virtual hub-day: a world and a hub turned against each other, in virtual time, with the frames of the real thing.

    result = simulate([path, ...], hours=24, seed=7)

The same scenario, seed and version of the program give the same day on every machine; only `wall_seconds` differs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from portwatt.errors import UsageError
from portwatt.events import AnyEvent
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.runtime.clock import Stopwatch
from portwatt.simulator.result import HubResult, Notes, Result, hub_result, merged
from portwatt.simulator.scenario import Scenario, load_scenario
from portwatt.simulator.virtual_hub import ToStation, VirtualHub
from portwatt.simulator.world import Frame, World
from portwatt.state import HubState
from portwatt.store.chain import extend, genesis
from portwatt.store.jsonl import LogWriter

_AUDIT_EVERY: Final = timedelta(hours=1)


class VirtualDay:
    """One hub's day. `run` it once; `world` and `hub` can be looked at before and after."""

    def __init__(self, scenario: Scenario, seed: int, length: timedelta, log: LogWriter | None = None) -> None:
        self.notes = Notes()
        self._log = log
        self._head = genesis(scenario.hub.id)
        self.world = World(scenario, seed, length)
        self.end = scenario.start + length
        self.hub = VirtualHub(scenario.hub, load_schemas(), scenario.start, seed, self._keep)

    def run(self) -> HubState:
        """Live through the day; answers what the hub believes at its end."""
        audit_at = self.world.agenda.now
        while True:
            self._exchange()
            now = self._next()
            if now > self.end:
                break
            self.world.run(now)
            self._exchange()
            self.hub.poll(now)
            if now >= audit_at:
                self._exchange()
                self.world.audit_now()
                audit_at = now + _AUDIT_EVERY
        self.world.run(self.end)
        self.world.audit_now()
        return self.hub.state

    def _next(self) -> datetime:
        world = self.world.next_at
        hub = self.hub.next_deadline()
        return hub if world is None else min(world, hub)

    def _exchange(self) -> None:
        """Pass on what was said until nobody says anything more; it takes no time."""
        world, hub = self.world, self.hub
        now = world.agenda.now
        while True:
            said, told = world.take(), hub.take()
            if not said and not told:
                return
            for output in said:
                self.notes.frames += isinstance(output, Frame)
                hub.take_in(output, now)
            for order in told:
                if isinstance(order, ToStation):
                    self.notes.frames += 1
                    world.frame(order.station, order.text)
                else:
                    world.order(order.command_id, order.command)
            world.run(now)

    def _keep(self, events: Sequence[AnyEvent], after: HubState) -> None:
        """Log a batch, and count what is worth telling at the end."""
        if self._log is not None:
            for record in extend(self._head, events):
                self._log.add(record)
                self._head = type(self._head)(record.seq, record.digest)
        self.notes.count(events)


def simulate_hub(
    scenario: Scenario, hours: float, seed: int, undisturbed: bool = False, log: Path | None = None
) -> HubResult:
    """One hub's day; with `log` its events are written there with their chain and the digest of the state."""
    watch = Stopwatch()
    played = scenario.undisturbed() if undisturbed else scenario
    with ExitStack() as files:
        writer = files.enter_context(LogWriter(log, scenario.hub.id)) if log is not None else None
        day = VirtualDay(played, seed, timedelta(hours=hours), writer)
        state = day.run()
        if writer is not None:
            writer.prove(state)
    day.notes.planning_seconds = round(day.hub.planning_seconds, 3)
    return hub_result(day.world, state, day.notes, (seed, hours, undisturbed, round(watch.seconds, 3)))


def simulate(
    paths: Sequence[Path],
    hours: float = 24,
    seed: int = 7,
    undisturbed: bool = False,
    log: Path | None = None,
    workers: int | None = None,
) -> Result:
    """The day of every scenario, in as many processes as there are processors (or `workers`).

    `log`: a file for one scenario; for several a folder that gets HUB.jsonl of each. Raises UsageError for a scenario
    with faults (naming all of them), for hours that are none, and for two scenarios of one hub.
    """
    watch = Stopwatch()
    if not 0 < hours <= 24 * 14:
        raise UsageError(f"{hours} hours cannot be simulated; give more than 0 and at most 336")
    if not paths:
        raise UsageError("no scenario is named; give one or more, for example scenarios/ningbo.toml")
    scenarios = [load_scenario(path) for path in paths]
    names = [s.hub.id for s in scenarios]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise UsageError(f"hub {', '.join(sorted(twice))} is in two scenarios; simulate them one after another")
    jobs = [(s, hours, seed, undisturbed, _log_of(s, log, len(scenarios))) for s in scenarios]
    if len(jobs) == 1 or workers == 1:
        results = [simulate_hub(*job) for job in jobs]
    else:
        with ProcessPoolExecutor(
            min(len(jobs), workers or os.cpu_count() or 1), mp_context=get_context("spawn")
        ) as pool:
            results = list(pool.map(simulate_hub, *zip(*jobs, strict=True)))
    return merged(results, round(watch.seconds, 3))


def _log_of(scenario: Scenario, log: Path | None, count: int) -> Path | None:
    if log is None or count == 1:
        return log
    log.mkdir(parents=True, exist_ok=True)
    return log / f"{scenario.hub.id}.jsonl"
