"""The door of this floor: one function for what comes in, one for what goes out, one for what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from portwatt.commands import StationCommand
from portwatt.errors import BugError
from portwatt.ids import StationId
from portwatt.state import HubState
from portwatt.translate import ocpp16, ocpp16_commands, ocpp21, ocpp201
from portwatt.translate.handled import Handled, Handler
from portwatt.translate.inbound import Inbound
from portwatt.translate.words import CannotSay, Word
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion

HANDLERS: Final[Mapping[OcppVersion, Mapping[type[Message], Handler]]] = MappingProxyType(
    {OcppVersion.V16: ocpp16.HANDLERS, OcppVersion.V201: ocpp201.HANDLERS, OcppVersion.V21: ocpp21.HANDLERS}
)
WORDS: Final[Mapping[OcppVersion, Mapping[type[StationCommand], Word]]] = MappingProxyType(
    {OcppVersion.V16: ocpp16_commands.WORDS, OcppVersion.V201: ocpp201.WORDS, OcppVersion.V21: ocpp21.WORDS}
)


def handle(
    version: OcppVersion,
    state: HubState,
    station: StationId,
    request: Message,
    at: datetime,
    *,
    overloaded: bool = False,
) -> Handled[Any]:
    """The facts in a station's request, the response it gets once they are durable, and the meter values it carried.

    `state` is what is believed before; its events must be applied before the next request of the hub is handled, for
    a 1.6 transaction gets its number from the state. `at`: the hub's clock, UTC. `overloaded`: a boot is told Pending.
    What is wrong inside a valid message becomes PeerFaultSeen, never an error. Raises BugError for a request that no
    handler of the version knows: the conversation must not let it through.
    """
    handler = HANDLERS[version].get(type(request))
    if handler is None:
        raise BugError(f"no handler of {version.value} for {type(request).__name__}; add it to its HANDLERS")
    return handler(Inbound(version, state, station, at, overloaded), request)


def request(version: OcppVersion, state: HubState, command: StationCommand) -> Message:
    """The request that says a command in a version. Raises CannotSay where the version has no words for it."""
    word = WORDS[version].get(type(command))
    if word is None:
        raise CannotSay(f"{type(command).__name__} cannot be said in {version.value}")
    return word(state, command)
