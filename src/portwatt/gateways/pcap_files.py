"""pcap and pcapng files, block by block (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng).

Read here and not by a library, because a capture of a charger needs what the usual one does not give: several
interfaces, link types side by side, whole nanoseconds, lengths that are not believed, and where a cut-off file ends.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from msgspec import Struct

from portwatt.gateways.capture_notes import CaptureNotes, UnreadableError
from portwatt.model.capture import Bus, Frame

PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
"""Byte order and ticks a second, by the first four bytes."""
PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_MAX_BLOCK = 1 << 24
"""Largest block or frame believed, bytes: 64 times what any link carries."""
_SECTION, _INTERFACE, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 3, 6
_ETHERNET, _COOKED, _SOCKETCAN, _COOKED_2 = 1, 113, 227, 276
_NAME, _RESOLUTION, _OFFSET = 2, 9, 14
_EXTENDED, _REMOTE, _ERROR = 0x80000000, 0x40000000, 0x20000000
_START = datetime(1970, 1, 1, tzinfo=UTC)


class _Interface(Struct, frozen=True):
    link: int
    ticks: int = 1_000_000
    offset: int = 0
    name: str = ""


def read_pcap(file: BinaryIO, notes: CaptureNotes) -> Iterator[Frame]:
    """The frames of a pcap file. Raises UnreadableError where it ends before its end."""
    head = _exactly(file, 24, "the file head")
    order, ticks = PCAP_MAGICS[head[:4]]
    (link,) = struct.unpack_from(order + "I", head, 20)
    interface = _Interface(link & 0xFFFF, ticks)
    layout = struct.Struct(order + "IIII")
    while True:
        record = file.read(16)
        if not record:
            return
        if len(record) < 16:
            raise UnreadableError("the file is cut off inside a record head")
        seconds, fraction, kept, _ = layout.unpack(record)
        if kept > _MAX_BLOCK:
            raise UnreadableError(f"a record says it has {kept} bytes, which no frame has")
        data = _exactly(file, kept, "a frame")
        yield from _frame(interface, seconds * ticks + fraction, data, notes)


def read_pcapng(file: BinaryIO, notes: CaptureNotes) -> Iterator[Frame]:
    """The frames of a pcapng file, of all its interfaces. Raises UnreadableError where it ends before its end."""
    order = "<"
    interfaces: list[_Interface] = []
    while True:
        head = file.read(8)
        if not head:
            return
        if len(head) < 8:
            raise UnreadableError("the file is cut off inside a block head")
        if head[:4] == PCAPNG_MAGIC:
            mark = _exactly(file, 4, "a section head")
            order = "<" if mark == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
            _body(file, order, head, 12)
            continue
        kind = struct.unpack_from(order + "I", head)[0]
        body = _body(file, order, head, 8)
        if kind == _INTERFACE:
            interfaces.append(_interface(body, order))
        elif kind in (_ENHANCED, _SIMPLE):
            yield from _packet(kind, body, order, interfaces, notes)


def _body(file: BinaryIO, order: str, head: bytes, taken: int) -> bytes:
    """The rest of a block after `taken` bytes, without its trailing length."""
    (length,) = struct.unpack_from(order + "I", head, 4)
    if length < taken + 4 or length > _MAX_BLOCK:
        raise UnreadableError(f"a block says it has {length} bytes, which cannot be")
    return _exactly(file, length - taken, "a block")[:-4]


def _interface(body: bytes, order: str) -> _Interface:
    if len(body) < 8:
        raise UnreadableError("an interface block is too short")
    (link,) = struct.unpack_from(order + "H", body)
    ticks, offset, name = 1_000_000, 0, ""
    for code, value in _options(body[8:], order):
        if code == _RESOLUTION and value:
            ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** min(value[0], 18)
        elif code == _OFFSET and len(value) == 8:
            (offset,) = struct.unpack(order + "q", value)
        elif code == _NAME:
            name = value.decode("utf-8", "replace").rstrip("\0")
    return _Interface(link, ticks, offset, name)


def _options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def _packet(kind: int, body: bytes, order: str, interfaces: list[_Interface], notes: CaptureNotes) -> Iterator[Frame]:
    if kind == _SIMPLE:
        if not interfaces or len(body) < 4:
            raise UnreadableError("a packet comes before any interface")
        notes.say("packets of this file carry no times: nothing can be said of delays")
        (size,) = struct.unpack_from(order + "I", body)
        yield from _frame(interfaces[0], 0, body[4 : 4 + size], notes)
        return
    if len(body) < 20:
        raise UnreadableError("a packet block is too short")
    number, high, low, kept, _ = struct.unpack_from(order + "IIIII", body)
    if number >= len(interfaces):
        raise UnreadableError(f"a packet names interface {number}, the file has {len(interfaces)}")
    interface = interfaces[number]
    yield from _frame(interface, (high << 32 | low) + interface.offset * interface.ticks, body[20 : 20 + kept], notes)


def _frame(interface: _Interface, ticks: int, data: bytes, notes: CaptureNotes) -> Iterator[Frame]:
    """The frame of a packet, if its link is one of those read here. The number counts every packet of the file."""
    number = notes.next_number()
    try:
        at = _START + timedelta(microseconds=ticks * 1_000_000 // interface.ticks)
    except OverflowError:
        raise UnreadableError("a packet's time lies beyond all calendars") from None
    if interface.link == _SOCKETCAN:
        if (frame := _can(number, at, data, interface.name)) is None:
            notes.leave_out("remote, error or cut CAN frame", number)
        else:
            yield frame
    elif (ethernet := _as_ethernet(interface.link, data)) is None:
        notes.leave_out(f"packet of link type {interface.link}", number)
    else:
        yield Frame(number, at, Bus.ETHERNET, ethernet, channel=interface.name)


def _as_ethernet(link: int, data: bytes) -> bytes | None:
    """An Ethernet frame; of a Linux "any" capture with its head put together again, the target unknown."""
    if link == _ETHERNET:
        return data
    if link == _COOKED and len(data) >= 16:
        return bytes(6) + data[6:12] + data[14:]
    if link == _COOKED_2 and len(data) >= 20:
        return bytes(6) + data[12:18] + data[:2] + data[20:]
    return None


def _can(number: int, at: datetime, data: bytes, channel: str) -> Frame | None:
    """LINKTYPE_CAN_SOCKETCAN: identifier and flags big-endian, length, three bytes, payload."""
    if len(data) < 8:
        return None
    (word,) = struct.unpack_from(">I", data)
    payload = data[8 : 8 + data[4]]
    if word & (_REMOTE | _ERROR) or len(payload) < data[4]:
        return None
    extended = bool(word & _EXTENDED)
    return Frame(number, at, Bus.CAN, payload, word & (0x1FFFFFFF if extended else 0x7FF), extended, channel)


def _exactly(file: BinaryIO, size: int, what: str) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise UnreadableError(f"the file is cut off inside {what}")
    return data
