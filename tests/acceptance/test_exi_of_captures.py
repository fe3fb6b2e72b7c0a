"""Every message of real captures, where they are at hand: read, written back, and held against EXIficient."""

from __future__ import annotations

from pathlib import Path

import captured
import exificient
import pytest

from portwatt.gateways.v2g_schemas import load_v2g

TRACES = captured.traces()

pytestmark = pytest.mark.skipif(not TRACES, reason="no captures: PORTWATT_TRACES names no directory that holds some")


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_every_message_is_read_and_written_back_to_the_same_octets(path: Path) -> None:
    codecs = load_v2g()
    found = captured.payloads(path)
    assert found
    for dialect, data in dict.fromkeys(found):
        message = codecs.decode(dialect, data)
        assert codecs.encode(message) == data, message.name


@pytest.mark.slow
@pytest.mark.skipif(not exificient.available(), reason="needs Java and the archive in the package iso15118")
def test_exificient_reads_the_same(tmp_path: Path) -> None:
    codecs = load_v2g()
    messages = list(dict.fromkeys(pair for path in TRACES for pair in captured.payloads(path)))
    results = exificient.run(exificient.schemas_in(tmp_path), messages)
    for (dialect, data), theirs in zip(messages, results, strict=True):
        assert not isinstance(theirs, str), (data.hex(), theirs)
        assert exificient.differences(theirs, codecs.codec(dialect).decode(data).body) == []
