"""Examines capture files: one, or a folder of them in as many processes as there are processors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from portwatt.errors import PortwattError, UsageError
from portwatt.gateways.captures import open_capture
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.examine import examine
from portwatt.interop.finding import Outcome, Verdict
from portwatt.wire.exi.v2g import V2gCodecs

NO_SCHEMAS = "messages of CCS2 were not decoded: install the schemas with: pip install 'portwatt[interop]'"
SUFFIXES = (".pcap", ".pcapng", ".cap", ".log", ".asc", ".blf", ".trc", ".csv", ".txt")
"""What is taken for a capture in a folder; each may end in .gz."""


@cache
def codecs() -> V2gCodecs | None:
    """The codecs of CCS2; None where their schemas are not installed."""
    try:
        return load_v2g()
    except UsageError:
        return None


def examine_file(path: Path) -> Verdict:
    """The verdict on one file, with remarks on how far it could be read. Raises UsageError for what is no capture."""
    reader = open_capture(path)
    verdict = examine(reader, path.name, load_gbt(), codecs())
    remarks = (*reader.remarks, *verdict.remarks, *(() if codecs() is not None else (NO_SCHEMAS,)))
    return Verdict(verdict.file, verdict.outcome, verdict.attempts, tuple(dict.fromkeys(remarks)))


def _examined(path: Path) -> Verdict:
    """As `examine_file`; a file nobody can read is a verdict too, so that one does not end a whole folder."""
    try:
        return examine_file(path)
    except (PortwattError, OSError) as error:
        return Verdict(path.name, Outcome.NO_SESSION, (), (str(error),))


def captures_in(folder: Path) -> list[Path]:
    """The captures of a folder and those below it, by name. Raises UsageError when there are none."""
    found = sorted(
        p for p in folder.rglob("*") if p.is_file() and p.name.lower().removesuffix(".gz").endswith(SUFFIXES)
    )
    if not found:
        raise UsageError(f"{folder} holds no captures; their names end in {', '.join(SUFFIXES)}, or that and .gz")
    return found


def examine_all(files: Sequence[Path], workers: int | None = None) -> Iterator[tuple[Path, Verdict]]:
    """Verdicts as they are ready, the largest files first: it ends sooner when no long one comes last."""
    by_size = sorted(files, key=lambda p: p.stat().st_size, reverse=True)
    count = min(len(by_size), workers or os.cpu_count() or 1)
    if count <= 1:
        yield from ((path, _examined(path)) for path in by_size)
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_examined, path): path for path in by_size}
        for done in as_completed(running):
            yield running[done], done.result()
