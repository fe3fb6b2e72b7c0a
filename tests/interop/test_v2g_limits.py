from __future__ import annotations

import pytest

from portwatt.interop.v2g_limits import pre_charge_limit, response_limit
from portwatt.wire.exi.v2g import Dialect


@pytest.mark.parametrize(
    ("name", "dialect", "seconds"),
    [
        ("CurrentDemand", Dialect.DIN, 0.25),
        ("PowerDelivery", Dialect.ISO2, 5),
        ("PowerDelivery", Dialect.DIN, 2),
        ("PowerDelivery", Dialect.ISO20_COMMON, 2),
        ("ServiceDetail", Dialect.ISO2, 5),
        ("DC_ChargeLoop", Dialect.ISO20_DC, 0.5),
        ("AnythingElse", None, 2),
    ],
)
def test_response_limits(name: str, dialect: Dialect | None, seconds: float) -> None:
    assert response_limit(name, dialect).total_seconds() == seconds


def test_pre_charge_has_longer_in_20() -> None:
    assert pre_charge_limit(Dialect.ISO2).total_seconds() == 7
    assert pre_charge_limit(Dialect.ISO20_COMMON).total_seconds() == 10
