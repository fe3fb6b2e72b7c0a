"""Trains are given out in order of delivery, and names are kept where nothing changed."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from portwatt.ids import TrainId
from portwatt.planning.cases import START, Size, day
from portwatt.planning.drawing import rebookings
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PlanningProblem, TrainOption, TrainRoom
from portwatt.planning.tables import Tables

HOUR = 3_600
EARLY, NEXT, LAST = (TrainOption(TrainId(n), START + timedelta(hours=h)) for n, h in (("E", 1), ("N", 5), ("L", 9)))


def with_trains(*room: TrainRoom) -> PlanningProblem:
    problem = day(Size(moves=3, trucks=1), 1)
    box = replace(problem.moves[0].container, teu=2)
    moves = tuple(replace(m, container=box, trains=(EARLY, NEXT, LAST)) for m in problem.moves)
    return replace(problem, moves=moves, train_room=room)


def trains(problem: PlanningProblem, *delivered: float) -> list[tuple[str, str | None]]:
    times = {m.id: int(hours * HOUR) for m, hours in zip(problem.moves, delivered, strict=False)}
    return [(r.move, r.to_train) for r in rebookings(Tables(problem), times)]


def test_in_time_is_no_rebooking() -> None:
    assert trains(with_trains(), 0.9, 1.0) == []


def test_the_next_train_that_is_reached_is_taken() -> None:
    assert trains(with_trains(), 2, 6) == [("M0000", "N"), ("M0001", "L")]


def test_after_the_last_train_there_is_none() -> None:
    assert trains(with_trains(), 10) == [("M0000", None)]


def test_the_first_delivered_gets_the_last_place() -> None:
    assert trains(with_trains(TrainRoom(NEXT.train, 2)), 3, 2) == [("M0001", "N"), ("M0000", "L")]


def test_a_full_train_is_named_in_the_reason() -> None:
    problem = with_trains(TrainRoom(NEXT.train, 0), TrainRoom(LAST.train, 0))
    (only,) = rebookings(Tables(problem), {problem.moves[0].id: 2 * HOUR})
    assert only.to_train is None
    assert "60 min after the cut-off of E" in only.reason
    assert "N is full" in only.reason


def test_an_unchanged_replan_keeps_every_name() -> None:
    problem = day(Size(moves=20, trucks=6), 4)
    made = plan(problem, timedelta(0), 1)
    again = plan(replace(problem, in_force=made), timedelta(0), 1)
    before = {a.id: (a.kind, a.place, a.move) for r in made.routes for a in r.activities}
    after = {a.id: (a.kind, a.place, a.move) for r in again.routes for a in r.activities}
    kept = [name for name, what in after.items() if before.get(name) == what]
    assert len(kept) >= 0.9 * len(after)
