"""Version offers, read in either order of their version bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portwatt.wire.gbt27930.identifier import Address
from portwatt.wire.gbt27930.negotiation import NegotiationResult, read_offer, write_offer

AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("result", NegotiationResult)
@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
def test_an_offer_comes_back(result: NegotiationResult, version: str) -> None:
    offer = read_offer(Address.CHARGER, write_offer(result, version), 7, AT)
    assert offer is not None
    assert (offer.sender, offer.result, offer.version, offer.number) == (Address.CHARGER, result, version, 7)


def test_major_version_first_is_understood() -> None:
    offer = read_offer(Address.BMS, bytes((0, 1, 2, 0, 0, 1, 1, 0xFF)), 1, AT)
    assert offer is not None
    assert offer.version == "2.0"


def test_an_unknown_result_is_no_result() -> None:
    offer = read_offer(Address.BMS, bytes((0, 9, 0, 2, 0, 1, 1, 0xFF)), 1, AT)
    assert offer is not None
    assert offer.result is None


def test_too_short_to_be_an_offer() -> None:
    assert read_offer(Address.BMS, bytes(6), 1, AT) is None
