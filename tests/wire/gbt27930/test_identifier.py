"""The 29 bits of an identifier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.errors import UsageError
from portwatt.wire.gbt27930.identifier import Address, Identifier, identifier


def test_known_identifiers() -> None:
    assert identifier(0x26, Address.CHARGER, 6) == 0x1826F456
    assert identifier(0x02, Address.BMS, 7) == 0x1C0256F4
    assert Identifier.of(0x081E56F4) == Identifier(2, 0x1E, Address.CHARGER, Address.BMS)


@given(st.integers(0, (1 << 29) - 1))
def test_parts_make_the_whole(can_id: int) -> None:
    assert Identifier.of(can_id).can_id == can_id


@pytest.mark.parametrize("can_id", [-1, 1 << 29])
def test_more_than_29_bits_are_refused(can_id: int) -> None:
    with pytest.raises(UsageError, match="29 bits"):
        Identifier.of(can_id)
