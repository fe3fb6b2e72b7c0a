from __future__ import annotations

from itertools import pairwise

import pytest
from v2g_sessions import Session, charging, stopping

from portwatt.interop.v2g_evidence import Exchange
from portwatt.interop.v2g_sequence import legal_after


def request(name: str, **body: object) -> Exchange:
    session = Session()
    session.ask(name, dict(body))
    return session.exchanges[0]


@pytest.mark.parametrize(
    ("before", "after", "legal"),
    [
        ("SessionSetup", "ServiceDiscovery", True),
        ("SessionSetup", "ChargeParameterDiscovery", False),
        ("CableCheck", "CableCheck", True),
        ("CableCheck", "CurrentDemand", False),
        ("CurrentDemand", "SessionStop", True),
        ("SessionStop", "CurrentDemand", False),
        ("SomethingNew", "CurrentDemand", True),
        ("CurrentDemand", "SomethingNew", True),
    ],
)
def test_transitions(before: str, after: str, legal: bool) -> None:
    assert legal_after(request(before), request(after)) is legal


def test_power_may_be_taken_away_at_any_time_but_not_asked_for() -> None:
    assert legal_after(request("CableCheck"), request("PowerDelivery", ChargeProgress="Stop"))
    assert not legal_after(request("CableCheck"), request("PowerDelivery", ChargeProgress="Start"))


def test_good_session_is_legal_throughout() -> None:
    exchanges = stopping(charging()).exchanges
    assert all(legal_after(a, b) for a, b in pairwise(exchanges))
