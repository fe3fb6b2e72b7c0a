"""Schemas, golden frames and official documents for the OCPP tests."""

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.wire.ocpp.schemas import SchemaSet
from portwatt.wire.ocpp.versions import OcppVersion

GOLDEN = Path(__file__).parents[2] / "golden" / "ocpp"
FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}


@pytest.fixture(scope="session")
def schemas() -> Mapping[OcppVersion, SchemaSet]:
    """Return the compiled schemas of all versions."""
    return load_schemas()


@pytest.fixture(scope="session")
def golden() -> Mapping[OcppVersion, list[str]]:
    """Return our golden frames: each CALL is followed by its CALLRESULT."""
    return {version: (GOLDEN / f"{version}.jsonl").read_text("utf-8").splitlines() for version in OcppVersion}


@pytest.fixture(scope="session")
def official() -> Callable[[OcppVersion, str], Any]:
    """Return a reader of official schema documents as JSON values."""

    def read(version: OcppVersion, name: str) -> Any:
        place = files("ocpp") / FOLDERS[version] / "schemas" / f"{name}.json"
        return json.loads(place.read_text("utf-8-sig"))

    return read
