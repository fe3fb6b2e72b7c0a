"""How long the state keeps what is over. What it lets go of stays in the log and in the read model."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any, TypeVar

from immutables import Map

KEEP = timedelta(days=7)
"""From the last that was heard of a thing that is over: time for a late or repeated word about it to be understood."""

Kept = TypeVar("Kept", bound=Map[Any, Any])


def without(kept: Kept, over: Collection[Any]) -> Kept:
    """The map without some of its keys; the same object when there are none, so that nobody takes it for changed."""
    if not over:
        return kept
    left = kept.mutate()
    for key in over:
        del left[key]
    return left.finish()  # type: ignore[return-value]
