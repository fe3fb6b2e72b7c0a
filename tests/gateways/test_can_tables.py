from __future__ import annotations

from pathlib import Path

import pytest
from capture_files import TABLES, read


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_tables_by_the_names_of_their_columns(tmp_path: Path, name: str, encoding: str) -> None:
    frames, remarks = read(tmp_path / "a.csv", TABLES[name].encode(encoding))
    assert [(f.can_id, f.data.hex()) for f in frames] == [(0x1826F456, "010100"), (0x182756F4, "0101")]
    assert (frames[1].at - frames[0].at).total_seconds() == pytest.approx(0.1005, abs=1e-6)
    assert remarks == ()


def test_table_without_times_says_so(tmp_path: Path) -> None:
    frames, remarks = read(tmp_path / "a.csv", b"id,data\n1826F456,010100\nbroken\n")
    assert len(frames) == 1
    assert remarks == (
        "the table has no column of times: nothing can be said of delays",
        "left out 1 × row that is no data frame, first at 3",
    )


def test_times_of_day_go_on_after_midnight(tmp_path: Path) -> None:
    frames, _ = read(tmp_path / "a.csv", b"time,id,data\n23:59:59.900,100,00\n00:00:00.100,100,00\n")
    assert (frames[1].at - frames[0].at).total_seconds() == pytest.approx(0.2)
