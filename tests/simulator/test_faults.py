from datetime import timedelta
from itertools import pairwise

from portwatt.simulator.chance import Chance
from portwatt.simulator.faults import TroubleKind, troubles
from portwatt.simulator.scenario import Scenario

DAY = timedelta(days=1)


def test_an_undisturbed_day_has_no_troubles(small: Scenario) -> None:
    assert troubles(small.undisturbed(), Chance(7, "hub"), DAY) == ()


def test_troubles_come_in_order_within_the_day_and_last_as_long_as_the_rules_say(small: Scenario) -> None:
    found = troubles(small, Chance(7, "hub"), DAY)
    assert {t.kind for t in found} == set(TroubleKind)
    assert list(found) == sorted(found)
    assert all(small.start <= t.at < small.start + DAY for t in found)
    drops = [t.lasts for t in found if t.kind is TroubleKind.DROP_OFF]
    assert all(timedelta(minutes=3) <= d <= timedelta(minutes=15) for d in drops)


def test_one_target_is_in_one_trouble_at_a_time(small: Scenario) -> None:
    found = troubles(small, Chance(3, "hub"), 10 * DAY)
    for target in {(t.kind, t.target) for t in found}:
        own = [t for t in found if (t.kind, t.target) == target]
        assert all(a.at + a.lasts <= b.at for a, b in pairwise(own))


def test_the_rate_is_per_day(small: Scenario) -> None:
    drops = [t for t in troubles(small, Chance(5, "hub"), 200 * DAY) if t.kind is TroubleKind.DROP_OFF]
    per_station_and_day = len(drops) / 200 / len(small.hub.station_by_id)
    assert 9 < per_station_and_day < 10.5  # 10 a day of the time it is up, which is 94 % of it
