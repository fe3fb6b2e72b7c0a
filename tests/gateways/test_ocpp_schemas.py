"""The official documents are all there and all compile."""

import pytest

from portwatt.errors import BugError
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.wire.ocpp.versions import KNOWN_ACTIONS, OcppVersion


def test_it_reads_once() -> None:
    assert load_schemas() is load_schemas()


@pytest.mark.parametrize(
    ("version", "documents"), [(OcppVersion.V16, 78), (OcppVersion.V201, 128), (OcppVersion.V21, 181)]
)
def test_every_document_belongs_to_a_known_action_and_compiles(version: OcppVersion, documents: int) -> None:
    schemas = load_schemas()[version]
    compiled = 0
    for action in KNOWN_ACTIONS[version]:
        schemas.request_fault(action, {})
        compiled += 1
        try:
            schemas.response_fault(action, {})
        except BugError:
            assert action == "NotifyPeriodicEventStream"
        else:
            compiled += 1
    assert compiled == documents
