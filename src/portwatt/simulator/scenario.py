"""Scenarios: a hub, a day of freight, and what goes wrong on it. A scenario file is a hub file with three more tables.

Keys name their units and are described where they are declared; docs/reference/hub-file.md lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ConfigDict, Field, ValidationError, model_validator

from portwatt.config.draft import series
from portwatt.config.faults import Fault, FaultyFileError, faults_of, nearest
from portwatt.config.hub import hub_of
from portwatt.config.hub_checks import minute_of
from portwatt.config.hub_file import Clock, Entry, Id, Words
from portwatt.config.toml import parse_toml, read_text
from portwatt.ids import StationId
from portwatt.model.connector import ConnectorStandard
from portwatt.model.handshake import odds_for
from portwatt.model.hub import Hub
from portwatt.model.train import Direction

Share = Annotated[float, Field(ge=0, le=1)]
Hours = Annotated[float, Field(ge=0, le=72)]
Minutes = Annotated[float, Field(ge=0, le=1_440)]
Ocpp = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
LocalDay = date
_OWN_KEYS = ("hub", "day", "demand", "disturbance", "field")


class _Rules(Entry):
    model_config = ConfigDict(frozen=True)


class Span(_Rules):
    """From least to most; what lies between is drawn evenly."""

    least: Annotated[float, Field(ge=0, le=10_000)]
    most: Annotated[float, Field(ge=0, le=10_000)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.most < self.least:
            raise ValueError(f"most ({self.most}) is below least ({self.least})")
        return self


class DayRules(_Rules):
    date: LocalDay = Field(default=LocalDay(2026, 11, 24), description="the local day that is simulated")


class EndRules(_Rules):
    place: Id = Field(description="where containers of the corridor come from (outbound) or go to (inbound)")
    weight: Annotated[float, Field(gt=0, le=1_000)] = Field(default=1, description="how many, against the other ends")


class CorridorRules(_Rules):
    """Trains of one service at one yard."""

    id: Id = Field(description="name of the corridor in this file")
    service: Words = Field(description="service, for people")
    corridor: Words = Field(description="corridor a container may be rebooked within")
    direction: Annotated[Direction, Field(strict=False)] = Field(description="outbound or inbound, seen from the port")
    yard: Id = Field(description="rail yard the trains call at")
    number: Annotated[str, Field(min_length=1, max_length=8)] = Field(
        description="train numbers, 1 to 8 characters; # signs stand for the running number"
    )
    trains: Annotated[int, Field(ge=1, le=50)] = Field(description="trains a day")
    capacity_teu: Annotated[int, Field(ge=1, le=400)] = Field(description="TEU a train takes")
    boxes: Span = Field(description="containers of a train that the hub's trucks carry, TEU within the capacity")
    first: Clock = Field(description="planned departure (outbound) or arrival (inbound) of the first train, local")
    last: Clock = Field(description="the same of the last; those between are spread evenly")
    ends: Annotated[list[EndRules], Field(min_length=1, max_length=50)] = Field(description="other ends of the moves")


class LaneRules(_Rules):
    """Moves between two places that no train waits for."""

    origin: Id = Field(description="place the containers are fetched at")
    destination: Id = Field(description="place they are put down at")
    moves: Annotated[int, Field(ge=1, le=20_000)] = Field(description="moves a day")
    first: Clock = Field(description="earliest release, local")
    last: Clock = Field(description="latest release, local")


class DemandRules(_Rules):
    corridors: Annotated[list[CorridorRules], Field(max_length=200)] = Field(default=[], description="trains")
    lanes: Annotated[list[LaneRules], Field(max_length=500)] = Field(default=[], description="moves without a train")
    forty_foot_share: Share = Field(default=0.85, description="share of containers of 2 TEU; the others have 1")
    customs_share: Share = Field(default=0.08, description="share of containers customs holds at first")
    forwarders: Annotated[list[Words], Field(min_length=1)] = Field(default=["Forwarder"], description="who ships")
    cut_off_hours: Hours = Field(default=6, description="cut-off before departure")
    stand_hours: Hours = Field(default=3, description="time a train stands at its yard")
    train_work_minutes: Minutes = Field(default=90, description="unloading of a train, arrival to availability")
    collect_hours: Span = Field(description="release of outbound containers before the cut-off")
    deliver_hours: Span = Field(description="due time of other containers after their release")
    alternatives: Annotated[int, Field(ge=0, le=10)] = Field(default=2, description="later trains a container may take")


class EtaSigma(_Rules):
    """Standard deviation of an estimate by how long before the arrival it is given (facts rail_facts.json)."""

    within_24_h: Minutes = Field(default=0, description="of the timetable itself, on the day")
    within_6_h: Minutes = Field(default=0, description="of the estimate given 6 h before the arrival")
    within_2_h: Minutes = Field(default=0, description="of the estimate given 2 h before the arrival")


class Disturbance(_Rules):
    """What goes wrong, per day. Everything left out does not happen."""

    eta_sigma_minutes: EtaSigma = Field(default=EtaSigma(), description="errors of train estimates")
    handshake_scale: Annotated[float, Field(ge=0, le=100)] = Field(
        default=0, description="1: handshakes fail as often as the hub believes; 2: twice as often"
    )
    drop_offs_per_station: Annotated[float, Field(ge=0, le=100)] = Field(
        default=0, description="times a station loses its socket in a day"
    )
    drop_off_minutes: Span = Field(default=Span(least=0, most=0), description="how long it stays away")
    faults_per_evse: Annotated[float, Field(ge=0, le=100)] = Field(default=0, description="faults of an EVSE in a day")
    fault_minutes: Span = Field(default=Span(least=0, most=0), description="how long a fault lasts")
    breakdowns_per_truck: Annotated[float, Field(ge=0, le=100)] = Field(default=0, description="of a truck in a day")
    breakdown_minutes: Span = Field(default=Span(least=0, most=0), description="how long it is away")
    late_release_share: Share = Field(default=0, description="share of held containers released later than expected")
    late_release_minutes: Span = Field(default=Span(least=0, most=0), description="how much later")


class FieldRules(_Rules):
    default: Ocpp = Field(default="ocpp2.0.1", description="what a simulated charging station speaks")
    versions: dict[str, Ocpp] = Field(
        default={}, description="by station id, * and ? allowed; the first that matches counts"
    )


class Scenario(Struct, frozen=True, kw_only=True):
    """A simulated day. `versions` says what each station of the field speaks (OCPP sub-protocol)."""

    hub: Hub
    day: DayRules
    demand: DemandRules
    disturbance: Disturbance
    versions: dict[StationId, Ocpp]

    @property
    def start(self) -> datetime:
        """Local midnight the day begins with, UTC."""
        return datetime.combine(self.day.date, time(), ZoneInfo(self.hub.timezone)).astimezone(UTC)

    def at(self, clock: str) -> datetime:
        """A local time of the day, HH:MM, in UTC."""
        return self.start + timedelta(minutes=minute_of(clock))

    def undisturbed(self) -> Scenario:
        """The same day with nothing going wrong."""
        return replace(self, disturbance=Disturbance())

    def handshake_failure(self, plug: ConnectorStandard, inlets: tuple[ConnectorStandard, ...]) -> float:
        """Probability that one attempt of a truck with these inlets fails at this plug."""
        return min(1.0, (1.0 - odds_for(self.hub.odds, plug, inlets).success) * self.disturbance.handshake_scale)


def load_scenario(path: Path) -> Scenario:
    """The scenario of a file; `hub = "FILE"` in it is looked up beside it. Raises FaultyFileError with every fault."""
    name = str(path)
    data = parse_toml(read_text(path), name)
    if "hub" not in data:
        return scenario_of(data, name)
    if not isinstance(data["hub"], str):
        raise FaultyFileError(name, (Fault("hub", "must be the name of a hub file beside this one"),))
    twice = [Fault(key, "is of the hub, and the hub is another file; write it there") for key in _hub_keys(data)]
    if twice:
        raise FaultyFileError(name, twice)
    other = path.parent / data["hub"]
    return scenario_of({**parse_toml(read_text(other), str(other)), **data}, name)


def scenario_of(data: Mapping[str, Any], name: str) -> Scenario:
    """The scenario of the tables of a file. Raises FaultyFileError with every fault under `name`."""
    day, faults = _read(DayRules, data.get("day", {}), "day")
    demand, more = _read(DemandRules, data.get("demand", {}), "demand")
    disturbance, wrong = _read(Disturbance, data.get("disturbance", {}), "disturbance")
    field, bad = _read(FieldRules, data.get("field", {}), "field")
    hub, hub_faults = hub_of(_hub_tables(data))
    every = [*hub_faults, *faults, *more, *wrong, *bad]
    if hub is not None and demand is not None:
        every += _check_demand(demand, hub)
    versions: dict[StationId, Ocpp] = {}
    if hub is not None and field is not None:
        versions = {station: _version(field, hub, station) for station in hub.station_by_id}
        every += _check_field(field, hub, versions)
    if every or hub is None or day is None or demand is None or disturbance is None:
        raise FaultyFileError(name, every)
    return Scenario(hub=hub, day=day, demand=demand, disturbance=disturbance, versions=versions)


R = TypeVar("R", bound=Entry)


def _read(kind: type[R], raw: object, at: str) -> tuple[R | None, list[Fault]]:
    try:
        return kind.model_validate(raw), []
    except ValidationError as error:
        return None, faults_of(error, kind, at)


def _hub_tables(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in _OWN_KEYS}


def _hub_keys(data: Mapping[str, Any]) -> list[str]:
    return list(_hub_tables(data))


def _version(field: FieldRules, hub: Hub, station: StationId) -> Ocpp:
    for pattern, version in field.versions.items():
        if fnmatchcase(station, pattern):
            return version
    return "ocpp2.1" if any(s.id == station for s in hub.swap_stations) else field.default


def _check_field(field: FieldRules, hub: Hub, versions: Mapping[StationId, Ocpp]) -> Iterator[Fault]:
    for pattern in field.versions:
        if not any(fnmatchcase(station, pattern) for station in versions):
            yield Fault(f"field.versions.{pattern}", f"is no station of the hub{nearest(pattern, versions)}")
    for swap in hub.swap_stations:
        if versions[swap.id] != "ocpp2.1":
            yield Fault("field.versions", f"{swap.id!r} swaps packs, which only ocpp2.1 knows")


def _check_demand(demand: DemandRules, hub: Hub) -> Iterator[Fault]:
    known = set(hub.place_by_id)
    wanted: list[tuple[str, str]] = []
    for i, corridor in enumerate(demand.corridors):
        at = f"demand.corridors[{i}]"
        wanted.append((f"{at}.yard", corridor.yard))
        wanted += [(f"{at}.ends[{j}].place", end.place) for j, end in enumerate(corridor.ends)]
        yield from _hours(at, corridor)
        outbound = corridor.direction is Direction.OUTBOUND
        if outbound and minute_of(corridor.first) / 60 < demand.cut_off_hours:
            yield Fault(f"{at}.first", f"the cut-off of the {corridor.first} train is before the day begins")
        if 2 * corridor.boxes.most > corridor.capacity_teu:
            yield Fault(f"{at}.boxes", f"{corridor.boxes.most} containers of 2 TEU exceed {corridor.capacity_teu} TEU")
    for i, lane in enumerate(demand.lanes):
        at = f"demand.lanes[{i}]"
        wanted += [(f"{at}.origin", lane.origin), (f"{at}.destination", lane.destination)]
        yield from _hours(at, lane)
    for at, place in wanted:
        if place not in known:
            yield Fault(at, f"{place!r} is not among the places of the hub{nearest(place, known)}")
    yield from _train_numbers(demand)


def _hours(at: str, rules: CorridorRules | LaneRules) -> Iterator[Fault]:
    if minute_of(rules.last) < minute_of(rules.first):
        yield Fault(f"{at}.last", f"{rules.last} is before the first ({rules.first})")


def _train_numbers(demand: DemandRules) -> Iterator[Fault]:
    taken: dict[str, str] = {}
    for i, corridor in enumerate(demand.corridors):
        at, names = f"demand.corridors[{i}].number", series(corridor.number, corridor.trains, 1)
        if len(names) < corridor.trains:
            yield Fault(at, f"{corridor.number!r} needs # where the running number goes")
        if len(names[-1]) > 8:
            yield Fault(at, f"{names[-1]!r} is longer than 8 characters")
        twice = next((name for name in names if name in taken), None)
        if twice is not None:
            yield Fault(at, f"{twice!r} is already a train of {taken[twice]}")
        taken.update(dict.fromkeys(names, at))
