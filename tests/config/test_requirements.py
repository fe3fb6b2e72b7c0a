"""The requirements that come along, and certificates in a hub file."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hub_files import GOOD, good, only

from portwatt.config.requirements import requirements
from portwatt.model.certificate import Interface

HELD = {
    "requirement": "CCC-EVSE",
    "stations": [GOOD["stations"][1]["id"]],
    "number": "2026-1",
    "issuer": "CQC",
    "evidence": "CCC certificate",
    "valid_from": date(2026, 1, 1),
    "valid_to": date(2030, 12, 31),
}


def with_certificate(**changes: Any) -> dict[str, Any]:
    return {**deepcopy(GOOD), "certificates": [{**HELD, **changes}]}


def test_each_has_a_status_and_a_source_and_what_is_pending_has_no_date() -> None:
    known = requirements()
    assert {r.id for r in known} >= {"CCC-EVSE", "GBT34657.1-2025-A", "GBT34657.1-2025-B", "CCS2", "SWAP-REAR"}
    for requirement in known:
        assert requirement.status
        assert requirement.source
        assert not (requirement.pending and requirement.mandatory_from)
    (ccc,) = [r for r in known if r.id == "CCC-EVSE"]
    assert (ccc.accepted_from, ccc.mandatory_from) == (date(2025, 3, 1), date(2026, 8, 1))
    assert Interface.SWAP not in ccc.interfaces


def test_a_certificate_of_the_hub_file_is_on_the_hub() -> None:
    (held,) = good(with_certificate()).certificates
    assert (held.number, held.valid_to) == ("2026-1", date(2030, 12, 31))
    assert good(GOOD).certificates == ()


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"requirement": "CCC-EVS"}, "certificates[0].requirement", "did you mean 'CCC-EVSE'"),
        ({"requirement": "nothing-alike"}, "certificates[0].requirement", "there are CCC-EVSE"),
        ({"stations": ["NOWHERE"]}, "certificates[0].stations", "'NOWHERE'"),
        ({"stations": []}, "certificates[0].stations", "at least 1"),
        ({"valid_to": date(2025, 12, 31)}, "certificates[0].valid_to", "before valid_from"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(changes: dict[str, Any], place: str, said: str) -> None:
    found_place, message = only(with_certificate(**changes))
    assert found_place == place
    assert said in message
