"""What a message from a peer comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

from msgspec import Struct

from portwatt.events import AnyEvent
from portwatt.model.meter import Sample
from portwatt.translate.inbound import Inbound

Response = TypeVar("Response")


class Handled(Struct, Generic[Response], frozen=True):
    """The facts in a message, its answer, and the meter values it carried.

    The answer goes out only after the facts are durable.
    """

    events: tuple[AnyEvent, ...]
    response: Response
    samples: tuple[Sample, ...] = ()


Handler: TypeAlias = Callable[[Inbound, Any], Handled[Any]]
"""A handler of one request type; the table it stands in says which."""
