"""What every OCPP message struct is built on: base classes, wire primitives and the entry of an action table."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, field

from portwatt.wire.ocpp.versions import Direction

Timestamp = Annotated[datetime, Meta(tz=True)]
"""RFC 3339 time with its zone; zone-less times of stations are given one before this type sees them."""

Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""OCPP integers are 32 bits wide, but transaction numbers of the field are wider: the bound is what a log can store."""


Json: TypeAlias = Any
"""Any JSON value: what vendors put into customData and DataTransfer."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, a response or a part of one. A field that is None is absent on the wire."""


class Extensible(Message, frozen=True, kw_only=True):
    """A 2.x message or part: each may carry customData, an object with a vendorId and whatever the vendor wants."""

    custom_data: dict[str, Json] | None = field(default=None, name="customData")


class Action(msgspec.Struct, frozen=True):
    """An action of a version: its wire name, its types and who may ask. Without a response it travels as SEND (2.1)."""

    name: str
    request: type[Message]
    response: type[Message] | None
    direction: Direction


def action_table(*actions: Action) -> Mapping[str, Action]:
    """Return the actions by wire name."""
    return MappingProxyType({action.name: action for action in actions})
