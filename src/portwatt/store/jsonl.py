"""A log as a file people can keep, send and prove: JSON Lines, one record a line, with the chain of the log.

The first line is ``{"portwatt_log":1,"hub":"…"}``. Then one line per record: ``{"seq":…,"digest":"…","event":{…}}``,
where the bytes of `event` are the stored bytes the digest covers. The last line may be
``{"end":SEQ,"head":"…","state":"…"}``: how many records there are, the last digest, and the digest of the live state.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

import msgspec
from msgspec import Struct

from portwatt.errors import TamperedLogError, UsageError
from portwatt.ids import HubId
from portwatt.runtime.interfaces import Record, Store
from portwatt.state import codec
from portwatt.state.hub_state import HubState
from portwatt.store.chain import Head, check_link, decode_event, genesis

FORMAT = 1
_FOOTER_START = b'{"end":'


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    portwatt_log: int
    hub: HubId


class Footer(Struct, frozen=True, forbid_unknown_fields=True):
    """`state`: digest of the live state after record `end`; empty when it was not known."""

    end: int
    head: str
    state: str = ""


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    seq: int
    digest: str
    event: msgspec.Raw


_Kind = TypeVar("_Kind", Header, Footer, _Line)
_ENCODER = msgspec.json.Encoder()


class LogWriter:
    """Writes a log to a file, which gets its name only when it is whole. Used as a context manager."""

    def __init__(self, path: Path, hub: HubId) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._hub = hub
        self._head = genesis(hub)
        self._state = ""
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._file = self._part.open("wb")
        except OSError as error:
            raise UsageError(f"{self._path} cannot be written: {error.strerror}") from error
        self._put(Header(FORMAT, self._hub))
        return self

    def add(self, record: Record) -> None:
        """Write the next record. Raises TamperedLogError when it does not follow the one before."""
        self._head = check_link(self._hub, self._head, record.seq, record.body, record.digest)
        self._put(_Line(record.seq, record.digest, msgspec.Raw(record.body)))

    def prove(self, state: HubState) -> None:
        """Say in the last line what the live state after the last record is."""
        self._state = codec.digest(state)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        assert self._file is not None
        if error is None:
            self._put(Footer(self._head.seq, self._head.digest, self._state))
        self._file.close()
        if error is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)

    def _put(self, line: Header | Footer | _Line) -> None:
        assert self._file is not None
        self._file.write(_ENCODER.encode(line))
        self._file.write(b"\n")


class LogReader:
    """Reads a log file line by line, checking its chain. `footer` is known when all of it was read.

    Raises UsageError for what is no log file and TamperedLogError for one that was changed, both naming the line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.footer: Footer | None = None
        try:
            with path.open("rb") as file:
                header = self._decode(1, file.readline(), Header)
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        if header.portwatt_log != FORMAT:
            raise UsageError(f"{path}, line 1: log format {header.portwatt_log} is not known here, only {FORMAT}")
        self.hub = header.hub

    def __iter__(self) -> Iterator[Record]:
        head = genesis(self.hub)
        self.footer = None
        with self.path.open("rb") as file:
            file.readline()
            for number, text in enumerate(file, start=2):
                if self.footer is not None:
                    raise UsageError(f"{self.path}, line {number}: nothing may follow the line that ends the log")
                if text.startswith(_FOOTER_START):
                    self.footer = self._ended(number, text, head)
                    continue
                line = self._decode(number, text, _Line)
                body = bytes(line.event)
                try:
                    head = check_link(self.hub, head, line.seq, body, line.digest)
                    event = decode_event(self.hub, line.seq, body)
                except TamperedLogError as error:
                    raise TamperedLogError(f"{self.path}, line {number}: {error}") from error
                yield Record(line.seq, event, line.digest, body)

    def _ended(self, number: int, text: bytes, head: Head) -> Footer:
        footer = self._decode(number, text, Footer)
        if (footer.end, footer.head) != (head.seq, head.digest):
            raise TamperedLogError(
                f"{self.path}, line {number}: the log should end with record {footer.end}, "
                f"but the record before this line is {head.seq}; lines are missing or were changed"
            )
        return footer

    def _decode(self, number: int, text: bytes, kind: type[_Kind]) -> _Kind:
        try:
            return _DECODERS[kind].decode(text)  # type: ignore[no-any-return]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            what = "the file may have been cut off here" if not text.endswith(b"\n") else str(error)
            raise UsageError(f"{self.path}, line {number}: this is no line of a Portwatt log ({what})") from error


_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(kind) for kind in (Header, Footer, _Line)}


def read_log(path: Path) -> Iterator[Record]:
    """The records of a log file, checked. Raises UsageError and TamperedLogError naming the line."""
    return iter(LogReader(path))


async def export_log(store: Store, hub: HubId, path: Path, state: HubState | None = None) -> int:
    """Write the log of a hub to a file; answers how many records. `state`: the live state after the last of them."""
    count = 0
    with LogWriter(path, hub) as out:
        async for record in store.read(hub):
            out.add(record)
            count = record.seq
            if state is not None and count == state.seq:
                break
        if state is not None:
            if count != state.seq:
                raise UsageError(f"the log of hub {hub} ends at record {count}, before the state of record {state.seq}")
            out.prove(state)
    return count
