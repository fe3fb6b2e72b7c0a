"""Whatever a station may say by the types of its version: it is answered, and no belief becomes nonsense."""

from datetime import UTC, datetime, timedelta
from functools import cache
from math import isfinite
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
import small_hub as small
from hypothesis import given, settings
from msgspec import inspect

from portwatt.events import AnyEvent
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.ids import StationId
from portwatt.state import HubState, fold
from portwatt.translate import handle
from portwatt.translate.ocpp import HANDLERS
from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion

STATE = small.in_the_morning()
TEXTS = [
    "",
    "a",
    "b",
    "p1",
    "p4",
    "token-t1",
    "TOKEN-T4",
    "1",
    "-5",
    "nan",
    "1e400",
    "Available",
    "Wh",
    "kWh",
    "🔋" * 30,
]
NAMES = ["EVSE", "BatteryCartridge", "AvailabilityState", "SoC", "SoH", "SerialNumber"]
NUMBERS = st.sampled_from([-(2**63), -1, 0, 1, 2, 3, 4, 5, 14, 2**31 - 1, 2**63 - 1]) | st.integers(0, 20)
FLOATS = st.sampled_from([-1.0, 0.0, 50.0, 100.0, 1e18, 1.7e308]) | st.floats(0, 200_000)
TIMES = st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]) | st.integers(
    -7_200, 7_200
).map(lambda s: small.START + timedelta(seconds=s))
LEAVES = {
    inspect.StrType: st.sampled_from(TEXTS + NAMES),
    inspect.IntType: NUMBERS,
    inspect.FloatType: FLOATS,
    inspect.BoolType: st.booleans(),
    inspect.DateTimeType: TIMES,
    inspect.DictType: st.just({"vendorId": "x"}),
    inspect.AnyType: st.sampled_from([None, 1, "x", {"a": []}]),
}


def values(shape: inspect.Type) -> st.SearchStrategy[Any]:
    """Values of a type, with a liking for those that go wrong."""
    match shape:
        case inspect.Metadata():
            return values(shape.type)
        case inspect.UnionType():
            return st.one_of(*map(values, shape.types))
        case inspect.NoneType():
            return st.none()
        case inspect.EnumType():
            return st.sampled_from(list(shape.cls))
        case inspect.VarTupleType():
            return st.lists(values(shape.item_type), min_size=1, max_size=3).map(tuple)
        case inspect.StructType():
            return st.builds(shape.cls, **{f.name: values(f.type) for f in shape.fields})
        case _:
            return LEAVES[type(shape)]


@cache
def requests(version: OcppVersion) -> st.SearchStrategy[list[Message]]:
    """A few requests of a station, in a row."""
    kinds = [values(inspect.type_info(kind)) for kind in HANDLERS[version]]
    return st.lists(st.one_of(*kinds), min_size=1, max_size=6)


def check(state: HubState, events: tuple[AnyEvent, ...]) -> None:
    assert set(state.evses) == set(STATE.evses)
    assert all(t.energy.wh >= 0 and t.power.w >= 0 for t in state.transactions.values())
    assert state.totals.load.w >= 0
    assert msgspec.json.decode(msgspec.json.encode(events), type=tuple[AnyEvent, ...]) == events


@pytest.mark.parametrize("station", [small.CCS, small.SWAP])
@pytest.mark.parametrize("version", list(OcppVersion))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_anything_a_station_may_say(version: OcppVersion, station: StationId, data: st.DataObject) -> None:
    state, names = STATE, {action.request: action.name for action in ACTIONS[version].values()}
    for request in data.draw(requests(version)):
        handled = handle(version, state, station, request, small.START)
        if handled.response is not None:
            answer = msgspec.to_builtins(handled.response)
            assert load_schemas()[version].response_fault(names[type(request)], answer) is None
        assert all(isfinite(sample.value) for sample in handled.samples)
        state = fold(handled.events, state)
        check(state, handled.events)
