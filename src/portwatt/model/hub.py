"""A hub: everything that stands at one port, as its hub file lists it."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from msgspec import Struct

from portwatt.ids import EvseId, HubId, IdToken, PackFamilyId, PlaceId, StationId, TruckId, TruckModelId
from portwatt.model.certificate import Certificate
from portwatt.model.fallback import Fallback
from portwatt.model.grid import GridLimit
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.pack import BatteryPack, PackFamily, SwapStation
from portwatt.model.place import Leg, Place
from portwatt.model.station import ChargingStation, Evse
from portwatt.model.tariff import Tariff
from portwatt.model.truck import Shift, Truck, TruckModel


class PlanningRules(Struct, frozen=True):
    """How the hub wants to be planned."""

    slot: timedelta = timedelta(minutes=15)
    """Grain of the power balance."""
    budget: timedelta = timedelta(seconds=2)
    """What a new plan may take."""
    frozen: timedelta = timedelta(minutes=10)
    """What is about to start stays as it is."""
    settle: timedelta = timedelta(minutes=5)
    """Shortest time between two plans; reasons that come in between are answered together."""
    horizon: timedelta = timedelta(hours=36)
    reserve_before: timedelta = timedelta(minutes=15)
    """How long before arrival an EVSE is reserved."""


class Hub(Struct, frozen=True, dict=True):
    """The whole hub file as a value. `commissioning` is the state the scheme gives it, with its basis."""

    id: HubId
    name: str
    timezone: str
    grid: GridLimit
    tariff: Tariff
    places: tuple[Place, ...]
    legs: tuple[Leg, ...]
    stations: tuple[ChargingStation, ...]
    swap_stations: tuple[SwapStation, ...]
    families: tuple[PackFamily, ...]
    packs: tuple[BatteryPack, ...]
    models: tuple[TruckModel, ...]
    trucks: tuple[Truck, ...]
    fallbacks: tuple[Fallback, ...] = ()
    odds: tuple[HandshakeOdds, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    planning: PlanningRules = PlanningRules()
    commissioning: str = "UNDER_CONSTRUCTION"
    commissioning_basis: str = "no verified notice"

    @cached_property
    def place_by_id(self) -> dict[PlaceId, Place]:
        return {p.id: p for p in self.places}

    @cached_property
    def leg_by_ends(self) -> dict[tuple[PlaceId, PlaceId], Leg]:
        return {(leg.origin, leg.destination): leg for leg in self.legs}

    @cached_property
    def station_by_id(self) -> dict[StationId, ChargingStation | SwapStation]:
        every: tuple[ChargingStation | SwapStation, ...] = (*self.stations, *self.swap_stations)
        return {s.id: s for s in every}

    @cached_property
    def evse_by_id(self) -> dict[EvseId, Evse]:
        """EVSEs of charging stations; slots of swap stations are not among them."""
        return {e.id: e for s in self.stations for e in s.evses}

    @cached_property
    def family_by_id(self) -> dict[PackFamilyId, PackFamily]:
        return {f.id: f for f in self.families}

    @cached_property
    def model_by_id(self) -> dict[TruckModelId, TruckModel]:
        return {m.id: m for m in self.models}

    @cached_property
    def truck_by_id(self) -> dict[TruckId, Truck]:
        return {t.id: t for t in self.trucks}

    @cached_property
    def truck_by_token(self) -> dict[IdToken, Truck]:
        return {t.token: t for t in self.trucks}

    @cached_property
    def shifts(self) -> frozenset[Shift]:
        """Every shift that trucks of this hub work in."""
        return frozenset(t.shift for t in self.trucks if t.shift is not None)
