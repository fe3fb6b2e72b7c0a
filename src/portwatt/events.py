"""Facts: everything a hub's state is made of. Past tense, immutable, enough in themselves to be replayed.

`at` is the hub's clock when it learned the fact; where a station, truck or train says when a thing happened, that
second time stands in its own field and is never corrected (notes on OCPP: keep both clocks).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from portwatt.commands import AnyCommand, Outcome
from portwatt.ids import (
    ActivityId,
    CommandId,
    ContainerId,
    EvseId,
    FallbackId,
    IdToken,
    MoveId,
    PackId,
    PlaceId,
    PlanId,
    ReservationId,
    StationId,
    TrainId,
    TransactionId,
    TruckId,
)
from portwatt.model.consignment import Consignment
from portwatt.model.hub import Hub
from portwatt.model.move import Move
from portwatt.model.pair import Judgement
from portwatt.model.plan import Plan, PlanChange
from portwatt.model.train import TrainRun
from portwatt.units import Energy, Power, SoC


class Event(Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    """Root of every event. `at`: UTC, the hub's clock."""

    at: datetime


# ── the hub itself ──────────────────────────────────────────────────────────────────────────────────────────────────


class HubOpened(Event, frozen=True, kw_only=True):
    """The hub file in force from here on: first event of every log, and again whenever the file has changed."""

    hub: Hub


class HubRestarted(Event, frozen=True, kw_only=True):
    """The process came up on an existing log: no socket is open, commands under way are lost."""


class ClockTicked(Event, frozen=True, kw_only=True):
    """Time passed: what is due now is due because of this."""


class GridLimitChanged(Event, frozen=True, kw_only=True):
    """From now on all charging of the hub together may draw this."""

    limit: Power
    reason: str = ""


# ── stations ────────────────────────────────────────────────────────────────────────────────────────────────────────


class EvseStatus(StrEnum):
    """OCPP 2.x ConnectorStatus; 1.6 is mapped onto it. At a swap station Occupied means: the slot holds a pack."""

    AVAILABLE = "Available"
    OCCUPIED = "Occupied"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class StationConnected(Event, frozen=True, kw_only=True):
    station: StationId
    version: str
    """Sub-protocol negotiated, for example ocpp2.1."""


class StationDisconnected(Event, frozen=True, kw_only=True):
    station: StationId
    reason: str


class StationBooted(Event, frozen=True, kw_only=True):
    station: StationId
    vendor: str
    model: str
    firmware: str = ""
    serial: str = ""
    reason: str = ""


class HeartbeatReceived(Event, frozen=True, kw_only=True):
    station: StationId


class StationClockDrifted(Event, frozen=True, kw_only=True):
    """A station's clock is off by `drift` (its time minus ours): alarmed once per change, never a ground to refuse."""

    station: StationId
    drift: timedelta


class EvseStatusChanged(Event, frozen=True, kw_only=True):
    station: StationId
    evse: EvseId | None
    """None: the whole station (1.6 connector 0)."""
    status: EvseStatus
    reported_at: datetime
    error_code: str = ""
    info: str = ""


class TakenOutOfService(Event, frozen=True, kw_only=True):
    """A person takes a station (or one EVSE) out of service."""

    station: StationId
    evse: EvseId | None
    reason: str


class ReturnedToService(Event, frozen=True, kw_only=True):
    station: StationId
    evse: EvseId | None


class PeerFaultSeen(Event, frozen=True, kw_only=True):
    """A peer broke its protocol and was answered with the error named; the gateway limits how many are recorded."""

    station: StationId
    code: str
    detail: str


class VendorDataReceived(Event, frozen=True, kw_only=True):
    """DataTransfer from a station."""

    station: StationId
    vendor: str
    message: str
    data: str


# ── transactions, reservations ──────────────────────────────────────────────────────────────────────────────────────


class AuthorizationDecided(Event, frozen=True, kw_only=True):
    """A token was shown; `reason` says why it was refused."""

    station: StationId
    evse: EvseId | None
    token: IdToken
    truck: TruckId | None
    accepted: bool
    reason: str = ""


class TransactionStarted(Event, frozen=True, kw_only=True):
    """Also synthesised when a later message of an unknown transaction comes first (`late`).

    `metered` False: no register came with it and `meter_start` says nothing; the lowest one heard later stands in.
    """

    station: StationId
    evse: EvseId
    transaction: TransactionId
    token: IdToken
    truck: TruckId | None
    meter_start: Energy
    reported_at: datetime
    seq_no: int = 0
    pack: PackId | None = None
    """Set for the charging of a pack in a slot (OCPP 2.1 S04)."""
    reservation: ReservationId | None = None
    offline: bool = False
    late: bool = False
    metered: bool = True
    refused: str = ""
    """Why its token was refused; the station may have started all the same. It is given no power."""


class TransactionUpdated(Event, frozen=True, kw_only=True):
    """A report within a transaction; what the message left out stays None. `meter` is the register.

    `token` and `truck`: shown after the start (2.x: cable first, card second); `refused`: why that token was refused,
    empty when it was not, None when none was shown.
    """

    station: StationId
    transaction: TransactionId
    reported_at: datetime
    seq_no: int
    meter: Energy | None = None
    power: Power | None = None
    soc: SoC | None = None
    charging_state: str = ""
    trigger: str = ""
    token: IdToken = IdToken("")
    truck: TruckId | None = None
    offline: bool = False
    refused: str | None = None


class TransactionEnded(Event, frozen=True, kw_only=True):
    station: StationId
    transaction: TransactionId
    reported_at: datetime
    seq_no: int
    meter_stop: Energy | None
    reason: str
    soc: SoC | None = None
    offline: bool = False


class PairJudged(Event, frozen=True, kw_only=True):
    """A person decided which trucks and stations may be put together."""

    judgement: Judgement


class ReservationEnded(Event, frozen=True, kw_only=True):
    """Used, expired, removed (OCPP words)."""

    station: StationId
    reservation: ReservationId
    reason: str


# ── swaps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class SlotReading(Struct, frozen=True):
    """A pack in a slot, as the station reports it."""

    slot: EvseId
    pack: PackId
    soc: SoC
    soh: SoC | None = None


class SlotReported(Event, frozen=True, kw_only=True):
    """What a slot holds; `pack` None: empty. From NotifyEvent, or from the start of a slot's transaction."""

    station: StationId
    slot: EvseId
    pack: PackId | None
    reported_at: datetime
    soc: SoC | None = None
    soh: SoC | None = None


class PacksReceived(Event, frozen=True, kw_only=True):
    """BatterySwap BatteryIn: the truck's pack went into a slot. `refusal`: why a pack was not welcome."""

    station: StationId
    request_id: int
    token: IdToken
    truck: TruckId | None
    packs: tuple[SlotReading, ...]
    refusal: str = ""


class PacksDelivered(Event, frozen=True, kw_only=True):
    """BatterySwap BatteryOut: packs went into the truck."""

    station: StationId
    request_id: int
    token: IdToken
    truck: TruckId | None
    packs: tuple[SlotReading, ...]


class SwapTimedOut(Event, frozen=True, kw_only=True):
    """BatterySwap BatteryOutTimeout: nobody took the pack; it is back in its slot."""

    station: StationId
    request_id: int
    token: IdToken
    packs: tuple[SlotReading, ...]


# ── freight ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class TrainScheduled(Event, frozen=True, kw_only=True):
    train: TrainRun


class TrainForecastReceived(Event, frozen=True, kw_only=True):
    """New estimates for a run; what is None is not changed. A later cut-off or availability follows the estimate."""

    train: TrainId
    source: str
    arrival: datetime | None = None
    departure: datetime | None = None
    cut_off: datetime | None = None
    available: datetime | None = None


class TrainArrived(Event, frozen=True, kw_only=True):
    train: TrainId
    arrived_at: datetime


class TrainDeparted(Event, frozen=True, kw_only=True):
    train: TrainId
    departed_at: datetime


class TrainCancelled(Event, frozen=True, kw_only=True):
    train: TrainId
    reason: str = ""


class ConsignmentAnnounced(Event, frozen=True, kw_only=True):
    consignment: Consignment


class MoveRequested(Event, frozen=True, kw_only=True):
    move: Move


class MoveWithdrawn(Event, frozen=True, kw_only=True):
    move: MoveId
    reason: str = ""


class ContainerReleased(Event, frozen=True, kw_only=True):
    """Customs (or the terminal) lets a container go from `released_at` on; may be later than was expected."""

    container: ContainerId
    released_at: datetime


class GateDirection(StrEnum):
    IN = "in"
    OUT = "out"


class GatePassed(Event, frozen=True, kw_only=True):
    """GateEvent: a truck, with or without a container, passed the gate of a place."""

    place: PlaceId
    direction: GateDirection
    passed_at: datetime
    truck: TruckId | None = None
    container: ContainerId | None = None


# ── trucks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class TruckReported(Event, frozen=True, kw_only=True):
    """A truck says where it is and how full; what it does not say is None."""

    truck: TruckId
    reported_at: datetime
    soc: SoC | None = None
    place: PlaceId | None = None
    lat: float | None = None
    lon: float | None = None


class ActivityStarted(Event, frozen=True, kw_only=True):
    truck: TruckId
    activity: ActivityId
    started_at: datetime


class ActivityEnded(Event, frozen=True, kw_only=True):
    """A truck finished an activity it was ordered to do; `done` False: it gave up, `detail` says why."""

    truck: TruckId
    activity: ActivityId
    ended_at: datetime
    soc: SoC
    done: bool = True
    detail: str = ""


class TruckUnavailable(Event, frozen=True, kw_only=True):
    """A truck drops out; without `until` nobody knows how long, and it is out until it says that it is back."""

    truck: TruckId
    reason: str
    until: datetime | None = None


class TruckAvailable(Event, frozen=True, kw_only=True):
    """A truck is back, at a place, with a state of charge."""

    truck: TruckId
    place: PlaceId
    soc: SoC


# ── plan, commands, fallback ────────────────────────────────────────────────────────────────────────────────────────


class PlanAdopted(Event, frozen=True, kw_only=True):
    """A plan that passed the check is in force: why it was made and what it does differently."""

    plan: Plan
    reasons: tuple[str, ...]
    changes: tuple[PlanChange, ...]


class PlanRejected(Event, frozen=True, kw_only=True):
    """A plan was computed and not adopted: the check found violations, or the worker died (`detail`)."""

    plan: PlanId | None
    reasons: tuple[str, ...]
    detail: str


class CommandIssued(Event, frozen=True, kw_only=True):
    """Recorded in the same commit as its cause, sent after it: an intent is never lost and never sent unrecorded."""

    id: CommandId
    command: AnyCommand


class CommandAnswered(Event, frozen=True, kw_only=True):
    id: CommandId
    outcome: Outcome
    detail: str = ""


class FallbackEnded(Event, frozen=True, kw_only=True):
    """A fallback carried a move, or could not (`done` False)."""

    fallback: FallbackId
    move: MoveId
    ended_at: datetime
    done: bool = True
    detail: str = ""


AnyEvent = (
    HubOpened
    | HubRestarted
    | ClockTicked
    | GridLimitChanged
    | StationConnected
    | StationDisconnected
    | StationBooted
    | HeartbeatReceived
    | StationClockDrifted
    | EvseStatusChanged
    | TakenOutOfService
    | ReturnedToService
    | PeerFaultSeen
    | VendorDataReceived
    | AuthorizationDecided
    | TransactionStarted
    | TransactionUpdated
    | TransactionEnded
    | PairJudged
    | ReservationEnded
    | SlotReported
    | PacksReceived
    | PacksDelivered
    | SwapTimedOut
    | TrainScheduled
    | TrainForecastReceived
    | TrainArrived
    | TrainDeparted
    | TrainCancelled
    | ConsignmentAnnounced
    | MoveRequested
    | MoveWithdrawn
    | ContainerReleased
    | GatePassed
    | TruckReported
    | ActivityStarted
    | ActivityEnded
    | TruckUnavailable
    | TruckAvailable
    | PlanAdopted
    | PlanRejected
    | CommandIssued
    | CommandAnswered
    | FallbackEnded
)
