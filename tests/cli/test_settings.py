"""From options to settings: every wrong option is named, scenarios are found by name or path."""

from __future__ import annotations

from pathlib import Path

import pytest

from portwatt.cli.settings import scenario_files, settings, shipped_scenarios
from portwatt.errors import UsageError


def test_the_three_ports_come_with_it() -> None:
    assert set(shipped_scenarios()) == {"ningbo", "qingdao", "guangzhou"}


def test_scenarios_are_found_by_name_or_path(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("")
    assert [p.stem for p in scenario_files(f"ningbo, {own}")] == ["ningbo", "own"]


@pytest.mark.parametrize("names", ["", " , ", "atlantis"])
def test_what_is_not_there_names_what_is(names: str) -> None:
    with pytest.raises(UsageError, match="guangzhou, ningbo, qingdao"):
        scenario_files(names)


def test_every_wrong_option_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as wrong:
        settings(tmp_path, hub_files=[Path("x")], http_port=-1, speed=0, bind_host="0.0.0.0")
    for option in ("--http-port", "--speed", "--bind-host"):
        assert option in str(wrong.value)
