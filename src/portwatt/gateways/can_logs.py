"""CAN logs read with python-can: ASC, BLF and TRC.

Times without a zone are taken as UTC: what counts is how far frames lie apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, TextIO, cast

from can import BLFReader, Message
from can.io import ASCReader, TRCReader
from can.io.generic import MessageReader

from portwatt.errors import BugError
from portwatt.gateways.capture_notes import CaptureNotes, UnreadableError
from portwatt.gateways.text_lines import Lines
from portwatt.model.capture import Bus, Frame

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_READ = 1 << 22
"""Largest piece of a BLF file believed, bytes; recorders write containers of 128 KiB."""


def read_log(layout: str, file: BinaryIO, notes: CaptureNotes) -> Iterator[Frame]:
    """Vector ASC and BLF, PEAK TRC 1.0 to 2.1. Raises UnreadableError where a line or an object is broken."""
    match layout:
        case "ASC":
            return _messages(lambda: ASCReader(_text(file, notes), relative_timestamp=True), notes)
        case "TRC":
            return _messages(lambda: TRCReader(_text(file, notes)), notes)
        case "BLF":
            return _messages(lambda: BLFReader(cast(BinaryIO, _Measured(file))), notes)
    raise BugError(f"{layout} is no log that python-can reads here")


def _messages(opened: Callable[[], MessageReader], notes: CaptureNotes) -> Iterator[Frame]:
    """The frames of a python-can reader, made on the first use because its head may be broken too."""
    try:
        reader = opened()
        for message in reader:
            yield from _frame(message, notes)
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from error


def _frame(message: Message, notes: CaptureNotes) -> Iterator[Frame]:
    number = notes.next_number()
    if message.is_error_frame or message.is_remote_frame:
        notes.leave_out("remote or error frame", number)
        return
    try:
        at = _START + timedelta(seconds=message.timestamp)
    except (OverflowError, ValueError):
        raise UnreadableError(f"frame {number} has a time beyond all calendars") from None
    channel = "" if message.channel is None else str(message.channel)
    yield Frame(number, at, Bus.CAN, bytes(message.data), message.arbitration_id, message.is_extended_id, channel)


def _text(file: BinaryIO, notes: CaptureNotes) -> TextIO:
    return cast(TextIO, Lines(file, notes))


class _Measured:
    """A file whose readers may not ask for more than a piece at once, however long a broken head says it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_READ:
            raise UnreadableError(f"an object says it has {size} bytes, which cannot be")
        data = self._file.read(size)
        if data and len(data) < size:
            raise UnreadableError("the file is cut off inside an object")
        return data

    def close(self) -> None:
        """The file belongs to whoever opened it."""
