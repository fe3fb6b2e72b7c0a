"""The whole state of one hub as one frozen value of persistent maps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from portwatt.ids import (
    CommandId,
    ConsignmentId,
    ContainerId,
    EvseId,
    MoveId,
    PackId,
    ReservationId,
    StationId,
    TrainId,
    TransactionId,
    TruckId,
)
from portwatt.model.hub import Hub
from portwatt.model.plan import Activity, Plan
from portwatt.state.commands import PendingCommand
from portwatt.state.handshakes import Handshakes
from portwatt.state.limits import LoadLimit
from portwatt.state.moves import ConsignmentState, MoveState
from portwatt.state.packs import PackState
from portwatt.state.replanning import Replanning
from portwatt.state.reservations import ReservationState
from portwatt.state.stations import EvseState, StationState
from portwatt.state.swaps import SwapKey, SwapState
from portwatt.state.totals import Totals
from portwatt.state.trains import TrainState
from portwatt.state.transactions import TransactionState
from portwatt.state.trucks import TruckState
from portwatt.units import Power


class HubState(Struct, frozen=True, kw_only=True):
    """Everything believed about a hub after `seq` events, the last of which was learned at `at` (UTC)."""

    hub: Hub
    seq: int
    at: datetime
    grid_limit: Power
    """What all charging together may draw now."""
    stations: Map[StationId, StationState] = Map()
    evses: Map[EvseId, EvseState] = Map()
    """EVSEs of charging stations and slots of swap stations."""
    limits: Map[str, LoadLimit] = Map()
    """By load point: an EvseId of a charging station, or the StationId of a swap station as a whole."""
    transactions: Map[TransactionId, TransactionState] = Map()
    reservations: Map[ReservationId, ReservationState] = Map()
    swaps: Map[SwapKey, SwapState] = Map()
    handshakes: Handshakes = Handshakes()
    packs: Map[PackId, PackState] = Map()
    trucks: Map[TruckId, TruckState] = Map()
    trains: Map[TrainId, TrainState] = Map()
    moves: Map[MoveId, MoveState] = Map()
    move_of: Map[ContainerId, MoveId] = Map()
    consignments: Map[ConsignmentId, ConsignmentState] = Map()
    commands: Map[CommandId, PendingCommand] = Map()
    """Issued and not yet answered."""
    plan: Plan | None = None
    todo: Map[TruckId, tuple[Activity, ...]] = Map()
    """What the plan in force still holds for each truck and was not dispatched."""
    replanning: Replanning = Replanning()
    totals: Totals = Totals()
    next_number: int = 1
    """Next free number for a reservation, a remote start or a swap request of this hub."""

    def having(self, **changes: Any) -> HubState:
        """This state with some parts replaced."""
        return replace(self, **changes)
