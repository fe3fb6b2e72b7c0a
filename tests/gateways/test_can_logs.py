from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import can
import pytest
from capture_files import AT, read

from portwatt.gateways.captures import open_capture
from portwatt.model.capture import Bus


def sent(number: int) -> can.Message:
    return can.Message(
        timestamp=AT + number / 10, arbitration_id=0x1826F456, is_extended_id=True, data=[1, 1, number], channel=0
    )


@pytest.mark.parametrize("suffix", [".log", ".asc", ".blf", ".trc"])
def test_what_python_can_writes_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with can.Logger(path) as logger:
        for number in range(5):
            logger.on_message_received(sent(number))
    reader = open_capture(path)
    frames = list(reader)
    assert [f.data for f in frames] == [bytes([1, 1, n]) for n in range(5)]
    assert {(f.can_id, f.extended, f.bus) for f in frames} == {(0x1826F456, True, Bus.CAN)}
    gaps = [(b.at - a.at).total_seconds() for a, b in pairwise(frames)]
    assert gaps == pytest.approx([0.1] * 4, abs=0.002)
    assert reader.remarks == ()


def test_compressed_blf_cut_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.blf"
    with can.BLFWriter(path, max_container_size=2000) as writer:
        for number in range(300):
            writer.on_message_received(sent(number % 200))
    frames, remarks = read(tmp_path / "cut.blf", path.read_bytes()[:-150])
    assert 0 < len(frames) < 300
    assert remarks
    assert remarks[0].startswith(f"read up to frame {len(frames)}")
