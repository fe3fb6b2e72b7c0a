from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from portwatt.commands import Outcome, SetChargingProfile
from portwatt.events import (
    AnyEvent,
    ClockTicked,
    CommandAnswered,
    CommandIssued,
    HubOpened,
    MoveRequested,
    PlanAdopted,
    StationBooted,
    StationConnected,
    StationDisconnected,
)
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.ids import StationId
from portwatt.simulator.demand import demand
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.virtual_hub import PLANNING_TAKES, TICK, ToStation, ToWorld, VirtualHub
from portwatt.simulator.world import Fact, Frame, SocketClosed, SocketOpened
from portwatt.state import HubState
from portwatt.wire.ocpp.versions import OcppVersion

POST = StationId("POST-OLD")
BOOT = '[2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]'


class Desk:
    """A hub and everything it recorded."""

    def __init__(self, scenario: Scenario) -> None:
        self.start = scenario.start
        self.events: list[AnyEvent] = []
        self.hub = VirtualHub(scenario.hub, load_schemas(), scenario.start, 7, self._keep)

    def _keep(self, events: Sequence[AnyEvent], after: HubState) -> None:
        self.events += events
        assert after.seq == len(self.events)

    def boot(self) -> list[ToStation | ToWorld]:
        self.hub.take_in(SocketOpened(POST, OcppVersion.V16), self.start)
        self.hub.take_in(Frame(POST, BOOT), self.start)
        return self.hub.take()

    def kinds(self) -> list[type]:
        return [type(e) for e in self.events]


@pytest.fixture
def desk(small: Scenario) -> Desk:
    return Desk(small)


def test_a_log_begins_with_the_opening(desk: Desk) -> None:
    assert desk.kinds() == [HubOpened]
    assert desk.hub.next_deadline() == desk.start + TICK


def test_a_boot_is_answered_before_anything_is_asked_of_the_station(desk: Desk) -> None:
    first, *others = desk.boot()
    assert {StationConnected, StationBooted} <= set(desk.kinds())
    assert isinstance(first, ToStation)
    assert first.text.startswith('[3,"b"')
    assert any(isinstance(o, ToStation) and '"SetChargingProfile"' in o.text for o in others)


def test_a_command_without_an_answer_times_out(desk: Desk) -> None:
    desk.boot()
    issued = {e.id for e in desk.events if isinstance(e, CommandIssued) and isinstance(e.command, SetChargingProfile)}
    while desk.hub.next_deadline() <= desk.start + timedelta(minutes=2):
        desk.hub.poll(desk.hub.next_deadline())
    answers = {e.id: e.outcome for e in desk.events if isinstance(e, CommandAnswered)}
    assert issued
    assert all(answers[i] in (Outcome.TIMED_OUT, Outcome.UNDELIVERABLE) for i in issued)


def test_a_station_that_is_gone_answers_nothing(desk: Desk) -> None:
    desk.boot()
    desk.hub.take_in(SocketClosed(POST, "lost"), desk.start)
    assert desk.kinds()[-1] is StationDisconnected
    desk.hub.take_in(Frame(POST, BOOT), desk.start)
    assert desk.hub.take() == []


def test_the_clock_ticks(desk: Desk) -> None:
    for n in range(1, 5):
        desk.hub.poll(desk.start + n * TICK)
    assert desk.kinds().count(ClockTicked) == 4


def test_a_plan_is_asked_for_and_comes_into_force_a_little_later(desk: Desk, small: Scenario) -> None:
    for move in demand(small, 7).moves:
        desk.hub.take_in(Fact(MoveRequested(at=desk.start, move=move)), desk.start)
    asked = desk.start + TICK
    desk.hub.poll(asked)
    assert PlanAdopted not in desk.kinds()
    assert desk.hub.next_deadline() == asked + PLANNING_TAKES
    desk.hub.poll(asked + PLANNING_TAKES)
    assert PlanAdopted in desk.kinds()
    assert desk.hub.state.plan is not None
    assert desk.hub.planning_seconds > 0
