from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from portwatt.config.settings import Config, default_data_dir

HOME = Path("/home/someone")


def config(**changes: object) -> Config:
    return Config.model_validate({"data_dir": "/data", "hub_files": ["a.toml"], **changes})


def test_the_database_is_a_file_in_the_data_directory_unless_named():
    assert config().database == "sqlite:////data/portwatt.db"
    assert config(database_url="postgresql://db/hub").database == "postgresql://db/hub"


@pytest.mark.skipif(sys.platform == "darwin", reason="another place there")
def test_data_go_where_xdg_says():
    assert default_data_dir({"XDG_DATA_HOME": "/x"}, HOME) == Path("/x/portwatt")
    for relative in ({}, {"XDG_DATA_HOME": ""}, {"XDG_DATA_HOME": "x"}):
        assert default_data_dir(relative, HOME) == HOME / ".local/share/portwatt"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_allowed(host):
    assert config(bind_host=host).bind_host == host


@pytest.mark.parametrize(
    "wrong",
    [
        {"bind_host": "0.0.0.0"},
        {"bind_host": "10.0.0.1"},
        {"bind_host": "example.org"},
        {"http_port": 65_536},
        {"ocpp_port": -1},
        {"http_port": 9000},
        {"hub_files": []},
        {"speed": 0},
        {"speed": float("nan")},
        {"speed": float("inf")},
        {"seed": -1},
        {"log_level": "loud"},
        {"hub": "a.toml"},
    ],
)
def test_what_cannot_run_is_refused(wrong):
    with pytest.raises(ValidationError):
        config(**wrong)


def test_two_free_ports_may_be_asked_for():
    assert config(http_port=0, ocpp_port=0).http_port == 0


def test_a_wrong_database_url_is_refused_without_its_password():
    with pytest.raises(ValidationError) as caught:
        config(database_url="mysql://me:hunter2@db/hub")
    assert "sqlite:///" in str(caught.value)
