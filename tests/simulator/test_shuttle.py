from __future__ import annotations

from datetime import timedelta

import pytest

from portwatt.commands import OrderFallback, Outcome
from portwatt.events import AnyEvent, FallbackEnded
from portwatt.ids import FallbackId, MoveId, TruckId
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.audit import Audit
from portwatt.simulator.chance import Chance
from portwatt.simulator.demand import demand
from portwatt.simulator.freight import Box, Freight
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.shuttle import PATIENCE, Shuttles
from portwatt.units import Window

DIESEL = FallbackId("DIESEL")
HOUR = timedelta(hours=1)


class Depot:
    def __init__(self, scenario: Scenario) -> None:
        self.agenda = Agenda(scenario.start)
        self.freight = Freight(demand(scenario, 7), Audit())
        self.told: list[AnyEvent] = []
        self.shuttles = Shuttles(scenario.hub, self.agenda, Chance(7, "test"), self.freight, self.told.append)
        self.boxes = sorted(self.freight.boxes.values(), key=lambda b: (b.released_at, b.move.id))

    def order(self, box: Box, fallback: FallbackId = DIESEL) -> Outcome:
        window = Window(box.released_at, box.released_at + HOUR)
        return self.shuttles.order(OrderFallback(fallback=fallback, move=box.move.id, window=window))[0]


@pytest.fixture
def depot(small: Scenario) -> Depot:
    return Depot(small)


def test_a_trip_takes_handling_and_driving_and_costs_both_ways(depot: Depot) -> None:
    box = depot.boxes[0]
    assert depot.order(box) is Outcome.ACCEPTED
    depot.agenda.run(box.released_at + 2 * HOUR)
    at = box.delivered_at
    assert at is not None
    assert depot.told == [FallbackEnded(at=at, fallback=DIESEL, move=box.move.id, ended_at=at)]
    assert at - box.released_at > timedelta(minutes=20)
    assert box.fallback
    assert depot.shuttles.cost.cents > 10_000


def test_when_all_are_out_an_order_is_refused_and_taken_when_one_is_back(depot: Depot) -> None:
    first, second, third = depot.boxes[:3]
    assert [depot.order(b) for b in (first, second, third)] == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REFUSED]
    depot.agenda.run(max(first.released_at, second.released_at) + 3 * HOUR)
    assert depot.order(third) is Outcome.ACCEPTED


def test_what_it_does_not_know_it_does_not_carry(depot: Depot) -> None:
    assert depot.order(depot.boxes[0], FallbackId("NOBODY")) is Outcome.REFUSED
    unknown = OrderFallback(fallback=DIESEL, move=MoveId("NONE"), window=Window(depot.agenda.now, depot.agenda.now))
    assert depot.shuttles.order(unknown)[0] is Outcome.REFUSED


def test_a_container_that_is_not_released_soon_is_not_waited_for(depot: Depot) -> None:
    box = depot.boxes[-1]
    assert box.released_at - depot.agenda.now > PATIENCE
    early = OrderFallback(fallback=DIESEL, move=box.move.id, window=Window(depot.agenda.now, depot.agenda.now + HOUR))
    outcome, why = depot.shuttles.order(early)
    assert outcome is Outcome.REFUSED
    assert "not released" in why


def test_a_container_somebody_took_before_is_given_up(depot: Depot) -> None:
    box = depot.boxes[0]
    depot.order(box)
    depot.freight.take(box.move.id, TruckId("T"), box.move.origin, box.released_at)
    depot.agenda.run(box.released_at + HOUR)
    (ended,) = depot.told
    assert isinstance(ended, FallbackEnded)
    assert not ended.done
    assert "already on T" in ended.detail
