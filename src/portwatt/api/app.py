"""The application: read, write, live, operation."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from portwatt import __version__
from portwatt.api import compatibility, faults, metrics, page, read, stream, write
from portwatt.api.limits import BodyLimit
from portwatt.api.metrics import Figures
from portwatt.api.stream import Broadcaster
from portwatt.ids import HubId
from portwatt.runtime.loop import HubLoop


def create_app(loops: Mapping[HubId, HubLoop], more_figures: Figures = tuple) -> FastAPI:
    """The HTTP door to running hubs. `more_figures`: what else shall stand under /metrics.

    There is no log-in yet: bind it to the loopback only.
    """
    app = FastAPI(
        title="Portwatt",
        version=__version__,
        description="A port's green-freight hub. No log-in yet: reachable from this machine only.",
        docs_url=None,  # `page` serves them
        redoc_url=None,
    )
    app.state.loops = loops
    app.state.broadcasters = {name: Broadcaster(loop) for name, loop in loops.items()}
    app.state.registry = metrics.registry(loops, more_figures)
    # Until there is a log-in a web page elsewhere must not reach this through a name of its own (DNS rebinding).
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
    app.add_middleware(BodyLimit)
    for part in (read, compatibility, write, stream, metrics, page):
        app.include_router(part.router)
    faults.install(app)
    return app


def close_streams(app: FastAPI) -> None:
    """Let the live readers go, so that the server can stop."""
    for broadcaster in app.state.broadcasters.values():
        broadcaster.close()
