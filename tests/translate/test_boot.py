"""Heartbeats are spread, and steady for each station."""

import small_hub as small
from msgspec.structs import replace

from portwatt.events import HubOpened
from portwatt.ids import StationId
from portwatt.state import fold
from portwatt.translate.boot import interval
from portwatt.translate.inbound import Inbound
from portwatt.wire.ocpp.versions import OcppVersion

INBOUND = Inbound(OcppVersion.V21, fold([HubOpened(at=small.START, hub=small.hub())]), small.CCS, small.START)


def test_stations_do_not_call_all_at_once() -> None:
    stations = [replace(INBOUND, station=StationId(f"s{n}")) for n in range(100)]
    beats = [interval(s) for s in stations]
    assert beats == [interval(s) for s in stations]
    assert 300 <= min(beats) < max(beats) <= 360
    assert len(set(beats)) > 20
    again = [interval(replace(s, overloaded=True)) for s in stations]
    assert 30 <= min(again) < max(again) <= 90
