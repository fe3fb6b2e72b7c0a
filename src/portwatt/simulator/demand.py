"""The freight of a simulated day: trains, containers and moves, and what will really become of them.

Pure: the same scenario and seed give the same day on every machine. Each concern draws from its own stream, so a
change to one does not shuffle the others.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from portwatt.config.draft import series
from portwatt.ids import ConsignmentId, ContainerId, MoveId, PlaceId, TrainId
from portwatt.model.consignment import Consignment
from portwatt.model.container import Container, check_digit
from portwatt.model.move import Move, TrainChoice
from portwatt.model.train import Call, CallTime, Direction, TrainRun
from portwatt.simulator.scenario import CorridorRules, Scenario, Span

_OWNERS = ("PWA", "PWB", "PWC", "PWD")
"""Owner codes that stand for no carrier."""
_PER_CONSIGNMENT = (1, 8)
_JITTER_MINUTES = 10
_EARLIEST = timedelta(minutes=30)
"""A train is not worked earlier than this before its timetable."""


class Forecast(Struct, frozen=True):
    """What the rail platform will say at `at`; in the fields of TrainForecastReceived."""

    at: datetime
    arrival: datetime
    departure: datetime
    cut_off: datetime | None
    available: datetime | None


class TrainTruth(Struct, frozen=True):
    """What a train will really do, and what will be said of it before."""

    train: TrainId
    arrival: datetime
    departure: datetime
    available: datetime | None
    """When the containers it really brought can be fetched (inbound)."""
    cut_off: datetime | None
    """Delivered by then a container really leaves on it (outbound)."""
    forecasts: tuple[Forecast, ...]


class CustomsRelease(Struct, frozen=True):
    """When customs really lets a held container go; nobody knows before."""

    move: MoveId
    container: ContainerId
    at: datetime


class Demand(Struct, frozen=True):
    """A day's freight. `moves` are in order of release, `truths` in the order of `trains`.

    `trains` also holds the first run of tomorrow of every outbound corridor: the last resort of today's containers.
    """

    trains: tuple[TrainRun, ...]
    moves: tuple[Move, ...]
    consignments: tuple[Consignment, ...]
    releases: tuple[CustomsRelease, ...]
    truths: tuple[TrainTruth, ...]


class _Series(Struct, frozen=True):
    """Names a day gives: its mark, empty on the first, and the container numbers no later day may use."""

    mark: str
    used: set[str]


class _Draft(Struct, frozen=True):
    """A move before it has a number and a container."""

    origin: PlaceId
    destination: PlaceId
    release: datetime
    due: datetime
    trains: tuple[TrainChoice, ...] = ()
    from_train: TrainId | None = None
    service: str = ""


def days(scenario: Scenario, seed: int, count: int) -> tuple[Demand, ...]:
    """The freight of a scenario's day and of those after it, each drawn anew; the first is that of `demand`.

    What has to differ from day to day does: names of moves and consignments, containers. The first run of tomorrow
    that a day speaks of is the same run as tomorrow's own.
    """
    used: set[str] = set()
    found = []
    for n in range(count):
        rules = scenario.day.model_copy(update={"date": scenario.day.date + n * timedelta(days=1)})
        found.append(_day(replace(scenario, day=rules), seed, _Series(f"{n + 1}-" if n else "", used)))
    return tuple(found)


def whole(found: Sequence[Demand]) -> Demand:
    """The freight of several days as one; a train that two days speak of is one train."""
    trains, truths = dict[TrainId, TrainRun](), dict[TrainId, TrainTruth]()
    for day in found:
        for train, truth in zip(day.trains, day.truths, strict=True):
            trains.setdefault(train.id, train)
            truths.setdefault(train.id, truth)
    return Demand(
        trains=tuple(trains.values()),
        moves=tuple(move for day in found for move in day.moves),
        consignments=tuple(consignment for day in found for consignment in day.consignments),
        releases=tuple(release for day in found for release in day.releases),
        truths=tuple(truths.values()),
    )


def demand(scenario: Scenario, seed: int) -> Demand:
    """The freight of a scenario's day, drawn with a seed."""
    return _day(scenario, seed, _Series("", set()))


def _day(scenario: Scenario, day_seed: int, names: _Series) -> Demand:
    seed = f"{day_seed}/{names.mark}" if names.mark else str(day_seed)
    rows = [(rules, _runs(scenario, rules, _stream(seed, scenario, rules.id))) for rules in scenario.demand.corridors]
    drafts = [
        d for rules, runs in rows for d in _boxes(scenario, rules, runs, _stream(seed, scenario, rules.id, "box"))
    ]
    drafts += _lanes(scenario, _stream(seed, scenario, "lanes"))
    drafts.sort(key=lambda d: (d.release, d.due, d.origin, d.destination))
    moves, consignments = _numbered(scenario, drafts, names, _stream(seed, scenario, "containers"))
    trains = tuple(run for _, runs in rows for run in runs)
    return Demand(
        trains=trains,
        moves=moves,
        consignments=consignments,
        releases=_releases(scenario, moves, _stream(seed, scenario, "customs")),
        truths=tuple(_truth(scenario, run, _stream(str(day_seed), scenario, run.id, "truth")) for run in trains),
    )


def _stream(seed: str, scenario: Scenario, *concern: str) -> random.Random:
    return random.Random(f"{seed}/{scenario.hub.id}/{'/'.join(concern)}")


def _drawn(span: Span, chance: random.Random) -> float:
    return chance.uniform(span.least, span.most)


def _minutes(value: float) -> timedelta:
    """Whole minutes: a timetable knows no seconds."""
    return timedelta(minutes=round(value))


# ── trains ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _runs(scenario: Scenario, rules: CorridorRules, chance: random.Random) -> list[TrainRun]:
    """Today's runs of a corridor, evenly spread, and of an outbound one the first of tomorrow."""
    first, last = scenario.at(rules.first), scenario.at(rules.last)
    step = (last - first) / max(1, rules.trains - 1)
    numbers = series(rules.number, rules.trains, 1)
    runs = []
    for n, number in enumerate(numbers):
        jitter = chance.randint(-_JITTER_MINUTES, _JITTER_MINUTES) if 0 < n < rules.trains - 1 else 0
        minute = round((first + n * step - scenario.start) / timedelta(minutes=1)) + jitter
        runs.append(_run(scenario, rules, number, scenario.start + timedelta(minutes=minute)))
    if rules.direction is Direction.OUTBOUND:
        runs.append(_run(scenario, rules, numbers[0], first + timedelta(days=1)))
    return runs


def _run(scenario: Scenario, rules: CorridorRules, number: str, moment: datetime) -> TrainRun:
    """A run that departs (outbound) or arrives (inbound) at a moment."""
    stand = _minutes(scenario.demand.stand_hours * 60)
    day = scenario.day.date + (moment - scenario.start) // timedelta(days=1) * timedelta(days=1)
    yard = PlaceId(rules.yard)
    if rules.direction is Direction.OUTBOUND:
        cut_off = moment - _minutes(scenario.demand.cut_off_hours * 60)
        call = Call(yard, CallTime(moment - stand), CallTime(moment), cut_off=cut_off)
    else:
        available = moment + _minutes(scenario.demand.train_work_minutes)
        call = Call(yard, CallTime(moment), CallTime(moment + stand), available=available)
    return TrainRun(
        id=TrainId(f"{number}-{day:%Y%m%d}"),
        number=number,
        service=rules.service,
        direction=rules.direction,
        call=call,
        capacity_teu=rules.capacity_teu,
        corridor=rules.corridor,
    )


def _truth(scenario: Scenario, run: TrainRun, chance: random.Random) -> TrainTruth:
    """Arrival as the 24 h error says; estimates 6 h and 2 h before that are wrong by theirs. A late outbound train
    departs late by as much, so its cut-off moves; an early one keeps its timetable."""
    sigma = scenario.disturbance.eta_sigma_minutes
    late = max(-_EARLIEST, _minutes(chance.gauss(0, sigma.within_24_h)))
    forecasts = []
    for hours, error in ((6, sigma.within_6_h), (2, sigma.within_2_h)):
        guess = max(-_EARLIEST, late + _minutes(chance.gauss(0, error)))
        at = run.call.arrival.planned + late - timedelta(hours=hours)
        if error > 0 and guess != timedelta(0) and at >= scenario.start:
            forecasts.append(Forecast(at, *_shifted(run, guess)))
    arrival, departure, cut_off, available = _shifted(run, late)
    return TrainTruth(run.id, arrival, departure, available, cut_off, tuple(forecasts))


def _shifted(run: TrainRun, late: timedelta) -> tuple[datetime, datetime, datetime | None, datetime | None]:
    """Arrival, departure, cut-off and availability of a run that is late by so much."""
    call, held = run.call, max(timedelta(0), late)
    return (
        call.arrival.planned + late,
        call.departure.planned + held,
        call.cut_off + held if call.cut_off else None,
        call.available + late if call.available else None,
    )


# ── moves ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _boxes(scenario: Scenario, rules: CorridorRules, runs: list[TrainRun], chance: random.Random) -> Iterator[_Draft]:
    """The moves of today's trains of a corridor."""
    places = [PlaceId(end.place) for end in rules.ends]
    weights = [end.weight for end in rules.ends]
    for n, run in enumerate(runs[: rules.trains]):
        for _ in range(round(_drawn(rules.boxes, chance))):
            (other,) = chance.choices(places, weights)
            if rules.direction is Direction.OUTBOUND:
                later = runs[n : n + 1 + scenario.demand.alternatives]
                yield _outbound(scenario, later, other, chance)
            else:
                yield _inbound(scenario, run, other, chance)


def _outbound(scenario: Scenario, choices: list[TrainRun], origin: PlaceId, chance: random.Random) -> _Draft:
    trains = tuple(TrainChoice(run.id, run.call.cut_off) for run in choices if run.call.cut_off is not None)
    lead = _minutes(_drawn(scenario.demand.collect_hours, chance) * 60)
    release = max(scenario.start, trains[0].due - lead)  # what was ready yesterday is ready at midnight
    return _Draft(origin, choices[0].call.yard, release, trains[0].due, trains, service=choices[0].service)


def _inbound(scenario: Scenario, run: TrainRun, destination: PlaceId, chance: random.Random) -> _Draft:
    available = run.call.available or run.call.arrival.planned
    due = available + _minutes(_drawn(scenario.demand.deliver_hours, chance) * 60)
    return _Draft(run.call.yard, destination, available, due, from_train=run.id, service=run.service)


def _lanes(scenario: Scenario, chance: random.Random) -> list[_Draft]:
    drafts = []
    for lane in scenario.demand.lanes:
        first, span = scenario.at(lane.first), scenario.at(lane.last) - scenario.at(lane.first)
        for _ in range(lane.moves):
            release = first + _minutes(chance.uniform(0, span / timedelta(minutes=1)))
            due = release + _minutes(_drawn(scenario.demand.deliver_hours, chance) * 60)
            drafts.append(_Draft(PlaceId(lane.origin), PlaceId(lane.destination), release, due, service="local"))
    return drafts


# ── containers, consignments, customs ───────────────────────────────────────────────────────────────────────────────


def _numbered(
    scenario: Scenario, drafts: list[_Draft], names: _Series, chance: random.Random
) -> tuple[tuple[Move, ...], tuple[Consignment, ...]]:
    """Moves with numbers and containers; containers of one service are bundled into consignments as they come."""
    rules = scenario.demand
    numbers = _container_ids(names.used, chance)
    hub = f"{scenario.hub.id}-{names.mark}"
    open_: dict[str, tuple[Consignment, int]] = {}
    done: list[Consignment] = []
    moves = []
    for n, draft in enumerate(drafts, start=1):
        if draft.service not in open_:
            name = ConsignmentId(f"{hub}C{len(done) + len(open_) + 1:04d}")
            size = chance.randint(*_PER_CONSIGNMENT)
            open_[draft.service] = (Consignment(name, chance.choice(rules.forwarders), ()), size)
        consignment, size = open_[draft.service]
        teu = 2 if chance.random() < rules.forty_foot_share else 1
        box = Container(next(numbers), teu, consignment.id)
        consignment = replace(consignment, containers=(*consignment.containers, box.id))
        open_[draft.service] = (consignment, size)
        if len(consignment.containers) == size:
            done.append(open_.pop(draft.service)[0])
        moves.append(_move(MoveId(f"{hub}M{n:04d}"), draft, box, held=chance.random() < rules.customs_share))
    done += [consignment for consignment, _ in open_.values()]
    return tuple(moves), tuple(sorted(done, key=lambda c: c.id))


def _move(name: MoveId, draft: _Draft, box: Container, held: bool) -> Move:
    return Move(
        id=name,
        container=box,
        origin=draft.origin,
        destination=draft.destination,
        release=draft.release,
        due=draft.due,
        trains=draft.trains,
        from_train=draft.from_train,
        customs_hold=held,
    )


def _container_ids(used: set[str], chance: random.Random) -> Iterator[ContainerId]:
    """Container numbers with their check digit (ISO 6346), none twice."""
    while True:
        first_ten = f"{chance.choice(_OWNERS)}U{chance.randrange(1_000_000):06d}"
        if first_ten not in used:
            used.add(first_ten)
            yield ContainerId(f"{first_ten}{check_digit(first_ten)}")


def _releases(scenario: Scenario, moves: tuple[Move, ...], chance: random.Random) -> tuple[CustomsRelease, ...]:
    """When customs lets held containers go: as expected, or later."""
    rules = scenario.disturbance
    found = []
    for move in moves:
        if move.customs_hold:
            late = chance.random() < rules.late_release_share
            delay = _minutes(_drawn(rules.late_release_minutes, chance)) if late else timedelta(0)
            found.append(CustomsRelease(move.id, move.container.id, move.release + delay))
    return tuple(found)
