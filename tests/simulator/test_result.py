from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from portwatt.ids import HubId
from portwatt.simulator.audit import Wrong, WrongKind
from portwatt.simulator.result import HubResult, Moves, Result, Violations, merged
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.virtual import simulate_hub


@pytest.fixture(scope="module")
def day(small: Scenario) -> HubResult:
    return simulate_hub(small, 6, 7)


def test_trains_account_for_their_containers(day: HubResult) -> None:
    outbound = [t for t in day.trains if t.direction == "outbound"]
    assert sum(t.containers for t in outbound) == day.containers.total
    assert sum(t.in_time for t in outbound) == day.containers.on_booked_train + day.containers.rebooked
    assert all(0 <= t.in_time <= 40 for t in day.trains)


def test_the_file_has_what_is_promised(day: HubResult) -> None:
    told = msgspec.json.decode(msgspec.json.encode(merged([day], 1.5)))
    promised = {"violations", "moves", "containers", "trucks", "transactions", "swaps", "energy_kwh", "peak_kw"}
    promised |= {"cost_cny", "replans", "events", "wall_seconds"}
    assert promised <= set(told)
    assert set(told["violations"]) == {"count", "list"}
    assert {"total", "served", "fallback", "unserved"} <= set(told["moves"])
    assert {"on_booked_train", "rebooked", "missed"} <= set(told["containers"])
    assert promised <= set(told["hubs"]["SMALL"])
    assert msgspec.json.decode(msgspec.json.encode(merged([day], 1.5)), type=Result) == merged([day], 1.5)


def test_hubs_are_added_up_but_their_peaks_are_not(day: HubResult) -> None:
    wrong = Wrong(datetime(2026, 11, 24, tzinfo=UTC), WrongKind.GRID, "too much")
    moves = Moves(total=5, served=3, fallback=1, unserved=1, late=2)
    other = replace(day, hub=HubId("OTHER"), peak_kw=1.0, moves=moves, violations=Violations(3, (wrong,)))
    both = merged([day, other], 2.0)
    mine = day.moves
    assert both.moves == Moves(mine.total + 5, mine.served + 3, mine.fallback + 1, mine.unserved + 1, mine.late + 2)
    assert both.containers.on_booked_train == 2 * day.containers.on_booked_train
    assert both.energy_kwh == pytest.approx(2 * day.energy_kwh)
    assert both.peak_kw == day.peak_kw
    assert both.violations == Violations(day.violations.count + 3, (*day.violations.list, wrong))
    assert both.wall_seconds == 2.0


def test_nothing_simulated_is_nothing() -> None:
    with pytest.raises(ValueError, match="no hub"):
        merged([], 0.0)
