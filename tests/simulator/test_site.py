from datetime import UTC, datetime, timedelta

import pytest

from portwatt.ids import StationId
from portwatt.model.grid import GridLimit
from portwatt.model.tariff import bands
from portwatt.simulator.audit import Audit, WrongKind
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.site import Site
from portwatt.units import Energy, Power, Window

START = datetime(2026, 11, 23, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B = StationId("A"), StationId("B")


@pytest.fixture
def audit() -> Audit:
    return Audit()


@pytest.fixture
def site(small: Scenario, audit: Audit) -> Site:
    return Site(START, GridLimit(Power.kw(500), Power.kw(100)), small.hub.tariff, audit)


def test_energy_is_power_times_time_over_all_stations(site: Site) -> None:
    site.station_draws(A, Power.kw(100), START)
    site.station_draws(B, Power.kw(50), START + HOUR)
    site.station_draws(A, Power.kw(0), START + 2 * HOUR)
    site.advance(START + 3 * HOUR)
    assert site.energy == Energy.kwh(200 + 100)
    assert site.peak == Power.kw(150)


def test_the_price_of_the_hour_counts(site: Site, small: Scenario) -> None:
    site.station_draws(A, Power.kw(100), START)
    site.advance(START + 24 * HOUR)
    expected = sum(
        100 * (band.window.length / HOUR) * band.price.as_per_kwh
        for band in bands(small.hub.tariff, Window(START, START + 24 * HOUR))
    )
    assert float(site.cost.amount) == pytest.approx(expected, abs=0.01)


def test_exceeding_the_connection_is_one_wrong_each_time_it_begins(site: Site, audit: Audit) -> None:
    site.other_draws(Power.kw(100), START)
    site.station_draws(A, Power.kw(400), START)
    assert audit.count == 0
    site.station_draws(B, Power.kw(1), START + HOUR)
    site.station_draws(B, Power.kw(2), START + 2 * HOUR)
    site.station_draws(B, Power.kw(0), START + 3 * HOUR)
    site.other_draws(Power.kw(101), START + 4 * HOUR)
    assert [w.kind for w in audit.kept] == [WrongKind.GRID, WrongKind.GRID]
    assert audit.kept[0].at == START + HOUR
    assert "501.0 kW of 500.0 kW" in audit.kept[0].message
