"""How the command line speaks: a line per fault, the status that fits, one line per log entry."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog
import typer

from portwatt.cli.saying import FAILED, WRONG_USE, plainly, readable, set_up_logs
from portwatt.errors import StoreError, UsageError


@pytest.mark.parametrize(
    ("error", "status"),
    [(UsageError("wrong"), WRONG_USE), (StoreError("full"), FAILED), (FileNotFoundError("gone"), FAILED)],
)
def test_errors_end_with_the_status_that_fits(
    error: Exception, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, plainly():
        raise error
    assert ended.value.exit_code == status
    assert capsys.readouterr().err == f"portwatt: {error}\n"


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), plainly():
        raise ZeroDivisionError


def test_missing_files_are_named_together(tmp_path: Path) -> None:
    there = tmp_path / "a"
    there.touch()
    with pytest.raises(UsageError, match=r"b, .*c"):
        readable([there, tmp_path / "b", tmp_path / "c"])


def test_what_a_station_says_cannot_steer_the_terminal_that_shows_the_log(tmp_path: Path) -> None:
    file = tmp_path / "log"
    set_up_logs("info", file)
    structlog.get_logger().info("heard", said="a\rtimestamp=2026 \x1b[31m \x9b31m \u202e \u2028 中")
    structlog.reset_defaults()
    (line,) = file.read_text().splitlines()
    assert r"a\rtimestamp=2026 \x1b[31m \x9b31m \u202e \u2028 中" in line.replace(r"\\", "\\")


def test_what_a_station_says_cannot_forge_a_log_line(tmp_path: Path) -> None:
    file = tmp_path / "not there yet" / "log"
    set_up_logs("info", file)
    structlog.get_logger().info("heard", said='x\ntimestamp=2026 level=info event="all is well"')
    structlog.reset_defaults()
    assert len(file.read_text().splitlines()) == 1


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = (tmp_path / "stream").open("w")
    monkeypatch.setattr("sys.stderr", gone)
    set_up_logs("info")
    gone.close()
    structlog.get_logger().info("nobody reads this")
    assert (tmp_path / "stream").read_text() == ""
