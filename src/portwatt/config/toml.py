"""TOML in, a dictionary or faults out: nothing a file can hold ends in another error."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from portwatt.config.faults import Fault, FaultyFileError

MAX_BYTES = 4_000_000
"""A hub of ten thousand trucks written out one by one stays below."""
_MAX_DOTS = 500
"""tomllib needs time in the square of the parts of a dotted key."""


def read_text(path: Path) -> str:
    """The text of a file. Raises FaultyFileError when it cannot be read, is too large or is not UTF-8."""
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FaultyFileError(name, (Fault("", f"cannot be read: {reason}"),)) from error
    if len(data) > MAX_BYTES:
        raise FaultyFileError(name, (Fault("", f"is larger than {MAX_BYTES // 1_000_000} MB; is it the right file?"),))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FaultyFileError(name, (Fault(f"line {line}", "is not UTF-8 text; save the file as UTF-8"),)) from error


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises FaultyFileError with the line of a mistake in the syntax."""
    if len(text) > MAX_BYTES:
        raise FaultyFileError(name, (Fault("", f"is longer than {MAX_BYTES // 1_000_000} million characters"),))
    if any(line.count(".") > _MAX_DOTS for line in text.splitlines()):
        raise FaultyFileError(name, (Fault("", f"has a line of more than {_MAX_DOTS} dots; is it a hub file?"),))
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise FaultyFileError(name, (Fault("", "is nested too deeply; a hub file needs four levels"),)) from error
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        fault = Fault(place.rstrip(")"), f"{message} (TOML syntax)") if message else Fault("", str(error))
        raise FaultyFileError(name, (fault,)) from error
    except ValueError as error:  # int() refuses it
        raise FaultyFileError(name, (Fault("", "a whole number in it has thousands of digits"),)) from error
