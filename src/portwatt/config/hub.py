"""From a hub file to a hub: the one way in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portwatt.config.draft import read
from portwatt.config.faults import Fault, FaultyFileError
from portwatt.config.hub_build import build
from portwatt.config.hub_checks import check
from portwatt.config.toml import parse_toml, read_text
from portwatt.model.hub import Hub


def load_hub(path: Path) -> Hub:
    """The hub of a hub file. Raises FaultyFileError with every fault of the file."""
    return parse_hub(read_text(path), str(path))


def parse_hub(text: str, name: str) -> Hub:
    """The hub of a hub file's text; `name` is what its faults are told under. Raises FaultyFileError."""
    hub, faults = hub_of(parse_toml(text, name))
    if hub is None:
        raise FaultyFileError(name, faults)
    return hub


def hub_of(data: Mapping[str, Any]) -> tuple[Hub | None, tuple[Fault, ...]]:
    """The hub of the tables of a hub file, or None and everything wrong with them."""
    file, draft, faults = read(data)
    faults += check(draft)
    if file is None or faults:
        return None, tuple(faults)
    return build(file), ()
