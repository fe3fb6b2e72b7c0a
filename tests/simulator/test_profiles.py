from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from portwatt.simulator.profiles import ChargingProfiles, Criteria, Profile, Purpose, Step
from portwatt.units import Power

T0 = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


def profile(id: int, purpose: Purpose, kw: float, stack: int = 0) -> Profile:
    return Profile(id, stack, purpose, (Step(timedelta(0), Power.kw(kw)),), start=T0)


def installed(*profiles: tuple[int, Profile]) -> ChargingProfiles:
    made = ChargingProfiles()
    for outlet, one in profiles:
        made.install(outlet, one)
    return made


def test_without_profiles_nothing_is_limited() -> None:
    assert ChargingProfiles().outlet_limit(1, T0, T0) is None
    assert ChargingProfiles().station_limit(T0) is None


def test_a_tx_profile_takes_the_place_of_a_default() -> None:
    held = installed((1, profile(1, Purpose.TX_DEFAULT, 50)), (1, replace(profile(2, Purpose.TX, 90), transaction="a")))
    assert held.outlet_limit(1, T0, T0) == Power.kw(90)
    held.forget_transaction("a")
    assert held.outlet_limit(1, T0, T0) == Power.kw(50)


def test_a_default_for_one_evse_takes_the_place_of_one_for_all() -> None:
    held = installed((0, profile(1, Purpose.TX_DEFAULT, 50)), (1, profile(2, Purpose.TX_DEFAULT, 70)))
    assert held.outlet_limit(1, T0, T0) == Power.kw(70)
    assert held.outlet_limit(2, T0, T0) == Power.kw(50)


def test_the_highest_stack_level_that_says_something_leads() -> None:
    above = replace(profile(2, Purpose.STATION_MAX, 200, stack=3), duration=HOUR)
    held = installed((0, profile(1, Purpose.STATION_MAX, 100)), (0, above))
    assert held.station_limit(T0 + HOUR / 2) == Power.kw(200)
    assert held.station_limit(T0 + HOUR) == Power.kw(100)


def test_a_profile_says_nothing_before_it_is_valid_or_after() -> None:
    one = replace(profile(1, Purpose.TX_DEFAULT, 10), valid_from=T0 + HOUR, valid_to=T0 + 2 * HOUR)
    assert [one.limit(T0, T0 + hours * HOUR) for hours in range(3)] == [None, Power.kw(10), None]
    assert [one.next_step(T0, T0 + hours * HOUR) for hours in range(3)] == [T0 + HOUR, T0 + 2 * HOUR, None]


def test_a_relative_profile_starts_with_the_transaction() -> None:
    steps = (Step(timedelta(0), Power.kw(20)), Step(HOUR, Power.kw(40)))
    one = Profile(1, 0, Purpose.TX, steps)
    assert one.limit(None, T0) is None
    assert one.limit(T0, T0 + HOUR) == Power.kw(40)
    assert one.next_step(T0, T0) == T0 + HOUR


def test_a_daily_profile_comes_again() -> None:
    one = replace(profile(1, Purpose.TX_DEFAULT, 10), duration=HOUR, recurs=24 * HOUR)
    assert one.limit(None, T0 + 24.5 * HOUR) == Power.kw(10)
    assert one.limit(None, T0 + 25 * HOUR) is None
    assert one.next_step(None, T0 + 25 * HOUR) == T0 + 48 * HOUR


def test_clearing_takes_what_matches() -> None:
    held = installed((0, profile(1, Purpose.STATION_MAX, 1)), (1, profile(2, Purpose.TX_DEFAULT, 1)))
    assert not held.clear(Criteria(outlet=2))
    assert held.clear(Criteria(outlet=1))
    assert len(held) == 1
    assert held.clear(Criteria(id=1))
    assert len(held) == 0


def test_the_same_id_or_the_same_rank_makes_room() -> None:
    held = installed((1, profile(1, Purpose.TX_DEFAULT, 1)), (1, profile(2, Purpose.TX_DEFAULT, 2)))
    assert len(held) == 1
    held.install(2, profile(2, Purpose.TX_DEFAULT, 3))
    assert (held.outlet_limit(1, T0, T0), held.outlet_limit(2, T0, T0)) == (None, Power.kw(3))


def test_rivals_are_valid_at_the_same_time() -> None:
    early = replace(profile(1, Purpose.TX_DEFAULT, 1), valid_to=T0)
    held = installed((1, early))
    assert held.rival(1, profile(2, Purpose.TX_DEFAULT, 1))
    assert not held.rival(1, replace(profile(2, Purpose.TX_DEFAULT, 1), valid_from=T0))
    assert not held.rival(1, profile(1, Purpose.TX_DEFAULT, 1))
    assert not held.rival(2, profile(2, Purpose.TX_DEFAULT, 1))
