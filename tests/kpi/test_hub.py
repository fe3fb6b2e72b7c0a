"""The hub's figures: every move and container counted once, each where it belongs."""

from __future__ import annotations

from small_hub import IN1, OUT1, SHUTTLE, START, T1, in_the_morning, minutes, move

from portwatt.commands import OrderFallback
from portwatt.events import (
    CommandIssued,
    FallbackEnded,
    MoveRequested,
    MoveWithdrawn,
    TrainDeparted,
    TruckUnavailable,
)
from portwatt.ids import CommandId, MoveId
from portwatt.kpi.hub import container_figures, figures, move_figures
from portwatt.state import HubState, fold
from portwatt.state import moves as moved
from portwatt.units import Window


def delivered(state: HubState, name: str, at: float) -> HubState:
    """A truck carried a move and put it down so many minutes after the start."""
    state = moved.loaded(state, MoveId(name), T1, minutes(at - 10))
    return moved.delivered(state, MoveId(name), minutes(at))


def test_a_morning_has_everything_open() -> None:
    found = figures(in_the_morning())
    assert (found.moves.total, found.moves.unserved) == (3, 3)
    assert (found.containers.total, found.containers.open) == (2, 2)
    assert found.trucks_by_activity == {"idle": 4}
    assert found.evses_by_status == {"Available": 4}
    assert found.first_time_success is None


def test_containers_are_on_their_booked_train_or_a_later_one_or_missed() -> None:
    state = fold([MoveRequested(at=START, move=move("m4", ((OUT1, 240),)))], in_the_morning())
    state = delivered(delivered(state, "m1", 200), "m2", 300)
    state = fold([TrainDeparted(at=minutes(300), train=OUT1, departed_at=minutes(300))], state)
    found = container_figures(state)
    assert (found.on_booked_train, found.rebooked, found.missed, found.open) == (1, 1, 1, 0)


def test_a_container_delivered_too_late_is_open_until_its_train_has_left() -> None:
    state = delivered(in_the_morning(), "m1", 250)
    assert container_figures(state).open == 2


def test_what_a_shuttle_brings_is_told_apart() -> None:
    order = OrderFallback(fallback=SHUTTLE, move=MoveId("m1"), window=Window(START, minutes(60)))
    state = fold([CommandIssued(at=START, id=CommandId("x"), command=order)], in_the_morning())
    assert move_figures(state).under_way == 1
    ended = FallbackEnded(at=minutes(50), fallback=SHUTTLE, move=MoveId("m1"), ended_at=minutes(50))
    found = figures(fold([ended], state))
    assert (found.moves.served, found.moves.fallback) == (0, 1)
    assert found.fallback_share == 1.0


def test_what_is_withdrawn_is_not_counted() -> None:
    state = fold([MoveWithdrawn(at=START, move=MoveId("m1"))], in_the_morning())
    assert move_figures(state).total == 2
    assert container_figures(state).total == 1


def test_a_truck_out_is_unavailable() -> None:
    state = fold([TruckUnavailable(at=START, truck=T1, reason="flat tyre")], in_the_morning())
    assert figures(state).trucks_by_activity == {"idle": 3, "unavailable": 1}


def test_containers_a_train_brought_are_not_counted_with_those_it_takes() -> None:
    assert in_the_morning().moves[MoveId("m3")].move.from_train == IN1
    assert container_figures(in_the_morning()).total == 2
