from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from portwatt.config.faults import FaultyFileError
from portwatt.gateways import sheets
from portwatt.gateways.sheets import SheetRow, read_rows


def file(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "table"
    path.write_bytes(data)
    return path


def refused(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(FaultyFileError) as caught:
        read_rows(file(tmp_path, data))
    return str(caught.value)


def book(*rows: tuple[object, ...]) -> bytes:
    made = Workbook()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_by_any_separator(tmp_path, separator):
    text = f"id{separator}place\r\n\r\nT1{separator}YARD\r\n"
    assert read_rows(file(tmp_path, text.encode())) == [
        SheetRow(1, ("id", "place")),
        SheetRow(3, ("T1", "YARD")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_csv_in_the_encodings_spreadsheets_write(tmp_path, encoding):
    assert read_rows(file(tmp_path, "车牌,位置\nT1,堆场\n".encode(encoding)))[1].cells == ("T1", "堆场")


def test_xlsx_has_the_same_rows(tmp_path):
    rows = read_rows(file(tmp_path, book(("id", "soc"), (None, None), ("T1", 80.5))))
    assert rows == [SheetRow(1, ("id", "soc")), SheetRow(3, ("T1", 80.5))]


def test_what_is_no_table_is_refused(tmp_path):
    assert "is empty" in refused(tmp_path, b"")
    assert "is empty" in refused(tmp_path, b" , ,\n\n")
    assert "NUL" in refused(tmp_path, b"id,place\nT1,\0\n")
    assert "neither UTF-8" in refused(tmp_path, b"\xff\xfe\xff")
    assert "line 2: is not CSV" in refused(tmp_path, b'id\n"open\n')
    assert "64 columns" in refused(tmp_path, b"a," * 70)
    assert "no XLSX file" in refused(tmp_path, b"PK\x03\x04 nothing")
    assert "field larger than" in refused(tmp_path, b"id\n" + b"x" * 200_000)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(FaultyFileError, match="No such file"):
        read_rows(tmp_path / "none.csv")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "no XLSX file" in refused(tmp_path, out.getvalue())


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * (sheets.MAX_UNPACKED + 1))
    assert len(out.getvalue()) < 1_000_000
    assert "unpacks to 100 MB" in refused(tmp_path, out.getvalue())


def altered(data: bytes, part: str, old: str, new: str) -> bytes:
    """A workbook with a piece of one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            target.writestr(name, text.replace(old.encode(), new.encode()) if name == part else text)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_row_far_down_ends_in_the_row_limit(tmp_path):
    far = altered(book(("id",), ("T1",)), SHEET, 'r="2"', 'r="1048576"')
    assert "more than 50000 rows" in refused(tmp_path, far)


def test_a_claimed_size_is_not_believed(tmp_path):
    claimed = altered(book(("id",), ("T1",)), SHEET, 'ref="A1:A2"', 'ref="A1:XFD1048576"')
    assert [row.number for row in read_rows(file(tmp_path, claimed))] == [1, 2]


def test_entities_do_not_multiply(tmp_path):
    lines = [f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi")]
    head = f'<!DOCTYPE x [<!ENTITY a "ten letters">{"".join(lines)}]>'
    data = altered(book(("id",), (1,)), SHEET, "<worksheet", head + "<worksheet")
    assert "declares entities" in refused(tmp_path, altered(data, SHEET, "<v>1<", "<v>&i;<"))


def test_many_rows_are_refused(tmp_path):
    assert "more than 50000 rows" in refused(tmp_path, b"id\n" + b"T\n" * 50_001)
    assert len(read_rows(file(tmp_path, b"id\n" + b"T\n" * 50_000))) == 50_001


def test_a_large_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_BYTES", 100)
    assert "larger than" in refused(tmp_path, b"a\n" * 51)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"PK\x03\x04" + tail))
@example(b'"')
@example(b"\xef\xbb\xbf")
@example(b"\r\r\n,\x85")
def test_any_bytes_are_rows_or_refused(tmp_path, data):
    try:
        rows = read_rows(file(tmp_path, data))
    except FaultyFileError:
        return
    assert rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 20_000), st.integers(0, 255))
def test_a_damaged_workbook_is_rows_or_refused(tmp_path, position, byte):
    data = bytearray(book(("id", "soc"), ("T1", 80)))
    data[position % len(data)] = byte
    try:
        rows = read_rows(file(tmp_path, bytes(data)))
    except FaultyFileError:
        return
    assert rows
