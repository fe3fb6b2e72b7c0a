from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from portwatt.errors import UsageError
from portwatt.gateways.captures import open_capture
from portwatt.gateways.examining import examine_file
from portwatt.gateways.twin_files import CAN_SUFFIXES, twin_names, twin_script, write_twin
from portwatt.interop.finding import Outcome
from portwatt.interop.rules_v2g import V2G_RULES
from portwatt.interop.twin_sessions import PLAIN


def test_every_rule_has_a_session_and_a_near_one() -> None:
    names = twin_names()
    wanted = {f"G{n:02}" for n in range(1, 21)} | set(V2G_RULES)
    assert wanted | {f"{rule}-silent" for rule in wanted} <= set(names)
    assert all(says.endswith(".") for says in names.values())


@pytest.mark.parametrize("suffix", CAN_SUFFIXES)
def test_can_logs_are_read_as_they_were_written(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"session{suffix}"
    assert write_twin("gbt", path) == len(list(open_capture(path)))
    assert examine_file(path).outcome is Outcome.PASS


@pytest.mark.parametrize("name", ["ccs2-iso2", "ccs2-din"])
def test_pcap_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / "session.pcap"
    assert write_twin(name, path) == len(list(open_capture(path)))
    assert examine_file(path).outcome is Outcome.PASS


def test_times_survive(tmp_path: Path) -> None:
    path = tmp_path / "session.pcap"
    write_twin("ccs2-iso2", path)
    steps = [frame.at - PLAIN.start for frame in open_capture(path)][:3]
    assert steps == [timedelta(milliseconds=20 * n) for n in (1, 2, 3)]


@pytest.mark.parametrize(("name", "file"), [("gbt", "x.pcap"), ("V01", "x.log"), ("V99", "x.pcap")])
def test_what_is_refused(name: str, file: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_twin(name, tmp_path / file)
    assert not (tmp_path / file).exists()


def test_scripts_for_playing_live() -> None:
    assert twin_script("gbt") == PLAIN
    with pytest.raises(UsageError, match="only GB/T 27930 is played live"):
        twin_script("V01")
