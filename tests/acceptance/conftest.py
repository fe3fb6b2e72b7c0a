"""A real `portwatt serve` process, and the way to talk to it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import postgres_server
import pytest
from postgres_server import Postgres

HUB_FILE = Path(__file__).parent / "port.toml"
HUB = "TESTPORT"


class Served:
    """One running process on ports of its own choice, its log in a directory that outlives it."""

    def __init__(self, data_dir: Path, database_url: str = "", hub_file: Path = HUB_FILE) -> None:
        self.data_dir = data_dir
        self._where = ("--data-dir", str(data_dir), "--database-url", database_url.replace("://", "+asyncpg://"))
        self._hub_file = hub_file
        self._process: subprocess.Popen[str] | None = None
        self.http_url = ""
        self.ocpp_url = ""

    async def start(self) -> None:
        """Start and wait until it listens."""
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "portwatt.cli", "serve", str(self._hub_file)),
                *(*self._where, "--http-port", "0", "--ocpp-port", "0"),
            ],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        said = ""
        assert self._process.stderr is not None
        while "event=no_log_in_yet" not in said:
            line = await asyncio.to_thread(self._process.stderr.readline)
            assert line, f"it ended before it listened: {said}"
            said += line
        self.ocpp_url = _found(r"url=(ws://\S+/ocpp)/", said)
        self.http_url = _found(r"url=(http://\S+)/docs", said)

    def kill(self) -> None:
        """Like a power cut."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop; the exit status."""
        return self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    def replayed(self) -> str:
        """What `portwatt replay` says of the log; fails the test unless the states are equal."""
        command = [sys.executable, "-m", "portwatt.cli", "replay", "--hub", HUB, *self._where]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "equal to" in done.stdout
        return done.stdout

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        self._process.communicate(timeout=20)
        status, self._process = self._process.returncode, None
        return status

    async def health(self) -> tuple[int, dict[str, str]]:
        """The status of /healthz, and what is wrong with which hub."""
        async with httpx2.AsyncClient(base_url=self.http_url) as client:
            answer = await client.get("/healthz")
            return answer.status_code, answer.json()["faults"]

    async def get(self, path: str) -> object:
        async with httpx2.AsyncClient(base_url=self.http_url) as client:
            answer = await client.get(path)
            answer.raise_for_status()
            return answer.json()

    async def post(self, path: str, body: object) -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=self.http_url) as client:
            return await client.post(path, json=body)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in {text}"
    return match.group(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    yield from postgres_server.served()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    made = Served(tmp_path)
    await made.start()
    yield made
    made.stop()
