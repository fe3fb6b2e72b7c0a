"""The plan in force, followed: what it wants of trucks, stations, fallbacks and the rail platform, and when."""

from __future__ import annotations

from collections.abc import Sequence

from portwatt.commands import AnyCommand
from portwatt.events import AnyEvent
from portwatt.rules.ask_stations import ask_stations
from portwatt.rules.dispatch import dispatch
from portwatt.rules.promise import commit_arrivals, order_fallbacks
from portwatt.state import HubState


def follow(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """Everything the plan in force asks for now; nothing while there is no plan."""
    if state.plan is None:
        return ()
    return [
        *order_fallbacks(before, state, event),
        *dispatch(before, state, event),
        *ask_stations(before, state, event),
        *commit_arrivals(before, state, event),
    ]
