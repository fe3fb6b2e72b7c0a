"""Trucks and gates: facts, repetitions, and mistakes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import small_hub as small

from portwatt.commands import DispatchTruck
from portwatt.errors import NotFoundError, UsageError
from portwatt.events import CommandIssued, GateDirection
from portwatt.ids import ActivityId, CommandId, ContainerId, PlaceId, TruckId
from portwatt.model.plan import Activity, ActivityKind
from portwatt.state import HubState, fold
from portwatt.translate import dispatch
from portwatt.translate.dispatch import ActivityReport, GateReport, TruckReport
from portwatt.units import SoC, Window

AT = small.minutes(30)
HALF = SoC.percent(50)
GHOST, NOWHERE = TruckId("ghost"), PlaceId("nowhere")
FIRST = ActivityId("t1/1")


@pytest.fixture
def state() -> HubState:
    """t1 was ordered to wait at the quay."""
    wait = Activity(FIRST, ActivityKind.WAIT, Window(small.START, AT), small.QUAY, HALF, HALF)
    ordered = CommandIssued(
        at=small.START, id=CommandId("x"), command=DispatchTruck(truck=small.T1, activities=(wait,))
    )
    return fold([*small.morning(), ordered])


def test_a_report_moves_the_truck(state: HubState) -> None:
    told = TruckReport(
        truck=small.T1, reported_at=AT - timedelta(minutes=1), soc=HALF, place=small.YARD, lat=30, lon=121
    )
    after = fold(dispatch.truck_reported(state, told, AT), state)
    assert (after.trucks[small.T1].place, after.trucks[small.T1].lat) == (small.YARD, 30)


def test_an_activity_begins_and_ends_once(state: HubState) -> None:
    begun = fold(dispatch.activity_started(state, small.T1, FIRST, AT, AT), state)
    assert begun.trucks[small.T1].current is not None
    assert dispatch.activity_started(begun, small.T1, FIRST, AT, AT) == ()
    told = ActivityReport(truck=small.T1, activity=FIRST, ended_at=AT, soc=HALF)
    over = fold(dispatch.activity_ended(begun, told, AT), begun)
    assert over.trucks[small.T1].queue == ()
    assert dispatch.activity_ended(over, told, AT) == ()
    assert dispatch.activity_started(over, small.T1, FIRST, AT, AT) == ()


def test_a_truck_drops_out_and_comes_back(state: HubState) -> None:
    out = fold(dispatch.truck_out(state, small.T1, "tyre", AT, AT), state)
    assert out.trucks[small.T1].unavailable == "tyre"
    back = fold(dispatch.truck_back(out, small.T1, small.YARD, HALF, AT), out)
    assert back.trucks[small.T1].unavailable == ""


def test_a_container_passes_a_gate_and_is_released(state: HubState) -> None:
    told = GateReport(place=small.QUAY, direction=GateDirection.OUT, passed_at=AT, container=ContainerId("any"))
    assert len(dispatch.gate_passed(state, told, AT)) == 1
    assert len(dispatch.released(state, ContainerId("C-m1"), AT, AT)) == 1


@pytest.mark.parametrize(
    ("kind", "say"),
    [
        (NotFoundError, lambda s: dispatch.truck_reported(s, TruckReport(truck=GHOST, reported_at=AT), AT)),
        (
            NotFoundError,
            lambda s: dispatch.truck_reported(s, TruckReport(truck=small.T1, reported_at=AT, place=NOWHERE), AT),
        ),
        (UsageError, lambda s: dispatch.truck_reported(s, TruckReport(truck=small.T1, reported_at=AT, lat=1.0), AT)),
        (
            UsageError,
            lambda s: dispatch.truck_reported(s, TruckReport(truck=small.T1, reported_at=AT, lat=91.0, lon=0.0), AT),
        ),
        (
            UsageError,
            lambda s: dispatch.truck_reported(s, TruckReport(truck=small.T1, reported_at=AT.replace(tzinfo=None)), AT),
        ),
        (
            UsageError,
            lambda s: dispatch.gate_passed(
                s, GateReport(place=small.QUAY, direction=GateDirection.IN, passed_at=AT), AT
            ),
        ),
        (NotFoundError, lambda s: dispatch.activity_started(s, small.T1, ActivityId("t1/9"), AT, AT)),
        (NotFoundError, lambda s: dispatch.activity_started(s, small.T2, FIRST, AT, AT)),
        (NotFoundError, lambda s: dispatch.truck_out(s, GHOST, "", None, AT)),
        (NotFoundError, lambda s: dispatch.released(s, ContainerId("none"), AT, AT)),
    ],
)
def test_mistakes_are_named(state: HubState, kind: type[Exception], say: Callable[[HubState], object]) -> None:
    with pytest.raises(kind):
        say(state)
