from __future__ import annotations

import pytest
from gbt import LAYOUTS
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.interop.twin_faults import Faults
from portwatt.interop.twin_script import During, Extra, Fault, LostPacket, NotCleared, Override, Reshape, Silence
from portwatt.interop.twin_sessions import PLAIN
from portwatt.wire.gbt27930.codec import Values
from portwatt.wire.gbt27930.identifier import Address

BCL: Values = {"demand_voltage": 650.0, "demand_current": -100.0, "mode": 2}


def faults(*some: Fault) -> Faults:
    return Faults(replace(PLAIN, faults=some), LAYOUTS)


def asked(of: Faults, now: float) -> object:
    payload = of.payload(Address.BMS, "BCL", BCL, now)
    return None if payload is None else LAYOUTS.by_code["BCL"].read(payload)["demand_voltage"]


def test_stretches_begin_with_the_first_of_a_message() -> None:
    made = faults(Override("BCL", "demand_voltage", 500.0, During("BCL", 1.0, 2.0)))
    assert asked(made, 100.0) == 650.0
    made.note("BCL", 10.0)
    made.note("BCL", 20.0)
    assert [asked(made, now) for now in (10.9, 11.0, 11.9, 12.0)] == [650.0, 500.0, 500.0, 650.0]


def test_silence_and_reshape() -> None:
    assert asked(faults(Silence("BCL")), 0.0) is None
    assert asked(faults(Silence("BCS")), 0.0) == 650.0
    payload = faults(Reshape("BCL", 8)).payload(Address.BMS, "BCL", BCL, 0.0)
    assert payload is not None
    assert payload[5:] == b"\xff" * 3


def test_what_is_used_up() -> None:
    made = faults(NotCleared("BRM", 1), LostPacket("BRM", 3))
    assert [made.uncleared("BRM"), made.uncleared("BRM"), made.uncleared("BCP")] == [True, False, False]
    assert [made.lost("BRM", 2), made.lost("BRM", 3), made.lost("BRM", 3)] == [False, True, False]


def test_out_of_turn_only_from_its_sender_and_by_its_period() -> None:
    made = faults(Extra("BCL", 0.05, During("BST", 0.0, 1.0), BCL))
    assert made.out_of_turn(Address.BMS, 0.0) == []
    made.note("BST", 1.0)
    assert made.out_of_turn(Address.CHARGER, 1.0) == []
    assert [len(made.out_of_turn(Address.BMS, now)) for now in (1.0, 1.02, 1.05)] == [1, 0, 1]


def test_an_override_that_does_not_fit() -> None:
    with pytest.raises(UsageError, match="outside"):
        faults(Override("BCL", "mode", 300)).payload(Address.BMS, "BCL", BCL, 0.0)
