from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.model.container import parse_container_id
from portwatt.model.train import Direction
from portwatt.planning.day import DayRequest, plan_day
from portwatt.simulator.demand import Demand, days, demand, whole
from portwatt.simulator.scenario import Scenario, load_scenario

SCENARIOS = {p.stem: load_scenario(p) for p in sorted((Path(__file__).parents[2] / "scenarios").glob("*.toml"))}
SEEDS = st.tuples(st.sampled_from(sorted(SCENARIOS)), st.integers(0, 2**31))


def day(name: str, seed: int) -> tuple[Scenario, Demand]:
    return SCENARIOS[name], demand(SCENARIOS[name], seed)


def test_the_same_seed_is_the_same_day_and_another_is_another():
    scenario, first = day("ningbo", 7)
    assert demand(scenario, 7) == first
    assert demand(scenario, 8).moves != first.moves


def test_every_day_has_its_own_freight_and_the_first_is_the_same_however_many_follow():
    scenario, first = day("ningbo", 7)
    found = days(scenario, 7, 4)
    assert found[0] == first
    assert [d.moves[0].release >= scenario.start + n * timedelta(days=1) for n, d in enumerate(found)] == [True] * 4
    assert (
        len({tuple(m.release - scenario.start - n * timedelta(days=1) for m in d.moves) for n, d in enumerate(found)})
        == 4
    )
    together = whole(found)
    for names in (
        [move.id for move in together.moves],
        [move.container.id for move in together.moves],
        [consignment.id for consignment in together.consignments],
        [train.id for train in together.trains],
        [truth.train for truth in together.truths],
    ):
        assert len(set(names)) == len(names)
    assert len(together.moves) == sum(len(d.moves) for d in found)


def test_the_run_of_tomorrow_is_tomorrows_own():
    scenario, _ = day("ningbo", 7)
    today, tomorrow = days(scenario, 7, 2)
    both = {train.id: train for train in today.trains} | {train.id: train for train in tomorrow.trains}
    assert all(both[train.id] == train for train in today.trains)
    assert len(both) < len(today.trains) + len(tomorrow.trains)
    really = {truth.train: truth.departure for truth in tomorrow.truths}
    assert all(really.get(truth.train, truth.departure) == truth.departure for truth in today.truths)


def test_disturbance_changes_what_happens_not_what_is_planned():
    scenario, disturbed = day("qingdao", 7)
    calm = demand(scenario.undisturbed(), 7)
    assert (calm.trains, calm.moves, calm.consignments) == (disturbed.trains, disturbed.moves, disturbed.consignments)
    assert calm.truths != disturbed.truths
    assert calm.releases != disturbed.releases


def test_a_late_train_takes_containers_for_as_much_longer():
    _, found = day("qingdao", 7)
    plans = {run.id: run.call for run in found.trains}
    late = [t for t in found.truths if t.cut_off is not None and t.departure > plans[t.train].departure.planned]
    assert late
    for truth in late:
        call = plans[truth.train]
        assert call.cut_off is not None
        assert truth.cut_off - call.cut_off == truth.departure - call.departure.planned


def test_a_container_may_take_as_many_later_trains_as_the_scenario_says():
    scenario, found = day("qingdao", 7)
    assert max(len(move.trains) for move in found.moves) == 1 + scenario.demand.alternatives


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


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_planner_serves_the_undisturbed_day(name):
    scenario = SCENARIOS[name].undisturbed()
    found = demand(scenario, 7)
    released = tuple(replace(move, customs_hold=False) for move in found.moves)
    made = plan_day(DayRequest(scenario.hub, found.trains, released), scenario.start, timedelta(seconds=2), 7)
    assert not made.violations
    with_train = [move.id for move in found.moves if move.trains or move.from_train]
    lost = {move.move for move in made.plan.unserved} & set(with_train)
    assert len(lost) <= 0.05 * len(with_train)
    assert not made.plan.fallbacks, "the hub's own trucks are enough"


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_grid_can_feed_the_day(name):
    """All loaded kilometres and as many empty ones, by the thirstiest truck, need under half of what the grid gives."""
    scenario, found = day(name, 7)
    hub = scenario.hub
    wh_per_km = max(m.consumption_loaded.wh_per_km + m.consumption_empty.wh_per_km for m in hub.models)
    needed = sum(hub.leg_by_ends[m.origin, m.destination].distance.as_km * wh_per_km for m in found.moves)
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
