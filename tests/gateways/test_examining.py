"""Captures examined one by one and many at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from portwatt.errors import UsageError
from portwatt.gateways.examining import captures_in, examine_all, examine_file
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.interop.finding import Outcome
from portwatt.interop.twin_gbt import candump, play
from portwatt.interop.twin_sessions import PLAIN

DATA = Path(__file__).parents[1] / "interop" / "data"


def test_a_capture_of_a_real_session_is_judged() -> None:
    verdict = examine_file(DATA / "VW_id.3__iso-15118-2-AC-3-config-ac-iso2.pcap")
    assert verdict.outcome is Outcome.FAILED
    assert verdict.first_finding is not None
    assert verdict.first_finding.rule == "V09"


def test_only_captures_are_taken_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("a.pcap", "b.log.gz", "below/c.ASC", "notes.md"):
        (tmp_path / name).write_bytes(b"")
    assert [p.name for p in captures_in(tmp_path)] == ["a.pcap", "b.log.gz", "c.ASC"]
    with pytest.raises(UsageError, match="no captures"):
        captures_in(tmp_path / "nowhere")


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_many_are_examined_and_one_that_cannot_be_read_is_a_verdict_too(tmp_path: Path, workers: int) -> None:
    good, bad = tmp_path / "good.log", tmp_path / "bad.pcap"
    good.write_text("\n".join(candump(play(PLAIN, load_gbt()))))
    bad.write_bytes(b"\x00" * 64)
    found = {path.name: verdict for path, verdict in examine_all([good, bad], workers)}
    assert found["good.log"].outcome in (Outcome.PASS, Outcome.STOPPED)
    assert found["bad.pcap"].outcome is Outcome.NO_SESSION
    assert found["bad.pcap"].remarks
