from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from hub_files import GOOD
from pydantic import BaseModel, ValidationError

from portwatt.config.hub_file import Entry, HubFile


def entries(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """All tables of the schema."""
    seen.add(model)
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        part = waiting.pop()
        waiting += get_args(part)
        if isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
            entries(part, seen)
    return seen


TABLES = sorted(entries(HubFile, set()), key=lambda table: table.__name__)


def test_the_example_has_the_shape():
    assert HubFile.model_validate(GOOD).id == "QINGXI"


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_strict_and_every_key_explained(table):
    assert issubclass(table, Entry)
    assert all(field.description for field in table.model_fields.values())


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e300, -1e300, True])
def test_no_endless_number_passes_anywhere(table, number):
    """Every number of every table has bounds: a value for all its keys leaves none of its numbers unmentioned."""
    schema = table.model_json_schema()["properties"]
    numbers = {
        key
        for key, value in schema.items()
        if "number" in str(value.get("type")) or "integer" in str(value.get("type"))
    }
    with pytest.raises(ValidationError) as caught:
        table.model_validate(dict.fromkeys(schema, number))
    assert numbers <= {str(error["loc"][0]) for error in caught.value.errors()}
