from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from portwatt.events import TrainCancelled, TrainDeparted
from portwatt.kpi.hub import figures
from portwatt.model.train import Direction
from portwatt.planning.day import PlannedDay
from portwatt.state import HubState, apply
from portwatt.state.trucks import TruckState
from portwatt.terminal.freight import AHEAD, freight_line, next_trains, train_lines, truck_line
from portwatt.terminal.glyphs import ASCII, UNICODE


def test_the_trains_to_come_are_first_and_in_order(morning: HubState) -> None:
    found = next_trains(morning, morning.at)
    assert found
    coming = [t.moment for t in found if t.moment >= morning.at]
    assert coming == sorted(coming)
    assert all(t.moment - morning.at <= AHEAD for t in found)
    assert [t.moment < morning.at for t in found] == sorted(t.moment < morning.at for t in found)


def test_a_train_that_left_or_was_cancelled_is_not_shown(morning: HubState) -> None:
    first, second = (t.train.run.id for t in next_trains(morning, morning.at)[:2])
    state = apply(morning, TrainDeparted(at=morning.at, train=first, departed_at=morning.at))
    state = apply(state, TrainCancelled(at=morning.at, train=second))
    assert not {first, second} & {t.train.run.id for t in next_trains(state, morning.at)}


def test_a_train_says_its_cut_off_on_the_hubs_clock(morning: HubState, planned: PlannedDay) -> None:
    found = [t for t in next_trains(morning, morning.at) if t.train.run.direction is Direction.OUTBOUND]
    (line,) = train_lines(morning, found[:1], morning.at, ASCII, 56)
    assert found[0].train.run.number in line.plain
    assert f"{found[0].moment + timedelta(hours=8):%H:%M}" in line.plain
    assert f"/{found[0].standing.containers}" in line.plain


def test_containers_in_danger_are_said(morning: HubState) -> None:
    found = next_trains(morning, morning.at)
    worried = [replace(found[0], standing=replace(found[0].standing, at_risk=3, late=2))]
    (line,) = train_lines(morning, worried, morning.at, UNICODE, 80)
    assert "▲2 late" in line.plain
    assert "▲3 risk" in line.plain
    assert "3 at risk" in freight_line(figures(morning), worried, UNICODE, 120).plain


def test_trains_stand_side_by_side_where_there_is_room(morning: HubState) -> None:
    found = next_trains(morning, morning.at)
    assert len(list(train_lines(morning, found, morning.at, ASCII, 56))) == len(found)
    assert len(list(train_lines(morning, found, morning.at, ASCII, 120))) == -(-len(found) // 2)


def test_every_truck_is_counted(morning: HubState) -> None:
    name = next(iter(morning.trucks))
    known: TruckState = morning.trucks[name]
    state = morning.having(trucks=morning.trucks.set(name, replace(known, unavailable="breakdown")))
    for width in (80, 120):
        line = truck_line(figures(state), ASCII, width).plain
        head, _, rest = line.partition("  ")
        assert head == f"trucks {len(state.trucks)}"
        assert sum(int(part.split()[0]) for part in rest.split(" | ")) == len(state.trucks)
        assert ("1 out" if width == 80 else "1 unavailable") in rest
