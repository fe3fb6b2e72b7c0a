"""The bodies that come in, checked whole: what is wrong is said for every field at once, and nothing is changed.

Times carry a zone (RFC 3339). Quantities name their unit in the field.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from portwatt.errors import UsageError
from portwatt.model.connector import ConnectorStandard
from portwatt.model.container import parse_container_id
from portwatt.units import as_utc


def _container(text: str) -> str:
    try:
        return parse_container_id(text)
    except UsageError as error:
        raise ValueError(str(error)) from error


def _moment(moment: datetime) -> datetime:
    try:
        return as_utc(moment)
    except UsageError as error:
        raise ValueError(str(error)) from error


Moment = Annotated[AwareDatetime, AfterValidator(_moment)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Part = Annotated[str, Field(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[str, Field(max_length=500)]
ContainerNumber = Annotated[str, Field(max_length=20), AfterValidator(_container)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Body(BaseModel):
    """A body with a field we do not know is refused: a typing error must not pass as an omission."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainIn(Body):
    """A train run of the timetable."""

    id: Name
    number: Annotated[str, Field(min_length=1, max_length=8)]
    service: Name
    direction: Literal["outbound", "inbound"]
    yard: Name
    arrival: Moment
    departure: Moment
    cut_off: Moment | None = None
    available: Moment | None = None
    capacity_teu: Annotated[int, Field(ge=0, le=1000)] = 100
    corridor: Annotated[str, Field(max_length=64)] = ""


class ForecastIn(Body):
    """New estimates for a run. What is left out stays as it is."""

    source: Name
    arrival: Moment | None = None
    departure: Moment | None = None
    cut_off: Moment | None = None
    available: Moment | None = None


class AtIn(Body):
    """When it happened; left out: now."""

    at: Moment | None = None


class CancelIn(Body):
    reason: Words = ""


class ReleaseIn(Body):
    """Customs lets a container go."""

    container: ContainerNumber
    released_at: Moment


class TrainChoiceIn(Body):
    train: Name
    due: Moment


class MoveIn(Body):
    """One container to be carried from one place to another."""

    id: Name
    container: ContainerNumber
    teu: Literal[1, 2] = 2
    consignment: Name | None = None
    origin: Name
    destination: Name
    release: Moment
    due: Moment
    trains: Annotated[list[TrainChoiceIn], Field(max_length=20)] = []
    from_train: Name | None = None
    customs_hold: bool = False


class MovesIn(Body):
    """All of them are taken, or none."""

    moves: Annotated[list[MoveIn], Field(min_length=1, max_length=5000)]


class PositionIn(Body):
    """Where a truck is and how full; what is left out is not known."""

    at: Moment | None = None
    soc_percent: Percent | None = None
    place: Name | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None


class ActivityStartedIn(Body):
    activity: Name
    at: Moment | None = None


class ActivityEndedIn(Body):
    """`done` false: the truck gave up; say why."""

    activity: Name
    at: Moment | None = None
    soc_percent: Percent
    done: bool = True
    detail: Words = ""


class OutIn(Body):
    """A truck that cannot be used; without `until` nobody knows how long."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    until: Moment | None = None


class BackIn(Body):
    place: Name
    soc_percent: Percent


class GateIn(Body):
    """A truck or container passed a gate."""

    place: Name
    direction: Literal["in", "out"]
    at: Moment | None = None
    truck: Name | None = None
    container: ContainerNumber | None = None


class ServiceIn(Body):
    """A station, or one of its EVSEs, out of service or back."""

    evse: Annotated[int, Field(ge=1, le=1000)] | None = None
    reason: Words = ""


class GridLimitIn(Body):
    """What all charging of the hub may draw from now on."""

    limit_kw: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
    reason: Words = ""


class JudgementIn(Body):
    """What is decided of pairs; a field left out stands for any. An expiry is needed for a waiver."""

    kind: Literal["incompatible", "waiver", "cleared"]
    truck_model: Part = ""
    truck_software: Part = ""
    inlet: ConnectorStandard | None = None
    edition: Part = ""
    station_model: Part = ""
    station_software: Part = ""
    plug: ConnectorStandard | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    by: Part = ""
    until: Moment | None = None


class FallbackEndedIn(Body):
    """A fallback carried a move, or could not."""

    move: Name
    at: Moment | None = None
    done: bool = True
    detail: Words = ""


class Accepted(BaseModel):
    """The facts are durable. `seq`: the place in the log of the last of them or later."""

    seq: int
    at: datetime


class ConsignmentIn(Body):
    """Containers that travel under one contract for one forwarder."""

    id: Name
    forwarder: Name
    containers: Annotated[list[ContainerNumber], Field(min_length=1, max_length=5000)]
