"""The schema of a hub file (TOML): every key, its unit in its name, its bounds; docs/reference/hub-file.md follows it.

Only shape and bounds are here; what keys must agree on is in `hub_checks`. Numbers are strict: no text, no truth value,
no NaN, no infinity passes as a number.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from portwatt.config.faults import CLOCK_PATTERN, CURRENCY_PATTERN, ID_PATTERN, SLOT_PATTERN
from portwatt.config.library import from_shelf
from portwatt.model.connector import ConnectorStandard
from portwatt.model.fallback import FallbackKind
from portwatt.model.place import PlaceKind
from portwatt.model.tariff import BandName

MAX_SERIES = 2_000
MAX_PLACES = 300

Id = Annotated[str, Field(pattern=ID_PATTERN, min_length=1, max_length=48)]
Words = Annotated[str, Field(max_length=500)]
Kilowatts = Annotated[float, Field(ge=0.001, le=1_000_000)]
Kwh = Annotated[float, Field(ge=0.001, le=100_000)]
Percent = Annotated[float, Field(ge=0, le=100)]
Minutes = Annotated[float, Field(ge=0, le=2_880)]
Volts = Annotated[int, Field(ge=1, le=10_000)]
KwhPerKm = Annotated[float, Field(ge=0.001, le=100)]
Price = Annotated[float, Field(ge=0, le=10_000)]
Clock = Annotated[str, Field(pattern=CLOCK_PATTERN)]
Count = Annotated[int, Field(ge=1, le=MAX_SERIES)]
Standard = Annotated[ConnectorStandard, Field(strict=False)]


class Entry(BaseModel):
    """Root of every table: unknown keys are errors, types are strict, numbers are finite."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class GridEntry(Entry):
    connection_kw: Kilowatts = Field(description="power of the grid connection the contract allows")
    other_load_kw: Annotated[float, Field(ge=0, le=1_000_000)] = Field(
        default=0, description="what other loads of the site (lights, cranes) are held to take of it"
    )


class PeriodEntry(Entry):
    start: Clock = Field(description="start of the period, local time HH:MM")
    end: Clock = Field(description="end of the period, local time HH:MM; 24:00 is midnight")
    band: Annotated[BandName, Field(strict=False)] = Field(description="price band of the period")


class SeasonEntry(Entry):
    months: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(min_length=1, max_length=12)] = Field(
        description="months (1 to 12) that share these periods"
    )
    periods: Annotated[list[PeriodEntry], Field(min_length=1, max_length=96)] = Field(
        description="periods of the day, in order, from 00:00 to 24:00 without gap"
    )


class TariffEntry(Entry):
    id: Id = Field(description="name of the tariff")
    document: Words = Field(default="", description="notice or contract the tariff comes from")
    timezone: Words = Field(description="IANA zone the periods are written in, for example Asia/Shanghai")
    floating_per_kwh: Price = Field(description="part of the price per kWh that a band multiplies")
    fixed_per_kwh: Price = Field(default=0, description="part of the price per kWh that is the same in every band")
    currency: Annotated[str, Field(pattern=CURRENCY_PATTERN)] = Field(
        default="CNY", description="ISO 4217 code of the prices"
    )
    multipliers: Annotated[
        dict[Annotated[BandName, Field(strict=False)], Annotated[float, Field(ge=0, le=100)]], Field(min_length=1)
    ] = Field(description="what a band multiplies the floating part by")
    seasons: Annotated[list[SeasonEntry], Field(min_length=1, max_length=12)] = Field(
        description="days of bands by month"
    )
    basis: Words = Field(default="", description="where the figures come from and which are assumed")
    verified: bool = Field(default=False, description="true only when read from the primary notice")


class PlaceEntry(Entry):
    id: Id = Field(description="name of the place in this file and in tables")
    name: Words = Field(default="", description="name for people; the id when left out")
    kind: Annotated[PlaceKind, Field(strict=False)] = Field(description="what the place is")
    lat: Annotated[float, Field(ge=-90, le=90)] | None = Field(default=None, description="latitude, degrees WGS 84")
    lon: Annotated[float, Field(ge=-180, le=180)] | None = Field(default=None, description="longitude, degrees WGS 84")
    handling_minutes: Minutes = Field(default=10, description="time to put one container on a truck or take it off")
    basis: Words = Field(default="", description="where the figures come from and which are assumed")


class LegEntry(Entry):
    origin: Id = Field(description="place the leg starts at")
    destination: Id = Field(description="place the leg ends at")
    distance_km: Annotated[float, Field(ge=0.001, le=5_000)] = Field(description="road distance")
    minutes: Annotated[float, Field(ge=0.1, le=2_880)] = Field(description="driving time")
    both_ways: bool = Field(default=True, description="the same the other way; false for one way only")


class FamilyEntry(Entry):
    id: Id = Field(description="name of the pack family")
    capacity_kwh: Kwh = Field(description="energy of a full pack")
    slot_power_kw: Kilowatts = Field(description="power a slot charges one pack with")
    ready_soc_percent: Percent = Field(default=90, description="a pack at or above this is handed out")


class CurveEntry(Entry):
    soc_percent: Percent = Field(description="state of charge of this point")
    power_kw: Annotated[float, Field(ge=0, le=10_000)] = Field(description="most the battery takes there")


class AdapterEntry(Entry):
    plug: Standard = Field(description="plug family the adapter takes")
    inlet: Standard = Field(description="inlet of the truck the adapter goes into")


class ModelEntry(Entry):
    id: Id = Field(description="name of the truck model")
    battery_kwh: Kwh = Field(description="usable energy of the battery")
    inlets: Annotated[list[Standard], Field(min_length=1, max_length=6)] = Field(description="inlets of the truck")
    adapters: Annotated[list[AdapterEntry], Field(max_length=6)] = Field(default=[], description="adapters it carries")
    curve: Annotated[list[CurveEntry], Field(min_length=2, max_length=100)] = Field(
        description="charging curve, linear between its points, from 0 to 100 % state of charge"
    )
    voltage_low_v: Volts = Field(description="lowest direct voltage of the battery")
    voltage_high_v: Volts = Field(description="highest direct voltage of the battery")
    consumption_loaded_kwh_per_km: KwhPerKm = Field(description="energy per kilometre with a container")
    consumption_empty_kwh_per_km: KwhPerKm = Field(description="energy per kilometre without")
    family: Id | None = Field(default=None, description="pack family it swaps; left out: it cannot swap")
    basis: Words = Field(default="", description="where the figures come from and which are assumed")


class ConnectorEntry(Entry):
    standard: Standard = Field(description="plug family of the cable")
    max_a: Annotated[int, Field(ge=1, le=10_000)] = Field(description="current the cable carries")


class EvseEntry(Entry):
    count: Annotated[int, Field(ge=1, le=100)] = Field(default=1, description="how many EVSEs like this, numbered on")
    max_power_kw: Kilowatts = Field(description="most power of the EVSE")
    voltage_low_v: Volts = Field(default=200, description="lowest direct voltage it gives")
    voltage_high_v: Volts = Field(description="highest direct voltage it gives")
    connectors: Annotated[list[ConnectorEntry], Field(min_length=1, max_length=8)] = Field(
        description="cables; one is used at a time"
    )


class SerialEntry(Entry):
    """What comes in series: `count` entries whose ids differ in a number."""

    id: Id = Field(description="its name; with `count`, # signs stand for the number")
    count: Count | None = Field(default=None, description="how many like this; left out: one, named as written")
    first: Annotated[int, Field(ge=0, le=1_000_000)] = Field(default=1, description="number of the first of a series")
    place: Id = Field(description="place it stands at; of a truck, where it starts")


class StationEntry(SerialEntry):
    evses: Annotated[list[EvseEntry], Field(min_length=1, max_length=100)] = Field(description="its EVSEs")
    vendor: Words = Field(default="", description="maker")
    model: Words = Field(default="", description="model of the maker")


class SwapStationEntry(SerialEntry):
    family: Id = Field(description="pack family of its slots")
    slots: Annotated[int, Field(ge=1, le=200)] = Field(description="slots that hold and charge a pack each")
    lanes: Annotated[int, Field(ge=1, le=20)] = Field(default=1, description="trucks it swaps at a time")
    swap_minutes: Annotated[float, Field(ge=0.5, le=240)] = Field(description="truck in to truck out")
    max_power_kw: Kilowatts = Field(description="grid power the whole station may draw")
    packs: Annotated[int, Field(ge=0, le=200)] = Field(
        default=0, description="packs it holds at the start, named STATION-P1 … in the first slots"
    )
    packs_soc_percent: Percent = Field(default=100, description="state of charge of these packs at the start")
    vendor: Words = Field(default="", description="maker")
    model: Words = Field(default="", description="model of the maker")


class PackEntry(Entry):
    id: Id = Field(description="serial number of the pack")
    family: Id = Field(description="its pack family")
    soc_percent: Percent = Field(description="state of charge at the start")
    slot: Annotated[str, Field(pattern=SLOT_PATTERN)] | None = Field(
        default=None, description="slot it stands in, STATION/NUMBER; left out: a truck of the file names it"
    )


class TruckEntry(SerialEntry):
    model: Id = Field(description="its truck model")
    fleet: Id = Field(description="fleet it belongs to")
    token: Id | None = Field(default=None, description="OCPP IdToken, at most 20 characters; the id when left out")
    soc_percent: Percent = Field(description="state of charge at the start")
    soc_to_percent: Percent | None = Field(
        default=None, description="state of charge of the last of a series; the ones between rise evenly"
    )
    shift_start: Clock | None = Field(default=None, description="start of duty, every day, local time; none: always")
    shift_end: Clock | None = Field(default=None, description="end of duty, local time; before the start: the next day")
    reserve_soc_percent: Percent = Field(default=10, description="never planned below this")
    pack: Id | None = Field(default=None, description="pack fitted; left out on a model that swaps: a pack named ID-P")


class FallbackEntry(Entry):
    id: Id = Field(description="name of the contract")
    kind: Annotated[FallbackKind, Field(strict=False)] = Field(description="what it is")
    capacity: Annotated[int, Field(ge=1, le=10_000)] = Field(description="how many it serves at once")
    per_use_cny: Price = Field(default=0, description="price of each use, CNY")
    per_km_cny: Price = Field(default=0, description="price of each kilometre, there and back, CNY")
    place: Id | None = Field(default=None, description="where a third-party swap is made")
    family: Id | None = Field(default=None, description="pack family a third party swaps")
    certificate: Words = Field(default="", description="certificate of a third-party swap provider")


class HandshakeEntry(Entry):
    plug: Standard = Field(description="plug family of the station")
    inlet: Standard = Field(description="inlet of the truck")
    success: Annotated[float, Field(ge=0, le=1)] = Field(description="first-time success, 0 to 1")
    retry_minutes: Minutes = Field(default=3, description="what a failed attempt costs")
    barred: bool = Field(default=False, description="true: never planned together")
    basis: Words = Field(default="assumption", description="where the figure comes from")


class CertificateEntry(Entry):
    """Evidence that stations meet a requirement (facts scheme.json, certification_matrix)."""

    requirement: Id = Field(description="requirement it is for, one of those that come with Portwatt")
    stations: Annotated[list[Id], Field(min_length=1, max_length=5_000)] = Field(description="stations it covers")
    number: Words = Field(description="number of the certificate or report")
    issuer: Words = Field(description="who issued it")
    evidence: Words = Field(description="what it is: CCC certificate, test report, self declaration")
    valid_from: date = Field(description="first day it is valid")
    valid_to: date | None = Field(default=None, description="last day it is valid; left out: no end is stated")
    basis: Words = Field(default="", description="who has seen it, and whether it was verified")


class PlanningEntry(Entry):
    slot_minutes: Annotated[int, Field(ge=1, le=120)] = Field(default=15, description="grain of the power balance")
    budget_seconds: Annotated[float, Field(ge=0.05, le=3_600)] = Field(
        default=2, description="what a new plan may take"
    )
    frozen_minutes: Minutes = Field(default=10, description="what starts within this stays as it is")
    settle_minutes: Minutes = Field(default=5, description="shortest time between two plans")
    horizon_hours: Annotated[float, Field(ge=1, le=168)] = Field(default=36, description="how far a plan looks")
    reserve_before_minutes: Minutes = Field(default=15, description="how long before arrival an EVSE is reserved")


class CommissioningEntry(Entry):
    """States of facts scheme.json, hub_states."""

    state: Literal[
        "ANNOUNCED",
        "UNDER_CONSTRUCTION",
        "ENERGISED",
        "INTEROP_TESTING",
        "TRIAL",
        "COMMISSIONED",
        "SUSPENDED",
        "DECOMMISSIONED",
    ] = Field(default="UNDER_CONSTRUCTION", description="commissioning state of the hub")
    basis: Words = Field(default="no verified notice", description="notice or record the state rests on")


ShelfFamily = Annotated[FamilyEntry, BeforeValidator(from_shelf("families"))]
ShelfModel = Annotated[ModelEntry, BeforeValidator(from_shelf("models"))]


class HubFile(Entry):
    id: Id = Field(description="name of the hub, for example NINGBO")
    name: Words = Field(description="name for people")
    timezone: Words = Field(description="IANA zone of the hub, for example Asia/Shanghai")
    grid: GridEntry = Field(description="grid connection of the hub")
    tariff: Annotated[TariffEntry, BeforeValidator(from_shelf("tariffs"))] = Field(
        description="a table, or the name of a tariff that comes with Portwatt"
    )
    places: Annotated[list[PlaceEntry], Field(min_length=1, max_length=MAX_PLACES)] = Field(
        description="where trucks go"
    )
    legs: Annotated[list[LegEntry], Field(max_length=20_000)] = Field(
        default=[], description="drives between places; what is not listed goes the quickest way over what is"
    )
    families: Annotated[list[ShelfFamily], Field(max_length=100)] = Field(
        default=[], description="pack families: tables, or names of those that come with Portwatt"
    )
    models: Annotated[list[ShelfModel], Field(max_length=1_000)] = Field(
        default=[], description="truck models: tables, or names of those that come with Portwatt"
    )
    stations: Annotated[list[StationEntry], Field(max_length=2_000)] = Field(
        default=[], description="charging stations"
    )
    swap_stations: Annotated[list[SwapStationEntry], Field(max_length=500)] = Field(
        default=[], description="swap stations"
    )
    packs: Annotated[list[PackEntry], Field(max_length=10_000)] = Field(
        default=[], description="packs listed one by one"
    )
    trucks: Annotated[list[TruckEntry], Field(max_length=10_000)] = Field(default=[], description="trucks")
    fallbacks: Annotated[list[FallbackEntry], Field(max_length=500)] = Field(
        default=[], description="contracted fallbacks"
    )
    handshakes: Annotated[list[HandshakeEntry], Field(max_length=100)] = Field(
        default=[], description="how likely plug and inlet find together"
    )
    certificates: Annotated[list[CertificateEntry], Field(max_length=5_000)] = Field(
        default=[], description="certificates of stations"
    )
    planning: PlanningEntry = Field(default=PlanningEntry(), description="how the hub wants to be planned")
    commissioning: CommissioningEntry = Field(
        default=CommissioningEntry(), description="state the scheme gives the hub"
    )
