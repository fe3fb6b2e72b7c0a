from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from portwatt.simulator.chance import Chance


def test_a_stream_is_not_moved_by_another() -> None:
    quiet, busy = Chance(7, "hub"), Chance(7, "hub")
    for _ in range(10):
        busy.happens(0.5, "handshake", "T1")
    assert quiet.spread(0.1, "drive", "T1") == busy.spread(0.1, "drive", "T1")


def test_seeds_and_names_make_different_streams() -> None:
    draws = {
        Chance(seed, world).stream(*name).random()
        for seed in (1, 2)
        for world in ("a", "b")
        for name in (("x",), ("y",))
    }
    assert len(draws) == 8


@given(seed=st.integers(0, 2**32), sigma=st.floats(0, 0.3))
def test_a_spread_stays_within_three_sigma(seed: int, sigma: float) -> None:
    chance = Chance(seed, "hub")
    factors = [chance.spread(sigma, "drive") for _ in range(20)]
    assert all(max(0.1, 1 - 3 * sigma) <= f <= 1 + 3 * sigma for f in factors)


def test_minutes_are_whole_seconds_within_the_span() -> None:
    chance = Chance(1, "hub")
    drawn = [chance.minutes(3, 5, "repair") for _ in range(50)]
    assert all(timedelta(minutes=3) <= d <= timedelta(minutes=5) and not d.microseconds for d in drawn)
