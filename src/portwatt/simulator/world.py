"""The world of one hub: what is really there, in virtual time, seen from outside as values in and values out.

    world = World(scenario, seed, length)
    world.run(until)                      # at next_at at the latest
    outputs = world.take()                # Fact, SocketOpened, Frame, SocketClosed
    world.frame(station, text)            # the hub's frames
    world.order(command_id, command)      # the hub's orders to trucks, shuttles and the rail platform

The virtual day and the field of `portwatt demo` both drive it; it knows neither clock nor socket.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from portwatt.commands import CommitArrival, DispatchTruck, OrderFallback, Outcome
from portwatt.events import (
    AnyEvent,
    CommandAnswered,
    ConsignmentAnnounced,
    ContainerReleased,
    MoveRequested,
    TrainScheduled,
)
from portwatt.ids import CommandId, EvseId, PackId, StationId, TrainId, TruckId, number_of, station_of
from portwatt.simulator.agenda import Agenda
from portwatt.simulator.audit import Audit, WrongKind
from portwatt.simulator.chance import Chance
from portwatt.simulator.demand import Demand, days, whole
from portwatt.simulator.driver import Drivers
from portwatt.simulator.faults import Trouble, TroubleKind, troubles
from portwatt.simulator.field import Field
from portwatt.simulator.freight import Freight
from portwatt.simulator.plant import Plant, StationSettings
from portwatt.simulator.posts import HubPosts
from portwatt.simulator.scenario import Scenario
from portwatt.simulator.shuttle import Shuttles
from portwatt.simulator.site import Site
from portwatt.simulator.station import SimulatedStation
from portwatt.simulator.swap_station import SimulatedSwapStation
from portwatt.simulator.train import run_trains
from portwatt.wire.ocpp.versions import OcppVersion

CHARGING: Final = StationSettings(meter_interval=timedelta(minutes=1), heartbeat=timedelta(minutes=5))
SWAPPING: Final = StationSettings(meter_interval=timedelta(minutes=5), heartbeat=timedelta(minutes=5))
_DAY: Final = timedelta(days=1)
_OPENING: Final = timedelta(minutes=1)
"""Within this the stations connect at first, one after another."""
_OTHER_LOAD_EVERY: Final = timedelta(minutes=15)
_OTHER_LOAD_SHARE: Final = (0.6, 1.0)
"""Share of what is held back for other loads that they really draw: between these (assumption)."""


class Fact(Struct, frozen=True):
    """Something the hub is told by a truck, a gate, customs, a train or a shuttle."""

    event: AnyEvent


class SocketOpened(Struct, frozen=True):
    station: StationId
    version: OcppVersion


class SocketClosed(Struct, frozen=True):
    station: StationId
    reason: str


class Frame(Struct, frozen=True):
    """Text from a station."""

    station: StationId
    text: str


WorldOutput = Fact | SocketOpened | SocketClosed | Frame
WorldOrder = DispatchTruck | OrderFallback | CommitArrival


class World:
    """Everything outside the hub. `audit` and `site` hold the truth the hub is judged by."""

    def __init__(self, scenario: Scenario, seed: int, length: timedelta, patience: float = 1.0) -> None:
        """`patience`: how many times as long stations wait for answers (on scaled time the hub's own are not)."""
        hub = scenario.hub
        self._patience = patience
        self.scenario = scenario
        self.agenda = Agenda(scenario.start)
        self.audit = Audit()
        self.days = days(scenario, seed, max(1, ceil(length / _DAY)))
        self.demand = whole(self.days)
        self.freight = Freight(self.demand, self.audit)
        self.site = Site(scenario.start, hub.grid, hub.tariff, self.audit)
        self.commitments: dict[str, CommitArrival] = {}
        self._outputs: list[WorldOutput] = []
        self._chance = Chance(seed, hub.id)
        self.posts = HubPosts(scenario, self.agenda, self._chance, self.audit)
        self.drivers = Drivers(hub, self.agenda, self._chance, self.freight, self._tell)
        self.shuttles = Shuttles(hub, self.agenda, self._chance, self.freight, self._tell)
        self.field = Field(self._plants(), self.agenda, self.site, self._say, self.posts.notice)
        self.posts.field = self.field
        self.drivers.posts = self.posts
        self.troubles = troubles(scenario, self._chance, length)
        self._enter_day()

    # --- from outside --------------------------------------------------------------------------------------------

    @property
    def next_at(self) -> datetime | None:
        """When something happens here by itself."""
        return self.agenda.next_at

    def run(self, until: datetime) -> None:
        """Let the world go on."""
        self.agenda.run(until)

    def take(self) -> list[WorldOutput]:
        """What came of it, once."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def frame(self, station: StationId, text: str) -> None:
        """The hub sends a frame to a station."""
        self.field.receive(station, text)

    def order(self, command_id: CommandId, command: WorldOrder) -> None:
        """The hub gives an order; the answer is a fact."""
        match command:
            case DispatchTruck():
                outcome, detail = self.drivers.order(command)
            case OrderFallback():
                outcome, detail = self.shuttles.order(command)
            case CommitArrival():
                self.commitments[command.train] = command
                outcome, detail = Outcome.ACCEPTED, ""
        self._tell(CommandAnswered(at=self.agenda.now, id=command_id, outcome=outcome, detail=detail))

    def lost(self, station: StationId, comes_back: timedelta) -> None:
        """A station's socket was closed from the hub's side; it tries again after a while."""
        if self.field.plants[station].connected:
            self.field.disconnect(station)
            self.agenda.after(comes_back, lambda: self._connect(station))

    def strike(self, trouble: Trouble) -> None:
        """Something goes wrong now, for as long as it says."""
        match trouble.kind:
            case TroubleKind.DROP_OFF:
                station = StationId(trouble.target)
                if self.field.plants[station].connected:
                    self.field.disconnect(station)
                    self._outputs.append(SocketClosed(station, "the connection was lost"))
                    self.agenda.after(trouble.lasts, lambda: self._connect(station))
            case TroubleKind.EVSE_FAULT:
                self._break_evse(EvseId(trouble.target), trouble.lasts)
            case TroubleKind.BREAKDOWN:
                self.drivers.break_down(TruckId(trouble.target), trouble.lasts)

    def audit_now(self) -> None:
        """Count what can be counted: batteries, outlets, packs and containers are as they may be."""
        now = self.agenda.now
        self.site.advance(now)
        trucks = self.drivers.trucks.values()
        self.freight.audit([(t.carrying, t.id) for t in trucks if t.carrying is not None], now)
        at: dict[EvseId, TruckId] = {}
        for truck in trucks:
            if not 0 <= truck.vehicle.battery.stored.wh <= truck.model.battery.wh:
                held = truck.vehicle.battery.stored.as_kwh
                words = f"{truck.id} holds {held} kWh of {truck.model.battery.as_kwh}"
                self.audit.wrong(now, WrongKind.SOC, words)
            if truck.evse is not None and at.setdefault(truck.evse, truck.id) != truck.id:
                self.audit.wrong(now, WrongKind.EVSE_DOUBLE, f"{truck.id} and {at[truck.evse]} are at {truck.evse}")
        self._audit_packs(now)

    def _audit_packs(self, now: datetime) -> None:
        where: dict[PackId, list[str]] = {pack.id: [] for pack in self.scenario.hub.packs}
        for truck in self.drivers.trucks.values():
            if truck.pack is not None:
                where.setdefault(truck.pack, []).append(f"truck {truck.id}")
        for plant in self.field.plants.values():
            if isinstance(plant, SimulatedSwapStation):
                for slot, held in plant.packs().items():
                    if held is not None:
                        where.setdefault(held[0], []).append(f"slot {slot}")
        for pack, places in where.items():
            if len(places) != 1:
                words = f"pack {pack} is in {' and '.join(places)}" if places else f"pack {pack} is gone"
                self.audit.wrong(now, WrongKind.PACK, words)

    # --- the day -------------------------------------------------------------------------------------------------

    def _enter_day(self) -> None:
        first, *later = self.days
        self._announce(first, known=frozenset())
        known = frozenset(train.id for train in first.trains)
        for n, day in enumerate(later, start=1):
            self.agenda.after(n * _DAY, lambda day=day, known=known: self._announce(day, known))  # type: ignore[misc]
            known |= {train.id for train in day.trains}
        for release in self.demand.releases:
            released = ContainerReleased(at=release.at, container=release.container, released_at=release.at)
            self.agenda.at(release.at, lambda released=released: self._tell(released))  # type: ignore[misc]
        run_trains(self.demand, self.agenda, self._tell)
        for n, station in enumerate(self.field.plants):
            delay = _OPENING * n / len(self.field.plants)
            self.agenda.after(delay, lambda station=station: self._connect(station))  # type: ignore[misc]
        for trouble in self.troubles:
            self.agenda.at(trouble.at, lambda trouble=trouble: self.strike(trouble))  # type: ignore[misc]
        self._draw_other_load()

    def _announce(self, day: Demand, known: frozenset[TrainId]) -> None:
        """A day's freight is told when it begins; a train the day before spoke of is known."""
        now = self.agenda.now
        for train in day.trains:
            if train.id not in known:
                self._tell(TrainScheduled(at=now, train=train))
        for consignment in day.consignments:
            self._tell(ConsignmentAnnounced(at=now, consignment=consignment))
        for move in day.moves:
            self._tell(MoveRequested(at=now, move=move))

    def _plants(self) -> dict[StationId, Plant]:
        hub, plants = self.scenario.hub, dict[StationId, Plant]()
        for station in hub.stations:
            version = OcppVersion(self.scenario.versions[station.id])
            rng = self._chance.stream("station", station.id)
            plants[station.id] = SimulatedStation(station, version, rng, self._patient(CHARGING))
        for swap in hub.swap_stations:
            rng = self._chance.stream("station", swap.id)
            family = hub.family_by_id[swap.family]
            plants[swap.id] = SimulatedSwapStation(swap, family, hub.packs, rng, self._patient(SWAPPING))
        return plants

    def _patient(self, settings: StationSettings) -> StationSettings:
        return replace(settings, call_timeout=settings.call_timeout * self._patience)

    def _connect(self, station: StationId) -> None:
        if self.field.plants[station].connected:
            return
        version = OcppVersion(self.scenario.versions[station])
        self._outputs.append(SocketOpened(station, version))
        self.field.connect(station)

    def _break_evse(self, evse: EvseId, lasts: timedelta) -> None:
        plant = self.field.plants[station_of(evse)]
        number = number_of(evse)
        self.field.spoke(plant, plant.fault(number, "InternalError", self.agenda.now))
        self.agenda.after(lasts, lambda: self.field.spoke(plant, plant.clear(number, self.agenda.now)))

    def _draw_other_load(self) -> None:
        """Lights, cranes, offices: they vary, within what the hub holds back for them."""
        share = self._chance.stream("other load").uniform(*_OTHER_LOAD_SHARE)
        self.site.other_draws(self.scenario.hub.grid.other_load.scaled(share), self.agenda.now)
        self.agenda.after(_OTHER_LOAD_EVERY, self._draw_other_load)

    def _tell(self, event: AnyEvent) -> None:
        self._outputs.append(Fact(event))

    def _say(self, station: StationId, text: str) -> None:
        self._outputs.append(Frame(station, text))
