from __future__ import annotations

from pathlib import Path

from capture_files import CANDUMP, read


def test_candump_lines_that_are_none_are_counted(tmp_path: Path) -> None:
    frames, remarks = read(tmp_path / "a.log", CANDUMP.encode())
    assert [(f.can_id, f.data.hex(), f.extended, f.channel) for f in frames] == [
        (0x1826F456, "010100", True, "can0"),
        (0x182756F4, "0101", True, "can0"),
        (0x123, "deadbeef", False, "can0"),
        (0x1801F456, "aa00000000000000", True, "can1"),
    ]
    assert remarks == ("left out 2 × line that is no data frame of candump, first at 3",)
