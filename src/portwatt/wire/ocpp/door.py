"""The way in and out of a version: which actions pass, whether their payloads hold, and their typed form."""

from datetime import datetime, tzinfo
from functools import cache
from typing import Final

import msgspec
from msgspec import inspect

from portwatt.errors import BugError
from portwatt.wire.ocpp.actions import ACTIONS, SUPPORTED
from portwatt.wire.ocpp.message import Action, Message
from portwatt.wire.ocpp.schemas import SchemaSet, Violation
from portwatt.wire.ocpp.versions import KNOWN_ACTIONS, ErrorCode, Role


class Door:
    """Turns payloads of one version into messages for one role, and checks our own messages on the way out.

    `supported` names the actions we serve; None means all that have types.
    """

    def __init__(self, schemas: SchemaSet, role: Role, supported: frozenset[str] | None) -> None:
        self._schemas = schemas
        self._known = KNOWN_ACTIONS[schemas.version]
        self._spoken = ACTIONS[schemas.version]
        served = SUPPORTED[schemas.version] if supported is None else supported
        self._served = {
            name: action for name, action in self._spoken.items() if name in served and action.direction.reaches(role)
        }
        self._askable = {
            action.request: action for action in self._spoken.values() if action.direction.reaches(_OTHER[role])
        }

    def request(self, action: str, payload: object, zone: tzinfo, *, wants_reply: bool = True) -> Message | Violation:
        """Return the typed request, or why it is refused; `zone` is that of times without one.

        `wants_reply` tells a CALL from a SEND (2.1): each action travels as one of them.
        """
        served = self._served.get(action)
        if served is None:
            return self._refusal(action)
        if wants_reply is not (served.response is not None):
            frame = "CALL" if served.response else "SEND"
            return Violation(ErrorCode.PROTOCOL_ERROR, "", f"the action {action} travels as {frame}")
        fault = self._schemas.request_fault(action, payload)
        return fault or _typed(served.request, payload, zone)

    def response(self, action: Action, payload: object, zone: tzinfo) -> Message | Violation:
        """Return the typed response to a request of ours, or what is wrong with it."""
        if action.response is None:
            raise BugError(f"{action.name} has no response")
        return self._schemas.response_fault(action.name, payload) or _typed(action.response, payload, zone)

    def served(self, action: str) -> Action | None:
        """Return the action when we serve it."""
        return self._served.get(action)

    def askable(self, message: Message) -> Action:
        """Return the action a request of ours belongs to; raises BugError when we may not send it in this version."""
        action = self._askable.get(type(message))
        if action is None:
            raise BugError(f"{type(message).__name__} is no request we may send in {self._schemas.version.value}")
        return action

    def check_request(self, action: Action, message: Message) -> None:
        """Raise BugError when a request of ours breaks the schema of the version."""
        _must_hold(action.name, self._schemas.request_fault(action.name, msgspec.to_builtins(message)))

    def check_response(self, action: Action, message: Message) -> None:
        """Raise BugError when a response of ours is of the wrong type or breaks the schema of the version."""
        if type(message) is not action.response:
            raise BugError(f"{type(message).__name__} does not answer {action.name}")
        _must_hold(action.name, self._schemas.response_fault(action.name, msgspec.to_builtins(message)))

    def _refusal(self, action: str) -> Violation:
        shown = action[:50]
        if action in self._known:
            return Violation(ErrorCode.NOT_SUPPORTED, "", f"the action {shown} is known but not served here")
        version = self._schemas.version.value
        return Violation(ErrorCode.NOT_IMPLEMENTED, "", f"{version} has no action {shown}")


_OTHER: Final = {Role.CENTRAL: Role.STATION, Role.STATION: Role.CENTRAL}


def _must_hold(name: str, fault: Violation | None) -> None:
    if fault is not None:
        raise BugError(f"our own {name} breaks its schema: {fault.description}")


def _typed(kind: type[Message], payload: object, zone: tzinfo) -> Message | Violation:
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError:
        pass  # most often a time without a zone: forgive it and try again
    try:
        return msgspec.convert(forgiven(_shape(kind), payload, zone), kind)
    except msgspec.ValidationError as error:
        # What passed the schema and fails here is a value: a time that is none, or a number too wide.
        return Violation(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "", str(error))


@cache
def _shape(kind: type[Message]) -> inspect.Type:
    return inspect.type_info(kind)


def forgiven(shape: inspect.Type, value: object, zone: tzinfo) -> object:
    """Return the JSON value with `zone` on every zone-less time and with 1.0 as 1 where `shape` wants an integer.

    JSON Schema (from draft 6 on) counts 1.0 as an integer, so a station may send it.
    """
    if isinstance(shape, inspect.UnionType):
        return next((forgiven(one, value, zone) for one in shape.types if not isinstance(one, inspect.NoneType)), value)
    if isinstance(shape, inspect.StructType) and isinstance(value, dict):
        return value | {
            field.encode_name: forgiven(field.type, value[field.encode_name], zone)
            for field in shape.fields
            if field.encode_name in value
        }
    if isinstance(shape, inspect.VarTupleType) and isinstance(value, list):
        return [forgiven(shape.item_type, element, zone) for element in value]
    if isinstance(shape, inspect.DateTimeType) and isinstance(value, str):
        return _zoned(value, zone)
    if isinstance(shape, inspect.IntType) and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _zoned(text: str, zone: tzinfo) -> str:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= len("2026-11-23"):
        return text  # a day is not an instant
    # OCPP 1.6 section 3.15 asks for ISO 8601, which allows more than RFC 3339: no seconds, no separators.
    return (time if time.tzinfo else time.replace(tzinfo=zone)).isoformat()
