"""Certificates and what stations offer."""

from __future__ import annotations

from datetime import date

import small_hub as small
from msgspec.structs import replace

from portwatt.model.certificate import Certificate, Interface, interfaces_of
from portwatt.model.connector import ConnectorStandard
from portwatt.model.station import Connector


def test_a_certificate_is_valid_on_its_first_and_on_its_last_day() -> None:
    held = Certificate("r", (small.CCS,), "1", "x", "test report", date(2026, 3, 1), date(2026, 3, 31))
    valid = [held.valid(date(2026, month, day)) for month, day in ((2, 28), (3, 1), (3, 31), (4, 1))]
    assert valid == [False, True, True, False]
    assert replace(held, valid_to=None).valid(date(2099, 1, 1))


def test_a_station_offers_each_of_its_plugs_once() -> None:
    station = small.station(small.CCS, ConnectorStandard.CCS2)
    both = (Connector(ConnectorStandard.CHAOJI, 600), Connector(ConnectorStandard.GBT_DC, 250))
    mixed = replace(station, evses=(replace(station.evses[0], connectors=both), *station.evses))
    assert interfaces_of(mixed) == (Interface.GBT_DC, Interface.CCS2, Interface.CHAOJI)
