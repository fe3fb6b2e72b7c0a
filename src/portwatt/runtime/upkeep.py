"""What a system that runs for months has to throw away itself: telemetry older than the retention."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import structlog

from portwatt.errors import StoreError
from portwatt.ids import HubId
from portwatt.runtime.clock import Clock
from portwatt.runtime.interfaces import Store

EVERY = timedelta(days=1)

_log = structlog.get_logger(__name__)


async def forget_old_samples(store: Store, hubs: Iterable[HubId], clock: Clock, keep: timedelta) -> None:
    """Every day, and at once, delete the telemetry of each hub that is older than `keep`; never returns."""
    names = tuple(hubs)
    while True:
        for hub in names:
            try:
                gone = await store.forget_samples(hub, clock.now() - keep)
            except StoreError as error:
                _log.warning("telemetry_not_deleted", hub=hub, fault=str(error), next_try=str(EVERY))
            else:
                _log.info("old_telemetry_deleted", hub=hub, samples=gone)
        await clock.sleep(EVERY)
