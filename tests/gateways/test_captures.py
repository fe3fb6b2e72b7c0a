from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest
from capture_files import AT, CANDUMP, ETHERNET, TABLES, pcap, pcapng, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portwatt.gateways.captures import CaptureError, open_capture

GOOD = {
    "a.pcap": pcap([(AT, ETHERNET)] * 4),
    "a.pcapng": pcapng(),
    "a.log": CANDUMP.encode(),
    "a.csv": TABLES["usbcan"].encode("gb18030"),
    "a.asc": b"date Mon Nov 20 10:00:00.000 am 2023\nbase hex  timestamps absolute\nno internal events logged\n"
    b" 0.100000 1  1826F456x       Rx   d 3 01 01 00\n 0.200000 1  182756F4x       Rx   d 2 01 01\n",
    "a.trc": b";$FILEVERSION=1.1\n;$STARTTIME=45000.5\n     1)         1.5  Rx     1826F456  3  01 01 00\n",
}


def test_gzip_and_a_second_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap.gz"
    path.write_bytes(gzip.compress(pcap([(AT, ETHERNET)] * 4)))
    reader = open_capture(path)
    assert list(reader) == list(reader)
    assert len(list(reader)) == 4


def test_cut_off_gzip(tmp_path: Path) -> None:
    packets = [(AT + n, bytes([n % 251]) * 200) for n in range(2000)]
    frames, remarks = read(tmp_path / "a.pcap.gz", gzip.compress(pcap(packets), 1)[:-400])
    assert 0 < len(frames) < 2000
    assert remarks == (f"read up to frame {len(frames)}, then: its compression is cut off or damaged",)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"\x7fELF" + bytes(60), "is no capture"), (b"hello\n" * 9, "is no capture")],
)
def test_what_is_no_capture_is_refused_with_what_could_be_given(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=said):
        open_capture(path)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"cannot be read: No such file"):
        open_capture(tmp_path / "none.pcap")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.pcap"
    with path.open("wb") as file:
        file.write(pcap([]))
        for n in range(40):
            file.write(pcap([(AT + n, bytes(1400))] * 500)[24:])
    assert path.stat().st_size > 25_000_000
    tracemalloc.start()
    try:
        count = sum(1 for _ in open_capture(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 1_000_000


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_files_never_raise_anything_but_a_capture_error(tmp_path: Path, name: str, data: st.DataObject) -> None:
    content = bytearray(GOOD[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    content = content[: data.draw(st.integers(0, len(content)))]
    try:
        read(tmp_path / name, bytes(content))
    except CaptureError as error:
        assert name in str(error)  # noqa: PT017 - the only error allowed, not the one expected
