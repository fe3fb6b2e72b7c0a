from __future__ import annotations

import gzip
import struct
import tracemalloc
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import can
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portwatt.gateways.captures import CaptureError, open_capture
from portwatt.model.capture import Bus, Frame

AT = 1_700_000_000
ETHERNET = bytes.fromhex("333300000001 0200000000aa 86dd".replace(" ", "")) + bytes(50)


def pcap(packets: list[tuple[float, bytes]], order: str = "<", link: int = 1, nano: bool = False) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    ticks = 1_000_000_000 if nano else 1_000_000
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for at, data in packets:
        seconds = int(at)
        out += struct.pack(order + "IIII", seconds, round((at - seconds) * ticks), len(data), len(data)) + data
    return out


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = len(body) + 12
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def pcapng(order: str = "<") -> bytes:
    """Two interfaces: Ethernet in microseconds, SocketCAN in nanoseconds."""
    name = struct.pack(order + "HH", 2, 4) + b"can0"
    nanoseconds = struct.pack(order + "HHB3x", 9, 1, 9)
    end = struct.pack(order + "HH", 0, 0)
    section = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    ethernet = block(1, struct.pack(order + "HHI", 1, 0, 0), order)
    bus = block(1, struct.pack(order + "HHI", 227, 0, 0) + name + nanoseconds + end, order)
    statistics = block(5, bytes(12), order)
    ticks = AT * 1_000_000 + 250_000
    first = block(6, struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, 64, 64) + ETHERNET, order)
    ticks = AT * 1_000_000_000 + 500_000_000
    message = struct.pack(">IB3x", 0x80000000 | 0x1826F456, 3) + b"\x01\x01\x00"
    second = block(6, struct.pack(order + "IIIII", 1, ticks >> 32, ticks & 0xFFFFFFFF, 11, 11) + message, order)
    return section + ethernet + bus + statistics + first + second


def read(path: Path, content: bytes) -> tuple[list[Frame], tuple[str, ...]]:
    path.write_bytes(content)
    reader = open_capture(path)
    frames = list(reader)
    return frames, reader.remarks


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_of_either_byte_order_and_resolution(tmp_path: Path, order: str, nano: bool) -> None:
    frames, remarks = read(
        tmp_path / "a.pcap", pcap([(AT + 0.25, ETHERNET), (AT + 0.5, b"\x01" * 20)], order, nano=nano)
    )
    assert [f.number for f in frames] == [1, 2]
    assert frames[0].at == datetime.fromtimestamp(AT + 0.25, UTC)
    assert frames[0].data == ETHERNET
    assert frames[0].bus is Bus.ETHERNET
    assert remarks == ()


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_two_interfaces(tmp_path: Path, order: str) -> None:
    frames, remarks = read(tmp_path / "a.pcapng", pcapng(order))
    assert remarks == ()
    ethernet, bus = frames
    assert (ethernet.bus, ethernet.data, ethernet.at) == (
        Bus.ETHERNET, ETHERNET, datetime.fromtimestamp(AT + 0.25, UTC),
    )  # fmt: skip
    assert (bus.bus, bus.can_id, bus.extended, bus.data) == (Bus.CAN, 0x1826F456, True, b"\x01\x01\x00")
    assert (bus.channel, bus.at) == ("can0", datetime.fromtimestamp(AT + 0.5, UTC))


def test_linux_any_interface_becomes_ethernet(tmp_path: Path) -> None:
    cooked = struct.pack(">HHH6s2xH", 0, 1, 6, b"\x02\0\0\0\0\xaa", 0x86DD) + bytes(40)
    frames, _ = read(tmp_path / "a.pcap", pcap([(AT, cooked)], link=113))
    assert frames[0].data == bytes(6) + b"\x02\0\0\0\0\xaa" + b"\x86\xdd" + bytes(40)


def test_other_link_types_are_counted_not_guessed(tmp_path: Path) -> None:
    frames, remarks = read(tmp_path / "a.pcap", pcap([(AT, ETHERNET), (AT, ETHERNET)], link=105))
    assert frames == []
    assert remarks == ("left out 2 × packet of link type 105, first at 1",)


@pytest.mark.parametrize(("cut", "said"), [(3, "inside a frame"), (len(ETHERNET) + 5, "inside a record head")])
def test_cut_off_file_is_read_as_far_as_it_goes(tmp_path: Path, cut: int, said: str) -> None:
    content = pcap([(AT, ETHERNET)] * 3)[:-cut]
    frames, remarks = read(tmp_path / "a.pcap", content)
    assert len(frames) == 2
    assert remarks == (f"read up to frame 2, then: the file is cut off {said}",)


def test_length_beyond_belief_ends_the_reading(tmp_path: Path) -> None:
    content = pcap([(AT, ETHERNET)]) + struct.pack("<IIII", AT, 0, 0xFFFFFFF0, 0xFFFFFFF0) + bytes(100)
    frames, remarks = read(tmp_path / "a.pcap", content)
    assert len(frames) == 1
    assert "which no frame has" in remarks[0]


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


CANDUMP = """(1700000000.100000) can0 1826F456#010100
(1700000000.200000) can0 182756F4#0101
this is not a frame
(1700000000.300000) can0 1CEC56F4#R
(1700000000.400000) can0 123#DEADBEEF
 (000.500000)  can1  1801F456   [8]  AA 00 00 00 00 00 00 00
"""


def test_candump_lines_that_are_none_are_counted(tmp_path: Path) -> None:
    frames, remarks = read(tmp_path / "a.log", CANDUMP.encode())
    assert [(f.can_id, f.data.hex(), f.extended, f.channel) for f in frames] == [
        (0x1826F456, "010100", True, "can0"),
        (0x182756F4, "0101", True, "can0"),
        (0x123, "deadbeef", False, "can0"),
        (0x1801F456, "aa00000000000000", True, "can1"),
    ]
    assert remarks == ("left out 2 × line that is no data frame of candump, first at 3",)


TABLES = {
    "comma": "Time (ms),CAN ID,DLC,Data\n0,0x1826F456,3,01 01 00\n100.5,182756F4h,2,01 01\n",
    "semicolon": "timestamp;id;d0;d1;d2\n0.0;1826F456;01;01;00\n0.1005;182756F4;01;01;\n",
    "usbcan": "序号,传输方向,时间标识,帧ID,帧格式,帧类型,数据长度,数据(HEX)\n"
    "0,接收,15:37:21.123.4,0x1826F456,数据帧,扩展帧,0x03,01 01 00 \n"
    "1,接收,15:37:21.223.9,0x182756F4,数据帧,扩展帧,0x02,01 01 \n",
    "ticks": "Index  Time  ID  Data\n1  0x0000  0x1826F456  01 01 00\n2  0x03ED  0x182756F4  01 01\n",
}


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


GOOD = {
    "a.pcap": pcap([(AT, ETHERNET)] * 4),
    "a.pcapng": pcapng(),
    "a.log": CANDUMP.encode(),
    "a.csv": TABLES["usbcan"].encode("gb18030"),
    "a.asc": b"date Mon Nov 20 10:00:00.000 am 2023\nbase hex  timestamps absolute\nno internal events logged\n"
    b" 0.100000 1  1826F456x       Rx   d 3 01 01 00\n 0.200000 1  182756F4x       Rx   d 2 01 01\n",
    "a.trc": b";$FILEVERSION=1.1\n;$STARTTIME=45000.5\n     1)         1.5  Rx     1826F456  3  01 01 00\n",
}


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
