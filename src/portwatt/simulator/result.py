"""What came of a virtual day: figures for machines and people, true to the world and not to what the hub believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import astuple

from portwatt.commands import Outcome, Replan
from portwatt.events import AnyEvent, CommandAnswered, CommandIssued, PlanRejected
from portwatt.ids import CommandId, HubId, MoveId, TrainId
from portwatt.model.train import Direction
from portwatt.simulator.audit import Wrong
from portwatt.simulator.world import World
from portwatt.state import HubState
from portwatt.state.codec import digest
from portwatt.state.moves import MoveStatus
from portwatt.units import Money

_MOST_UNSERVED = 200
PLANNED = "planned"
STILL_TO_COME = (PLANNED, MoveStatus.ON_TRUCK.value, MoveStatus.ON_FALLBACK.value)
"""Reasons that mean nothing went wrong: the day was over before the move was."""


class Violations(Struct, frozen=True):
    """Promises of physics and safety the world saw broken, all counted, the first 200 of a hub listed.

    Plans the check finds fault with are never adopted; they stand under `planning`.
    """

    count: int
    list: tuple[Wrong, ...]


class Moves(Struct, frozen=True):
    """`served`: by trucks of the hub, `fallback`: by shuttles; the rest was not delivered when the day ended."""

    total: int
    served: int
    fallback: int
    unserved: int
    late: int
    """Delivered after the time it was due, those without a train."""


class Containers(Struct, frozen=True):
    """Containers with an outbound train, by the true cut-offs. `open`: not delivered, and a train may still take it."""

    total: int
    on_booked_train: int
    rebooked: int
    missed: int
    open: int


class Handshakes(Struct, frozen=True):
    """`first_time`: visits to an EVSE whose first handshake succeeded; share of `visits` that led to power."""

    attempts: int
    failed: int
    visits: int
    first_time: int


class Utilisation(Struct, frozen=True):
    """Shares of the day, 0 to 1: EVSEs with a truck at them, trucks that do something."""

    evses: float
    trucks: float


class TrainRow(Struct, frozen=True):
    """One train: when it really left or came (None: it has not yet), and how many of its containers were in time."""

    train: TrainId
    direction: Direction
    planned: datetime
    actual: datetime | None
    containers: int
    in_time: int
    to_come: int
    """Containers that can still be in time when the day ends."""


class UnservedMove(Struct, frozen=True):
    """A move that was not delivered, and why, as far as the hub knew."""

    move: MoveId
    reason: str
    detail: str


class Planning(Struct, frozen=True):
    """Plans asked for, adopted and rejected; the first reasons of rejections; wall seconds spent on them."""

    asked: int
    adopted: int
    rejected: int
    rejections: tuple[str, ...]
    seconds: float


class HubResult(Struct, frozen=True, kw_only=True):
    """One hub's day."""

    hub: HubId
    name: str
    timezone: str
    seed: int
    hours: float
    undisturbed: bool
    violations: Violations
    moves: Moves
    containers: Containers
    trucks: int
    stranded: int
    """Trucks that ran empty on the road."""
    transactions: int
    pack_transactions: int
    swaps: int
    energy_kwh: float
    peak_kw: float
    grid_limit_kw: float
    cost_cny: float
    fallback_cny: float
    replans: int
    events: int
    frames: int
    wall_seconds: float
    state_digest: str
    handshakes: Handshakes
    utilisation: Utilisation
    planning: Planning
    troubles: dict[str, int]
    commands_failed: dict[str, int]
    """Commands that were refused or came to nothing, by what and how."""
    trains: tuple[TrainRow, ...]
    unserved: tuple[UnservedMove, ...]


class Result(Struct, frozen=True, kw_only=True):
    """All hubs together, then each of them."""

    violations: Violations
    moves: Moves
    containers: Containers
    trucks: int
    transactions: int
    swaps: int
    energy_kwh: float
    peak_kw: float
    """The highest of the hubs, which are not one site."""
    cost_cny: float
    replans: int
    events: int
    wall_seconds: float
    hubs: dict[HubId, HubResult]


def merged(hubs: Sequence[HubResult], wall_seconds: float) -> Result:
    """The result of several hubs' day. Raises ValueError for none."""
    if not hubs:
        raise ValueError("no hub was simulated")
    return Result(
        violations=Violations(sum(h.violations.count for h in hubs), tuple(w for h in hubs for w in h.violations.list)),
        moves=Moves(*_summed(h.moves for h in hubs)),
        containers=Containers(*_summed(h.containers for h in hubs)),
        trucks=sum(h.trucks for h in hubs),
        transactions=sum(h.transactions for h in hubs),
        swaps=sum(h.swaps for h in hubs),
        energy_kwh=round(sum(h.energy_kwh for h in hubs), 3),
        peak_kw=max((h.peak_kw for h in hubs), default=0.0),
        cost_cny=round(sum(h.cost_cny for h in hubs), 2),
        replans=sum(h.replans for h in hubs),
        events=sum(h.events for h in hubs),
        wall_seconds=wall_seconds,
        hubs={h.hub: h for h in hubs},
    )


def _summed(rows: Iterable[Moves] | Iterable[Containers]) -> list[int]:
    """Field by field."""
    return [sum(column) for column in zip(*(astuple(row) for row in rows), strict=True)]


class Notes(Struct):
    """What the driver of a day counted on the way."""

    frames: int = 0
    asked: int = 0
    planning_seconds: float = 0.0
    rejections: list[str] = field(default_factory=list)
    commands_failed: Counter[str] = field(default_factory=Counter)
    commands: dict[CommandId, str] = field(default_factory=dict)
    """Under way: what kind each is."""

    def count(self, events: Iterable[AnyEvent]) -> None:
        """Take note of what is worth telling at the end."""
        for event in events:
            match event:
                case CommandIssued():
                    self.commands[event.id] = type(event.command).__name__
                    self.asked += isinstance(event.command, Replan)
                case CommandAnswered():
                    name = self.commands.pop(event.id, "unknown")
                    if event.outcome is not Outcome.ACCEPTED:
                        self.commands_failed[f"{name} {event.outcome.value}"] += 1
                case PlanRejected():
                    self.rejections.append(event.detail)
                case _:
                    pass


def hub_result(world: World, state: HubState, notes: Notes, run: tuple[int, float, bool, float]) -> HubResult:
    """The result of one hub's day. `run`: seed, hours, whether it was undisturbed, wall seconds."""
    hub = state.hub
    seed, hours, undisturbed, wall_seconds = run
    site, posts = world.site, world.posts
    evse_hours = hours * max(1, len(hub.evse_by_id))
    truck_hours = hours * max(1, len(hub.trucks))
    totals, planning = state.totals, state.replanning
    return HubResult(
        hub=hub.id,
        name=hub.name,
        timezone=hub.timezone,
        seed=seed,
        hours=hours,
        undisturbed=undisturbed,
        violations=Violations(world.audit.count, tuple(world.audit.kept)),
        moves=_moves(world),
        containers=_containers(world),
        trucks=len(hub.trucks),
        stranded=world.drivers.stranded,
        transactions=totals.transactions,
        pack_transactions=totals.pack_transactions,
        swaps=totals.swaps,
        energy_kwh=site.energy.as_kwh,
        peak_kw=site.peak.as_kw,
        grid_limit_kw=hub.grid.for_charging.as_kw,
        cost_cny=_cny(site.cost),
        fallback_cny=_cny(world.shuttles.cost),
        replans=planning.adopted,
        events=state.seq,
        frames=notes.frames,
        wall_seconds=wall_seconds,
        state_digest=digest(state),
        handshakes=Handshakes(posts.attempts, posts.failures, posts.visits, posts.first_time),
        utilisation=Utilisation(
            round(posts.busy.total_seconds() / 3600 / evse_hours, 4),
            round(world.drivers.busy.total_seconds() / 3600 / truck_hours, 4),
        ),
        planning=Planning(
            notes.asked, planning.adopted, planning.rejected, tuple(notes.rejections[:20]), notes.planning_seconds
        ),
        troubles=dict(Counter(t.kind.value for t in world.troubles)),
        commands_failed=dict(sorted(notes.commands_failed.items())),
        trains=tuple(_trains(world)),
        unserved=tuple(sorted(_unserved(world, state), key=lambda m: m.reason in STILL_TO_COME))[:_MOST_UNSERVED],
    )


def _cny(money: Money) -> float:
    return float(money.amount)


def _moves(world: World) -> Moves:
    boxes = world.freight.boxes.values()
    delivered = [b for b in boxes if b.delivered_at is not None]
    fallback = sum(b.fallback for b in delivered)
    late = sum(not b.move.trains and b.delivered_at is not None and b.delivered_at > b.move.due for b in delivered)
    return Moves(len(boxes), len(delivered) - fallback, fallback, len(boxes) - len(delivered), late)


def _containers(world: World) -> Containers:
    counted: Counter[str] = Counter()
    now = world.agenda.now
    for move_id, box in world.freight.boxes.items():
        if not box.move.trains:
            continue
        train = world.freight.train_of(move_id)
        if train is not None:
            counted["booked" if train == box.move.trains[0].train else "rebooked"] += 1
        elif box.delivered_at is None and world.freight.last_cut_off(move_id) > now:
            counted["open"] += 1
        else:
            counted["missed"] += 1
    return Containers(sum(counted.values()), counted["booked"], counted["rebooked"], counted["missed"], counted["open"])


def _trains(world: World) -> Iterable[TrainRow]:
    now = world.agenda.now
    truths = {t.train: t for t in world.demand.truths}
    of_train: dict[TrainId, list[MoveId]] = {}
    for move in world.demand.moves:
        train = move.trains[0].train if move.trains else move.from_train
        if train is not None:
            of_train.setdefault(train, []).append(move.id)
    for run in world.demand.trains:
        outbound = run.direction is Direction.OUTBOUND
        mine = of_train.get(run.id, [])
        open_ = [b for m in mine if (b := world.freight.boxes[m]).delivered_at is None]
        planned = run.call.departure.planned if outbound else run.call.arrival.planned
        actual = truths[run.id].departure if outbound else truths[run.id].arrival
        if outbound:
            in_time = sum(world.freight.train_of(m) == run.id for m in world.freight.boxes)
            to_come = len(open_) if actual > now else 0
        else:
            boxes = [world.freight.boxes[m] for m in mine]
            in_time = sum(b.delivered_at is not None and b.delivered_at <= b.move.due for b in boxes)
            to_come = sum(b.move.due > now for b in open_)
        happened = actual if actual <= now else None
        yield TrainRow(run.id, run.direction, planned, happened, len(mine), in_time, to_come)


def _unserved(world: World, state: HubState) -> Iterable[UnservedMove]:
    said = {u.move: u for u in state.plan.unserved} if state.plan is not None else {}
    for move_id, box in world.freight.boxes.items():
        if box.delivered_at is not None:
            continue
        known = state.moves.get(move_id)
        if move_id in said:
            yield UnservedMove(move_id, said[move_id].reason.value, said[move_id].detail)
        elif known is not None and known.status is not MoveStatus.OPEN:
            yield UnservedMove(
                move_id, known.status.value, f"carried by {box.carrier or known.truck or known.fallback}"
            )
        else:
            yield UnservedMove(move_id, PLANNED, "planned for after the end of the day that was simulated")
