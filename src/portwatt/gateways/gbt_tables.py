"""Reads the GB/T 27930 tables shipped with the package (src/portwatt/data/gbt27930)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from portwatt.wire.gbt27930.chaoji import ChaojiDraft
from portwatt.wire.gbt27930.decoder import Layouts
from portwatt.wire.gbt27930.tables import parse_tables


@cache
def load_gbt() -> Layouts:
    """The tables of all editions, ready for a decoder; read once a process."""
    return Layouts(parse_tables(_text("messages.csv"), _text("fields.csv"), _text("facts.json")))


def chaoji_draft() -> ChaojiDraft:
    """A fresh reader of the ChaoJi draft profile: for those who know that a capture speaks the draft."""
    return ChaojiDraft(_text("chaoji_draft.json"))


def _text(name: str) -> str:
    return (files("portwatt") / "data" / "gbt27930" / name).read_text(encoding="utf-8")
