"""Conformance runs as files: a plan and captures in; JUnit XML and a signed summary out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from portwatt import __version__
from portwatt.config.conformance_plans import parse_plan, shelf_plans
from portwatt.config.toml import read_text
from portwatt.errors import UsageError
from portwatt.interop.conformance import ConformanceRun, hold, junit, summary, verify
from portwatt.interop.finding import Verdict

JUNIT_FILE = "conformance.xml"
SUMMARY_FILE = "conformance.json"
_BLOCK = 1 << 20


class SigningKey(Struct, frozen=True):
    """A key somebody keeps in a file; `name` is the file's, so that whoever checks knows which one to take."""

    name: str
    secret: bytes

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r})"


def run_plan(
    plan: str, captures: Sequence[Path], examine: Callable[[Path], Verdict], made_at: datetime
) -> ConformanceRun:
    """Hold a plan against captures. `plan`: a TOML file, or the id of a plan that comes with Portwatt; `examine` gives
    the verdict on a file; `made_at`: now, in UTC.

    Raises FaultyFileError for a plan with faults, UsageError for captures that cannot be read or share a name.
    """
    text = _plan_text(plan)
    found = parse_plan(text, plan)
    if not captures:
        raise UsageError("give one capture or more to hold the plan against")
    digests: dict[str, str] = {}
    for path in captures:
        if path.name in digests:
            raise UsageError(f"two captures are called {path.name}; rename one, so that evidence names one file")
        digests[path.name] = _digest(path)
    verdicts = [examine(path) for path in captures]
    return ConformanceRun(
        plan=found,
        plan_digest=hashlib.sha256(text.encode()).hexdigest(),
        captures=digests,
        results=hold(found, verdicts),
        made_at=made_at,
        version=__version__,
    )


def write_run(run: ConformanceRun, folder: Path, key: SigningKey | None = None) -> tuple[Path, Path]:
    """Write the JUnit file and the summary into a folder, signed where a key is given; the paths of both.

    Raises UsageError when they cannot be written or the key is too short.
    """
    text = junit(run)
    short = summary(run, text, key.secret, key.name) if key is not None else summary(run, text)
    paths = folder / JUNIT_FILE, folder / SUMMARY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths[0].write_bytes(text.encode())
        paths[1].write_bytes(short)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}; choose another folder") from error
    return paths


def read_key(path: Path) -> SigningKey:
    """The key in a file: its bytes as they are. Raises UsageError when it cannot be read."""
    return SigningKey(path.name, _read(path))


def check_summary(path: Path, key: SigningKey) -> bool:
    """Whether a summary was signed with this key and neither it nor the JUnit file beside it was changed since.

    Raises UsageError when a file cannot be read, or the summary is none or carries no signature.
    """
    signed = _read(path)
    if not verify(signed, key.secret):
        return False
    digest = hashlib.sha256(_read(path.with_name(JUNIT_FILE))).hexdigest()
    return msgspec.json.decode(signed, type=_Signed).junit_sha256 == digest


class _Signed(Struct):
    """What is looked up in a summary whose signature holds."""

    junit_sha256: str


def _plan_text(plan: str) -> str:
    shelf = shelf_plans()
    if plan in shelf:
        return shelf[plan]
    path = Path(plan)
    if not path.exists():
        raise UsageError(f"there is no plan {plan!r}; give a TOML file, or one of: {', '.join(shelf)}")
    return read_text(path)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    return digest.hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
