"""Frames of CCS2 put together byte by byte, for tests: what a modem would hand on."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from portwatt.model.capture import Bus, Frame
from portwatt.wire.v2g.ethernet import Endpoint
from portwatt.wire.v2g.v2gtp import build_v2gtp

EV_MAC = bytes.fromhex("020000000001")
STATION_MAC = bytes.fromhex("020000000002")
EV = Endpoint(bytes.fromhex("fe800000000000000000000000000001"), 50000)
STATION = Endpoint(bytes.fromhex("fe800000000000000000000000000002"), 61000)
RUN_ID = bytes.fromhex("1122334455667788")
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SYN, ACK, FIN, RST, PUSH = 2, 16, 1, 4, 8


def homeplug(kind: int, body: bytes, *, from_ev: bool = True) -> bytes:
    macs = STATION_MAC + EV_MAC if from_ev else EV_MAC + STATION_MAC
    return macs + b"\x88\xe1" + b"\x01" + struct.pack("<H", kind) + b"\0\0" + body


def slac(name: str, run_id: bytes = RUN_ID) -> bytes:
    """A SLAC message by a short name, with a plausible body."""
    head, ends = b"\0\0", bytes(17) + EV_MAC + bytes(17) + STATION_MAC
    bodies = {
        "param_req": (0x6064, head + run_id, True),
        "param_cnf": (0x6065, bytes(6) + b"\x0a\x06\x01" + bytes(6) + head + run_id, False),
        "start": (0x606A, head + b"\x0a\x06\x01" + EV_MAC + run_id, True),
        "sound": (0x6076, head + bytes(17) + b"\x09" + run_id + bytes(24), True),
        "atten_ind": (0x606E, head + EV_MAC + run_id + bytes(34) + b"\x0a\x3a" + b"\x0c" * 58, False),
        "atten_rsp": (0x606F, head + EV_MAC + run_id + bytes(34) + b"\0", True),
        "match_req": (
            0x607C,
            head + b"\x3e\0" + ends + run_id + bytes(8),
            True,
        ),
        "match_cnf": (
            0x607D,
            head + b"\x56\0" + ends + run_id + bytes(32),
            False,
        ),
    }
    kind, body, from_ev = bodies[name]
    return homeplug(kind, body, from_ev=from_ev)


SLAC_SOUNDING = ("param_req", "param_cnf", "start", "start", "start", *["sound"] * 10)
SLAC_RUN = (*SLAC_SOUNDING, "atten_ind", "atten_rsp", "match_req", "match_cnf")


def ipv6(protocol: int, source: Endpoint, target: Endpoint, body: bytes) -> bytes:
    from_mac, to_mac = (EV_MAC, STATION_MAC) if source.address == EV.address else (STATION_MAC, EV_MAC)
    head = struct.pack(">IHBB", 0x60000000, len(body), protocol, 64)
    return to_mac + from_mac + b"\x86\xdd" + head + source.address + target.address + body


def udp(source: Endpoint, target: Endpoint, payload: bytes) -> bytes:
    return ipv6(17, source, target, struct.pack(">HHHH", source.port, target.port, 8 + len(payload), 0) + payload)


def sdp_request(tls: bool = False) -> bytes:
    body = build_v2gtp(0x9000, bytes([0x00 if tls else 0x10, 0]))
    return udp(EV, Endpoint(bytes.fromhex("ff02" + "00" * 13 + "01"), 15118), body)


def sdp_response(tls: bool = False, port: int = STATION.port) -> bytes:
    body = STATION.address + port.to_bytes(2, "big") + bytes([0x00 if tls else 0x10, 0])
    return udp(Endpoint(STATION.address, 15118), EV, build_v2gtp(0x9001, body))


def tcp(
    source: Endpoint, target: Endpoint, sequence: int, acknowledged: int, flags: int, payload: bytes = b""
) -> bytes:
    head = struct.pack(
        ">HHIIBBHHH", source.port, target.port, sequence % 2**32, acknowledged % 2**32, 0x50, flags, 8192, 0, 0
    )
    return ipv6(6, source, target, head + payload)


class Recorder:
    """Frames in order, with a clock that moves when told."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.frames: list[Frame] = []

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def add(self, data: bytes, after: float = 0.01) -> int:
        """Record a frame `after` seconds; its number."""
        self.wait(after)
        self.frames.append(Frame(len(self.frames) + 1, self.at, Bus.ETHERNET, data))
        return len(self.frames)

    def slac(self, *names: str, run_id: bytes = RUN_ID) -> None:
        for name in names or SLAC_RUN:
            self.add(slac(name, run_id))

    def sdp(self, tls: bool = False, offered: bool = False) -> None:
        self.add(sdp_request(tls))
        self.add(sdp_response(offered))


class Wire:
    """A TCP connection recorded segment by segment, both sides' sequence numbers kept."""

    def __init__(self, recorder: Recorder, ev: Endpoint = EV, station: Endpoint = STATION) -> None:
        self.recorder = recorder
        self.ends = (ev, station)
        self.next = [1000, 0xFFFFFFF0]

    def open(self) -> None:
        ev, station = self.ends
        self.recorder.add(tcp(ev, station, self.next[0], 0, SYN))
        self.recorder.add(tcp(station, ev, self.next[1], self.next[0] + 1, SYN | ACK))
        self.next = [self.next[0] + 1, self.next[1] + 1]
        self.recorder.add(tcp(ev, station, self.next[0], self.next[1], ACK))

    def send(self, payload: bytes, *, ev: bool, after: float = 0.01, lost: bool = False) -> int:
        """A segment with this payload; `lost`: it was on the wire, the capture does not hold it."""
        i = 0 if ev else 1
        data = tcp(self.ends[i], self.ends[1 - i], self.next[i], self.next[1 - i], ACK | PUSH, payload)
        self.next[i] += len(payload)
        if lost:
            self.recorder.wait(after)
            return 0
        return self.recorder.add(data, after)

    def again(self, payload: bytes, *, ev: bool, after: float = 0.3) -> int:
        """The last segment of this side once more."""
        i = 0 if ev else 1
        sequence = self.next[i] - len(payload)
        return self.recorder.add(
            tcp(self.ends[i], self.ends[1 - i], sequence, self.next[1 - i], ACK | PUSH, payload), after
        )

    def end(self, flags: int, *, ev: bool, after: float = 0.01) -> int:
        i = 0 if ev else 1
        return self.recorder.add(tcp(self.ends[i], self.ends[1 - i], self.next[i], self.next[1 - i], flags), after)
