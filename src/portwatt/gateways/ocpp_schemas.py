"""Reads the official OCPP schema documents from the installed `ocpp` package (schemas by the Open Charge Alliance)."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from portwatt.wire.ocpp.schemas import SchemaSet
from portwatt.wire.ocpp.versions import OcppVersion

_FOLDERS: Final = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}


@cache
def load_schemas() -> Mapping[OcppVersion, SchemaSet]:
    """Return the schemas of all versions: 78 documents of 1.6, 128 of 2.0.1, 181 of 2.1; read once a process."""
    return MappingProxyType({version: SchemaSet(version, _documents(folder)) for version, folder in _FOLDERS.items()})


def _documents(folder: str) -> Mapping[str, str]:
    place = files("ocpp") / folder / "schemas"
    # utf-8-sig: some documents of the package start with a byte order mark.
    return {
        entry.name.removesuffix(".json"): entry.read_text("utf-8-sig")
        for entry in place.iterdir()
        if entry.name.endswith(".json")
    }
