"""Capture files put together byte by byte, for tests of the readers."""

from __future__ import annotations

import struct
from pathlib import Path

from portwatt.gateways.captures import open_capture
from portwatt.model.capture import Frame

AT = 1_700_000_000
ETHERNET = bytes.fromhex("333300000001 0200000000aa 86dd".replace(" ", "")) + bytes(50)
CANDUMP = """(1700000000.100000) can0 1826F456#010100
(1700000000.200000) can0 182756F4#0101
this is not a frame
(1700000000.300000) can0 1CEC56F4#R
(1700000000.400000) can0 123#DEADBEEF
 (000.500000)  can1  1801F456   [8]  AA 00 00 00 00 00 00 00
"""
TABLES = {
    "comma": "Time (ms),CAN ID,DLC,Data\n0,0x1826F456,3,01 01 00\n100.5,182756F4h,2,01 01\n",
    "semicolon": "timestamp;id;d0;d1;d2\n0.0;1826F456;01;01;00\n0.1005;182756F4;01;01;\n",
    "usbcan": "序号,传输方向,时间标识,帧ID,帧格式,帧类型,数据长度,数据(HEX)\n"
    "0,接收,15:37:21.123.4,0x1826F456,数据帧,扩展帧,0x03,01 01 00 \n"
    "1,接收,15:37:21.223.9,0x182756F4,数据帧,扩展帧,0x02,01 01 \n",
    "ticks": "Index  Time  ID  Data\n1  0x0000  0x1826F456  01 01 00\n2  0x03ED  0x182756F4  01 01\n",
}


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
