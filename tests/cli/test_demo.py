"""What stands between a demo and its log."""

from __future__ import annotations

from pathlib import Path

import pytest

from portwatt.cli.demo import fresh_log
from portwatt.config.settings import Config
from portwatt.errors import UsageError


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data_dir=tmp_path, hub_files=(Path("-"),))


def test_a_demo_begins_without_a_log_and_keeps_what_it_writes(config: Config) -> None:
    real = config.data_dir / "portwatt.db"
    real.write_text("a real hub's log")
    with fresh_log(config) as own:
        (own.data_dir / "portwatt.db").write_text("of the first demo")
    assert (own.data_dir / "portwatt.db").exists()
    with fresh_log(config) as own:
        assert not (own.data_dir / "portwatt.db").exists()
    assert real.read_text() == "a real hub's log"


def test_the_log_of_a_demo_that_runs_is_left_alone(config: Config) -> None:
    with fresh_log(config) as own:
        log = own.data_dir / "portwatt.db"
        log.write_text("of the first demo")
        with pytest.raises(UsageError, match=r"another demo is running.*--data-dir"), fresh_log(config):
            pass
        assert log.read_text() == "of the first demo"
