"""Faults of a file: each with its place, all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, get_args

from msgspec import Struct
from pydantic import BaseModel, ValidationError

from portwatt.errors import UsageError

_SHOWN = 60
ID_PATTERN = r"^[\w.~#+@*\-]+$"
CLOCK_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
SLOT_PATTERN = r"^[^/]+/[1-9][0-9]{0,3}$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
_FORMS = {
    ID_PATTERN: "a name without spaces (letters, digits and - _ . ~ # + @ *)",
    CLOCK_PATTERN: "a time of day HH:MM, 00:00 to 24:00",
    SLOT_PATTERN: "a slot STATION/NUMBER",
    CURRENCY_PATTERN: "a currency code such as CNY",
}
_KEPT = 500
_NEAR = 300
MOST_FAULTS = 1_000
"""Nobody reads more; a file with more is another kind of file."""


class Fault(Struct, frozen=True, order=True):
    """One thing wrong in a file: its place (``stations[3].evses[0].max_power_kw``, counted from 0; ``row 7, column
    due`` in a table) and what to do about it."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class FaultyFileError(UsageError):
    """A file that cannot be used: `faults` is everything wrong with the file `name`; nothing was taken from it."""

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.name = name
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = [f"{name}: {count} {'fault' if count == 1 else 'faults'}", *(f"  {f}" for f in self.faults[:_KEPT])]
        if count > _KEPT:
            lines.append(f"  … and {count - _KEPT} more")
        super().__init__("\n".join(lines))


def place_of(steps: Sequence[str | int], root: str = "") -> str:
    """The place of a value as people write it: ``stations[3].evses[0]``."""
    place = root
    for step in steps:
        if isinstance(step, int):
            place += f"[{step}]"
        else:
            place += f".{step}" if place else step
    return place


def nearest(wrong: str, known: Iterable[str]) -> str:
    """A question that helps after a misspelling, or nothing: ``; did you mean 'places'?``."""
    close = difflib.get_close_matches(wrong[:_SHOWN], islice(known, _NEAR), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def faults_of(error: ValidationError, model: type[BaseModel], root: str = "") -> list[Fault]:
    """What pydantic found, in plain words, with places under `root`."""
    return [_fault(details, model, root) for details in error.errors(include_url=False)[:MOST_FAULTS]]


def _fault(details: Any, model: type[BaseModel], root: str) -> Fault:
    steps: tuple[str | int, ...] = details["loc"]
    place = place_of([step for step in steps if step != "[key]"], root)
    match details["type"]:
        case "missing":
            return Fault(place, f"is missing{_meaning(model, steps)}")
        case "extra_forbidden":
            known = _keys(_at(model, steps[:-1]))
            hint = nearest(str(steps[-1]), known) or f"; known here: {', '.join(known)}"
            return Fault(place, f"is not a known key{hint}")
        case "value_error":
            return Fault(place, str(details["ctx"]["error"]))
        case "string_pattern_mismatch":
            pattern = details["ctx"]["pattern"]
            return Fault(
                place, f"should be {_FORMS.get(pattern, f'text like {pattern}')}, not {_shown(details['input'])}"
            )
        case "too_short" | "too_long":
            least = details["ctx"].get("min_length")
            wanted = f"needs at least {least}" if least else f"can have at most {details['ctx']['max_length']}"
            return Fault(place, f"{wanted} {'entry' if least == 1 else 'entries'}, it has {len(details['input'])}")
        case _:
            said = details["msg"].removeprefix("Input ")
            return Fault(place, f"{said}, not {_shown(details['input'])}")


def _shown(value: object) -> str:
    """A wrong value, short enough for a line."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else f"a list of {len(value)}"
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes out
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _meaning(model: type[BaseModel], steps: Sequence[str | int]) -> str:
    parent = _at(model, steps[:-1])
    field = parent.model_fields.get(str(steps[-1])) if parent else None
    return f"; add it: {field.description}" if field is not None and field.description else ""


def _keys(model: type[BaseModel] | None) -> list[str]:
    return list(model.model_fields) if model else []


def _at(model: type[BaseModel], steps: Sequence[str | int]) -> type[BaseModel] | None:
    """The model that describes what stands at a place of the file."""
    current: type[BaseModel] | None = model
    for step in steps:
        if isinstance(step, int):
            continue
        field = current.model_fields.get(step) if current else None
        current = _model_in(field.annotation) if field is not None else None
    return current


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
