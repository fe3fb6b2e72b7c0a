"""Wire names, required fields and enumerations of the shared 2.x types against the official schemas."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import inspect

from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.v2x import UNMODELLED
from portwatt.wire.ocpp.v2x_enums import IdTokenType
from portwatt.wire.ocpp.versions import KNOWN_ACTIONS, OcppVersion

MESSAGES = [
    (version, kind, name)
    for version in (OcppVersion.V201, OcppVersion.V21)
    for action in ACTIONS[version].values()
    for kind, name in (
        (action.request, action.name + ("Request" if action.response else "")),
        (action.response, f"{action.name}Response"),
    )
    if kind is not None
]
# 2.1 made these optional; the schema of 2.0.1 still asks for them at the door.
REQUIRED_IN_201 = {"SignedMeterValue": {"signingMethod", "publicKey"}, "ChargingSchedulePeriod": {"limit"}}
# 2.0.1 lists values where 2.1 takes any string.
FREE_STRINGS = {"IdTokenEnumType", "ConnectorEnumType"}
PRIMITIVES = {
    inspect.StrType: "string",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
}


class Comparison:
    """Walks a type beside its schema; counts the fields seen."""

    def __init__(self, version: OcppVersion, schema: Any) -> None:
        self.exact = version is OcppVersion.V21
        self.definitions = schema.get("definitions", {})
        self.fields = 0

    def walk(self, shape: inspect.Type, schema: Any, place: str) -> None:
        if isinstance(shape, inspect.UnionType):
            (shape,) = (one for one in shape.types if not isinstance(one, inspect.NoneType))
        free = "$ref" in schema and schema["$ref"].split("/")[-1] in FREE_STRINGS
        if "$ref" in schema:
            schema = self.definitions[schema["$ref"].split("/")[-1]]
        if isinstance(shape, inspect.StructType):
            self.struct(shape, schema, place)
        elif isinstance(shape, inspect.VarTupleType):
            assert schema["type"] == "array", place
            self.walk(shape.item_type, schema["items"], place)
        elif isinstance(shape, inspect.EnumType):
            values, listed = {member.value for member in shape.cls}, set(schema["enum"])
            assert values == listed if self.exact else values >= listed, place
        elif isinstance(shape, inspect.DateTimeType):
            assert schema["format"] == "date-time", place
        elif isinstance(shape, inspect.DictType):
            assert schema["required"] == ["vendorId"], place
        elif not isinstance(shape, inspect.AnyType):
            assert free or "enum" not in schema, place
            assert schema.get("format") != "date-time", place
            assert PRIMITIVES[type(shape)] == schema["type"], place
        else:
            assert "type" not in schema, place

    def struct(self, shape: inspect.StructType, schema: Any, place: str) -> None:
        name = shape.cls.__name__
        fields = {field.encode_name: field for field in shape.fields}
        listed = schema["properties"].keys() - UNMODELLED.get(name, frozenset())
        assert fields.keys() == listed if self.exact else fields.keys() >= listed, place
        required = {name for name, field in fields.items() if field.required}
        more = set() if self.exact else REQUIRED_IN_201.get(name, set())
        assert required | more == set(schema.get("required", [])), place
        for wire_name in listed:
            self.fields += 1
            self.walk(fields[wire_name].type, schema["properties"][wire_name], f"{place}/{wire_name}")


@pytest.mark.parametrize(("version", "kind", "document"), MESSAGES, ids=[f"{v}-{d}" for v, _, d in MESSAGES])
def test_every_field_is_that_of_the_schema(
    version: OcppVersion, kind: type, document: str, official: Callable[[OcppVersion, str], Any]
) -> None:
    schema = official(version, document)
    comparison = Comparison(version, schema)
    comparison.walk(inspect.type_info(kind), schema, document)
    unmodelled = UNMODELLED.get(kind.__name__, frozenset())
    assert comparison.fields >= len(schema["properties"].keys() - unmodelled)


def test_what_is_not_modelled_is_really_in_2_1(official: Callable[[OcppVersion, str], Any]) -> None:
    for name, wire_names in UNMODELLED.items():
        in_message = name.endswith(("Request", "Response"))
        schema = official(OcppVersion.V21, name if in_message else "SetChargingProfileRequest")
        part = schema if in_message else schema["definitions"][f"{name}Type"]
        assert wire_names <= part["properties"].keys()


@pytest.mark.parametrize("version", [OcppVersion.V201, OcppVersion.V21])
def test_directions_are_those_of_the_version(version: OcppVersion) -> None:
    known = KNOWN_ACTIONS[version]
    assert {name: action.direction for name, action in ACTIONS[version].items()} == {
        name: known[name] for name in ACTIONS[version]
    }


def test_token_types_are_those_of_2_0_1(official: Callable[[OcppVersion, str], Any]) -> None:
    listed = official(OcppVersion.V201, "AuthorizeRequest")["definitions"]["IdTokenEnumType"]["enum"]
    assert {kind.value for kind in IdTokenType} == set(listed)
