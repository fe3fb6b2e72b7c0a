"""CAN frames in tables: CSV of loggers, and the text that USBCAN tools save (often in Chinese, GB 18030).

The first row that names an identifier and a data column is the heading; columns are found by their names.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from msgspec import Struct

from portwatt.gateways.capture_notes import CaptureNotes, UnreadableError
from portwatt.gateways.text_lines import Lines, decoded
from portwatt.model.capture import Bus, Frame

_START = datetime(1970, 1, 1, tzinfo=UTC)
_HEADING_WITHIN = 40
"""Lines in which the heading has to come."""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "timeid", "systemtime", "时间", "时间标识", "系统时间", "时间戳", "接收时间"),
    "id": ("id", "canid", "frameid", "identifier", "arbitrationid", "messageid", "帧id", "id号", "报文id"),
    "data": ("data", "databytes", "payload", "framedata", "数据", "帧数据", "报文数据"),
    "channel": ("channel", "bus", "通道", "通道号", "源通道"),
    "kind": ("type", "frametype", "remote", "帧类型", "帧格式", "类型"),
}
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
_UNIT = re.compile(r"[(（\[]\s*(ns|us|µs|ms|s)\s*[)）\]]", re.IGNORECASE)
_BYTE_COLUMN = re.compile(r"^(?:d|data|byte|b)_?([0-7])$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})(?:[.:,](\d{1,6})(?:[.:](\d{1,3}))?)?$")
_DATED = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(.+?)Z?$")
_TICK = timedelta(microseconds=100)
"""Unit of a hexadecimal time in USBCAN logs."""
_ROLLED = timedelta(hours=12)


class _Columns(Struct, frozen=True):
    """Where what stands in a row; `seconds`: unit of a bare number in the time column; `data`: one column or eight."""

    delimiter: str
    id: int
    data: tuple[int, ...]
    time: int | None
    channel: int | None
    seconds: float
    base64: bool


def looks_like_table(head: bytes) -> bool:
    """Whether one of the first lines is a heading with an identifier and a data column."""
    lines = decoded(head.removeprefix(b"\xef\xbb\xbf")).splitlines()[:_HEADING_WITHIN]
    return any(_heading(line) is not None for line in lines)


def read_table(file: BinaryIO, notes: CaptureNotes) -> Iterator[Frame]:
    """The frames of a table; rows that are none are left out and counted."""
    columns: _Columns | None = None
    before = _START
    for where, line in enumerate(Lines(file, notes), start=1):
        if columns is None:
            columns = _heading(line)
            if columns is None and where >= _HEADING_WITHIN:
                raise UnreadableError("no row names an identifier and a data column")
            if columns is not None and columns.time is None:
                notes.say("the table has no column of times: nothing can be said of delays")
            continue
        if not line.strip():
            continue
        frame = _row(_cells(line, columns.delimiter), columns, before, notes)
        if frame is None:
            notes.leave_out("row that is no data frame", where)
            continue
        before = frame.at
        yield frame


def _heading(line: str) -> _Columns | None:
    for delimiter in (",", ";", "\t", " "):
        cells = _cells(line, delimiter)
        names = [_plain(cell) for cell in cells]
        found = {noun: _index(names, words) for noun, words in _NAMES.items()}
        identifier, one = found["id"], found["data"]
        single = {int(m[1]): i for i, name in enumerate(names) if (m := _BYTE_COLUMN.match(name))}
        data = (one,) if one is not None else tuple(single[i] for i in sorted(single))
        if identifier is None or not data:
            continue
        time = found["time"]
        unit = _UNIT.search(cells[time]) if time is not None else None
        base64 = "arbitrationid" in names and "dlc" in names and "extended" in names
        return _Columns(
            delimiter, identifier, data, time, found["channel"], _UNITS[unit[1].lower()] if unit else 1.0, base64
        )
    return None


def _plain(cell: str) -> str:
    """A name without unit, case, spaces and marks: "Frame ID (hex)" is "frameid"."""
    return re.sub(r"[(（\[].*|[\s_\-.:]", "", cell).lower()


def _index(names: Sequence[str], words: tuple[str, ...]) -> int | None:
    return next((names.index(word) for word in words if word in names), None)


def _cells(line: str, delimiter: str) -> list[str]:
    parts = re.split(r"\s{2,}|\t", line.strip()) if delimiter == " " else line.rstrip("\r\n").split(delimiter)
    return [part.strip().strip("\"'").strip() for part in parts]


def _row(cells: Sequence[str], columns: _Columns, before: datetime, notes: CaptureNotes) -> Frame | None:
    if len(cells) <= max(columns.id, columns.data[0]) or any("远程" in c or c.lower() == "remote" for c in cells):
        return None
    identifier = _identifier(cells[columns.id])
    data = _data(cells, columns)
    if identifier is None or data is None:
        return None
    time = _cell(cells, columns.time)
    at = _time(time, columns.seconds, before) if time else before
    if at is None:
        return None
    channel = _cell(cells, columns.channel)
    extended = identifier > 0x7FF or len(cells[columns.id].lower().removeprefix("0x").rstrip("x")) > 3
    return Frame(notes.next_number(), at, Bus.CAN, data, identifier, extended, channel)


def _cell(cells: Sequence[str], column: int | None) -> str:
    return cells[column] if column is not None and column < len(cells) else ""


def _identifier(text: str) -> int | None:
    try:
        number = int(text.lower().removeprefix("0x").rstrip("hx").replace(" ", ""), 16)
    except ValueError:
        return None
    return number if 0 <= number <= 0x1FFFFFFF else None


def _data(cells: Sequence[str], columns: _Columns) -> bytes | None:
    try:
        if columns.base64:
            return b64decode(cells[columns.data[0]], validate=True)
        if len(columns.data) > 1:
            parts = [cells[i] for i in columns.data if i < len(cells) and cells[i]]
        else:
            # A table separated by what separates the bytes too: the payload is all that follows.
            rest = cells[columns.data[0] :] if columns.delimiter in (" ", "\t") else [cells[columns.data[0]]]
            parts = re.split(r"[\s|-]+", " ".join(rest).strip()) if any(rest) else []
        data = bytes.fromhex("".join(part.lower().removeprefix("0x").removeprefix("x") for part in parts))
    except (ValueError, Base64Error):
        return None
    return data if len(data) <= 64 else None


def _time(text: str, seconds: float, before: datetime) -> datetime | None:
    """Seconds (or the unit of the heading), ticks of 0.1 ms in hexadecimal, a time of day, or a date with a time."""
    try:
        if dated := _DATED.match(text):
            offset = _of_day(dated[4])
            day = datetime(int(dated[1]), int(dated[2]), int(dated[3]), tzinfo=UTC)
            return None if offset is None else day + offset
        if (offset := _of_day(text)) is not None:
            day = datetime(before.year, before.month, before.day, tzinfo=UTC)
            return day + offset if before - (day + offset) < _ROLLED else day + offset + timedelta(days=1)
        if text.lower().startswith("0x"):
            return _START + int(text, 16) * _TICK
        return _START + timedelta(seconds=float(text) * seconds)
    except (ValueError, OverflowError):
        return None


def _of_day(text: str) -> timedelta | None:
    """Times such as 15:37:21.123 and 15:37:21.123.4, whose last part counts tenths of a millisecond."""
    found = _CLOCK.match(text.strip())
    if found is None:
        return None
    fraction = (found[4] or "") + (found[5] or "")
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3]), microseconds=micros)
