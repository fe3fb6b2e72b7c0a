"""Captures as frames, whatever program recorded them: pcap, pcapng, candump, ASC, BLF, TRC, CSV and USBCAN text.

A file is read frame by frame, so memory does not grow with its length. What is broken is read as far as it goes, and
`CaptureReader.remarks` says how far that was.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from portwatt.errors import UsageError
from portwatt.gateways.can_tables import looks_like_table, read_table
from portwatt.gateways.candump import read_candump
from portwatt.gateways.capture_notes import CaptureNotes, UnreadableError
from portwatt.gateways.pcap_files import PCAP_MAGICS, PCAPNG_MAGIC, read_pcap, read_pcapng
from portwatt.model.capture import Frame

_GZIP = b"\x1f\x8b"
_HEAD = 4096
_ETHERNET_HINT = "pcap, pcapng, candump, ASC, BLF, TRC or a table (CSV) with columns for time, identifier and data"


class CaptureError(UsageError):
    """A file cannot be read as a capture: says which, why, and what can be read."""


class CaptureReader:
    """The frames of one file, numbered from 1. Can be gone through again: every pass opens the file anew.

    `format`: what the file is. `remarks`: after a pass, what of the file could not be read.
    """

    def __init__(self, path: Path, layout: str, compressed: bool) -> None:
        self.path = path
        self.format = layout
        self._compressed = compressed
        self._notes = CaptureNotes()

    @property
    def remarks(self) -> tuple[str, ...]:
        return self._notes.lines()

    def __iter__(self) -> Iterator[Frame]:
        self._notes = CaptureNotes()
        with _opened(self.path, self._compressed) as file:
            try:
                yield from _frames(self.format, file, self._notes)
            except UnreadableError as error:
                self._notes.stopped(str(error))
            except (OSError, EOFError, zlib.error) as error:
                reason = "its compression is cut off or damaged" if self._compressed else str(error)
                self._notes.stopped(reason)


def open_capture(path: Path) -> CaptureReader:
    """Look at the beginning of a file and say what reads it. Raises CaptureError where nothing does."""
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == _GZIP
        with _opened(path, compressed) as file:
            head = file.read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CaptureError(f"{path}: cannot be read: {reason}") from error
    if not head:
        raise CaptureError(f"{path}: is empty; record again, with the capture running before the plug goes in")
    layout = _recognise(head)
    if layout is None:
        raise CaptureError(f"{path}: is no capture that can be read; give {_ETHERNET_HINT}, each also as .gz")
    return CaptureReader(path, layout, compressed)


def _frames(layout: str, file: BinaryIO, notes: CaptureNotes) -> Iterator[Frame]:
    match layout:
        case "pcap":
            return read_pcap(file, notes)
        case "pcapng":
            return read_pcapng(file, notes)
        case "candump":
            return read_candump(file, notes)
        case "CSV":
            return read_table(file, notes)
    from portwatt.gateways.can_logs import read_log  # noqa: PLC0415 - python-can takes long to load

    return read_log(layout, file, notes)


_CANDUMP = re.compile(rb"^\s*(\([\d.: -]+\)\s+)?\S+\s+[0-9A-Fa-f]{3,8}(#|\s+\[\d+\])", re.MULTILINE)
_ASC = re.compile(rb"^(date \w{3} |base (hex|dec))", re.MULTILINE | re.IGNORECASE)
_TRC = re.compile(rb"^;(\$FILEVERSION|#+|\$?\s*Start time)", re.MULTILINE | re.IGNORECASE)


def _recognise(head: bytes) -> str | None:
    if head[:4] in PCAP_MAGICS:
        return "pcap"
    if head[:4] == PCAPNG_MAGIC:
        return "pcapng"
    if head[:4] == b"LOGG":
        return "BLF"
    if _ASC.search(head):
        return "ASC"
    if _TRC.search(head):
        return "TRC"
    if _CANDUMP.search(head):
        return "candump"
    return "CSV" if looks_like_table(head) else None


def _opened(path: Path, compressed: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if compressed else path.open("rb")
