"""Run benchmarks in turn and print their figures: `python -m benchmarks [NAME ...] [--json FILE]`."""

import argparse
import importlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, machine

NAMES = (
    "fold",
    "transaction_events",
    "ocpp_wire",
    "sockets",
    "store",
    "virtual_day",
    "planner",
    "startup",
    "stream",
    "exi",
    "gbt",
    "captures",
)


class Run(msgspec.Struct):
    """What `--json` writes."""

    at: datetime
    machine: str
    figures: list[Figure]


def main() -> int:
    """Run what was named, or all; 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Figures for RESULTS.md.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}; none: all")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
    console = Console()
    run = Run(datetime.now(UTC), machine(), [])
    for name in asked.names or NAMES:
        for figure in timed(name, console):
            run.figures.append(figure)
    show(run, console)
    if asked.json is not None:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(run)))
    return int(any(figure.passed is False for figure in run.figures))


def timed(name: str, console: Console) -> Iterator[Figure]:
    """The figures of one benchmark, and a word on how long it took."""
    began = time.perf_counter()
    yield from importlib.import_module(f"benchmarks.bench_{name}").measure()
    console.print(f"[dim]{name}: {time.perf_counter() - began:.0f} s")


def show(run: Run, console: Console) -> None:
    """The figures for people: what, how much, and beneath it what it was held against."""
    shown = Table("what", "figure", "target", "", title=f"{run.at:%Y-%m-%d %H:%M} UTC, {run.machine}", box=box.SIMPLE)
    for f in run.figures:
        target = "" if f.target is None else f"{'≤' if f.at_most else '≥'} {number(f.target)}"
        verdict = {None: "", True: "[green]met", False: "[red]MISSED"}[f.passed]
        beside = "" if not f.against else f.against if f.ratio is None else f"{number(f.ratio)} × {f.against}"
        notes = "".join(f"\n  [dim]{words}" for words in (beside, f.note) if words)
        shown.add_row(f.name + notes, f"{number(f.value)} {f.unit}", target, verdict)
    console.print(shown)


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


if __name__ == "__main__":
    raise SystemExit(main())
