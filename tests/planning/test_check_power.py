"""Power is summed at every instant."""

from __future__ import annotations

from datetime import timedelta

from portwatt.model.plan import PowerStep
from portwatt.planning.cases import START
from portwatt.planning.check_power import changes_of, overloads, spans
from portwatt.units import Power, Window

MINUTE = timedelta(minutes=1)


def at(minutes: float):
    return START + minutes * MINUTE


def steps(*pairs: tuple[float, int]) -> tuple[PowerStep, ...]:
    return tuple(PowerStep(at(minute), Power(watts)) for minute, watts in pairs)


def window(start: float, end: float) -> Window:
    return Window(at(start), at(end))


def test_a_profile_fills_its_window() -> None:
    assert spans(steps((0, 5), (3, 7)), window(0, 10)) == [(at(0), at(3), 5), (at(3), at(10), 7)]


def test_a_profile_that_does_not_is_refused() -> None:
    assert spans(steps((1, 5)), window(0, 10)) is None
    assert spans(steps((0, 5), (10, 7)), window(0, 10)) is None
    assert spans(steps((0, 5), (0, 7)), window(0, 10)) is None


def test_loads_that_meet_for_a_moment_are_found() -> None:
    loads = [*changes_of(steps((0, 60)), window(0, 10), False), *changes_of(steps((9, 60)), window(9, 20), False)]
    assert list(overloads(loads, steps((0, 100)))) == [(at(9), 120, 100)]


def test_one_that_ends_when_the_next_begins_does_not_meet_it() -> None:
    loads = [*changes_of(steps((0, 60)), window(0, 10), False), *changes_of(steps((10, 60)), window(10, 20), False)]
    assert list(overloads(loads, steps((0, 100)))) == []


def test_a_limit_that_falls_is_found_where_it_falls() -> None:
    loads = changes_of(steps((0, 60)), window(0, 10), False)
    assert list(overloads(loads, steps((0, 100), (5, 50)))) == [(at(5), 60, 50)]


def test_what_is_fixed_alone_is_not_blamed() -> None:
    fixed = list(changes_of(steps((0, 60)), window(0, 10), True))
    assert list(overloads(fixed, steps((0, 50)))) == []
    chosen = list(changes_of(steps((5, 10)), window(5, 10), False))
    assert list(overloads([*fixed, *chosen], steps((0, 50)))) == [(at(5), 70, 50)]
