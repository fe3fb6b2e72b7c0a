"""What the hub does about an event, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from portwatt.commands import AnyCommand
from portwatt.events import AnyEvent, ClockTicked, Event
from portwatt.rules.replan import replan
from portwatt.state import HubState

Reaction = Callable[[HubState, HubState, AnyEvent], Sequence[AnyCommand]]

REACTIONS: Mapping[type[Event], tuple[Reaction, ...]] = {
    ClockTicked: (replan,),
}


def react(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """The commands an event calls for; `state` is what it led to from `before`.

    They are carried out one after another in the order given, and are consistent together: no two of them use the
    same EVSE, number or truck.
    """
    reactions = REACTIONS.get(type(event))
    if reactions is None:
        return ()
    return [command for reaction in reactions for command in reaction(before, state, event)]
