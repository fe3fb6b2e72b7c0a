"""A hub that runs for weeks stays as large as a week: what is over goes, what is not stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import small_hub as small
from immutables import Map
from msgspec.structs import fields, replace

from portwatt.commands import OrderFallback, Outcome, RequestBatterySwap, ReserveEvse
from portwatt.events import (
    AnyEvent,
    ClockTicked,
    CommandAnswered,
    CommandIssued,
    ConsignmentAnnounced,
    FallbackEnded,
    HubOpened,
    MoveRequested,
    MoveWithdrawn,
    PacksDelivered,
    PacksReceived,
    SlotReading,
    TrainDeparted,
    TrainScheduled,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from portwatt.ids import CommandId, ConsignmentId, ContainerId, IdToken, MoveId, PackId, TrainId, TransactionId
from portwatt.model.consignment import Consignment
from portwatt.model.train import Call, CallTime
from portwatt.state import HubState, fold
from portwatt.state.codec import to_bytes
from portwatt.state.hub_state import HubState as State
from portwatt.state.keeping import KEEP, without
from portwatt.units import Energy, Power, SoC, Window

UP = small.in_the_morning()
DAY = timedelta(days=1)
MAPS = [f.name for f in fields(State) if isinstance(getattr(UP, f.name), Map)]


def sizes(state: HubState) -> dict[str, int]:
    return {name: len(getattr(state, name)) for name in MAPS}


def brought(move: MoveId, at: datetime) -> Iterator[AnyEvent]:
    """A shuttle brings a container within two hours."""
    there, name = at + timedelta(hours=2), CommandId(f"f-{move}")
    order = OrderFallback(fallback=small.SHUTTLE, move=move, window=Window(at, there))
    yield CommandIssued(at=at, id=name, command=order)
    yield CommandAnswered(at=at, id=name, outcome=Outcome.ACCEPTED)
    yield FallbackEnded(at=there, fallback=small.SHUTTLE, move=move, ended_at=there)


def freight(n: int, at: datetime) -> Iterator[AnyEvent]:
    """A train with a container that a shuttle brings, a move that is withdrawn, and papers for nothing."""
    out = TrainId(f"out-{n}")
    time = CallTime(at + timedelta(hours=6))
    call = Call(small.YARD, time, time, at + timedelta(hours=5))
    yield TrainScheduled(at=at, train=replace(small.train(out, 0), call=call))
    moves = (small.move(f"m-{n}", ((out, 0.0),)), small.move(f"w-{n}"))
    for kind, containers in (("c", tuple(m.container.id for m in moves)), ("paper", (ContainerId(f"X-{n}"),))):
        name = ConsignmentId(f"{kind}-{n}")
        yield ConsignmentAnnounced(at=at, consignment=Consignment(name, "forwarder", containers))
    yield from (MoveRequested(at=at, move=move) for move in moves)
    yield MoveWithdrawn(at=at, move=moves[1].id)
    yield from brought(moves[0].id, at)
    yield TrainDeparted(at=time.planned, train=out, departed_at=time.planned)


def charging(n: int, at: datetime) -> Iterator[AnyEvent]:
    """A transaction, one whose end is lost, and a reservation nobody uses."""
    for evse in (small.CCS1, small.CCS2):
        transaction = TransactionId(f"ccs:{evse[-1]}-{n}")
        yield TransactionStarted(
            at=at,
            station=small.CCS,
            evse=evse,
            transaction=transaction,
            token=IdToken("t"),
            truck=None,
            meter_start=Energy(0),
            reported_at=at,
        )
        yield TransactionUpdated(
            at=at, station=small.CCS, transaction=transaction, reported_at=at, seq_no=1, power=Power.kw(50)
        )
    yield TransactionEnded(
        at=at,
        station=small.CCS,
        transaction=TransactionId(f"ccs:1-{n}"),
        reported_at=at,
        seq_no=2,
        meter_stop=Energy.kwh(9),
        reason="Local",
    )
    reserve = ReserveEvse(
        station=small.GBT,
        evse=small.GBT1,
        reservation=n,
        token=small.token(small.T3),
        truck=small.T3,
        until=at + timedelta(hours=1),
    )
    yield CommandIssued(at=at, id=CommandId(f"r{n}"), command=reserve)
    yield CommandAnswered(at=at, id=CommandId(f"r{n}"), outcome=Outcome.ACCEPTED)


def swapping(n: int, at: datetime) -> Iterator[AnyEvent]:
    """A stranger leaves its pack and fetches yesterday's stranger's; and a request that is refused."""
    slot, token = small.SLOTS[3], IdToken("stranger")
    packs = [SlotReading(slot, PackId(f"s-{k}"), SoC.percent(50)) for k in (n - 1, n)]
    if n:
        yield PacksDelivered(
            at=at, station=small.SWAP, request_id=10_000 + n, token=token, truck=None, packs=(packs[0],)
        )
    yield PacksReceived(at=at, station=small.SWAP, request_id=10_000 + n, token=token, truck=None, packs=(packs[1],))
    asked = RequestBatterySwap(station=small.SWAP, token=token, truck=small.T4, request_id=n)
    yield CommandIssued(at=at, id=CommandId(f"s{n}"), command=asked)
    yield CommandAnswered(at=at, id=CommandId(f"s{n}"), outcome=Outcome.REFUSED)


def day(n: int) -> list[AnyEvent]:
    start = small.START + n * DAY
    hours = [ClockTicked(at=start + timedelta(hours=hour, minutes=30)) for hour in range(24)]
    at = start + timedelta(hours=1)
    return sorted([*freight(n, at), *charging(n, at), *swapping(n, at), *hours], key=lambda event: event.at)


def test_sixty_days_leave_a_state_as_large_as_ten():
    state, by_day = UP, []
    for n in range(60):
        state = fold(day(n), state)
        by_day.append((sizes(state), len(to_bytes(state))))
    assert by_day[59][0] == by_day[10][0]
    assert by_day[59][1] < by_day[10][1] * 1.02, "only numbers have more digits"
    assert by_day[2][0]["moves"] < by_day[10][0]["moves"]
    assert state.totals.load == Power.kw(50), "the one transaction that is still believed to run"


def test_what_is_not_over_stays_however_old():
    state = fold([ClockTicked(at=small.START + timedelta(days=days)) for days in range(100)], UP)
    assert sizes(state)["moves"] == sizes(UP)["moves"] == 3
    assert set(state.trains) == set(UP.trains), "open moves are booked on them"
    assert set(state.packs) == set(UP.packs)


def test_what_stands_in_the_yard_is_kept_until_its_train_has_left():
    late = TrainId("late")
    call = Call(small.YARD, CallTime(small.START), CallTime(small.START + 20 * DAY))
    told = [
        TrainScheduled(at=small.START, train=replace(small.train(late, 0), call=call)),
        MoveRequested(at=small.START, move=small.move("yard", ((late, 0.0),))),
        *brought(MoveId("yard"), small.START),
    ]
    state = fold([*told, ClockTicked(at=small.START + 19 * DAY)], UP)
    assert "yard" in state.moves
    left = small.START + 20 * DAY
    state = fold([TrainDeparted(at=left, train=late, departed_at=left), ClockTicked(at=left + KEEP)], state)
    assert "yard" not in state.moves
    state = fold([ClockTicked(at=left + KEEP + DAY)], state)
    assert late not in state.trains


def test_a_container_that_comes_again_is_not_forgotten_with_its_first_move():
    box = small.move("first").container
    again = replace(small.move("again"), container=box)
    told = [
        MoveRequested(at=small.START, move=small.move("first")),
        MoveWithdrawn(at=small.START, move=MoveId("first")),
    ]
    state = fold([*told, MoveRequested(at=small.START, move=again), ClockTicked(at=small.START + KEEP + DAY)], UP)
    assert "first" not in state.moves
    assert state.move_of[box.id] == "again"


def test_a_transaction_of_an_evse_that_is_no_longer_listed_goes_with_its_power():
    started, updated = list(charging(0, small.START))[2:4]
    state = fold([started, updated], UP)
    assert state.totals.load == Power.kw(50)
    smaller = replace(UP.hub, stations=UP.hub.stations[1:])
    state = fold([HubOpened(at=small.START, hub=smaller), ClockTicked(at=small.START + KEEP + DAY)], state)
    assert state.transactions == Map()
    assert state.totals.load == Power(0)


@pytest.mark.parametrize(("over", "left"), [((), {1: 1, 2: 2}), ((1,), {2: 2})])
def test_without(over, left):
    kept = Map({1: 1, 2: 2})
    found = without(kept, over)
    assert dict(found) == left
    assert (found is kept) == (not over)
