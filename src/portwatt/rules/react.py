"""What the hub does about an event, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from portwatt.commands import AnyCommand, SetChargingProfile
from portwatt.events import (
    ActivityEnded,
    ActivityStarted,
    AnyEvent,
    ClockTicked,
    CommandAnswered,
    ContainerReleased,
    Event,
    GridLimitChanged,
    HubOpened,
    PlanAdopted,
    ReturnedToService,
    StationBooted,
    StationConnected,
    StationDisconnected,
    TakenOutOfService,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    TruckAvailable,
)
from portwatt.rules.ask_stations import ask_status, request_swap
from portwatt.rules.availability import tell_availability
from portwatt.rules.dispatch import dispatch
from portwatt.rules.follow import follow
from portwatt.rules.limit import hold
from portwatt.rules.replan import replan
from portwatt.state import HubState

Reaction = Callable[[HubState, HubState, AnyEvent], Sequence[AnyCommand]]


def hold_when_told(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """The answer to a limit makes room, or leaves it taken; other answers move no power."""
    assert isinstance(event, CommandAnswered)
    pending = before.commands.get(event.id)
    if pending is None or not isinstance(pending.command, SetChargingProfile):
        return ()
    return hold(before, state, event)


def hold_when_shown(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """A card shown after the start may bring power, or take it away."""
    assert isinstance(event, TransactionUpdated)
    return () if event.refused is None else hold(before, state, event)


REACTIONS: Mapping[type[Event], tuple[Reaction, ...]] = {
    HubOpened: (hold,),
    GridLimitChanged: (hold,),
    StationConnected: (ask_status, hold),
    StationBooted: (hold, tell_availability),
    StationDisconnected: (hold,),
    TakenOutOfService: (tell_availability,),
    ReturnedToService: (tell_availability,),
    TransactionStarted: (hold,),
    TransactionUpdated: (hold_when_shown,),
    TransactionEnded: (hold,),
    CommandAnswered: (hold_when_told,),
    PlanAdopted: (hold, follow),
    ActivityStarted: (request_swap,),
    ActivityEnded: (dispatch,),
    TruckAvailable: (dispatch,),
    ContainerReleased: (dispatch,),
    ClockTicked: (hold, follow, replan),
}
"""Limits come first. What a report within a transaction changes is looked at once a minute."""


def react(before: HubState, state: HubState, event: AnyEvent) -> Sequence[AnyCommand]:
    """The commands an event calls for; `state` is what it led to from `before`.

    They are carried out one after another in the order given, and are consistent together: no two of them use the
    same load point, number or truck.
    """
    reactions = REACTIONS.get(type(event))
    if reactions is None:
        return ()
    return [command for reaction in reactions for command in reaction(before, state, event)]
