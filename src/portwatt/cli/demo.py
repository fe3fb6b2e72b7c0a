"""`portwatt demo`: `serve` with a simulated field that connects to it like a real one."""

from __future__ import annotations

import asyncio
import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import typer
from rich.console import Console

from portwatt.cli.saying import set_up_logs
from portwatt.cli.serving import stop_signal
from portwatt.cli.simulating import write_result
from portwatt.config.settings import Config
from portwatt.errors import UsageError
from portwatt.ids import HubId
from portwatt.runtime.clock import ScaledClock, Stopwatch
from portwatt.runtime.loop import HubLoop
from portwatt.simulator.live import LiveField
from portwatt.simulator.report import report
from portwatt.simulator.result import HubResult, Notes, Result, hub_result, merged
from portwatt.simulator.scenario import Scenario, load_scenario
from portwatt.terminal.view import LiveView
from portwatt.wiring import System, running


async def run_demo(config: Config, *, hours: float, headless: bool, json_file: Path | None) -> None:
    """Run the scenarios' day and report it. Raises UsageError for a scenario with faults, before anything starts."""
    scenarios = [load_scenario(path) for path in config.hub_files]
    starts = {scenario.start for scenario in scenarios}
    if len(starts) > 1:
        raise UsageError("the scenarios begin at different times; a demo runs them on one clock, so give them one day")
    if not 0 < hours <= 24 * 14:
        raise UsageError(f"--hours {hours}: give more than 0 and at most 336")
    with fresh_log(config) as own:
        live = not headless and sys.stdout.isatty()
        set_up_logs("info", own.data_dir / "demo.log" if live else None)
        result = await _live_through(own, scenarios, hours, live)
        Console().print(report(result))
        write_result(result, json_file)
        typer.echo("\nThe logs are kept until the next demo. To prove them:")
        for scenario in scenarios:
            typer.echo(f"  portwatt replay --hub {scenario.hub.id} --data-dir {own.data_dir}")


async def _live_through(config: Config, scenarios: list[Scenario], hours: float, live: bool) -> Result:
    """The day until it is over or a signal ends it."""
    watch = Stopwatch()
    start = scenarios[0].start
    clock = ScaledClock(start, config.speed)
    fields = {s.hub.id: LiveField(s, config.seed, timedelta(hours=hours), clock) for s in scenarios}
    notes = {name: Notes() for name in fields}

    def attach(loop: HubLoop) -> None:
        fields[loop.hub_id].attach(loop)
        loop.listen(lambda events, state: notes[loop.hub_id].count(events))

    stopped = stop_signal()
    async with running(config, [s.hub for s in scenarios], clock, attach=attach) as system:
        view = asyncio.create_task(LiveView(system.loops).run(Console(force_terminal=live), stopped))
        day = asyncio.ensure_future(_run_fields(fields, system, config))
        await asyncio.wait({day, asyncio.create_task(stopped.wait())}, return_when=asyncio.FIRST_COMPLETED)
        stopped.set()
        day.cancel()
        await asyncio.gather(day, view, return_exceptions=True)
        if not day.cancelled():
            day.result()  # raises what ended the field, if anything did
        lived = min(hours, round((clock.now() - start) / timedelta(hours=1), 2))
        run = (config.seed, lived, False, round(watch.seconds, 3))
        results = [_result(s, fields[s.hub.id], system.loops[s.hub.id], notes[s.hub.id], run) for s in scenarios]
    return merged(results, round(watch.seconds, 3))


async def _run_fields(fields: dict[HubId, LiveField], system: System, config: Config) -> None:
    await asyncio.gather(
        *(
            field.run(f"ws://{config.bind_host}:{system.ocpp_ports[name]}/ocpp", system.loops[name])
            for name, field in fields.items()
        )
    )


def _result(
    scenario: Scenario, field: LiveField, loop: HubLoop, notes: Notes, run: tuple[int, float, bool, float]
) -> HubResult:
    field.world.audit_now()
    notes.frames = field.frames
    return hub_result(field.world, loop.state, notes, run)


@contextmanager
def fresh_log(config: Config) -> Iterator[Config]:
    """A demo begins with an empty log of its own: its day is the same every time, and real logs are left alone.

    Raises UsageError while another demo is writing there: its log is not ours to remove.
    """
    folder = config.data_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"another demo is running on {folder}: stop it, or give this one its own --data-dir, --http-port and "
                "--ocpp-port"
            ) from None
        for name in ("portwatt.db", "portwatt.db-wal", "portwatt.db-shm"):
            (folder / name).unlink(missing_ok=True)
        yield config.model_copy(update={"data_dir": folder})
