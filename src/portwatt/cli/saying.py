"""How the command line speaks: errors in a sentence each, logs on standard error, results on standard output."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, cast

import structlog
import typer

from portwatt.config.faults import FaultyFileError
from portwatt.errors import PortwattError, UsageError

WRONG_USE = 2
FAILED = 1
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""C0 and C1 but for the line feed, which the renderer writes out itself; line separators and directions of Unicode."""


@contextmanager
def plainly() -> Iterator[None]:
    """Turn our own errors into messages and an exit status; anything else is a bug and keeps its traceback.

    2: the person or file that asked is wrong, every fault on a line of its own. 1: it went wrong.
    """
    try:
        yield
    except UsageError as error:
        file = f"{error.name}: " if isinstance(error, FaultyFileError) else ""
        for fault in getattr(error, "faults", ()) or (error,):
            typer.echo(f"portwatt: {file}{fault}", err=True)
        raise typer.Exit(WRONG_USE) from None
    except (PortwattError, OSError) as error:
        typer.echo(f"portwatt: {error}", err=True)
        raise typer.Exit(FAILED) from None


def set_up_logs(level: str, file: Path | None = None) -> None:
    """Structured lines on standard error, or in a file where a live view has the terminal."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    stream = _LogStream(sys.stderr if file is None else file.open("a", encoding="utf-8"))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_controls,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, stream)),
        cache_logger_on_first_use=False,
    )
    # What libraries say goes the same way, so that nothing is written over a live view.
    logging.basicConfig(
        stream=stream, level=logging.WARNING, format="level=%(levelname)s event=%(message)r", force=True
    )


class _LogStream(io.TextIOBase):
    """A log that cannot be written (disk full, terminal gone) must not stop what it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _without_controls(_logger: object, _method: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Signs that move a terminal's cursor or its colours, written out: a station's words may hold them."""
    return {name: _CONTROLS.sub(_written_out, v) if isinstance(v, str) else v for name, v in said.items()}


def _written_out(sign: re.Match[str]) -> str:
    return repr(sign[0])[1:-1]


def readable(files: list[Path]) -> list[Path]:
    """Say at once which files are not there. Raises UsageError."""
    missing = [str(f) for f in files if not f.is_file()]
    if missing:
        raise UsageError(f"no such file: {', '.join(missing)}")
    return files
