from datetime import timedelta

import pytest

from portwatt.ids import FallbackId, PlaceId, TruckId
from portwatt.simulator.audit import Audit, WrongKind
from portwatt.simulator.demand import Demand, demand
from portwatt.simulator.freight import Freight
from portwatt.simulator.scenario import Scenario

T1, T2, SHUTTLE = TruckId("T1"), TruckId("T2"), FallbackId("DIESEL")


@pytest.fixture(scope="module")
def day(small: Scenario) -> Demand:
    return demand(small, 7)


@pytest.fixture
def audit() -> Audit:
    return Audit()


@pytest.fixture
def freight(day: Demand, audit: Audit) -> Freight:
    return Freight(day, audit)


def test_a_container_is_released_when_the_last_of_plan_train_and_customs_says_so(day: Demand, freight: Freight) -> None:
    customs = {r.move: r.at for r in day.releases}
    available = {t.train: t.available for t in day.truths}
    assert any(m.from_train for m in day.moves)
    for move in day.moves:
        moments = [move.release, customs.get(move.id, move.release)]
        if move.from_train is not None:
            moments.append(available[move.from_train] or move.release)
        assert freight.boxes[move.id].released_at == max(moments)


def test_a_container_is_carried_by_one_and_delivered_once(day: Demand, freight: Freight) -> None:
    move = day.moves[0]
    at = freight.boxes[move.id].released_at
    assert freight.take(move.id, T1, move.origin, at) == ""
    assert "already on T1" in freight.take(move.id, T2, move.origin, at)
    assert "does not carry" in freight.put(move.id, T2, move.destination, at)
    assert "ends at" in freight.put(move.id, T1, PlaceId("CHARGE"), at)
    assert freight.put(move.id, T1, move.destination, at) == ""
    assert "is not at" in freight.take(move.id, SHUTTLE, move.origin, at)
    assert freight.boxes[move.id].delivered_at == at


def test_fetching_before_the_release_is_a_wrong(day: Demand, freight: Freight, audit: Audit) -> None:
    move = day.moves[-1]
    freight.take(move.id, T1, move.origin, freight.boxes[move.id].released_at - timedelta(seconds=1))
    assert [w.kind for w in audit.kept] == [WrongKind.RELEASE]


def test_a_container_takes_the_first_of_its_trains_it_is_in_time_for(day: Demand, freight: Freight) -> None:
    cut_offs = {t.train: t.cut_off for t in day.truths}
    move = next(m for m in day.moves if len(m.trains) >= 2)
    first, second = (choice.train for choice in move.trains[:2])
    first_closes = cut_offs[first]
    assert first_closes is not None
    box = freight.boxes[move.id]
    assert freight.train_of(move.id) is None
    box.delivered_at = first_closes
    assert freight.train_of(move.id) == first
    box.delivered_at = first_closes + timedelta(seconds=1)
    assert freight.train_of(move.id) == second
    box.delivered_at = freight.last_cut_off(move.id) + timedelta(seconds=1)
    assert freight.train_of(move.id) is None


def test_a_truck_that_believes_it_carries_what_is_elsewhere_is_a_wrong(
    day: Demand, freight: Freight, audit: Audit
) -> None:
    move = day.moves[0]
    at = freight.boxes[move.id].released_at
    freight.take(move.id, T1, move.origin, at)
    freight.audit([(move.id, T1)], at)
    assert audit.count == 0
    freight.audit([(move.id, T2)], at)
    assert [w.kind for w in audit.kept] == [WrongKind.CONTAINER]
