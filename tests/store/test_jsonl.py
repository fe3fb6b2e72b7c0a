"""The log as a file: it comes back, and every damage is named by its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portwatt.errors import TamperedLogError, UsageError
from portwatt.events import AnyEvent
from portwatt.ids import HubId
from portwatt.runtime.interfaces import Record
from portwatt.state import HubState, codec
from portwatt.store.chain import extend, genesis
from portwatt.store.jsonl import Footer, LogReader, LogWriter, read_log

HUB = HubId("ningbo")
Story = Callable[[int], list[AnyEvent]]
After = Callable[[HubState | None, list[AnyEvent]], HubState]


@pytest.fixture
def records(story: Story) -> list[Record]:
    return extend(genesis(HUB), story(1))


@pytest.fixture
def path(records: list[Record], story: Story, after: After, tmp_path: Path) -> Path:
    file = tmp_path / "ningbo.jsonl"
    with LogWriter(file, HUB) as out:
        for record in records:
            out.add(record)
        out.prove(after(None, story(1)))
    return file


def test_a_log_comes_back(path: Path, records: list[Record], story: Story, after: After) -> None:
    reader = LogReader(path)
    assert reader.hub == HUB
    assert list(reader) == records
    assert reader.footer == Footer(len(records), records[-1].digest, codec.digest(after(None, story(1))))
    assert path.read_bytes().count(b"\n") == len(records) + 2


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 1_000_000), change=st.integers(1, 255))
def test_any_changed_byte_is_named_by_its_line(path: Path, records: list[Record], place: int, change: int) -> None:
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[place % len(whole)] ^= change
    line = whole[: place % len(whole)].count(b"\n") + 1
    other = path.with_name("damaged.jsonl")
    other.write_bytes(damaged)
    try:
        reader = LogReader(other)
        read = list(reader)
    except (TamperedLogError, UsageError) as error:
        # A line feed that is damaged joins two lines; a new one cuts a line in two, the second half is the next line.
        assert f"line {line}: " in str(error) or f"line {line + 1}: " in str(error)  # noqa: PT017
        return
    # What is left is space between values, and the digest of the state, which only a replay can judge.
    assert read == records
    assert reader.footer is not None
    assert (reader.footer.end, reader.footer.head) == (len(records), records[-1].digest)


@pytest.mark.parametrize("cut", [1, 2, 40, 500])
def test_a_file_that_was_cut_off_is_named(path: Path, cut: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    if cut == 1:
        assert len(list(read_log(path))) > 1  # only the last line feed is missing, nothing that was said
        return
    with pytest.raises(UsageError, match=r"line \d+: this is no line of a Portwatt log \(the file may have been cut"):
        list(read_log(path))


def test_a_missing_line_is_named(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4] + lines[5:]))
    with pytest.raises(TamperedLogError, match="line 5: the log of hub ningbo is broken at record 4: it is missing"):
        list(read_log(path))


def test_lines_missing_before_the_end_are_named(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2] + lines[-1:]))
    with pytest.raises(TamperedLogError, match="lines are missing"):
        list(read_log(path))


def test_nothing_may_follow_the_end(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"{}\n")
    with pytest.raises(UsageError, match="nothing may follow"):
        list(read_log(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1"),
        ("truck,time\n", "line 1"),
        ('{"portwatt_log":2,"hub":"ningbo"}\n', "log format 2 is not known"),
        ('{"portwatt_log":1,"hub":"ningbo","more":1}\n', "line 1"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        LogReader(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.jsonl cannot be read"):
        LogReader(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="cannot be written"), LogWriter(tmp_path / "no" / "folder.jsonl", HUB):
        pass


def test_half_an_export_leaves_no_file(records: list[Record], tmp_path: Path) -> None:
    def export(path: Path) -> None:
        with LogWriter(path, HUB) as out:
            out.add(records[0])
            out.add(records[2])

    with pytest.raises(TamperedLogError):
        export(tmp_path / "ningbo.jsonl")
    assert list(tmp_path.iterdir()) == []
