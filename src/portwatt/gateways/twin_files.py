"""Made-up sessions by name, and captures written of them: pcap, and CAN logs through python-can."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import can
from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.twin_script import Script
from portwatt.interop.twin_sessions import PLAIN, QUIRKS, SESSIONS, Session
from portwatt.interop.twin_v2g_sessions import PLAIN as PLAIN_ISO2
from portwatt.interop.twin_v2g_sessions import PLAIN_DIN, V2G_SESSIONS, V2gSession
from portwatt.model.capture import Bus, Frame

CAN_SUFFIXES: Final = (".log", ".asc", ".blf", ".trc")
"""candump, Vector ASC and BLF, PEAK TRC."""
PCAP_SUFFIX: Final = ".pcap"
_PCAP_MAGIC, _ETHERNET, _LONGEST = 0xA1B2C3D4, 1, 0xFFFF
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEAR: Final = "-silent"


class _Named(Struct, frozen=True):
    """A session of the library."""

    says: str
    bus: Bus
    frames: Callable[[], list[Frame]]
    script: Script | None = None


def twin_names() -> Mapping[str, str]:
    """What can be played, by name: what it shows, in a sentence. "-silent": near the rule, which must not speak."""
    return {name: session.says for name, session in _library().items()}


def twin_script(name: str) -> Script:
    """The script of a session of GB/T 27930, for playing one side of it live. Raises UsageError."""
    script = _named(name).script
    if script is None:
        raise UsageError(f"{name} is a session over CCS2; only GB/T 27930 is played live")
    return script


def write_twin(name: str, path: Path) -> int:
    """Write a session as a capture, in the format the suffix tells; how many frames it has.

    Raises UsageError for a name nobody knows, a suffix that does not fit, or missing schemas of CCS2.
    """
    session = _named(name)
    fitting = (PCAP_SUFFIX,) if session.bus is Bus.ETHERNET else CAN_SUFFIXES
    if path.suffix.lower() not in fitting:
        raise UsageError(f"{name} is written to a file that ends in {' or '.join(fitting)}, not to {path.name}")
    frames = session.frames()
    if session.bus is Bus.ETHERNET:
        write_pcap(frames, path)
    else:
        with can_log(path) as write:
            for frame in frames:
                write(frame)
    return len(frames)


def write_pcap(frames: Iterable[Frame], path: Path) -> None:
    """Write Ethernet frames as a pcap file with microseconds (draft-ietf-opsawg-pcap, version 2.4)."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", _PCAP_MAGIC, 2, 4, 0, 0, _LONGEST, _ETHERNET))
        for frame in frames:
            ticks = (frame.at - _EPOCH) // timedelta(microseconds=1)
            file.write(struct.pack("<IIII", *divmod(ticks, 1_000_000), len(frame.data), len(frame.data)) + frame.data)


@contextmanager
def can_log(path: Path) -> Iterator[Callable[[Frame], None]]:
    """A CAN log that is written frame by frame. Raises UsageError for a suffix nobody writes."""
    if path.suffix.lower() not in CAN_SUFFIXES:
        raise UsageError(f"CAN logs end in {' or '.join(CAN_SUFFIXES)}, not in {path.suffix or 'nothing'}")
    with can.Logger(path) as logger:
        yield lambda frame: logger.on_message_received(can_message(frame))


def can_message(frame: Frame) -> can.Message:
    """The frame as python-can knows it."""
    return can.Message(
        timestamp=frame.at.timestamp(),
        arbitration_id=frame.can_id or 0,
        is_extended_id=frame.extended,
        data=frame.data,
        channel=frame.channel or "can0",
    )


@cache
def _library() -> Mapping[str, _Named]:
    library = {"gbt": _gbt(Session("GB/T 27930-2015: nothing is wrong.", PLAIN))}
    library["ccs2-iso2"] = _ccs2(V2gSession("ISO 15118-2 with direct current: nothing is wrong.", PLAIN_ISO2))
    library["ccs2-din"] = _ccs2(V2gSession("DIN 70121: nothing is wrong.", PLAIN_DIN))
    for rule, pair in SESSIONS.items():
        library |= {rule: _gbt(pair.speaks), rule + _NEAR: _gbt(pair.silent)}
    for rule, near in V2G_SESSIONS.items():
        library |= {rule: _ccs2(near.speaks), rule + _NEAR: _ccs2(near.silent)}
    return library | {f"gbt-{name.lower().replace(' ', '-')}": _gbt(session) for name, session in QUIRKS.items()}


def _gbt(session: Session) -> _Named:
    return _Named(session.says, Bus.CAN, lambda: session.frames(load_gbt()), session.script)


def _ccs2(session: V2gSession) -> _Named:
    return _Named(session.says, Bus.ETHERNET, lambda: session.frames(load_v2g()))


def _named(name: str) -> _Named:
    found = _library().get(name)
    if found is None:
        raise UsageError(f"there is no session {name!r}; there are: {', '.join(_library())}")
    return found
