"""Whole virtual days of a small hub: the frames, rules, planner and fold of the real thing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from portwatt.commands import DispatchTruck
from portwatt.errors import UsageError
from portwatt.events import AnyEvent, CommandIssued, TransactionEnded, TransactionStarted
from portwatt.model.truck import DailyShift
from portwatt.simulator.faults import Trouble, TroubleKind
from portwatt.simulator.result import HubResult, hub_result
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.virtual import VirtualDay, simulate, simulate_hub
from portwatt.state import HubState, codec, fold
from portwatt.store.jsonl import LogReader

HOURS = 3


@pytest.fixture(scope="module")
def quiet(small: Scenario) -> HubResult:
    return simulate_hub(small, HOURS, 7, undisturbed=True)


@pytest.fixture(scope="module")
def stormy(small: Scenario) -> HubResult:
    return simulate_hub(small, HOURS, 7)


def test_an_undisturbed_stretch_breaks_no_promise_and_every_container_makes_its_train(quiet: HubResult) -> None:
    assert quiet.violations.count == 0
    assert quiet.containers.missed == 0
    assert quiet.containers.on_booked_train >= 10
    assert quiet.moves.served >= 15
    assert quiet.transactions >= 1
    assert quiet.swaps >= 1
    assert quiet.replans >= 1
    assert quiet.energy_kwh > 0
    assert quiet.peak_kw <= quiet.grid_limit_kw


def test_disturbances_break_no_promise_of_safety(stormy: HubResult) -> None:
    assert stormy.troubles
    assert stormy.violations.count == 0
    assert stormy.moves.served + stormy.moves.fallback >= 10
    assert stormy.peak_kw <= stormy.grid_limit_kw


def test_the_same_seed_gives_the_same_day_and_another_seed_another(small: Scenario, stormy: HubResult) -> None:
    again = simulate_hub(small, HOURS, 7)
    other = simulate_hub(small, HOURS, 8)
    assert again.state_digest == stormy.state_digest
    assert _without_wall_time(again) == _without_wall_time(stormy)
    assert other.state_digest != stormy.state_digest


def _without_wall_time(result: HubResult) -> HubResult:
    planning = msgspec.structs.replace(result.planning, seconds=0.0)
    return msgspec.structs.replace(result, wall_seconds=0.0, planning=planning)


def test_every_count_adds_up(stormy: HubResult) -> None:
    moves, containers = stormy.moves, stormy.containers
    assert moves.total == moves.served + moves.fallback + moves.unserved == 23
    assert containers.total == (containers.on_booked_train + containers.rebooked + containers.missed + containers.open)
    assert len(stormy.unserved) == moves.unserved
    assert all(move.detail for move in stormy.unserved)
    assert stormy.handshakes.first_time <= stormy.handshakes.visits <= stormy.handshakes.attempts


def test_the_log_folds_to_the_state_the_day_ended_with(small: Scenario, stormy: HubResult, tmp_path: Path) -> None:
    log = tmp_path / "small.jsonl"
    result = simulate_hub(small, HOURS, 7, log=log)
    assert result.state_digest == stormy.state_digest
    reader = LogReader(log)
    state = fold(record.event for record in reader)
    assert reader.footer is not None
    assert codec.digest(state) == reader.footer.state == result.state_digest
    assert state.seq == result.events


def _day(small: Scenario) -> tuple[VirtualDay, list[AnyEvent]]:
    day = VirtualDay(small.undisturbed(), 7, timedelta(hours=HOURS))
    seen: list[AnyEvent] = []
    keep = day.hub.keep

    def noting(events: Sequence[AnyEvent], after: HubState) -> None:
        seen.extend(events)
        keep(events, after)

    day.hub.keep = noting
    return day, seen


def test_what_stations_queued_while_they_were_away_reaches_the_hub(small: Scenario) -> None:
    """A station that is away from the middle of a transaction until after its end accounts for every watt-hour."""
    quiet, seen = _day(small)
    before = quiet.run()
    start = next(e for e in seen if isinstance(e, TransactionStarted) and e.pack is None)
    away = Trouble(start.at + timedelta(minutes=5), TroubleKind.DROP_OFF, start.station, timedelta(minutes=90))
    day, heard = _day(small)
    day.world.agenda.at(away.at, lambda: day.world.strike(away))
    after = day.run()
    (end,) = (e for e in heard if isinstance(e, TransactionEnded) and e.transaction == start.transaction)
    assert end.at == away.at + away.lasts
    assert end.reported_at < end.at
    assert after.transactions[start.transaction].energy == before.transactions[start.transaction].energy
    for state, world in ((before, quiet.world), (after, day.world)):
        unreported = sum(t.running for t in state.transactions.values()) * 140_000 * 5 // 60  # slots report every 5 min
        assert 0 <= world.site.energy.wh - state.totals.energy.wh <= unreported + 100


def test_plans_that_take_long_fit_what_happened_meanwhile(small: Scenario) -> None:
    """As in a demo at full speed: trucks go on, give up and are disturbed while each plan is being computed."""

    def lived() -> tuple[VirtualDay, HubState]:
        day = VirtualDay(small, 7, timedelta(hours=HOURS))
        day.hub.planning_takes = timedelta(minutes=8)
        return day, day.run()

    day, state = lived()
    assert state.replanning.took == day.hub.planning_takes
    assert state.replanning.adopted >= 3
    assert day.notes.rejections == []
    result = hub_result(day.world, state, day.notes, (7, HOURS, False, 0.0))
    assert result.violations.count == 0
    assert result.moves.served + result.moves.fallback >= 10
    assert codec.digest(lived()[1]) == codec.digest(state)


def test_several_scenarios_are_added_up_and_kept_apart(small_file: Path, tmp_path: Path, quiet: HubResult) -> None:
    twin = tmp_path / "twin.toml"
    twin.write_text(small_file.read_text(encoding="utf-8").replace('id = "SMALL"', 'id = "TWIN"'), encoding="utf-8")
    result = simulate([small_file, twin], hours=HOURS, seed=7, undisturbed=True, log=tmp_path / "logs", workers=1)
    assert set(result.hubs) == {"SMALL", "TWIN"}
    assert result.hubs[quiet.hub].state_digest == quiet.state_digest
    assert result.moves.total == 46
    assert result.events == sum(h.events for h in result.hubs.values())
    assert sorted(p.name for p in (tmp_path / "logs").iterdir()) == ["SMALL.jsonl", "TWIN.jsonl"]


def test_processes_give_the_same_day(small_file: Path, tmp_path: Path, quiet: HubResult) -> None:
    twin = tmp_path / "twin.toml"
    twin.write_text(small_file.read_text(encoding="utf-8").replace('id = "SMALL"', 'id = "TWIN"'), encoding="utf-8")
    result = simulate([small_file, twin], hours=HOURS, seed=7, undisturbed=True, workers=2)
    assert result.hubs[quiet.hub].state_digest == quiet.state_digest


def test_the_same_day_comes_of_it_on_every_machine() -> None:
    """Hashes of strings differ from process to process, and with them the order of sets and of the state's maps."""
    port = Path(__file__).parents[2] / "scenarios" / "guangzhou.toml"
    program = (
        "import sys; from pathlib import Path; from portwatt.simulator.virtual import simulate;"
        "print([h.state_digest for h in simulate([Path(sys.argv[1])], hours=1.5, seed=7).hubs.values()])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program, str(port)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


def test_what_cannot_be_simulated_is_said(small_file: Path) -> None:
    with pytest.raises(UsageError, match="0 hours cannot be simulated"):
        simulate([small_file], hours=0)
    with pytest.raises(UsageError, match="SMALL is in two scenarios"):
        simulate([small_file, small_file], hours=1)


def test_trucks_work_in_their_shift_on_the_second_day_too(small: Scenario, tmp_path: Path) -> None:
    hour = DailyShift(60, 120, small.hub.timezone)
    trucks = tuple(msgspec.structs.replace(truck, shift=hour) for truck in small.hub.trucks)
    hub = msgspec.structs.replace(small.hub, trucks=trucks, fallbacks=())  # what trucks cannot do today has to wait
    scenario = msgspec.structs.replace(small.undisturbed(), hub=hub)
    log = tmp_path / "two-days.jsonl"
    result = simulate_hub(scenario, 48, 7, log=log)
    assert result.violations.count == 0
    ordered = (r.event for r in LogReader(log) if isinstance(r.event, CommandIssued))
    hours = {(e.at - scenario.start) // timedelta(hours=1) for e in ordered if isinstance(e.command, DispatchTruck)}
    assert hours >= {1, 25}
    assert hours <= {1, 2, 25, 26}, "what is on a truck is still delivered"


@pytest.mark.slow
def test_ten_days_in_a_row_go_like_one_and_the_hub_remembers_a_week(small: Scenario) -> None:
    day = VirtualDay(small, 7, timedelta(days=10))
    state = day.run()
    boxes = day.world.freight.boxes
    assert day.world.audit.count == 0
    assert len(boxes) == 10 * 23
    for n in range(10):
        today = [b for m, b in boxes.items() if m in {move.id for move in day.world.days[n].moves}]
        assert sum(b.delivered_at is not None for b in today) >= 20
    assert len(state.moves) <= 8 * 23
    assert len(state.trains) <= 8 * 4
    assert len(state.commands) <= 2
