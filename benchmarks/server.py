"""A running Portwatt in a process of its own, as a user starts it, for benchmarks that need the real thing."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

PATIENCE_S = 60.0


def environment(cache: Path | None = None) -> dict[str, str]:
    """The variables of this process, with bytecode kept as for any user; `cache`: kept there and nowhere else."""
    known = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return known if cache is None else known | {"PYTHONPYCACHEPREFIX": str(cache)}


class Server:
    """`portwatt serve …` or `portwatt demo …` on free ports. A context manager; leaving it kills the process."""

    def __init__(self, arguments: Sequence[str], folder: Path, cache: Path | None = None) -> None:
        self._log = folder / "server.log"
        self._out = self._log.open("wb")
        command = [sys.executable, "-m", "portwatt.cli", *arguments, "--data-dir", str(folder)]
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            [*command, "--http-port", "0", "--ocpp-port", "0"],
            stdout=self._out,
            stderr=subprocess.STDOUT,
            env=environment(cache),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._out.close()

    def log_until(self, pattern: str) -> re.Match[str]:
        """Wait until the log says something."""
        end = time.perf_counter() + PATIENCE_S
        while time.perf_counter() < end:
            found = re.search(pattern, self._log.read_text())
            if found is not None:
                return found
            if self._process.poll() is not None:
                break
            time.sleep(0.01)
        raise SystemExit(f"the server never said {pattern}:\n{self._log.read_text()}")

    def cpu_seconds(self) -> float:
        """CPU time the process has used so far (Linux)."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks: int = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it as a power cut of the process would: SIGKILL."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
