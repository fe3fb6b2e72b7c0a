"""Events of every kind, drawn from their own types, about the things of the small hub or about strangers."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, get_args, get_type_hints

import hypothesis.strategies as st
import small_hub as small
from msgspec.structs import fields

from portwatt.commands import AnyCommand
from portwatt.events import AnyEvent, HubOpened
from portwatt.model.hub import Hub
from portwatt.units import Energy, EnergyPrice, Money, Power, SoC, Window

NAMES: dict[str, tuple[str, ...]] = {
    "station": (small.CCS, small.GBT, small.SWAP, "stranger"),
    "evse": (small.CCS1, small.CCS2, small.GBT1, *small.SLOTS, "stranger/1"),
    "slot": small.SLOTS,
    "transaction": ("ccs:1", "ccs:2", "gbt:1", "swap:1"),
    "truck": (small.T1, small.T2, small.T3, small.T4, "stranger"),
    "token": (small.token(small.T1), small.token(small.T4), "stranger"),
    "pack": ("p1", "p2", "p3", "p4", "p9"),
    "train": (small.OUT1, small.OUT2, small.IN1, "stranger"),
    "move": ("m1", "m2", "m3", "stranger"),
    "container": ("C-m1", "C-m2", "stranger"),
    "activity": ("t1/1", "t1/2", "t4/1"),
    "place": (small.QUAY, small.YARD, small.CHARGING),
    "fallback": (small.SHUTTLE,),
    "id": tuple(str(n) for n in range(30, 40)),
}
MOMENTS = st.integers(0, 24 * 60).map(small.minutes)
_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    datetime: MOMENTS,
    timedelta: st.integers(-600, 600).map(lambda s: timedelta(seconds=s)),
    Power: st.integers(0, 400_000).map(Power),
    Energy: st.integers(0, 10**6).map(Energy),
    SoC: st.integers(0, 10_000).map(SoC),
    Money: st.integers(0, 10**6).map(Money),
    EnergyPrice: st.integers(0, 10**6).map(EnergyPrice),
    Window: st.tuples(MOMENTS, MOMENTS).map(lambda pair: Window(min(pair), max(pair))),
    Hub: st.builds(small.hub, st.integers(100, 3_000)),
    int: st.integers(0, 50),
    float: st.floats(0, 180),
    bool: st.booleans(),
    str: st.text(max_size=8),
}


def _of(name: str, kind: Any) -> st.SearchStrategy[Any]:
    """Values for a field: a known name where the field says what it names, otherwise anything of its type."""
    supertype = getattr(kind, "__supertype__", None)
    if supertype is str:
        return st.sampled_from(NAMES.get(name, NAMES.get(kind.__name__.removesuffix("Id").lower(), ("x", "y"))))
    if supertype is not None:
        return _of(name, supertype)
    if kind in _LEAVES:
        return _LEAVES[kind]
    if kind is type(None):
        return st.none()
    arguments = get_args(kind)
    if getattr(kind, "__origin__", None) is tuple:
        return st.lists(_of(name.removesuffix("s"), arguments[0]), max_size=2).map(tuple)
    if getattr(kind, "__origin__", None) is dict:
        return st.dictionaries(_of(name, arguments[0]), _of(name, arguments[1]), max_size=2)
    if arguments:
        return st.one_of([_of(name, a) for a in arguments])
    if hasattr(kind, "__struct_fields__"):
        return st.deferred(lambda: struct(kind))
    return st.sampled_from(list(kind))


@cache
def struct(kind: type) -> st.SearchStrategy[Any]:
    """Any value of a Struct type."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{f.name: _of(f.name, hints[f.name]) for f in fields(kind)})


EVENT_TYPES = get_args(AnyEvent)
COMMAND_TYPES = get_args(AnyCommand)
events = st.one_of([struct(kind) for kind in EVENT_TYPES])
commands = st.one_of([struct(kind) for kind in COMMAND_TYPES])
stories = st.lists(st.one_of([struct(kind) for kind in EVENT_TYPES if kind is not HubOpened]), max_size=40)
"""Events in any order; times may go back, as when a station delivers late."""
