"""Pairs and what is decided of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec.structs import replace

from portwatt.ids import TruckModelId
from portwatt.model.connector import ConnectorStandard
from portwatt.model.pair import Judgement, JudgementKind, Pair, PairPattern, standing

AT = datetime(2026, 11, 23, tzinfo=UTC)
PAIR = Pair(
    truck_model=TruckModelId("eActros"),
    inlet=ConnectorStandard.CCS2,
    station_model="v m",
    plug=ConnectorStandard.CCS2,
    station_software="1.2",
)
pairs = st.builds(
    Pair,
    truck_model=st.text("|\\ab", max_size=3).map(TruckModelId),
    truck_software=st.text("|\\ab", max_size=3),
    inlet=st.sampled_from(ConnectorStandard),
    edition=st.text("|\\ab", max_size=3),
    station_model=st.text("|\\ab", max_size=3),
    station_software=st.text("|\\ab", max_size=3),
    plug=st.sampled_from(ConnectorStandard),
    adapter=st.booleans(),
)


def judged(kind: JudgementKind, hours: float | None = None, **pattern: object) -> Judgement:
    until = None if hours is None else AT + timedelta(hours=hours)
    return Judgement(kind=kind, pairs=PairPattern(**pattern), reason="seen", until=until)  # type: ignore[arg-type]


@given(pairs, pairs)
def test_two_pairs_have_one_name_only_if_they_are_one(one: Pair, other: Pair) -> None:
    assert (one.id == other.id) == (one == other)


@pytest.mark.parametrize(
    "other",
    [
        {"truck_model": "x"},
        {"truck_software": "x"},
        {"inlet": ConnectorStandard.GBT_DC},
        {"edition": "x"},
        {"station_model": "x"},
        {"station_software": "x"},
        {"plug": ConnectorStandard.GBT_DC},
    ],
)
def test_a_pattern_means_what_it_names_and_leaves_the_rest_open(other: dict[str, object]) -> None:
    (name,) = other
    assert PairPattern().covers(PAIR)
    assert not PairPattern(**other).covers(PAIR)  # type: ignore[arg-type]
    assert PairPattern(**{name: getattr(PAIR, name)}).covers(PAIR)
    assert PairPattern(**{name: other[name]}).covers(replace(PAIR, **other))  # type: ignore[arg-type]


def test_a_waiver_goes_before_an_incompatibility_until_it_expires() -> None:
    both = (judged(JudgementKind.INCOMPATIBLE, truck_model="eActros"), judged(JudgementKind.WAIVER, 2))
    found = [standing(both, PAIR, AT + timedelta(hours=h)) for h in (0, 1.99, 2, 50)]
    assert [j.kind for j in found if j] == [JudgementKind.WAIVER] * 2 + [JudgementKind.INCOMPATIBLE] * 2


def test_a_judgement_of_others_says_nothing() -> None:
    assert standing((judged(JudgementKind.INCOMPATIBLE, station_model="other"),), PAIR, AT) is None
    assert standing((judged(JudgementKind.INCOMPATIBLE, 1),), PAIR, AT + timedelta(hours=1)) is None
