"""`portwatt serve`: real hubs until a signal ends them."""

from __future__ import annotations

import asyncio
import signal

import structlog

from portwatt.config.hub import load_hub
from portwatt.config.settings import Config
from portwatt.errors import UsageError
from portwatt.runtime.clock import SystemClock
from portwatt.wiring import System, running

_log = structlog.get_logger(__name__)


def stop_signal() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    return stopped


async def serve_hubs(config: Config, *, watch: bool) -> None:
    """Check every hub file whole, then run them. Raises UsageError before anything is started."""
    clock = SystemClock()
    hubs = [load_hub(path) for path in config.hub_files]
    names = [hub.id for hub in hubs]
    if len(set(names)) < len(names):
        raise UsageError(f"two hub files describe the same hub: {', '.join(names)}")
    stopped = stop_signal()
    async with running(config, hubs, clock) as system:
        _log.warning("no_log_in_yet", reachable="from this machine only", host=config.bind_host)
        if watch:
            await _watch(system, stopped)
        else:
            await stopped.wait()
    _log.info("stopped")


async def _watch(system: System, stopped: asyncio.Event) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where there is something to show

    from portwatt.terminal.view import LiveView  # noqa: PLC0415

    await LiveView(system.loops).run(Console(), stopped)
