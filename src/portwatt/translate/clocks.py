"""Two clocks: how far a station's is off, and when that is worth an alarm. Never a ground to refuse (OCPP notes)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from portwatt.events import StationClockDrifted
from portwatt.translate.inbound import Inbound

TOLERATED: Final = timedelta(seconds=60)
CHANGED: Final = timedelta(seconds=30)
"""A drift is alarmed again only when it differs by more than this from the one known."""


def utc(stamp: datetime) -> datetime:
    """A station's time in UTC; at the very ends of the calendar, where there is none, as it stands."""
    try:
        return stamp.astimezone(UTC)
    except OverflowError:
        return stamp.replace(tzinfo=UTC)


def wire_time(moment: datetime) -> datetime:
    """A time as we send it: whole seconds, for OCPP 2.0.1 allows three decimals at most and a station needs none."""
    return moment.replace(microsecond=0)


def drift(inbound: Inbound, stamped: datetime, *, live: bool) -> tuple[StationClockDrifted, ...]:
    """The alarm a time stamp calls for, if any, and its end once the clock is right again.

    `live` False: the message may have waited in a queue, so that an old stamp says nothing; a future one still does.
    """
    off = stamped - inbound.at
    if not live and off <= TOLERATED:
        return ()
    known = inbound.state.stations.get(inbound.station)
    before = known.drift if known is not None else timedelta(0)
    if (abs(off) <= TOLERATED and abs(before) <= TOLERATED) or abs(off - before) <= CHANGED:
        return ()
    return (StationClockDrifted(at=inbound.at, station=inbound.station, drift=off),)
