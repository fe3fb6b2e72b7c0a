"""The hub's step: facts in; facts, new state and commands out. The loop and the virtual day both turn on it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from portwatt.commands import AnyCommand
from portwatt.events import AnyEvent, CommandIssued
from portwatt.ids import CommandId
from portwatt.rules.react import react
from portwatt.state import HubState, apply


class Step(Struct, frozen=True):
    """`events`: what came in, each followed by the commands it led to. `commands` are sent once these are safe."""

    events: tuple[AnyEvent, ...]
    state: HubState
    commands: tuple[tuple[CommandId, AnyCommand], ...]


def step(state: HubState, incoming: Iterable[AnyEvent]) -> Step:
    """Apply facts in order and let the rules answer each. Pure: the same facts give the same step."""
    events: list[AnyEvent] = []
    commands: list[tuple[CommandId, AnyCommand]] = []
    for event in incoming:
        before, state = state, apply(state, event)
        events.append(event)
        for command in react(before, state, event):
            issued = CommandIssued(at=event.at, id=CommandId(str(state.seq + 1)), command=command)
            state = apply(state, issued)
            events.append(issued)
            commands.append((issued.id, command))
    return Step(tuple(events), state, tuple(commands))
