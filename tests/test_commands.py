"""Commands."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from portwatt import commands
from portwatt.commands import AnyCommand, Command, SetChargingProfile, StationCommand
from portwatt.units import Power

EVERY = get_args(AnyCommand)


def test_the_union_holds_every_command_there_is():
    defined = {c for c in vars(commands).values() if isinstance(c, type) and issubclass(c, Command)}
    assert defined - {Command, StationCommand} == set(EVERY)


def test_every_command_says_what_it_means():
    for kind in EVERY:
        assert kind.__doc__ or kind.__name__ == "CancelReservation"


def test_commands_go_through_json_by_name_and_a_wrong_one_is_refused():
    command = SetChargingProfile(station="s", evse="s/1", limit=Power.kw(50))
    body = msgspec.json.encode(command)
    assert b'"type":"SetChargingProfile"' in body
    assert msgspec.json.decode(body, type=AnyCommand) == command
    with pytest.raises(msgspec.ValidationError, match="Invalid value 'Explode'"):
        msgspec.json.decode(b'{"type":"Explode"}', type=AnyCommand)


def test_commands_cannot_be_changed():
    command = SetChargingProfile(station="s", limit=Power(0))
    with pytest.raises(AttributeError):
        command.limit = Power(1)
