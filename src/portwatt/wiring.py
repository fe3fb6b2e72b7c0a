"""The composition root: a running system from its settings."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client.metrics_core import Metric

from portwatt.api.app import close_streams, create_app
from portwatt.config.settings import Config
from portwatt.errors import UsageError
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.gateways.ocpp_server import OcppServer
from portwatt.gateways.orders import OrderBoard
from portwatt.ids import HubId
from portwatt.model.hub import Hub
from portwatt.runtime.clock import Clock
from portwatt.runtime.interfaces import Store
from portwatt.runtime.loop import HubLoop
from portwatt.runtime.upkeep import forget_old_samples
from portwatt.runtime.workers import PlannerWorkers
from portwatt.store.sql_log import SqlStore
from portwatt.wire.ocpp.conversation import DEFAULT_TIMEOUT

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class System:
    """What runs: a loop and an OCPP endpoint per hub, one store, one HTTP application."""

    loops: dict[HubId, HubLoop]
    ocpp_ports: dict[HubId, int]
    http_port: int
    app: FastAPI


Attach = Callable[[HubLoop], None]


@asynccontextmanager
async def running(
    config: Config, hubs: Sequence[Hub], clock: Clock, *, attach: Attach | None = None
) -> AsyncIterator[System]:
    """Start everything, in the order in which each needs the next; stop it in the other.

    `attach` may route commands to something of its own before the order board does (the simulated field). Raises
    StoreError when the log cannot be opened, UsageError when a port is taken.
    """
    speed = config.speed if attach is not None else 1.0
    async with AsyncExitStack() as stack:
        store = await _open_store(config, stack)
        loops: dict[HubId, HubLoop] = {}
        servers: dict[HubId, OcppServer] = {}
        workers, board = PlannerWorkers(seed=config.seed), OrderBoard()
        stack.push_async_callback(workers.stop)
        for hub in hubs:
            loop = HubLoop(hub, store, clock)
            servers[hub.id] = OcppServer(
                loop, load_schemas(), command_timeout=timedelta(seconds=DEFAULT_TIMEOUT.total_seconds() * speed)
            )
            workers.serve(loop)
            if attach is not None:
                attach(loop)
            board.serve(loop)
            await loop.start()
            stack.push_async_callback(loop.stop)
            loops[hub.id] = loop
        keep = timedelta(days=config.telemetry_days)
        upkeep = asyncio.create_task(forget_old_samples(store, loops, clock, keep), name="upkeep")
        stack.callback(upkeep.cancel)
        ports = await _listen(config, servers, stack)
        app = create_app(loops, lambda: _figures(servers.values()))
        http_port = await _serve_http(config, app, stack)
        yield System(loops, ports, http_port, app)


async def _open_store(config: Config, stack: AsyncExitStack) -> Store:
    config.data_dir.mkdir(parents=True, exist_ok=True)
    store = SqlStore(config.database)
    stack.push_async_callback(store.close)
    return store


async def _listen(config: Config, servers: dict[HubId, OcppServer], stack: AsyncExitStack) -> dict[HubId, int]:
    """One port per hub, counted up from the configured one."""
    ports: dict[HubId, int] = {}
    for number, (hub, server) in enumerate(servers.items()):
        wanted = config.ocpp_port + number if config.ocpp_port else 0
        try:
            ports[hub] = await server.start(config.bind_host, wanted)
        except OSError as error:
            raise _not_free("OCPP", config.bind_host, wanted, "--ocpp-port", error) from None
        stack.push_async_callback(server.stop)
        _log.info("ocpp_listening", hub=hub, url=f"ws://{config.bind_host}:{ports[hub]}/ocpp/<station>")
    return ports


async def _serve_http(config: Config, app: FastAPI, stack: AsyncExitStack) -> int:
    bound = _bound(config.bind_host, config.http_port)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    # `serve` would take the process's signals for itself; the command line keeps them, so that all stops in order.
    task = asyncio.create_task(server._serve(sockets=[bound]), name="http")

    async def stop() -> None:
        close_streams(app)
        server.should_exit = True
        await task

    stack.push_async_callback(stop)
    while not server.started and not task.done():  # noqa: ASYNC110 - the server offers no event to wait for
        await asyncio.sleep(0.01)
    port: int = bound.getsockname()[1]
    _log.info("http_listening", url=f"http://{config.bind_host}:{port}/docs")
    return port


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises UsageError (uvicorn's own way is to end the process)."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise _not_free("HTTP", host, port, "--http-port", error) from None


def _not_free(what: str, host: str, port: int, option: str, error: OSError) -> UsageError:
    reason = "another program has it" if error.errno == errno.EADDRINUSE else str(error.strerror or error)
    return UsageError(f"{what} cannot listen on {host}, port {port}: {reason}; end that, or give another with {option}")


def _figures(servers: Iterable[OcppServer]) -> Iterable[Metric]:
    """The gateways' figures, one family per name over all hubs."""
    merged: dict[str, Metric] = {}
    for server in servers:
        for family in server.figures():
            known = merged.setdefault(family.name, family)
            if known is not family:
                known.samples.extend(family.samples)
    return merged.values()
