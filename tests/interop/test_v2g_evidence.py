from __future__ import annotations

import pytest
from v2g_sessions import Session, agreed, charging, stopping

from portwatt.interop.v2g_evidence import find, quantity
from portwatt.wire.exi.v2g import Dialect


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"a": 1}, 1),
        ({"b": {"a": 2}}, 2),
        ({"b": {"a": 2}, "a": 1}, 1),
        ({"b": [{"c": 3}, {"a": 4}]}, 4),
        ({"b": {"c": 1}}, None),
        ("a", None),
    ],
)
def test_find_takes_the_shallowest(body: object, found: object) -> None:
    assert find(body, "a") == found


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ({"Multiplier": -1, "Value": 1250, "Unit": "A"}, 125.0),
        ({"Exponent": 2, "Value": 4}, 400.0),
        ({"Multiplier": 0}, None),
        (None, None),
        (7, None),
    ],
)
def test_quantity(value: object, number: float | None) -> None:
    assert quantity(value) == number


def test_energy_flowed_once_the_loop_was_answered() -> None:
    assert not agreed().evidence().flowed
    assert charging().evidence().flowed


def test_dialect_is_that_of_the_session_not_of_its_negotiation() -> None:
    assert agreed().evidence().dialect is Dialect.ISO2
    session = Session()
    session.say("supportedAppProtocol")
    assert session.evidence().dialect is None


def test_left_is_whoever_closed_first() -> None:
    session = stopping(charging())
    first = session.evidence().left
    session.close(by="ev")
    assert session.evidence().left == first
