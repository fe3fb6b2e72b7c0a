"""Two clocks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import small_hub as small

from portwatt.events import HubOpened
from portwatt.state import fold
from portwatt.translate import clocks
from portwatt.translate.inbound import Inbound
from portwatt.wire.ocpp.versions import OcppVersion

INBOUND = Inbound(OcppVersion.V21, fold([HubOpened(at=small.START, hub=small.hub())]), small.CCS, small.START)


@pytest.mark.parametrize(
    ("seconds", "live", "alarmed"),
    [(60, True, False), (61, True, True), (-61, True, True), (-61, False, False), (61, False, True)],
)
def test_what_is_alarmed(seconds: int, live: bool, alarmed: bool) -> None:
    found = clocks.drift(INBOUND, small.START + timedelta(seconds=seconds), live=live)
    assert [e.drift for e in found] == ([timedelta(seconds=seconds)] if alarmed else [])


def test_times_are_sent_in_whole_seconds() -> None:
    assert clocks.wire_time(small.START + timedelta(milliseconds=900)) == small.START


def test_utc_bears_the_ends_of_the_calendar() -> None:
    east = timezone(timedelta(hours=14))
    assert clocks.utc(datetime(2026, 1, 1, 14, tzinfo=east)) == datetime(2026, 1, 1, tzinfo=UTC)
    assert clocks.utc(datetime(1, 1, 1, tzinfo=east)) == datetime(1, 1, 1, tzinfo=UTC)
