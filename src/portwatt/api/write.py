"""Telling the hub facts: each is checked against what is known, all faults said at once, then made durable."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from datetime import datetime

from fastapi import APIRouter

from portwatt.api import shapes
from portwatt.api.faults import NOT_FOUND, STORE_DOWN, FaultyBodyError, Place
from portwatt.api.loops import Loop
from portwatt.errors import NotFoundError, UsageError
from portwatt.events import (
    AnyEvent,
    ConsignmentAnnounced,
    FallbackEnded,
    GateDirection,
    GridLimitChanged,
    MoveRequested,
    MoveWithdrawn,
    PairJudged,
    ReturnedToService,
    TakenOutOfService,
    TrainScheduled,
)
from portwatt.ids import (
    ActivityId,
    ConsignmentId,
    ContainerId,
    EvseId,
    FallbackId,
    MoveId,
    PlaceId,
    StationId,
    TrainId,
    TruckId,
    evse_id,
)
from portwatt.model.consignment import Consignment
from portwatt.model.container import Container as Box
from portwatt.model.move import Move, TrainChoice
from portwatt.model.pair import Judgement, JudgementKind, PairPattern
from portwatt.model.train import Call, CallTime, Direction, TrainRun
from portwatt.runtime.loop import HubLoop
from portwatt.state import HubState
from portwatt.state.moves import MoveStatus
from portwatt.translate import dispatch, rail
from portwatt.translate.handled import Handled
from portwatt.units import Power, SoC

router = APIRouter(prefix="/api/hubs/{hub}", tags=["write"], responses={**NOT_FOUND, **STORE_DOWN})

Judge = Callable[[HubState, datetime], Sequence[AnyEvent]]


class _Faults:
    """Gathers what is wrong, each with its place in the body."""

    def __init__(self) -> None:
        self.found: list[tuple[Place, str]] = []

    def unless(self, good: bool, place: Place, message: str) -> None:
        if not good:
            self.found.append((place, message))

    def known(self, name: str | None, among: Container[str], kind: str, place: Place) -> None:
        """Note a name that the hub does not know; None passes."""
        self.unless(name is None or name in among, place, f"this hub has no {kind} {name!r}")

    def settle(self) -> None:
        if self.found:
            raise FaultyBodyError(self.found)


async def _record(loop: HubLoop, judge: Judge) -> shapes.Accepted:
    await loop.submit(lambda state, now: Handled(tuple(judge(state, now)), None))
    return shapes.Accepted(seq=loop.state.seq, at=loop.state.at)


def _must_have(name: str, among: Container[str], kind: str) -> None:
    if name not in among:
        raise NotFoundError(f"this hub has no {kind} {name!r}")


# ── trains ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/trains", status_code=201)
async def schedule_train(loop: Loop, body: shapes.TrainIn) -> shapes.Accepted:
    """Put a run on the timetable, or replace the run of this name."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        faults = _Faults()
        faults.known(body.yard, state.hub.place_by_id, "place", ("yard",))
        faults.unless(body.arrival <= body.departure, ("departure",), "the train departs before it arrives")
        outbound = body.direction == "outbound"
        if outbound:
            faults.unless(body.cut_off is not None, ("cut_off",), "an outbound train needs a cut-off")
            late = body.cut_off is not None and body.cut_off > body.departure
            faults.unless(not late, ("cut_off",), "the cut-off is after the departure")
        else:
            faults.unless(body.available is not None, ("available",), "an inbound train needs a time of availability")
        faults.settle()
        call = Call(
            yard=PlaceId(body.yard),
            arrival=CallTime(body.arrival),
            departure=CallTime(body.departure),
            cut_off=body.cut_off if outbound else None,
            available=None if outbound else body.available,
        )
        run = TrainRun(
            TrainId(body.id),
            body.number,
            body.service,
            Direction(body.direction),
            call,
            body.capacity_teu,
            body.corridor,
        )
        return [TrainScheduled(at=now, train=run)]

    return await _record(loop, judge)


@router.post("/trains/{train}/forecast")
async def train_forecast(loop: Loop, train: str, body: shapes.ForecastIn) -> shapes.Accepted:
    """New estimates. One that moves nothing by a minute or more is taken without a new fact."""

    told = rail.TrainForecast(
        train=TrainId(train),
        source=body.source,
        arrival=body.arrival,
        departure=body.departure,
        cut_off=body.cut_off,
        available=body.available,
    )
    return await _record(loop, lambda state, now: rail.forecast(state, told, now))


@router.post("/trains/{train}/arrived")
async def train_arrived(loop: Loop, train: str, body: shapes.AtIn) -> shapes.Accepted:
    """The train stands in the yard."""
    return await _record(loop, lambda state, now: rail.arrived(state, TrainId(train), body.at or now, now))


@router.post("/trains/{train}/departed")
async def train_departed(loop: Loop, train: str, body: shapes.AtIn) -> shapes.Accepted:
    """The train has left; what was not in the yard in time moves to the next that takes it."""
    return await _record(loop, lambda state, now: rail.departed(state, TrainId(train), body.at or now, now))


@router.post("/trains/{train}/cancelled")
async def train_cancelled(loop: Loop, train: str, body: shapes.CancelIn) -> shapes.Accepted:
    """The train does not run."""
    return await _record(loop, lambda state, now: rail.cancelled(state, TrainId(train), body.reason, now))


# ── containers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/moves", status_code=201)
async def request_moves(loop: Loop, body: shapes.MovesIn) -> shapes.Accepted:
    """Moves to be carried: all are taken, or none."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        faults = _Faults()
        seen: set[str] = set()
        boxes: set[str] = set()
        for index, move in enumerate(body.moves):
            _check_move(state, move, ("moves", index), faults)
            faults.unless(move.id not in seen, ("moves", index, "id"), f"move {move.id!r} stands twice in this list")
            twice = f"container {move.container} stands twice in this list"
            faults.unless(move.container not in boxes, ("moves", index, "container"), twice)
            seen.add(move.id)
            boxes.add(move.container)
        faults.settle()
        return [MoveRequested(at=now, move=_move(move)) for move in body.moves]

    return await _record(loop, judge)


def _check_move(state: HubState, move: shapes.MoveIn, place: Place, faults: _Faults) -> None:
    places = state.hub.place_by_id
    faults.unless(move.id not in state.moves, (*place, "id"), f"move {move.id!r} is known already")
    faults.known(move.origin, places, "place", (*place, "origin"))
    faults.known(move.destination, places, "place", (*place, "destination"))
    faults.unless(move.origin != move.destination, (*place, "destination"), "the container is there already")
    faults.unless(move.release < move.due, (*place, "due"), "due before it is released")
    faults.known(move.from_train, state.trains, "train", (*place, "from_train"))
    for number, choice in enumerate(move.trains):
        where = (*place, "trains", number, "train")
        faults.known(choice.train, state.trains, "train", where)
        train = state.trains.get(TrainId(choice.train))
        gone = train is not None and (train.cancelled or train.departed)
        faults.unless(not gone, where, f"train {choice.train!r} has left or was cancelled")
    other = state.move_of.get(ContainerId(move.container))
    busy = other is not None and state.moves[other].over_since is None
    faults.unless(not busy, (*place, "container"), f"container {move.container} is still on its way in move {other}")


def _move(body: shapes.MoveIn) -> Move:
    return Move(
        id=MoveId(body.id),
        container=Box(
            ContainerId(body.container), body.teu, ConsignmentId(body.consignment) if body.consignment else None
        ),
        origin=PlaceId(body.origin),
        destination=PlaceId(body.destination),
        release=body.release,
        due=body.due,
        trains=tuple(TrainChoice(TrainId(c.train), c.due) for c in body.trains),
        from_train=TrainId(body.from_train) if body.from_train else None,
        customs_hold=body.customs_hold,
    )


@router.post("/moves/{move}/withdrawn")
async def withdraw_move(loop: Loop, move: str, body: shapes.CancelIn) -> shapes.Accepted:
    """The move is not wanted any more; one whose container is on its way cannot be withdrawn."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        _must_have(move, state.moves, "move")
        known = state.moves[MoveId(move)]
        if known.status is not MoveStatus.OPEN:
            raise UsageError(f"move {move} is {known.status.value}; only an open move can be withdrawn")
        return [MoveWithdrawn(at=now, move=MoveId(move), reason=body.reason)]

    return await _record(loop, judge)


@router.post("/consignments", status_code=201)
async def announce_consignment(loop: Loop, body: shapes.ConsignmentIn) -> shapes.Accepted:
    """Which containers travel together for a forwarder; said again, the newest word holds."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        containers = tuple(ContainerId(number) for number in body.containers)
        consignment = Consignment(ConsignmentId(body.id), body.forwarder, containers)
        return [ConsignmentAnnounced(at=now, consignment=consignment)]

    return await _record(loop, judge)


@router.post("/releases")
async def release_container(loop: Loop, body: shapes.ReleaseIn) -> shapes.Accepted:
    """Customs or the terminal lets a container go."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        faults = _Faults()
        faults.known(body.container, state.move_of, "move for container", ("container",))
        faults.settle()
        return dispatch.released(state, ContainerId(body.container), body.released_at, now)

    return await _record(loop, judge)


@router.post("/gate-events")
async def gate_event(loop: Loop, body: shapes.GateIn) -> shapes.Accepted:
    """A truck, a container or both passed the gate of a place."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        faults = _Faults()
        faults.known(body.place, state.hub.place_by_id, "place", ("place",))
        faults.known(body.truck, state.trucks, "truck", ("truck",))
        faults.unless(bool(body.truck or body.container), ("truck",), "name a truck, a container or both")
        faults.settle()
        told = dispatch.GateReport(
            place=PlaceId(body.place),
            direction=GateDirection(body.direction),
            passed_at=body.at or now,
            truck=TruckId(body.truck) if body.truck else None,
            container=ContainerId(body.container) if body.container else None,
        )
        return dispatch.gate_passed(state, told, now)

    return await _record(loop, judge)


@router.post("/fallbacks/{fallback}/ended")
async def fallback_ended(loop: Loop, fallback: str, body: shapes.FallbackEndedIn) -> shapes.Accepted:
    """A fallback carried a move, or could not."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        _must_have(fallback, {f.id for f in state.hub.fallbacks}, "fallback")
        _must_have(body.move, state.moves, "move")
        carried_by = state.moves[MoveId(body.move)].fallback
        faults = _Faults()
        faults.unless(carried_by == fallback, ("move",), f"move {body.move} was not given to {fallback}")
        faults.settle()
        ended = FallbackEnded(
            at=now,
            fallback=FallbackId(fallback),
            move=MoveId(body.move),
            ended_at=body.at or now,
            done=body.done,
            detail=body.detail,
        )
        return [ended]

    return await _record(loop, judge)


# ── trucks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/trucks/{truck}/position")
async def truck_position(loop: Loop, truck: str, body: shapes.PositionIn) -> shapes.Accepted:
    """Where a truck is and how full."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        _must_have(truck, state.trucks, "truck")
        faults = _Faults()
        faults.known(body.place, state.hub.place_by_id, "place", ("place",))
        faults.unless((body.lat is None) == (body.lon is None), ("lat",), "give both lat and lon, or neither")
        faults.settle()
        told = dispatch.TruckReport(
            truck=TruckId(truck),
            reported_at=body.at or now,
            soc=None if body.soc_percent is None else SoC.percent(body.soc_percent),
            place=PlaceId(body.place) if body.place else None,
            lat=body.lat,
            lon=body.lon,
        )
        return dispatch.truck_reported(state, told, now)

    return await _record(loop, judge)


@router.post("/trucks/{truck}/activities/started")
async def activity_started(loop: Loop, truck: str, body: shapes.ActivityStartedIn) -> shapes.Accepted:
    """A truck begins what it was ordered to do."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        return dispatch.activity_started(state, TruckId(truck), ActivityId(body.activity), body.at or now, now)

    return await _record(loop, judge)


@router.post("/trucks/{truck}/activities/ended")
async def activity_ended(loop: Loop, truck: str, body: shapes.ActivityEndedIn) -> shapes.Accepted:
    """A truck has done what it was ordered to do, or gave up."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        told = dispatch.ActivityReport(
            truck=TruckId(truck),
            activity=ActivityId(body.activity),
            ended_at=body.at or now,
            soc=SoC.percent(body.soc_percent),
            done=body.done,
            detail=body.detail,
        )
        return dispatch.activity_ended(state, told, now)

    return await _record(loop, judge)


@router.post("/trucks/{truck}/unavailable")
async def truck_unavailable(loop: Loop, truck: str, body: shapes.OutIn) -> shapes.Accepted:
    """A truck drops out."""
    return await _record(
        loop, lambda state, now: dispatch.truck_out(state, TruckId(truck), body.reason, body.until, now)
    )


@router.post("/trucks/{truck}/available")
async def truck_available(loop: Loop, truck: str, body: shapes.BackIn) -> shapes.Accepted:
    """A truck is back."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        _must_have(truck, state.trucks, "truck")
        faults = _Faults()
        faults.known(body.place, state.hub.place_by_id, "place", ("place",))
        faults.settle()
        return dispatch.truck_back(state, TruckId(truck), PlaceId(body.place), SoC.percent(body.soc_percent), now)

    return await _record(loop, judge)


# ── stations and grid ───────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/stations/{station}/out-of-service")
async def out_of_service(loop: Loop, station: str, body: shapes.ServiceIn) -> shapes.Accepted:
    """A person takes a station or one EVSE out of service: no card is accepted there, no plan uses it, it is told."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        evse = _evse(state, station, body.evse)
        return [TakenOutOfService(at=now, station=StationId(station), evse=evse, reason=body.reason)]

    return await _record(loop, judge)


@router.post("/stations/{station}/in-service")
async def in_service(loop: Loop, station: str, body: shapes.ServiceIn) -> shapes.Accepted:
    """A station or one EVSE is back."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        return [ReturnedToService(at=now, station=StationId(station), evse=_evse(state, station, body.evse))]

    return await _record(loop, judge)


def _evse(state: HubState, station: str, number: int | None) -> EvseId | None:
    _must_have(station, state.hub.station_by_id, "station")
    if number is None:
        return None
    evse = evse_id(StationId(station), number)
    faults = _Faults()
    faults.known(evse, state.evses, "EVSE", ("evse",))
    faults.settle()
    return evse


@router.post("/compatibility/judgements")
async def judge_pairs(loop: Loop, body: shapes.JudgementIn) -> shapes.Accepted:
    """Mark pairs of truck and station incompatible, waive that until a day, or take both back (`cleared`)."""
    kind = JudgementKind(body.kind)

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        faults = _Faults()
        faults.known(body.truck_model or None, state.hub.model_by_id, "truck model", ("truck_model",))
        waives = kind is JudgementKind.WAIVER
        faults.unless(not waives or body.until is not None, ("until",), "a waiver needs a time at which it expires")
        faults.unless(body.until is None or body.until > now, ("until",), "is over already")
        pairs = PairPattern(
            truck_model=body.truck_model,
            truck_software=body.truck_software,
            inlet=body.inlet,
            edition=body.edition,
            station_model=body.station_model,
            station_software=body.station_software,
            plug=body.plug,
        )
        everything = kind is JudgementKind.INCOMPATIBLE and pairs == PairPattern()
        faults.unless(not everything, ("truck_model",), "names no truck, plug or station: it would bar every pair")
        faults.settle()
        found = Judgement(kind=kind, pairs=pairs, reason=body.reason, by=body.by, until=body.until)
        return [PairJudged(at=now, judgement=found)]

    return await _record(loop, judge)


@router.post("/grid-limit")
async def grid_limit(loop: Loop, body: shapes.GridLimitIn) -> shapes.Accepted:
    """From now on all charging of the hub together may draw this."""

    def judge(state: HubState, now: datetime) -> Sequence[AnyEvent]:
        return [GridLimitChanged(at=now, limit=Power.kw(body.limit_kw), reason=body.reason)]

    return await _record(loop, judge)
