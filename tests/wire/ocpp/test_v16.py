"""Wire names, required fields and enumerations of 1.6 against the official schemas."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import inspect

from portwatt.wire.ocpp import v16
from portwatt.wire.ocpp.versions import KNOWN_ACTIONS, OcppVersion

MESSAGES = [
    (kind, action.name + suffix)
    for action in v16.ACTIONS.values()
    for kind, suffix in ((action.request, ""), (action.response, "Response"))
]
# 1.6 inlines its enumerations; two documents list the units, MeterValues with one more (Hertz).
SHARED_ENUMS = {"UnitOfMeasure"}


def compare(shape: inspect.Type, schema: Any, place: str) -> int:
    """Compare a type with its schema; return how many fields were compared."""
    if isinstance(shape, inspect.UnionType):
        (shape,) = (one for one in shape.types if not isinstance(one, inspect.NoneType))
    if isinstance(shape, inspect.StructType):
        fields = {field.encode_name: field for field in shape.fields}
        assert fields.keys() == schema.get("properties", {}).keys(), place
        assert {name for name, field in fields.items() if field.required} == set(schema.get("required", [])), place
        return sum(1 + compare(fields[name].type, schema["properties"][name], f"{place}/{name}") for name in fields)
    if isinstance(shape, inspect.VarTupleType):
        assert schema["type"] == "array", place
        return compare(shape.item_type, schema["items"], place)
    if isinstance(shape, inspect.EnumType):
        values = {member.value for member in shape.cls}
        shared = shape.cls.__name__ in SHARED_ENUMS
        assert values >= set(schema["enum"]) if shared else values == set(schema["enum"]), place
    elif isinstance(shape, inspect.DateTimeType):
        assert schema["format"] == "date-time", place
    else:
        assert "enum" not in schema, place
        assert "format" not in schema, place
        assert {inspect.StrType: "string", inspect.IntType: "integer", inspect.FloatType: "number"}[
            type(shape)
        ] == schema["type"], place
    return 0


@pytest.mark.parametrize(("kind", "document"), MESSAGES, ids=[document for _, document in MESSAGES])
def test_every_field_is_that_of_the_schema(
    kind: type, document: str, official: Callable[[OcppVersion, str], Any]
) -> None:
    schema = official(OcppVersion.V16, document)
    assert compare(inspect.type_info(kind), schema, document) >= len(schema.get("properties", {}))


def test_directions_are_those_of_the_version() -> None:
    known = KNOWN_ACTIONS[OcppVersion.V16]
    assert {name: action.direction for name, action in v16.ACTIONS.items()} == {
        name: known[name] for name in v16.ACTIONS
    }
