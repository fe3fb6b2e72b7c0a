"""Writes the tables of keys and columns in this folder from the schemas, so that they cannot disagree with the program.

Run it after a change of a schema: ``uv run python docs/reference/generate.py``. A test fails while it has not been run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from portwatt.config.faults import CLOCK_PATTERN, CURRENCY_PATTERN, ID_PATTERN, SLOT_PATTERN
from portwatt.config.hub_file import HubFile
from portwatt.config.library import shelf
from portwatt.gateways.cells import Column
from portwatt.gateways.tables import MOVE_COLUMNS, TRAIN_COLUMNS, TRUCK_COLUMNS
from portwatt.simulator.scenario import DayRules, DemandRules, Disturbance, FieldRules, Span

HERE = Path(__file__).parent
_PATTERNS = {ID_PATTERN: "name", CLOCK_PATTERN: "HH:MM", SLOT_PATTERN: "STATION/NUMBER", CURRENCY_PATTERN: "code"}


def pages() -> dict[Path, str]:
    """The pages as they should be."""
    scenario = (("day", DayRules), ("demand", DemandRules), ("disturbance", Disturbance), ("field", FieldRules))
    blocks = {
        "hub-file.md": {"keys": _model(HubFile, "", "The file"), "library": _library()},
        "scenario.md": {"keys": "\n\n".join(_model(model, name, f"`[{name}]`") for name, model in scenario)},
        "tables.md": {
            "trains": _columns(TRAIN_COLUMNS),
            "moves": _columns(MOVE_COLUMNS),
            "trucks": _columns(TRUCK_COLUMNS),
        },
    }
    return {HERE / name: _filled((HERE / name).read_text(encoding="utf-8"), made) for name, made in blocks.items()}


def _filled(page: str, blocks: dict[str, str]) -> str:
    for name, text in blocks.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        head, found, rest = page.partition(begin)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"a page has no {begin} … {end}")
        page = f"{head}{begin}\n{text}\n{end}{tail}"
    return page


def _model(model: type[BaseModel], place: str, title: str) -> str:
    schema = model.model_json_schema()
    return "\n\n".join(_tables(schema, schema.get("$defs", {}), place, title))


def _tables(schema: dict[str, Any], defs: dict[str, Any], place: str, title: str) -> Iterator[str]:
    lines = [f"### {title}", "", "| key | value | default | meaning |", "|---|---|---|---|"]
    below = []
    for key, value in schema["properties"].items():
        given = key in schema.get("required", [])
        default = "**needed**" if given else _default(value.get("default"))
        lines.append(f"| `{key}` | {_kind(value, defs)} | {default} | {value.get('description', '')} |")
        inner, listed = _table_in(value, defs)
        if inner is not None:
            path = f"{place}.{key}" if place else key
            below.append((inner, path, f"`[[{path}]]`" if listed else f"`[{path}]`"))
    yield "\n".join(lines)
    for inner, path, heading in below:
        yield from _tables(inner, defs, path, heading)


def _resolved(value: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in value:
        value = next(part for part in value["anyOf"] if part.get("type") != "null")
    return defs[value["$ref"].rpartition("/")[2]] if "$ref" in value else value


def _table_in(value: dict[str, Any], defs: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
    found = _resolved(value, defs)
    listed = found.get("type") == "array"
    if listed:
        found = _resolved(found["items"], defs)
    return (found if "properties" in found and found.get("title") != Span.__name__ else None), listed


def _kind(value: dict[str, Any], defs: dict[str, Any]) -> str:
    found = _resolved(value, defs)
    if "enum" in found:
        return ", ".join(f"`{choice}`" for choice in found["enum"])
    match found.get("type"):
        case "number" | "integer":
            least = found.get("minimum", found.get("exclusiveMinimum"))
            most = found.get("maximum", found.get("exclusiveMaximum"))
            whole = "whole number" if found["type"] == "integer" else "number"
            return f"{whole} {_figure(least)} to {_figure(most)}"
        case "array":
            inner = _resolved(found["items"], defs)
            return "tables" if "properties" in inner else f"list: {_kind(inner, defs)}"
        case "object":
            span = found.get("title") == Span.__name__
            return "`{ least, most }`" if span else "table" if "properties" in found else "table of names and values"
        case "boolean":
            return "true or false"
        case _:
            form = _PATTERNS.get(found.get("pattern", ""), "text")
            return "local date" if found.get("format") == "date" else form


def _figure(value: Any) -> str:
    return f"{value:,.10g}".replace(",", " ")


def _default(value: object) -> str:
    if value is None or value in ("", [], {}) or isinstance(value, dict):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _library() -> str:
    lines = ["| what | names |", "|---|---|"]
    lines += [f"| `{kind}` | {', '.join(f'`{name}`' for name in shelf(kind))} |" for kind in ("families", "models")]
    lines.append(f"| `tariff` | {', '.join(f'`{name}`' for name in shelf('tariffs'))} |")
    return "\n".join(lines)


def _columns(columns: tuple[Column, ...]) -> str:
    lines = ["| column | also | needed | meaning |", "|---|---|---|---|"]
    for column in columns:
        needed = "yes" if column.needed else ""
        lines.append(f"| `{column.key}` | {', '.join(column.also)} | {needed} | {column.meaning} |")
    return "\n".join(lines)


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(re.sub(r"\n{3,}", "\n\n", text), encoding="utf-8")
