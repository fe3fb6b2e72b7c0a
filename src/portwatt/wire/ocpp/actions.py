"""Which actions we speak in each version, and with which types."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portwatt.wire.ocpp import v16, v21, v201
from portwatt.wire.ocpp.message import Action
from portwatt.wire.ocpp.versions import OcppVersion

ACTIONS: Final[Mapping[OcppVersion, Mapping[str, Action]]] = MappingProxyType(
    {OcppVersion.V16: v16.ACTIONS, OcppVersion.V201: v201.ACTIONS, OcppVersion.V21: v21.ACTIONS}
)
"""The action tables of all versions."""

SUPPORTED: Final[Mapping[OcppVersion, frozenset[str]]] = MappingProxyType(
    {version: frozenset(actions) for version, actions in ACTIONS.items()}
)
"""Names of the actions we serve unless told otherwise; a smaller set switches actions off (NotSupported)."""
