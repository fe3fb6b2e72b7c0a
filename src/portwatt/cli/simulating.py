"""`portwatt simulate`: hub-days in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from portwatt.simulator.report import report
from portwatt.simulator.result import Result
from portwatt.simulator.virtual import simulate


def simulate_days(
    files: Sequence[Path], *, hours: float, seed: int, undisturbed: bool, json_file: Path | None, log: Path | None
) -> bool:
    """Simulate, report, keep the result; return whether nothing broke a rule."""
    result = simulate(files, hours=hours, seed=seed, undisturbed=undisturbed, log=log)
    Console().print(report(result))
    write_result(result, json_file)
    return result.violations.count == 0


def write_result(result: Result, file: Path | None) -> None:
    """The result as JSON that people can read too."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(result)))
