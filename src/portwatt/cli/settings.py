"""From options to the settings object; where the scenarios that come with it lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from portwatt.config.settings import Config, default_data_dir
from portwatt.errors import UsageError


def data_directory(given: Path | None) -> Path:
    """The directory given, or the user's own."""
    return given if given is not None else default_data_dir(os.environ, Path.home())


def settings(data_dir: Path | None, **options: Any) -> Config:
    """The validated settings. Raises UsageError that names every wrong option."""
    try:
        return Config(data_dir=data_directory(data_dir), **options)
    except ValidationError as error:
        faults = [f"--{'-'.join(str(p) for p in e['loc']).replace('_', '-')}: {e['msg']}" for e in error.errors()]
        raise UsageError("; ".join(faults)) from None


def scenario_files(names: str) -> list[Path]:
    """Files of scenarios given by name or path, separated by commas. Raises UsageError naming what there is."""
    shipped = shipped_scenarios()
    found: list[Path] = []
    for name in filter(None, (n.strip() for n in names.split(","))):
        path = shipped.get(name) or Path(name)
        if not path.is_file():
            raise UsageError(f"no scenario {name!r}; give a file, or one of: {', '.join(sorted(shipped))}")
        found.append(path)
    if not found:
        raise UsageError(f"name at least one scenario: {', '.join(sorted(shipped))}")
    return found


def shipped_scenarios() -> dict[str, Path]:
    """Scenarios by name. In a checkout the package's folder of them is a link to the one at its root."""
    folder = Path(__file__).parents[1] / "data" / "scenarios"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}
