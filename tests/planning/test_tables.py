"""The planner's numbers are the problem's."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.planning.cases import START, Size, day
from portwatt.planning.energy import JOULES
from portwatt.planning.tables import NO_LEG, Tables
from portwatt.units import SoC

PROBLEM = day(Size(moves=5, trucks=3, evses=6), 1)
TABLES = Tables(PROBLEM)


def test_legs_are_where_they_are() -> None:
    for leg in PROBLEM.legs:
        here, there = TABLES.index[leg.origin], TABLES.index[leg.destination]
        assert TABLES.time[here][there] == leg.duration.total_seconds()
        assert TABLES.metres[here][there] == leg.distance.m
        for model in PROBLEM.models:
            table = TABLES.models[model.id]
            assert table.loaded[here][there] == model.consumption_loaded.over(leg.distance).wh * JOULES
            assert table.empty[here][there] == model.consumption_empty.over(leg.distance).wh * JOULES


def test_a_missing_leg_is_marked_and_staying_takes_nothing() -> None:
    tables = Tables(replace(PROBLEM, legs=PROBLEM.legs[1:]))
    gone = PROBLEM.legs[0]
    assert tables.time[tables.index[gone.origin]][tables.index[gone.destination]] == NO_LEG
    assert all(tables.time[n][n] == 0 for n in range(len(tables.places)))


@given(st.integers(0, 10_000))
def test_a_state_of_charge_comes_back_the_same(bp: int) -> None:
    for truck in PROBLEM.trucks:
        capacity = TABLES.models[truck.model].capacity
        assert TABLES.joules(truck, SoC(bp)) * 10_000 // capacity == bp


@given(st.integers(-(10**10), 10**10))
def test_moments_round_to_the_safe_side(microseconds: int) -> None:
    moment = START + timedelta(microseconds=microseconds)
    assert TABLES.moment(TABLES.floor(moment)) <= moment <= TABLES.moment(TABLES.ceil(moment))


def test_evses_alike_stand_together() -> None:
    for model in PROBLEM.models:
        evses = [e for place in TABLES.models[model.id].charging for e in place.evses]
        assert len(evses) == len(set(evses))
    chaoji = TABLES.models[PROBLEM.models[2].id]
    assert {c.allowance for c in chaoji.charging} == {120, 120 + 32}


def test_the_way_out_leads_to_the_nearest_source() -> None:
    park = TABLES.index["park"]
    assert TABLES.models[PROBLEM.models[1].id].way_out[park] == 0
    nowhere = Tables(replace(PROBLEM, evses=(), swap_stations=()))
    assert set(nowhere.models[PROBLEM.models[1].id].way_out) == {0}
