from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portwatt.ids import PlaceId
from portwatt.model.container import parse_container_id
from portwatt.model.hub import Hub
from portwatt.model.move import Move
from portwatt.model.train import Direction
from portwatt.simulator.demand import Demand, demand
from portwatt.simulator.scenario import Scenario, load_scenario

SCENARIOS = {p.stem: load_scenario(p) for p in sorted((Path(__file__).parents[2] / "scenarios").glob("*.toml"))}
SEEDS = st.tuples(st.sampled_from(sorted(SCENARIOS)), st.integers(0, 2**31))


def day(name: str, seed: int) -> tuple[Scenario, Demand]:
    return SCENARIOS[name], demand(SCENARIOS[name], seed)


def test_the_same_seed_is_the_same_day_and_another_is_another():
    scenario, first = day("ningbo", 7)
    assert demand(scenario, 7) == first
    assert demand(scenario, 8).moves != first.moves


def test_disturbance_changes_what_happens_not_what_is_planned():
    scenario, disturbed = day("qingdao", 7)
    calm = demand(scenario.undisturbed(), 7)
    assert (calm.trains, calm.moves, calm.consignments) == (disturbed.trains, disturbed.moves, disturbed.consignments)
    assert calm.truths != disturbed.truths
    assert calm.releases != disturbed.releases


def test_an_undisturbed_day_goes_by_the_timetable():
    scenario, _ = day("guangzhou", 7)
    calm = demand(scenario.undisturbed(), 7)
    for run, truth in zip(calm.trains, calm.truths, strict=True):
        assert (truth.arrival, truth.departure) == (run.call.arrival.planned, run.call.departure.planned)
        assert (truth.cut_off, truth.available) == (run.call.cut_off, run.call.available)
        assert truth.forecasts == ()
    release = {move.id: move.release for move in calm.moves}
    assert all(held.at == release[held.move] for held in calm.releases)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_moves_are_of_the_hub_and_can_be_done(case):
    scenario, found = day(*case)
    hub, trains = scenario.hub, {run.id: run for run in found.trains}
    assert [m.release for m in found.moves] == sorted(m.release for m in found.moves)
    for move in found.moves:
        assert parse_container_id(move.container.id) == move.container.id
        leg = hub.leg_by_ends[move.origin, move.destination]
        assert scenario.start <= move.release
        assert move.release + leg.duration + timedelta(hours=1) <= move.due <= scenario.at("24:00")
        if move.trains:
            runs = [trains[choice.train] for choice in move.trains]
            assert move.due == move.trains[0].due
            assert [c.due for c in move.trains] == [run.call.cut_off for run in runs]
            assert {run.direction for run in runs} == {Direction.OUTBOUND}
            assert {run.call.yard for run in runs} == {move.destination}
            assert len({run.corridor for run in runs}) == 1
            assert list(move.trains) == sorted(move.trains, key=lambda c: c.due)
            assert len(move.trains) >= 2, "there is always a later train"
        if move.from_train:
            assert trains[move.from_train].call.yard == move.origin
            assert trains[move.from_train].call.available == move.release


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_names_are_unique_and_everything_hangs_together(case):
    scenario, found = day(*case)
    for names in ([m.id for m in found.moves], [m.container.id for m in found.moves], [t.id for t in found.trains]):
        assert len(set(names)) == len(names)
    boxes = [box for c in found.consignments for box in c.containers]
    assert sorted(boxes) == sorted(m.container.id for m in found.moves)
    home = {box: c.id for c in found.consignments for box in c.containers}
    assert all(home[m.container.id] == m.container.consignment for m in found.moves)
    assert {(r.move, r.container) for r in found.releases} == {
        (m.id, m.container.id) for m in found.moves if m.customs_hold
    }
    assert [t.train for t in found.truths] == [t.id for t in found.trains]
    teu = Counter[str]()
    for move in found.moves:
        teu[move.trains[0].train if move.trains else move.from_train or ""] += move.container.teu
    assert all(teu[run.id] <= run.capacity_teu for run in found.trains)
    assert all(1 <= len(run.number) <= 8 for run in found.trains)
    assert len(found.moves) >= 500
    assert scenario.hub.id in found.moves[0].id


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_what_is_said_of_a_train_is_said_before_and_within_the_day(case):
    scenario, found = day(*case)
    for run, truth in zip(found.trains, found.truths, strict=True):
        assert truth.arrival >= run.call.arrival.planned - timedelta(minutes=30)
        assert truth.departure >= run.call.departure.planned
        assert (truth.cut_off is None) == (run.direction is Direction.INBOUND)
        times = [forecast.at for forecast in truth.forecasts]
        assert times == sorted(times)
        assert all(scenario.start <= at < truth.arrival for at in times)
    assert all(held.at >= next(m.release for m in found.moves if m.id == held.move) for held in found.releases)


def test_estimates_get_better_as_a_train_comes_nearer():
    scenario = SCENARIOS["ningbo"]
    errors: dict[int, list[float]] = {6: [], 2: []}
    late: list[float] = []
    for seed in range(60):
        found = demand(scenario, seed)
        for run, truth in zip(found.trains, found.truths, strict=True):
            late.append(abs((truth.arrival - run.call.arrival.planned) / timedelta(minutes=1)))
            for forecast in truth.forecasts:
                hours = round((truth.arrival - forecast.at) / timedelta(hours=1))
                errors[hours].append(abs((forecast.arrival - truth.arrival) / timedelta(minutes=1)))
    means = [sum(values) / len(values) for values in (late, errors[6], errors[2])]
    assert means[0] > 2 * means[1] > 2 * means[2] > 10


# ── the fleet is large enough ───────────────────────────────────────────────────────────────────────────────────────


def _on_time(hub: Hub, moves: tuple[Move, ...]) -> float:
    """Share of train moves a plain dispatcher delivers in time: most urgent first, the truck that is there first.

    It knows time, shifts and empty runs. Each kilometre costs time for energy as well: the slowest charger of the hub
    and half an hour of queue and detour for every 100 kWh.
    """
    free = {truck.id: (truck.shift_start, truck.place) for truck in hub.trucks}
    served = 0
    wanted = [m for m in moves if m.trains or m.from_train]
    for move in sorted(moves, key=lambda m: (m.due - hub.leg_by_ends[m.origin, m.destination].duration, m.id)):
        options = []
        for name, (at, place) in free.items():
            loading = max(at + _drive(hub, place, move.origin), move.release)
            there = loading + hub.place_by_id[move.origin].handling + _drive(hub, move.origin, move.destination)
            done = there + hub.place_by_id[move.destination].handling
            if done <= min(move.due, hub.truck_by_id[name].shift_end):
                options.append((done, at - loading, name))
        if options:
            done, _, name = min(options)  # of trucks as early the one that waits least
            truck = hub.truck_by_id[name]
            km = _km(hub, free[name][1], move.origin) + _km(hub, move.origin, move.destination)
            kwh = km * hub.model_by_id[truck.model].consumption_loaded.wh_per_km / 1000
            free[name] = (done + timedelta(hours=kwh / 125 + kwh / 100 * 0.5), move.destination)
            served += bool(move.trains or move.from_train)
    return served / len(wanted)


def _drive(hub: Hub, origin: PlaceId, destination: PlaceId) -> timedelta:
    return timedelta(0) if origin == destination else hub.leg_by_ends[origin, destination].duration


def _km(hub: Hub, origin: PlaceId, destination: PlaceId) -> float:
    return 0.0 if origin == destination else hub.leg_by_ends[origin, destination].distance.as_km


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_undisturbed_day_can_be_served(name):
    scenario, found = day(name, 7)
    assert _on_time(scenario.hub, found.moves) >= 0.97


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_grid_can_feed_the_day(name):
    """All loaded kilometres and as many empty ones, by the thirstiest truck, need under half of what the grid gives."""
    scenario, found = day(name, 7)
    hub = scenario.hub
    wh_per_km = max(m.consumption_loaded.wh_per_km + m.consumption_empty.wh_per_km for m in hub.models)
    needed = sum(_km(hub, m.origin, m.destination) * wh_per_km for m in found.moves)
    assert needed < hub.grid.for_charging.over(timedelta(days=1)).wh / 2


def test_a_day_starts_and_ends_where_the_scenario_says():
    scenario, found = day("ningbo", 7)
    today = [run for run in found.trains if run.id.endswith("20261124")]
    assert len(today) == sum(c.trains for c in scenario.demand.corridors)
    tomorrow = [run for run in found.trains if run not in today]
    assert {run.direction for run in tomorrow} == {Direction.OUTBOUND}
    booked = {m.trains[0].train for m in found.moves if m.trains}
    assert not booked & {run.id for run in tomorrow}
    assert isinstance(found.moves[0].release, datetime)
