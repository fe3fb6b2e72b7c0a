"""What comes with Portwatt: tariffs, pack families and truck models, which a hub file may name in place of a table, and
the requirements certificates are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from portwatt.config.faults import nearest
from portwatt.config.toml import parse_toml

Shelf = Literal["tariffs", "families", "models", "requirements"]


@cache
def shelf(name: Shelf) -> Mapping[str, Mapping[str, Any]]:
    """The tables of one kind, by id. One file each, named by its id."""
    folder = resources.files("portwatt") / "data" / name
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    tables = (parse_toml(f.read_text(encoding="utf-8"), f.name) for f in files)
    return {table["id"]: table for table in tables}


def from_shelf(name: Shelf) -> Callable[[object], object]:
    """What puts the table in place of its name and leaves all else as it is; raises ValueError for an unknown name."""

    def lookup(value: object) -> object:
        if not isinstance(value, str):
            return value
        known = shelf(name)
        if value not in known:
            hint = nearest(value, known) or f"; there are {', '.join(known)}"
            raise ValueError(f"{value!r} is not among the {name} that come with Portwatt{hint}")
        return known[value]

    return lookup
