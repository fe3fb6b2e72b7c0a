"""How long a plan takes and how good it is: generated days of 100, 500 and 1 500 moves, and a replan an hour into each.

python -m benchmarks planner
python -m benchmarks.bench_planner [--budget SECONDS] [--seeds N]      # every size, what the plans are like
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import timedelta

from benchmarks.figures import Figure
from portwatt.model.plan import Plan
from portwatt.planning.cases import START, Size, day, later
from portwatt.planning.checker import check
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PlanningProblem
from portwatt.planning.score import score

SIZES = (
    Size(moves=100, trucks=30, evses=8, swap_stations=1, trains=8, grid_kw=3_000),
    Size(moves=500, trucks=130, evses=20, swap_stations=3, trains=14, grid_kw=8_000),
    Size(moves=1_500, trucks=300, evses=60, swap_stations=6, trains=40, grid_kw=24_000),
)
HEADER = (
    f"{'case':>14} {'seed':>4} {'plan s':>7} {'check s':>7} {'score s':>7} {'faults':>6} {'missed':>6} {'late h':>6}"
)
HEADER += f" {'rebkd':>5} {'diesel km':>9} {'3rd':>3} {'trucks':>6} {'cost':>9}"


def measure_one(size: Size, seed: int = 1) -> tuple[float, float]:
    """Seconds of CPU for a day's plan of one construction, and for the replan an hour into it."""
    problem = day(size, seed)
    began = time.process_time()
    made = plan(problem, timedelta(0), seed)
    planned = time.process_time() - began
    replan = later(problem, made, START + timedelta(hours=1))
    began = time.process_time()
    again = plan(replan, timedelta(0), seed)
    replanned = time.process_time() - began
    assert not check(problem, made)
    assert not check(replan, again)
    return planned, replanned


def measure() -> Iterator[Figure]:
    for size in SIZES[1:]:
        planned, replanned = measure_one(size)
        yield Figure(
            name=f"plan of {size.moves:,} moves",
            value=planned,
            unit="s CPU",
            against="replanning it an hour later",
            ratio=planned / replanned,
            note="one construction, no budget; the check finds nothing",
        )


def main() -> None:
    """Print one line per case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--budget", type=float, default=0.0, help="seconds; 0 means one construction")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    budget = timedelta(seconds=given.budget)
    print(HEADER)
    for size in SIZES:
        for seed in range(1, given.seeds + 1):
            problem = day(size, seed)
            made = shown(f"{size.moves}", seed, problem, budget)
            replan = later(problem, made, START + timedelta(hours=1))
            shown(f"{size.moves} replan", seed, replan, budget)


def shown(name: str, seed: int, problem: PlanningProblem, budget: timedelta) -> Plan:
    """Plan, check and score one problem, and print what came of it."""
    begin = time.perf_counter()
    made = plan(problem, budget, seed)
    planned = time.perf_counter()
    faults = check(problem, made)
    checked = time.perf_counter()
    s = score(problem, made)
    scored = time.perf_counter()
    print(
        f"{name:>14} {seed:>4} {planned - begin:>7.3f} {checked - planned:>7.3f} {scored - checked:>7.3f}"
        f" {len(faults):>6} {s.missed:>6} {s.late_s / 3_600:>6.1f} {s.rebooked:>5} {s.diesel.as_km:>9.0f}"
        f" {s.third_party_swaps:>3} {s.trucks_used:>6} {s.cost.amount:>9}"
    )
    return made


if __name__ == "__main__":
    main()
