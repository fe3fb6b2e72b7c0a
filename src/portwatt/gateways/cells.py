"""Cells as values: what people write into a table, or a fault with its row and column."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portwatt.config.faults import MOST_FAULTS, Fault, FaultyFileError, nearest
from portwatt.gateways.sheets import SheetRow, read_rows
from portwatt.units import whole

_LONGEST = 100
_MOST_TITLES = 10
"""Rows among which the head is looked for: people put titles above their tables."""
_NAMES_OF_A_HEAD = 2
_CLOCK = re.compile(r"([0-9]|[01][0-9]|2[0-3]):[0-5][0-9]")
_YES = {"yes", "y", "true", "1", "x", "是", "有"}
_NO = {"no", "n", "false", "0", "否", "无"}
_TIMES = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M")


class Column(NamedTuple):
    """A column of a table: its name, other names it may have, whether every row needs it, and what it means."""

    key: str
    also: tuple[str, ...]
    needed: bool
    meaning: str


class Row:
    """One row; every question that finds a wrong cell leaves a fault in the list it was made with."""

    def __init__(self, file: str, number: int, cells: Mapping[str, object], clock: Clock, faults: list[Fault]) -> None:
        self._file = file
        self.number = number
        self._cells = cells
        self._clock = clock
        self._faults = faults

    def wrong(self, key: str, message: str) -> None:
        """Note a fault of the cell in column `key`. Raises FaultyFileError when the table is hopeless."""
        self._faults.append(Fault(f"row {self.number}, column {key}", message))
        if len(self._faults) == MOST_FAULTS:
            raise FaultyFileError(self._file, [*self._faults, Fault("", "and so on: the rest was not read")])

    def missing(self, key: str, why: str = "") -> None:
        """Note that a cell had to be filled."""
        self.wrong(key, f"is empty{why}; fill it in")

    def empty(self, key: str) -> bool:
        return self._cells.get(key) is None

    def text(self, key: str, default: str = "") -> str:
        """Text of a cell; a whole number as a spreadsheet shows it."""
        cell = self._cells.get(key)
        if cell is None:
            return default
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
            cell = int(cell)
        found = str(cell).strip()
        if len(found) > _LONGEST or not found.isprintable():
            self.wrong(key, f"{found[:20]!r}… is longer than {_LONGEST} characters or holds signs that cannot be shown")
            return default
        return found

    def name(self, key: str, known: Collection[str], of: str) -> str:
        """A name that must be known; empty when it is not."""
        found = self.text(key)
        if found and found not in known:
            self.wrong(key, f"{found!r} is not among the {of}{nearest(found, known)}")
            return ""
        return found

    def number_in(self, key: str, least: float, most: float, default: float | None = None) -> float | None:
        """A number within bounds; a percent sign after it is allowed."""
        cell = self._cells.get(key)
        if cell is None:
            return default
        try:
            number = float(str(cell).strip().removesuffix("%"))
        except ValueError:
            number = math.nan
        if not least <= number <= most:  # NaN neither
            self.wrong(key, f"{str(cell)[:20]!r} is not a number from {least:g} to {most:g}")
            return default
        return number

    def flag(self, key: str) -> bool:
        """Yes or no; an empty cell is no."""
        cell = self.text(key).casefold()
        if cell and cell not in _YES | _NO:
            self.wrong(key, f"{cell!r} is neither yes nor no")
        return cell in _YES

    def moment(self, key: str) -> datetime | None:
        """A time in UTC; without a zone it is local to the hub."""
        cell = self._cells.get(key)
        if cell is None:
            return None
        try:
            return self._clock.moment(cell)
        except ValueError as error:
            self.wrong(key, str(error))
            return None


class Clock(NamedTuple):
    """How times without zone and times of day are read: in the hub's zone, on the table's day."""

    zone: ZoneInfo
    day: date | None

    def moment(self, cell: object) -> datetime:
        """The moment a cell means, UTC. Raises ValueError with what to write instead."""
        found = cell if isinstance(cell, datetime) else self._parsed(cell)
        if not 2000 <= found.year <= 2100:
            raise ValueError(f"{cell} is not between the years 2000 and 2100")
        exact = found.replace(tzinfo=found.tzinfo or self.zone).astimezone(UTC)
        if found.tzinfo is None and exact.astimezone(self.zone).replace(tzinfo=None) != found:
            raise ValueError(f"{cell} does not exist in {self.zone.key}: clocks change there")
        return exact.replace(microsecond=0) + timedelta(seconds=whole(exact.microsecond / 1_000_000))

    def _parsed(self, cell: object) -> datetime:
        if isinstance(cell, time):
            return self._on_day(cell)
        text = str(cell).strip()[:40]
        if _CLOCK.fullmatch(text):
            return self._on_day(time.fromisoformat(text.zfill(5)))
        with suppress(ValueError, OverflowError):
            if len(text) > 10:  # a date alone is not a time
                return datetime.fromisoformat(text)
        for form in _TIMES:
            with suppress(ValueError):
                return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the hub's, given by the caller
        raise ValueError(f"{text!r} is not a time; write it like 2026-11-24 06:30 (hub time) or with +08:00 at the end")

    def _on_day(self, clock: time) -> datetime:
        if self.day is None:
            raise ValueError(f"{clock:%H:%M} has no date; write it like 2026-11-24 {clock:%H:%M}")
        return datetime.combine(self.day, clock)


def read_table(path: Path, columns: tuple[Column, ...], clock: Clock, faults: list[Fault]) -> Iterator[Row]:
    """The rows of a table under the names of its columns. Raises FaultyFileError when its head does not name every
    column that is needed; cells are left to the reader, who adds to `faults`."""
    rows = read_rows(path)
    head = _head(rows, columns)
    keys = _keys(path, rows[head], columns)
    needed = [c.key for c in columns if c.needed]
    for row in rows[head + 1 :]:
        cells = {key: cell for key, cell in zip(keys, row.cells, strict=False) if key and _filled(cell)}
        found = Row(str(path), row.number, cells, clock, faults)
        for key in needed:
            if found.empty(key):
                found.missing(key)
        yield found


def _filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or cell.strip() != "")


def _head(rows: Sequence[SheetRow], columns: tuple[Column, ...]) -> int:
    """Which row names the columns: the first, or one a little below it where a title stands above."""
    spellings = _spellings(columns)
    known = (sum(_plain(str(cell or "")) in spellings for cell in row.cells) for row in rows[:_MOST_TITLES])
    return next((n for n, count in enumerate(known) if count >= _NAMES_OF_A_HEAD), 0)


def _spellings(columns: tuple[Column, ...]) -> dict[str, str]:
    return {_plain(name): c.key for c in columns for name in (c.key, *c.also)}


def _keys(path: Path, row: SheetRow, columns: tuple[Column, ...]) -> list[str | None]:
    """The column of each cell of the head; None: a column of their own, left alone."""
    spellings, place = _spellings(columns), f"row {row.number}"
    faults: list[Fault] = []
    keys: list[str | None] = []
    for cell in row.cells:
        said = str(cell or "").strip()[:_LONGEST]
        key = spellings.get(_plain(said))
        if key is None and said and (hint := nearest(_plain(said), spellings)):
            faults.append(Fault(place, f"the column {said!r} is not known{hint}"))
        if key is not None and key in keys:
            faults.append(Fault(place, f"the column {key} is there twice; keep one"))
        keys.append(key)
    missing = [column for column in columns if column.needed and column.key not in keys]
    faults += [Fault(place, f"the column {column.key} is missing: {column.meaning}") for column in missing]
    if faults:
        raise FaultyFileError(str(path), faults)
    return keys


def _plain(name: str) -> str:
    """A column name without case, spaces and signs, so that `Cut-off` is `cut_off`."""
    return "".join(c for c in name.casefold() if c.isalnum())
