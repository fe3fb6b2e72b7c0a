"""How an endpoint gets at the hub it was asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from portwatt.errors import NotFoundError
from portwatt.ids import HubId
from portwatt.runtime.loop import HubLoop


def all_loops(request: Request) -> Mapping[HubId, HubLoop]:
    """Every hub of this process."""
    loops: Mapping[HubId, HubLoop] = request.app.state.loops
    return loops


def one_loop(hub: str, request: Request) -> HubLoop:
    """The hub named in the path. Raises NotFoundError that lists those that run here."""
    loops = all_loops(request)
    found = loops.get(HubId(hub))
    if found is None:
        raise NotFoundError(f"no hub {hub!r} runs here; there are: {', '.join(sorted(loops))}")
    return found


AllLoops = Annotated[Mapping[HubId, HubLoop], Depends(all_loops)]
Loop = Annotated[HubLoop, Depends(one_loop)]
