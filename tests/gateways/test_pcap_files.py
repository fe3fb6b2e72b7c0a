from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from capture_files import AT, ETHERNET, pcap, pcapng, read

from portwatt.model.capture import Bus


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
