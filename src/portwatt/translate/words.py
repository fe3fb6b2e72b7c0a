"""How a version says a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from portwatt.errors import UsageError
from portwatt.state import HubState
from portwatt.wire.ocpp.message import Message

Word: TypeAlias = Callable[[HubState, Any], Message]
"""Writes the request of one command type; the table it stands in says which."""


class CannotSay(UsageError):  # noqa: N818 it is what a version answers, not a failure
    """The version of OCPP a station speaks has no words for a command."""
