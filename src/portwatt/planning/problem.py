"""The planning problem: everything a planner may know, in one value, complete in itself.

A plan answers it; `checker.check` says whether the answer is possible and `score.score` how good it is; `faults.faults`
names what makes it impossible. Rules both
planner and checker live by, where the model leaves room:

* A charge holds its EVSE for its whole `window` and may draw its `profile` from the window's start. The first
  `PlanningProblem.allowance` of it (plugging in, and what failed handshakes cost on average) is taken to bring nothing.
* A swap holds a lane for its window. The pack handed out leaves its slot, and the returned one gets the first empty
  slot of `SwapOffer.slots` (the slot just emptied when no other is), at the start of the window; it may charge from
  the end of the window.
* Charging loses nothing between grid and battery (the model states no efficiency).
* Power is balanced at every instant against `grid`, which is what the hub leaves for the charging planned here.
* A truck that starts below its reserve, or falls below it in what is fixed, may go on empty, or deliver what it
  carries, until it has charged.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import cached_property

from msgspec import Struct

from portwatt.ids import (
    EvseId,
    HubId,
    MoveId,
    PackFamilyId,
    PackId,
    PlaceId,
    PlanId,
    StationId,
    TrainId,
    TruckId,
    TruckModelId,
)
from portwatt.model.connector import fits
from portwatt.model.container import Container
from portwatt.model.fallback import Fallback
from portwatt.model.handshake import HandshakeOdds, odds_for
from portwatt.model.pack import PackFamily
from portwatt.model.place import Leg, Place
from portwatt.model.plan import Activity, FallbackUse, Plan, PowerStep
from portwatt.model.station import Connector, VoltageWindow
from portwatt.model.tariff import Band
from portwatt.model.truck import TruckModel
from portwatt.units import Money, Power, SoC, Window

_LEAST_SUCCESS = 0.05
"""A pair that almost never shakes hands is not planned for days: the expected retries stop growing here."""


class TruckStart(Struct, frozen=True):
    """A truck as it stands: at `place` with `soc`, free to start from `ready_at`.

    `fixed` is what is under way or about to start, in order, from there on; the plan begins with it unchanged.
    `carrying` is on the truck before the first activity of `fixed`. No activity ends after `shift_end`; none but
    waiting and charging touches a break.
    """

    id: TruckId
    model: TruckModelId
    place: PlaceId
    soc: SoC
    ready_at: datetime
    shift_end: datetime
    reserve: SoC = SoC(1_000)
    pack: PackId | None = None
    carrying: MoveId | None = None
    fixed: tuple[Activity, ...] = ()
    breaks: tuple[Window, ...] = ()
    next_number: int = 1
    """First free number for new activity ids (``truck/number``)."""


class TrainOption(Struct, frozen=True):
    """A train a container may take and the cut-off now believed."""

    train: TrainId
    cut_off: datetime


class TrainRoom(Struct, frozen=True):
    """TEU the moves of the problem may put on a train altogether. A train without a row has no limit."""

    train: TrainId
    teu: int


class OpenMove(Struct, frozen=True):
    """A move that is not done. `trains` in order of preference, the booked one first, cut-offs as now believed.

    Without trains `due` counts; with them each cut-off does. A container delivered after the cut-off of its booked
    train takes the next one it reaches (a Rebooking); after the last cut-off it has missed its last train.
    """

    id: MoveId
    container: Container
    origin: PlaceId
    destination: PlaceId
    release: datetime
    due: datetime
    trains: tuple[TrainOption, ...] = ()
    on_hold: bool = False

    @property
    def deadline(self) -> datetime:
        """Delivered by then, nothing is late and nobody is rebooked."""
        return self.trains[0].cut_off if self.trains else self.due

    @property
    def last_deadline(self) -> datetime:
        """Delivered after this, it is late, whatever train is left."""
        return max(t.cut_off for t in self.trains) if self.trains else self.due


class EvseOffer(Struct, frozen=True):
    """An EVSE the plan may use, except in the windows it is `closed` (busy, booked for others, out of service)."""

    id: EvseId
    place: PlaceId
    connectors: tuple[Connector, ...]
    max_power: Power
    voltage: VoltageWindow
    closed: tuple[Window, ...] = ()
    odds: tuple[HandshakeOdds, ...] = ()
    """What was learnt or decided of truck models at this EVSE; goes before `PlanningProblem.odds`."""


class PackInSlot(Struct, frozen=True):
    """A pack in its slot at the start of the horizon."""

    pack: PackId
    slot: EvseId
    soc: SoC


class SwapOffer(Struct, frozen=True):
    """A swap station the plan may use: its lanes, the slots in service, the packs in them."""

    id: StationId
    place: PlaceId
    family: PackFamilyId
    lanes: int
    slots: tuple[EvseId, ...]
    packs: tuple[PackInSlot, ...]
    swap_time: timedelta
    max_power: Power
    closed: tuple[Window, ...] = ()


class Prices(Struct, frozen=True):
    """What things cost beside energy and fallbacks. The defaults are assumptions, not published figures."""

    driving_per_km: Money = Money(80)
    """Tyres, maintenance, tolls."""
    waiting_per_hour: Money = Money(3_000)
    pack_wear_per_kwh: Money = Money(10)
    """For every kilowatt-hour charged into a truck or a pack."""
    demand_per_kw: Money = Money(0)
    """For every kilowatt of the peak above `peak_so_far`."""
    peak_so_far: Power = Power(0)
    change: Money = Money(1_000)
    """For every move the plan in force gave to another truck or fallback: people and reservations rely on it."""


class Weights(Struct, frozen=True):
    """What a user would pay for each term, in place of the strict order."""

    missed: Money
    late_per_hour: Money
    rebooked: Money
    diesel_per_km: Money
    third_party_swap: Money
    truck_used: Money


class PlanningProblem(Struct, frozen=True, dict=True):
    """The whole problem of one hub from `horizon.start` on; see the module for the rules."""

    plan: PlanId
    """The name the answer gets."""
    hub: HubId
    horizon: Window
    places: tuple[Place, ...]
    legs: tuple[Leg, ...]
    models: tuple[TruckModel, ...]
    trucks: tuple[TruckStart, ...]
    moves: tuple[OpenMove, ...]
    grid: tuple[PowerStep, ...]
    """What charging may draw altogether, from each step's start; the first step starts at or before the horizon."""
    bands: tuple[Band, ...]
    families: tuple[PackFamily, ...] = ()
    evses: tuple[EvseOffer, ...] = ()
    swap_stations: tuple[SwapOffer, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    fixed_fallbacks: tuple[FallbackUse, ...] = ()
    """Moves a fallback carries now or is about to."""
    odds: tuple[HandshakeOdds, ...] = ()
    train_room: tuple[TrainRoom, ...] = ()
    prices: Prices = Prices()
    weights: Weights | None = None
    """None: the strict order of `score.Score`."""
    in_force: Plan | None = None
    slot: timedelta = timedelta(minutes=15)
    """Grain of the planner's power balance; the checker balances every instant."""
    connect: timedelta = timedelta(minutes=2)
    """Plugging in and out, before any retry."""
    third_party_swap: timedelta = timedelta(minutes=6)
    """Time of a swap at a third party (facts swap_facts.json: 3 to 6 minutes)."""
    margin: timedelta = timedelta(minutes=20)
    """Slack before a deadline a planner should leave where it can: turn times vary (notes on planning)."""
    timezone: str = "UTC"
    """Of the hub, for the words of the answer only."""

    @cached_property
    def place_by_id(self) -> dict[PlaceId, Place]:
        return {p.id: p for p in self.places}

    @cached_property
    def leg_by_ends(self) -> dict[tuple[PlaceId, PlaceId], Leg]:
        return {(leg.origin, leg.destination): leg for leg in self.legs}

    @cached_property
    def model_by_id(self) -> dict[TruckModelId, TruckModel]:
        return {m.id: m for m in self.models}

    @cached_property
    def family_by_id(self) -> dict[PackFamilyId, PackFamily]:
        return {f.id: f for f in self.families}

    @cached_property
    def truck_by_id(self) -> dict[TruckId, TruckStart]:
        return {t.id: t for t in self.trucks}

    @cached_property
    def move_by_id(self) -> dict[MoveId, OpenMove]:
        return {m.id: m for m in self.moves}

    @cached_property
    def evse_by_id(self) -> dict[EvseId, EvseOffer]:
        return {e.id: e for e in self.evses}

    @cached_property
    def swap_station_by_id(self) -> dict[StationId, SwapOffer]:
        return {s.id: s for s in self.swap_stations}

    def allowance(self, odds: HandshakeOdds) -> timedelta:
        """Time at the start of a charge that brings nothing: `connect`, and the expected failures times their retry.

        With success p per attempt there are (1 − p) / p failures on average (geometric distribution). Whole seconds.
        """
        success = min(1.0, max(odds.success, _LEAST_SUCCESS))
        return self.connect + timedelta(seconds=math.ceil(odds.retry.total_seconds() * (1 - success) / success))


class Fit(Struct, frozen=True):
    """How a truck model takes power at an EVSE: the best of its connectors, the cap of cable and EVSE together."""

    connector: Connector
    power: Power
    odds: HandshakeOdds


def cable_power(connector: Connector, model: TruckModel) -> Power:
    """Most a cable carries into a battery: its current times the middle of the battery's voltage window.

    The middle stands for the working voltage: makers publish the window, not its course (assumption).
    """
    return Power(connector.max_a * (model.voltage.low_v + model.voltage.high_v) // 2)


def best_fit(model: TruckModel, evse: EvseOffer, odds: tuple[HandshakeOdds, ...]) -> Fit | None:
    """The best way for a model to charge at an EVSE: most power, then best odds; None when nothing fits.

    Nothing fits when no plug does (inlets and adapters), the EVSE cannot give the battery's voltages, or every
    pair that fits is barred.
    """
    if not evse.voltage.covers(model.voltage):
        return None
    found: list[Fit] = []
    for connector in evse.connectors:
        if not fits(connector.standard, model.inlets, model.adapters):
            continue
        row = odds_for((*evse.odds, *odds), connector.standard, model.inlets, model.id)
        if not row.barred:
            found.append(Fit(connector, min(evse.max_power, cable_power(connector, model)), row))
    return max(found, key=lambda f: (f.power, f.odds.success), default=None)
