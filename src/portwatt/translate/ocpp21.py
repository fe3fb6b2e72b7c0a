"""OCPP 2.1: what it shares with 2.0.1, battery swap (block S) and the periodic event stream."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portwatt.commands import RequestBatterySwap, StationCommand
from portwatt.state import HubState
from portwatt.translate import ocpp2x, ocpp2x_commands
from portwatt.translate.handled import Handled, Handler
from portwatt.translate.inbound import Inbound
from portwatt.translate.ocpp2x_commands import id_token
from portwatt.translate.ocpp21_swaps import battery_swap
from portwatt.translate.words import Word
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.message import Message


def stream(inbound: Inbound, request: v2x.NotifyPeriodicEventStream) -> Handled[None]:
    """Values of a stream. The hub opens none, so there is nothing they could belong to."""
    return Handled((inbound.fault(f"stream {request.id} was never opened by the hub"),), None)


def request_battery_swap(state: HubState, command: RequestBatterySwap) -> v2x.RequestBatterySwapRequest:
    return v2x.RequestBatterySwapRequest(id_token=id_token(command.token), request_id=command.request_id)


HANDLERS: Final[Mapping[type[Message], Handler]] = MappingProxyType(
    {**ocpp2x.HANDLERS, v2x.BatterySwapRequest: battery_swap, v2x.NotifyPeriodicEventStream: stream}
)
"""Everything a 2.1 station may send us."""

WORDS: Final[Mapping[type[StationCommand], Word]] = MappingProxyType(
    {**ocpp2x_commands.WORDS, RequestBatterySwap: request_battery_swap}
)
"""How 2.1 says each command."""
