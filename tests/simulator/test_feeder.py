from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portwatt.simulator.feeder import Feeder, Load, fair_shares
from portwatt.simulator.profiles import ChargingProfiles, Profile, Purpose, Step
from portwatt.simulator.vehicle import MICROJOULES_PER_WH, Battery
from portwatt.units import Energy, Power, SoC

T0 = datetime(2026, 11, 23, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def load(number: int, percent: float, kw: float, loss_permille: int = 0) -> Load:
    made = Load(number, loss_permille)
    made.battery = Battery(Energy.kwh(100), SoC.percent(percent), lambda _: Power.kw(kw))
    made.switch_on(Power.kw(1000), T0)
    return made


def feeder(*loads: Load, most: Power | None = None, profiles: ChargingProfiles | None = None) -> Feeder:
    made = Feeder(loads, profiles or ChargingProfiles(), most, lambda _: None)
    made.change(T0)
    return made


@given(st.integers(0, 1000), st.lists(st.integers(0, 500), max_size=8))
def test_shares_are_fair(limit: int, wishes: list[int]) -> None:
    shares = fair_shares(limit, wishes)
    assert sum(shares) <= limit
    assert all(share <= wish for share, wish in zip(shares, wishes, strict=True))
    if sum(wishes) <= limit:
        assert shares == wishes
    else:  # nobody who is cut gets less than another, beyond the rounding of whole watts
        cut = [share for share, wish in zip(shares, wishes, strict=True) if share < wish]
        assert limit - sum(shares) < len(wishes)
        assert max(shares) - min(cut) <= len(wishes)


def test_energy_is_power_times_time() -> None:
    one = load(1, 10, 60)
    run = feeder(one)
    run.run_to(T0 + 10 * MINUTE)
    assert one.register == Energy.kwh(10)
    assert one.soc == SoC.percent(20)


def test_looking_often_changes_nothing() -> None:
    seldom, often = load(1, 10, 77), load(1, 10, 77)
    feeder(seldom).run_to(T0 + 17 * MINUTE)
    run = feeder(often)
    for microseconds in range(0, 17 * 60 * 1_000_000, 12_345_678):
        run.run_to(T0 + timedelta(microseconds=microseconds))
    run.run_to(T0 + 17 * MINUTE)
    assert seldom.register_uj == often.register_uj


def test_a_full_battery_stops_at_the_very_moment() -> None:
    one = load(1, 90, 60)
    run = feeder(one)
    run.run_to(T0 + 60 * MINUTE)
    assert one.register == Energy.kwh(10)
    assert one.soc == SoC.percent(100)
    assert (one.draw_w, run.until) == (0, None)


def test_losses_are_metered_and_do_not_arrive() -> None:
    one = load(1, 10, 100, loss_permille=50)
    run = feeder(one)
    run.run_to(T0 + 6 * MINUTE)
    assert one.register == Energy.kwh(10)
    assert one.battery is not None
    assert one.battery.stored_uj == int(19.5 * 1000) * MICROJOULES_PER_WH


def test_the_station_divides_what_it_may_draw() -> None:
    small, large = load(1, 10, 20), load(2, 10, 200)
    run = feeder(small, large, most=Power.kw(100))
    assert (small.draw_w, large.draw_w, run.total_w()) == (20_000, 80_000, 100_000)


def test_a_profile_that_steps_is_obeyed_when_it_steps() -> None:
    profiles = ChargingProfiles()
    steps = (Step(timedelta(0), Power.kw(60)), Step(timedelta(seconds=90), Power.kw(30)))
    profiles.install(0, Profile(1, 0, Purpose.STATION_MAX, steps, start=T0))
    one = load(1, 10, 100)
    run = feeder(one, profiles=profiles)
    run.run_to(T0 + timedelta(seconds=210))
    assert one.register == Energy(1500 + 1000)
