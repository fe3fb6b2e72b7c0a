"""Actions of OCPP 2.1 that Portwatt speaks: those of 2.0.1, battery swap (block S) and the periodic event stream."""

from collections.abc import Mapping
from typing import Final

from portwatt.wire.ocpp import v2x, v201
from portwatt.wire.ocpp.message import Action, action_table
from portwatt.wire.ocpp.versions import Direction

ACTIONS: Final[Mapping[str, Action]] = action_table(
    *v201.ACTIONS.values(),
    Action("RequestBatterySwap", v2x.RequestBatterySwapRequest, v2x.RequestBatterySwapResponse, Direction.TO_STATION),
    Action("BatterySwap", v2x.BatterySwapRequest, v2x.BatterySwapResponse, Direction.FROM_STATION),
    Action("NotifyPeriodicEventStream", v2x.NotifyPeriodicEventStream, None, Direction.FROM_STATION),
)
"""Actions spoken in OCPP 2.1, by name."""
