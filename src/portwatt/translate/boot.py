"""How often a station calls: heartbeats spread out, so that a hub that lost all its stations is not called at once."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from portwatt.translate.inbound import Inbound

HEARTBEAT_S: Final = 300
RETRY_S: Final = 30
"""When a station told Pending may boot again."""


def interval(inbound: Inbound) -> int:
    """Seconds until the next heartbeat, or boot when Pending.

    Always the same for a station, and up to a fifth longer (Pending: three times as long) than for another.
    """
    share = crc32(inbound.station.encode()) % 1000
    if inbound.overloaded:
        return RETRY_S + 2 * RETRY_S * share // 1000
    return HEARTBEAT_S + HEARTBEAT_S * share // 5000
