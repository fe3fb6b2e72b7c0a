from __future__ import annotations

import io

from portwatt.gateways.capture_notes import CaptureNotes
from portwatt.gateways.text_lines import Lines


def lines(content: bytes) -> tuple[list[str], tuple[str, ...]]:
    notes = CaptureNotes()
    return [line.rstrip("\r\n") for line in Lines(io.BytesIO(content), notes)], notes.lines()


def test_utf_8_with_its_mark_and_gb_18030() -> None:
    assert lines("\ufeff时间,数据\n1,2\n".encode())[0] == ["时间,数据", "1,2"]
    assert lines("时间,数据\r\n1,2\r\n".encode("gb18030"))[0] == ["时间,数据", "1,2"]


def test_what_is_neither_is_replaced_not_raised() -> None:
    assert len(lines(b"\xff\xff\n\x80\n")[0]) == 2


def test_line_too_long_is_left_out_whole() -> None:
    found, remarks = lines(b"a\n" + b"x" * 10_000 + b"\nb\n")
    assert found == ["a", "b"]
    assert remarks == ("left out 1 × line of more than 4096 bytes, first at 2",)


def test_last_line_without_an_end() -> None:
    assert lines(b"a\nb")[0] == ["a", "b"]
