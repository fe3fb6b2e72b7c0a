"""The demo as a newcomer runs it: real process, real sockets, a report, and a log that proves itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("acceptance")]

SMALL = Path(__file__).parents[1] / "simulator" / "small.toml"


def portwatt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portwatt.cli", *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def test_the_demo_runs_its_day_over_real_sockets_and_keeps_a_log_that_replays(tmp_path: Path) -> None:
    result = tmp_path / "demo.json"
    ran = portwatt(
        *("demo", "--headless", "--hubs", str(SMALL), "--speed", "600", "--hours", "3", "--seed", "3"),
        *("--json", str(result), "--data-dir", str(tmp_path), "--http-port", "0", "--ocpp-port", "0"),
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(result.read_text())
    hub = next(iter(found["hubs"].values()))
    assert found["violations"]["count"] == 0, found["violations"]
    assert hub["planning"]["adopted"] > 0
    assert hub["frames"] > 50
    assert found["moves"]["served"] > 0
    assert "Traceback" not in ran.stderr
    replayed = portwatt("replay", "--hub", hub["hub"], "--data-dir", str(tmp_path / "demo"))
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "equal to" in replayed.stdout
