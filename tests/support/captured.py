"""The real captures that lie beside the checkout, where they do; nothing of the project needs them."""

from __future__ import annotations

import os
from pathlib import Path

from portwatt.gateways.captures import open_capture
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.v2g_attempts import V2gListener
from portwatt.wire.exi.v2g import Dialect, V2gMessage


def traces() -> list[Path]:
    """Return the captures in the directory PORTWATT_TRACES names, or in shared/traces beside the checkout."""
    place = os.environ.get("PORTWATT_TRACES")
    folder = Path(place) if place else Path(__file__).parents[3] / "shared" / "traces"
    return sorted(folder.glob("*.pcap*"))


class Overheard:
    """Decodes for whoever asks, and keeps what it was asked."""

    def __init__(self) -> None:
        self.payloads: list[tuple[Dialect, bytes]] = []

    def decode(self, dialect: Dialect, data: bytes) -> V2gMessage:
        self.payloads.append((dialect, data))
        return load_v2g().decode(dialect, data)

    def recognise(self, data: bytes) -> Dialect | None:
        return load_v2g().recognise(data)


def payloads(path: Path) -> list[tuple[Dialect, bytes]]:
    """Return every EXI message of a capture with the dialect it was negotiated in."""
    overheard = Overheard()
    listener = V2gListener(overheard)
    for frame in open_capture(path):
        for _ in listener.take(frame):
            pass
    for _ in listener.close():
        pass
    return overheard.payloads
