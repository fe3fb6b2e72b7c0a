"""Intents: what the hub wants done. Rules return them; the loop records each as issued, then sends it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import (
    ActivityId,
    EvseId,
    FallbackId,
    IdToken,
    MoveId,
    ReservationId,
    StationId,
    TrainId,
    TransactionId,
    TruckId,
)
from portwatt.model.plan import Activity
from portwatt.units import Power, Window


class Command(Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    """Root of every command."""


class StationCommand(Command, frozen=True, kw_only=True):
    """A command a station carries out (OCPP)."""

    station: StationId


class RequestStartTransaction(StationCommand, frozen=True, kw_only=True):
    """Start a transaction for a truck at an EVSE (1.6: RemoteStartTransaction)."""

    evse: EvseId
    token: IdToken
    remote_start_id: int


class RequestStopTransaction(StationCommand, frozen=True, kw_only=True):
    """End a transaction (1.6: RemoteStopTransaction)."""

    transaction: TransactionId


class ReserveEvse(StationCommand, frozen=True, kw_only=True):
    """Keep an EVSE for a truck until it comes (ReserveNow)."""

    evse: EvseId
    reservation: ReservationId
    token: IdToken
    truck: TruckId
    until: datetime


class CancelReservation(StationCommand, frozen=True, kw_only=True):
    reservation: ReservationId


class SetChargingProfile(StationCommand, frozen=True, kw_only=True):
    """Hold a load point to a power.

    `evse` None: the whole station (ChargingStationMaxProfile; swap stations). With `transaction`: for that transaction
    (TxProfile). Otherwise what the EVSE may give to any transaction that starts (TxDefaultProfile).
    """

    limit: Power
    evse: EvseId | None = None
    transaction: TransactionId | None = None


class ClearChargingProfile(StationCommand, frozen=True, kw_only=True):
    """Take back the profiles of an EVSE (None: of the whole station)."""

    evse: EvseId | None = None


class ChangeAvailability(StationCommand, frozen=True, kw_only=True):
    """Take an EVSE (None: the whole station) out of service or back."""

    evse: EvseId | None = None
    operative: bool = True


class Reset(StationCommand, frozen=True, kw_only=True):
    """Restart a station; `hard` without waiting for transactions (2.x: Immediate, otherwise OnIdle)."""

    hard: bool = False


class TriggerMessage(StationCommand, frozen=True, kw_only=True):
    """Ask a station to send a message now, named as in OCPP (for example StatusNotification)."""

    message: str
    evse: EvseId | None = None


class RequestBatterySwap(StationCommand, frozen=True, kw_only=True):
    """Have a swap station swap the pack of a truck (OCPP 2.1 use case S02)."""

    token: IdToken
    truck: TruckId
    request_id: int


class SendDataTransfer(StationCommand, frozen=True, kw_only=True):
    """A vendor's own message."""

    vendor: str
    message: str = ""
    data: str = ""


class DispatchTruck(Command, frozen=True, kw_only=True):
    """An order to a truck: these activities, in this order."""

    truck: TruckId
    activities: tuple[Activity, ...]


class OrderFallback(Command, frozen=True, kw_only=True):
    """Have a diesel shuttle carry a move."""

    fallback: FallbackId
    move: MoveId
    window: Window


class CommitArrival(Command, frozen=True, kw_only=True):
    """Tell the rail platform how many containers will be at the yard by the cut-off of a train."""

    train: TrainId
    on_time: int
    at_risk: int


class Replan(Command, frozen=True, kw_only=True):
    """Have the workers compute a new plan from the present state.

    What is about to start is in the new plan as it is in the one in force: the activities in `fixed`, and the moves in
    `shuttled` on their fallbacks. Until the answer comes nothing else is ordered, so that none contradicts the other.
    """

    reasons: tuple[str, ...]
    fixed: tuple[ActivityId, ...] = ()
    shuttled: tuple[MoveId, ...] = ()


class Outcome(StrEnum):
    """How a command ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNDELIVERABLE = "undeliverable"
    """Nobody to send it to: the station is not connected, the hub was restarted before it was sent."""


AnyCommand = (
    RequestStartTransaction
    | RequestStopTransaction
    | ReserveEvse
    | CancelReservation
    | SetChargingProfile
    | ClearChargingProfile
    | ChangeAvailability
    | Reset
    | TriggerMessage
    | RequestBatterySwap
    | SendDataTransfer
    | DispatchTruck
    | OrderFallback
    | CommitArrival
    | Replan
)
