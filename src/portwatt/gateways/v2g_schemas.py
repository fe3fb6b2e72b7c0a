"""Reads the XML Schema documents of V2G from the installed `iso15118` package; none is copied into the project."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Final

from portwatt.errors import UsageError
from portwatt.wire.exi.v2g import Dialect, V2gCodecs

_SIGNATURES: Final = "xmldsig-core-schema.xsd"
_MESSAGES: Final = ("V2G_CI_MsgDef.xsd", "V2G_CI_MsgHeader.xsd", "V2G_CI_MsgBody.xsd", "V2G_CI_MsgDataTypes.xsd")
_PLACES: Final = {
    Dialect.SAP: ("V2G_CI_AppProtocol.xsd",),
    Dialect.DIN: (*(f"din_spec/{name}" for name in _MESSAGES), _SIGNATURES),
    Dialect.ISO2: (*(f"iso15118_2/{name}" for name in _MESSAGES), _SIGNATURES),
    Dialect.ISO20_COMMON: (
        "iso15118_20/V2G_CI_CommonMessages.xsd",
        "iso15118_20/V2G_CI_CommonTypes.xsd",
        _SIGNATURES,
    ),
    Dialect.ISO20_AC: ("iso15118_20/V2G_CI_AC.xsd", "iso15118_20/V2G_CI_CommonTypes.xsd", _SIGNATURES),
    Dialect.ISO20_DC: ("iso15118_20/V2G_CI_DC.xsd", "iso15118_20/V2G_CI_CommonTypes.xsd", _SIGNATURES),
}


@cache
def load_v2g() -> V2gCodecs:
    """Return the codecs of V2G, read once a process. Raises UsageError where the package is not installed."""
    return V2gCodecs({dialect: schema_documents(dialect) for dialect in Dialect})


def schema_documents(dialect: Dialect) -> list[str]:
    """Return the texts of the schemas of one dialect. Raises UsageError where the package is not installed."""
    if find_spec("iso15118") is None:
        raise UsageError(
            "Messages of CCS2 are read with the schemas in the package iso15118, which is not installed; "
            "install it with: pip install 'portwatt[interop]'"
        )
    place = files("iso15118") / "shared" / "schemas"
    return [(place / name).read_text("utf-8-sig") for name in _PLACES[dialect]]
