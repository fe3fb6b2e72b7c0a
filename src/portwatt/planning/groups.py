"""Groups: what of a truck's route is ordered in one piece, and therefore kept in one piece when it is planned anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from portwatt.model.plan import Activity, ActivityKind

Group = tuple[Activity, ...]

_LAST = (ActivityKind.LOAD, ActivityKind.UNLOAD, ActivityKind.CHARGE, ActivityKind.SWAP)


def groups(activities: Sequence[Activity]) -> Iterator[Group]:
    """Activities in pieces, each up to and including the next load, unload, charge or swap."""
    begin = 0
    for index, activity in enumerate(activities):
        if activity.kind in _LAST:
            yield tuple(activities[begin : index + 1])
            begin = index + 1
    if begin < len(activities):
        yield tuple(activities[begin:])


def next_group(activities: Sequence[Activity]) -> Group:
    """The first piece; empty where nothing is left."""
    return next(groups(activities), ())


def begins(group: Sequence[Activity]) -> datetime:
    """Planned start of the first thing that is not waiting: waiting at the front needs no order, and leaves the planner
    free."""
    return next((a.window.start for a in group if a.kind is not ActivityKind.WAIT), group[0].window.end)
