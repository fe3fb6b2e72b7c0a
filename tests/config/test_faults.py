from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from portwatt.config.faults import Fault, FaultyFileError, faults_of, nearest, place_of
from portwatt.errors import UsageError


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    power_kw: float = Field(description="most power")


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    inner: Annotated[list[Inner], Field(min_length=1)]


def told(data: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
    return [str(fault) for fault in faults_of(caught.value, Outer, "top")]


def test_places_are_written_as_people_write_them():
    assert place_of(("stations", 3, "evses", 0, "max_power_kw")) == "stations[3].evses[0].max_power_kw"
    assert place_of((), "demand") == "demand"


def test_all_faults_with_place_and_help():
    assert told({"inner": [{"power": 3.0}, {"power_kw": "3"}]}) == [
        "top.inner[0].power_kw: is missing; add it: most power",
        "top.inner[0].power: is not a known key; did you mean 'power_kw'?",
        "top.inner[1].power_kw: should be a valid number, not '3'",
    ]


def test_a_key_like_no_other_is_answered_with_those_there_are():
    assert told({"inner": [{"power_kw": 1.0}], "zzz": 1}) == ["top.zzz: is not a known key; known here: inner"]


def test_short_lists_long_values_and_endless_numbers_fit_a_line():
    assert told({"inner": []}) == ["top.inner: needs at least 1 entry, it has 0"]
    (long,) = told({"inner": [{"power_kw": "x" * 500}]})
    assert len(long) < 150
    (endless,) = told({"inner": "1" * 10})
    assert "not '1111111111'" in endless
    (number,) = told({"inner": 10**5000})
    assert number.endswith("not a number of thousands of digits")


def test_the_error_says_everything_and_is_the_askers_fault():
    error = FaultyFileError("hub.toml", [Fault("grid", "is missing"), Fault("", "is empty")])
    assert isinstance(error, UsageError)
    assert str(error) == "hub.toml: 2 faults\n  grid: is missing\n  is empty"
    assert str(FaultyFileError("a", [Fault("x", "y")] * 700)).endswith("… and 200 more")


def test_nearest_helps_only_when_near():
    assert nearest("placs", ["places", "legs"]) == "; did you mean 'places'?"
    assert nearest("qqqq", ["places", "legs"]) == ""
