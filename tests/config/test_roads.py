from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from portwatt.config.roads import completed, reached
from portwatt.ids import PlaceId
from portwatt.model.place import Leg
from portwatt.units import Distance


def leg(origin: str, destination: str, minutes: int, km: float = 1) -> Leg:
    return Leg(PlaceId(origin), PlaceId(destination), Distance.km(km), timedelta(minutes=minutes))


def test_missing_pairs_go_the_quickest_way():
    made = completed([leg("a", "b", 5, 1), leg("b", "c", 5, 2), leg("a", "d", 2, 9), leg("d", "c", 7, 9)])
    found = {(x.origin, x.destination): x for x in made}
    assert found["a", "c"] == leg("a", "c", 9, 18)
    assert ("c", "a") not in found


def test_a_given_leg_stays_though_a_detour_is_quicker():
    assert leg("a", "c", 30) in completed([leg("a", "b", 5), leg("b", "c", 5), leg("a", "c", 30)])


def test_reached_follows_the_direction():
    assert reached("a", [("a", "b"), ("b", "c"), ("d", "a")]) == {"a", "b", "c"}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.integers(1, 60)), max_size=25))
def test_no_way_over_a_third_place_is_quicker_than_a_made_leg(rows):
    given_ = {(a, b): leg(a, b, n) for a, b, n in rows if a != b}
    found = {(x.origin, x.destination): x for x in completed(given_.values())}
    assert found.keys() >= given_.keys()
    for (a, b), made in found.items():
        assert a != b
        if (a, b) in given_:
            assert made == given_[a, b]
            continue
        for middle in "abcdef":
            if (a, middle) in found and (middle, b) in found:
                assert made.duration <= found[a, middle].duration + found[middle, b].duration
    pairs = [(a, b) for a, b in given_]
    for a in {end for pair in pairs for end in pair}:
        assert {b for x, b in found if x == a} == reached(a, pairs) - {a}
