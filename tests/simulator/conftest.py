"""A small scenario, and the parts of its world."""

from __future__ import annotations

from pathlib import Path

import pytest

from portwatt.simulator.scenario import Scenario, load_scenario

SMALL = Path(__file__).parent / "small.toml"


@pytest.fixture(scope="session")
def small_file() -> Path:
    return SMALL


@pytest.fixture(scope="session")
def small() -> Scenario:
    return load_scenario(SMALL)
