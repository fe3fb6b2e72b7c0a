"""Lines of a text of unknown encoding, one at a time, none longer than believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from portwatt.gateways.capture_notes import CaptureNotes

MAX_LINE = 4096
_BOM = b"\xef\xbb\xbf"


class Lines:
    """UTF-8, and GB 18030 where it is not that; what is neither is replaced. Over-long lines are left out."""

    def __init__(self, file: BinaryIO, notes: CaptureNotes) -> None:
        self._file = file
        self._notes = notes
        self._number = 0

    def __iter__(self) -> Iterator[str]:
        while line := self.readline():
            yield line

    def readline(self) -> str:
        """The next line with its end; empty at the end of the file."""
        while raw := self._file.readline(MAX_LINE):
            self._number += 1
            if len(raw) == MAX_LINE and not raw.endswith(b"\n"):
                self._skip_rest()
                continue
            return decoded(raw.removeprefix(_BOM) if self._number == 1 else raw)
        return ""

    def _skip_rest(self) -> None:
        self._notes.leave_out(f"line of more than {MAX_LINE} bytes", self._number)
        while (raw := self._file.readline(MAX_LINE)) and not raw.endswith(b"\n"):
            pass

    def close(self) -> None:
        """The file belongs to whoever opened it."""


def decoded(raw: bytes) -> str:
    """Text of a line in UTF-8 or GB 18030."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
