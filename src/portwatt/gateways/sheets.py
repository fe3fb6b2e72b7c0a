"""Spreadsheets as rows: CSV and XLSX in, cells with their row numbers out. Everything a file can hold is bounded."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct
from openpyxl import load_workbook

from portwatt.config.faults import Fault, FaultyFileError

MAX_BYTES = 20_000_000
MAX_UNPACKED = 100_000_000
"""Bytes of all parts of an XLSX together: zipfile reads no more of a part than its entry declares."""
MAX_ROWS = 50_000
MAX_COLUMNS = 64
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_ZIP = b"PK\x03\x04"


class SheetRow(Struct, frozen=True):
    """A row that is not empty; `number` as a spreadsheet program shows it, from 1."""

    number: int
    cells: tuple[object, ...]


def read_rows(path: Path) -> list[SheetRow]:
    """The rows of a CSV file, or of the first sheet of an XLSX file. Raises FaultyFileError when it is neither.

    CSV may be separated by comma, semicolon or tab, and be UTF-8, UTF-16 with its mark, or GB 18030.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _refused(path, f"cannot be read: {reason}") from error
    if len(data) > MAX_BYTES:
        raise _refused(path, f"is larger than {MAX_BYTES // 1_000_000} MB; split it by day")
    cells = _xlsx(path, data) if data.startswith(_ZIP) else _csv(path, data)
    rows = [SheetRow(n, row) for n, row in enumerate(cells, start=1) if any(_filled(cell) for cell in row)]
    if not rows:
        raise _refused(path, "is empty; its first row must name the columns")
    return rows


def _refused(path: Path, message: str, place: str = "") -> FaultyFileError:
    return FaultyFileError(str(path), (Fault(place, message),))


def _filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or cell.strip() != "")


def _bounded(path: Path, rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    for n, row in enumerate(islice(rows, MAX_ROWS + 2)):
        if n > MAX_ROWS:
            raise _refused(path, f"has more than {MAX_ROWS} rows; split it by day")
        yield row


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _csv(path: Path, data: bytes) -> Iterator[tuple[object, ...]]:
    text = _text(path, data)
    if "\0" in text:
        raise _refused(path, "holds NUL characters, so it is no CSV file; save it as CSV or XLSX")
    head = text.lstrip().partition("\n")[0]
    separator = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in _bounded(path, (tuple(r) for r in rows)):
            if len(row) > MAX_COLUMNS:
                raise _refused(path, f"has more than {MAX_COLUMNS} columns", f"row {rows.line_num}")
            yield row
    except csv.Error as error:
        raise _refused(path, f"is not CSV: {error}; is a quotation mark open?", f"line {rows.line_num}") from error


def _text(path: Path, data: bytes) -> str:
    marked = [encoding for mark, encoding in _BOMS.items() if data.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused(path, "is neither UTF-8 nor GB 18030 text nor XLSX; save it as CSV (UTF-8) or XLSX")


# ── XLSX ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _xlsx(path: Path, data: bytes) -> list[tuple[object, ...]]:
    """Values of the first sheet; of a formula the value the spreadsheet program last computed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(path, archive)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a file may claim any size; rows are counted as they come
        rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
        return [_trimmed(row) for row in _bounded(path, rows)]
    except FaultyFileError:
        raise
    except Exception as error:  # the parser of a hostile file raises whatever it trips over
        detail = f"{type(error).__name__}: {error}"[:120]
        raise _refused(path, f"is no XLSX file a spreadsheet program would open ({detail})") from error


def _check_parts(path: Path, archive: zipfile.ZipFile) -> None:
    """Nothing in the archive unpacks to more than it may, in bytes or in XML entities (ECMA-376-2 8.1.4: no DTD)."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED:
        raise _refused(path, f"unpacks to {unpacked // 1_000_000} MB; a table of a day is far smaller")
    for part in parts:
        text = archive.read(part)
        if any("<!DOCTYPE".encode(encoding) in text for encoding in ("utf-8", "utf-16-le", "utf-16-be")):
            raise _refused(path, f"is no XLSX file: its part {part.filename[:40]!r} declares entities")


def _trimmed(row: tuple[object, ...]) -> tuple[object, ...]:
    """The row without the empty cells at its end."""
    last = max((n for n, cell in enumerate(row, start=1) if cell is not None), default=0)
    return row[:last]
