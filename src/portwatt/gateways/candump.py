"""candump: its log files (`-L`), and what it prints on the screen with or without `-t`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from portwatt.gateways.capture_notes import CaptureNotes
from portwatt.gateways.text_lines import Lines
from portwatt.model.capture import Bus, Frame

_START = datetime(1970, 1, 1, tzinfo=UTC)
_LINE = re.compile(
    r"^\s*(?:\((?P<time>[^)]+)\)\s+)?(?P<channel>\S+)\s+(?:(?:RX|TX|--)\s+(?:[-BE ]+)?)?(?P<id>[0-9A-Fa-f]{3,8})"
    r"(?:#(?P<fd>#[0-9A-Fa-f])?(?P<packed>[0-9A-Fa-f.]*)|\s+\[\d+\]\s+(?P<spaced>(?:[0-9A-Fa-f]{2}(?:\s+|$))*))"
)
_REMOTE = re.compile(r"#R\d*\s*[RT]?\s*$|remote request", re.IGNORECASE)


def read_candump(file: BinaryIO, notes: CaptureNotes) -> Iterator[Frame]:
    """The data frames line by line; a line that is none is left out and counted."""
    before = _START
    for where, line in enumerate(Lines(file, notes), start=1):
        if not line.strip():
            continue
        found = None if _REMOTE.search(line) else _LINE.match(line)
        at = _candump_time(found["time"], before) if found else None
        data = _hex(found["packed"] if found["packed"] is not None else found["spaced"]) if found else None
        if found is None or at is None or data is None or int(found["id"], 16) > 0x1FFFFFFF:
            notes.leave_out("line that is no data frame of candump", where)
            continue
        before = at
        yield Frame(
            notes.next_number(), at, Bus.CAN, data, int(found["id"], 16), len(found["id"]) > 3, found["channel"]
        )


def _candump_time(text: str | None, before: datetime) -> datetime | None:
    """Seconds since 1970 or since the log began, or a date with a time (`candump -tA`); without any, as before."""
    if text is None:
        return before
    try:
        if "-" in text.lstrip():
            return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
        return _START + timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        return None


def _hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text.replace(".", ""))
    except ValueError:
        return None
