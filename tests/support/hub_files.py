"""The example hub file, right and with something wrong in it."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from portwatt.config.faults import Fault
from portwatt.config.hub import hub_of
from portwatt.model.hub import Hub

EXAMPLE = Path(__file__).parents[2] / "examples" / "dry-port.toml"
GOOD = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def broken(*path: str | int, value: Any = None, **more: Any) -> dict[str, Any]:
    """The good file with one value put at a place; None takes it away."""
    data = deepcopy(GOOD)
    spot: Any = data
    for step in path[:-1]:
        spot = spot[step]
    if value is None:
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    return {**data, **more}


def faults(data: dict[str, Any]) -> tuple[Fault, ...]:
    hub, found = hub_of(data)
    assert (hub is None) == bool(found)
    return found


def only(data: dict[str, Any]) -> tuple[str, str]:
    (fault,) = faults(data)
    return fault.place, fault.message


def good(data: dict[str, Any]) -> Hub:
    hub, found = hub_of(data)
    assert hub is not None, found
    return hub


def model(**changes: Any) -> dict[str, Any]:
    points = [{"soc_percent": 0, "power_kw": 100}, {"soc_percent": 100, "power_kw": 0}]
    return {
        "id": "M", "battery_kwh": 282, "inlets": ["GBT_DC"], "curve": points, "voltage_low_v": 500,
        "voltage_high_v": 700, "consumption_loaded_kwh_per_km": 1.4, "consumption_empty_kwh_per_km": 0.9, **changes,
    }  # fmt: skip


def point(soc: float, power: float = 10) -> dict[str, float]:
    return {"soc_percent": soc, "power_kw": power}


def tariff(periods: list[tuple[str, str]], months: list[int], **more: Any) -> dict[str, Any]:
    rows = [{"start": start, "end": end, "band": "flat"} for start, end in periods]
    return {
        "id": "T", "timezone": "Asia/Shanghai", "floating_per_kwh": 0.5, "multipliers": {"flat": 1.0},
        "seasons": [{"months": months, "periods": rows}], **more,
    }  # fmt: skip


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.sampled_from(
        ["HUB", "QX-##", "CHAOJI", "00:00", 10**400, -1, 0, {}, [], [[]], [{}], {"id": "HUB"}]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The place of every value in a file."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] * bool(path) + [found for key, value in items for found in places(value, (*path, key))]


def altered(data: dict[str, Any], changes: list[tuple[tuple[str | int, ...], Any]]) -> dict[str, Any]:
    """The data with values put at places, where an earlier change has left the place."""
    made = deepcopy(data)
    for path, value in changes:
        spot: Any = made
        with suppress(KeyError, IndexError, TypeError):
            for step in path[:-1]:
                spot = spot[step]
            spot[path[-1]] = value
    return made
