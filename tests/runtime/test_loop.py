"""The loop: durable first, answered after, one commit for many, and honest when the store fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from small_hub import CCS, START, T1, hub, train

from portwatt.commands import AnyCommand, DispatchTruck, Outcome, Replan, SetChargingProfile
from portwatt.errors import BugError, NotFoundError, StoreError
from portwatt.events import (
    AnyEvent,
    CommandAnswered,
    CommandIssued,
    HeartbeatReceived,
    HubOpened,
    HubRestarted,
    StationBooted,
    StationConnected,
    TrainScheduled,
    TruckReported,
)
from portwatt.ids import CommandId, HubId, TrainId, TransactionId
from portwatt.model.meter import Sample
from portwatt.runtime import loop as loop_module
from portwatt.runtime.clock import VirtualClock
from portwatt.runtime.loop import RETRY_STORE, TICK, HubLoop
from portwatt.state import HubState, fold
from portwatt.state.codec import digest
from portwatt.store.memory import MemoryStore
from portwatt.translate.handled import Handled
from portwatt.units import SoC


class Sent:
    """A sender that keeps what it was given."""

    def __init__(self) -> None:
        self.commands: list[tuple[CommandId, AnyCommand]] = []

    def send(self, hub: HubId, command_id: CommandId, command: AnyCommand) -> None:
        self.commands.append((command_id, command))


class CountingStore(MemoryStore):
    """Counts its commits."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0

    async def append(
        self, hub: HubId, events: Sequence[AnyEvent], after: HubState, samples: Sequence[Sample] = ()
    ) -> Sequence[object]:
        self.commits += 1
        await asyncio.sleep(0)
        return await super().append(hub, events, after, samples)


@pytest.fixture
async def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
async def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
async def loop(store: CountingStore, clock: VirtualClock) -> AsyncIterator[HubLoop]:
    made = HubLoop(hub(), store, clock)
    await made.start()
    yield made
    await made.stop()


async def logged(store: MemoryStore) -> list[AnyEvent]:
    return [record.event async for record in store.read(HubId("test"))]


def reported(percent: float) -> TruckReported:
    return TruckReported(at=START, truck=T1, reported_at=START, soc=SoC.percent(percent))


async def test_a_new_log_begins_by_opening_the_hub(loop: HubLoop, store: CountingStore) -> None:
    assert isinstance((await logged(store))[0], HubOpened)
    assert loop.state.hub == hub()


async def test_an_answer_comes_after_the_commit(loop: HubLoop, store: CountingStore) -> None:
    await loop.record(reported(77))
    assert (await logged(store))[-1] == reported(77)
    assert loop.state.trucks[T1].soc == SoC.percent(77)


async def test_callers_that_come_together_share_a_commit(loop: HubLoop, store: CountingStore) -> None:
    before = store.commits
    await asyncio.gather(*(loop.record(reported(n)) for n in range(100)))
    assert store.commits - before <= 3
    assert len([e for e in await logged(store) if isinstance(e, TruckReported)]) == 100


async def test_callers_at_the_door_share_it_too(loop: HubLoop, store: CountingStore) -> None:
    async def late(rounds: int) -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)
        await loop.record(reported(rounds))

    before = store.commits
    await asyncio.gather(*(late(rounds) for rounds in range(10)))
    assert store.commits - before == 1


async def test_later_callers_of_a_batch_see_what_earlier_ones_brought(loop: HubLoop) -> None:
    def schedule(state: HubState, now: object) -> Handled[int]:
        name = TrainId(f"extra{len(state.trains)}")
        return Handled((TrainScheduled(at=START, train=train(name, 100)),), len(state.trains))

    assert sorted(await asyncio.gather(*(loop.submit(schedule) for _ in range(20)))) == list(range(20))


async def test_a_handler_that_refuses_changes_nothing_and_harms_nobody(loop: HubLoop) -> None:
    def refuse(state: HubState, now: object) -> Handled[None]:
        raise NotFoundError("no such thing")

    def break_down(state: HubState, now: object) -> Handled[None]:
        raise ZeroDivisionError

    seq = loop.state.seq
    answers = await asyncio.gather(
        loop.submit(refuse), loop.submit(break_down), loop.record(reported(5)), return_exceptions=True
    )
    assert isinstance(answers[0], NotFoundError)
    assert isinstance(answers[1], BugError)
    assert answers[2] is None
    assert loop.state.seq == seq + 1


async def test_while_the_store_fails_nothing_is_acknowledged_and_the_state_stays(
    loop: HubLoop, store: CountingStore, clock: VirtualClock
) -> None:
    before = loop.state
    store.trouble = "disk full"
    with pytest.raises(StoreError, match="disk full"):
        await loop.record(reported(5))
    assert loop.fault == "disk full"
    assert loop.state == before
    store.trouble = ""
    await loop.record(reported(6))
    assert not loop.fault
    assert loop.state.trucks[T1].soc == SoC.percent(6)
    assert digest(fold(await logged(store))) == digest(loop.state)


async def test_a_commit_whose_answer_was_lost_is_believed_after_it_is_found(
    loop: HubLoop, store: CountingStore
) -> None:
    store.trouble, store.loses_answer = "connection lost", True
    with pytest.raises(StoreError):
        await loop.record(reported(5))
    store.trouble = ""
    await loop.record(HeartbeatReceived(at=START, station=CCS))
    assert loop.state.trucks[T1].soc == SoC.percent(5)
    assert digest(fold(await logged(store))) == digest(loop.state)


async def test_commands_of_a_commit_whose_answer_was_lost_are_sent_once_it_is_found(
    loop: HubLoop, store: CountingStore
) -> None:
    sent, heard = Sent(), list[AnyEvent]()
    loop.route((SetChargingProfile,), sent)
    loop.listen(lambda events, state: heard.extend(events))
    booted = StationBooted(at=START, station=CCS, vendor="v", model="m")
    store.trouble, store.loses_answer = "connection lost", True
    with pytest.raises(StoreError):
        await loop.record(StationConnected(at=START, station=CCS, version="ocpp2.1"), booted)
    assert not sent.commands
    store.trouble = ""
    await loop.record(reported(5))
    await asyncio.sleep(0)
    limits = {i for i, p in loop.state.commands.items() if isinstance(p.command, SetChargingProfile)}
    assert {i for i, _ in sent.commands} == limits
    assert len(sent.commands) == 2
    assert booted in heard


async def test_what_happened_is_told_until_it_is_stored_and_looks_anew_each_time(
    loop: HubLoop, store: CountingStore, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "RETRY_S", 0.01)
    asked: list[int] = []

    def facts(state: HubState, now: object) -> list[AnyEvent]:
        asked.append(state.seq)
        return [reported(len(asked))]

    store.trouble = "disk full"
    telling = loop.record_surely(facts)
    async with asyncio.timeout(5):
        while not loop.fault:
            await asyncio.sleep(0.001)
        store.trouble = ""
        await telling
    assert len(asked) == 2
    assert loop.state.trucks[T1].soc == SoC.percent(2)


async def test_facts_the_hub_cannot_take_in_are_given_up(loop: HubLoop) -> None:
    def facts(state: HubState, now: object) -> list[AnyEvent]:
        raise ZeroDivisionError

    seq = loop.state.seq
    async with asyncio.timeout(5):
        await loop.record_surely(facts)
    assert loop.state.seq == seq


async def test_it_tries_the_store_again_by_itself(loop: HubLoop, store: CountingStore, clock: VirtualClock) -> None:
    store.trouble = "disk full"
    with pytest.raises(StoreError):
        await loop.record(reported(5))
    store.trouble = ""
    for _ in range(20):
        await clock.advance(max(TICK, RETRY_STORE))
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert not loop.fault


async def test_commands_are_in_the_log_before_they_are_sent(loop: HubLoop, store: CountingStore) -> None:
    sent = Sent()
    loop.route((SetChargingProfile,), sent)
    await loop.record(
        StationConnected(at=START, station=CCS, version="ocpp2.1"),
        StationBooted(at=START, station=CCS, vendor="v", model="m"),
    )
    await asyncio.sleep(0)
    issued = [(e.id, e.command) for e in await logged(store) if isinstance(e, CommandIssued)]
    profiles = [pair for pair in issued if isinstance(pair[1], SetChargingProfile)]
    assert sent.commands == profiles
    assert len(profiles) == 2


async def test_a_command_nobody_carries_out_is_undeliverable(loop: HubLoop, store: CountingStore) -> None:
    await loop.record(
        StationConnected(at=START, station=CCS, version="ocpp2.1"),
        StationBooted(at=START, station=CCS, vendor="v", model="m"),
    )
    await asyncio.sleep(0.01)
    answers = [e for e in await logged(store) if isinstance(e, CommandAnswered)]
    assert answers
    assert {a.outcome for a in answers} == {Outcome.UNDELIVERABLE}


async def test_who_went_away_before_his_turn_brings_nothing(loop: HubLoop) -> None:
    seq = loop.state.seq
    caller = asyncio.create_task(loop.record(reported(5)))
    await asyncio.sleep(0)
    caller.cancel()
    await loop.record(reported(6))
    assert loop.state.seq == seq + 1
    assert loop.state.trucks[T1].soc == SoC.percent(6)


async def test_no_more_than_a_batch_shares_a_commit(
    loop: HubLoop, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "MAX_BATCH", 10)
    before = store.commits
    await asyncio.gather(*(loop.record(reported(n)) for n in range(30)))
    assert store.commits - before == 3


@pytest.mark.parametrize("events", [(), (reported(5),)], ids=["alone", "with facts"])
async def test_telemetry_is_stored_alone_or_with_the_facts_it_came_with(
    loop: HubLoop, store: CountingStore, events: tuple[AnyEvent, ...]
) -> None:
    named = TransactionId("ccs:1")
    sample = Sample(
        station=CCS, evse=None, transaction=named, measured_at=START, measurand="SoC", value=30.0, unit="Percent"
    )
    await loop.submit(lambda state, now: Handled(events, None, (sample,)))
    assert await store.samples(loop.hub_id, named) == [sample]


async def test_a_snapshot_is_kept_every_so_many_events(store: CountingStore, clock: VirtualClock) -> None:
    saved: list[int] = []

    class Noting(CountingStore):
        async def save_snapshot(self, hub: HubId, seq: int, state: HubState) -> None:
            saved.append(seq)

    loop = HubLoop(hub(), Noting(), clock, snapshot_every=10)
    await loop.start()
    for n in range(25):
        await loop.record(reported(n))
    assert saved == [10, 20]
    await loop.stop()


async def test_time_is_told_by_ticks(loop: HubLoop, clock: VirtualClock) -> None:
    for _ in range(4):
        await clock.advance(TICK)
        await asyncio.sleep(0.005)
    assert loop.state.at == START + 4 * TICK


class BuggyStore(MemoryStore):
    """Fails once in a way nobody thought of."""

    bugs = 0

    async def append(
        self, hub: HubId, events: Sequence[AnyEvent], after: HubState, samples: Sequence[Sample] = ()
    ) -> Sequence[object]:
        if self.bugs:
            self.bugs -= 1
            raise ZeroDivisionError
        return await super().append(hub, events, after, samples)


async def test_the_clock_goes_on_after_a_tick_that_failed(clock: VirtualClock) -> None:
    store = BuggyStore()
    loop = HubLoop(hub(), store, clock)
    await loop.start()
    store.bugs = 1
    for ticks in (0, 2):
        await asyncio.sleep(0.005)
        await clock.advance(TICK)
        await asyncio.sleep(0.005)
        assert loop.state.at == START + ticks * TICK
    await loop.stop()


async def test_a_hub_stops_though_no_snapshot_can_be_kept(clock: VirtualClock) -> None:
    store = MemoryStore()
    loop = HubLoop(hub(), store, clock)
    await loop.start()
    store.trouble = "the disk is full"
    await loop.stop()
    store.trouble = ""
    assert await store.latest_snapshot(loop.hub_id) is None


async def test_a_restart_finds_the_same_state_and_says_so(store: CountingStore, clock: VirtualClock) -> None:
    first = HubLoop(hub(), store, clock)
    await first.start()
    await first.record(StationConnected(at=START, station=CCS, version="ocpp2.1"), reported(42))
    await first.stop()
    second = HubLoop(hub(), store, clock)
    await second.start()
    events = await logged(store)
    assert any(isinstance(e, HubRestarted) for e in events)
    assert second.state.trucks[T1].soc == SoC.percent(42)
    assert not second.state.stations[CCS].connected
    assert digest(fold(events)) == digest(second.state)
    await second.stop()


async def test_after_a_kill_pending_orders_are_sent_again_and_other_commands_end(
    store: CountingStore, clock: VirtualClock
) -> None:
    first = HubLoop(hub(), store, clock)
    await first.start()
    order = DispatchTruck(truck=T1, activities=())
    limit = SetChargingProfile(station=CCS, limit=hub().grid.connection)
    await first.record(
        CommandIssued(at=START, id=CommandId("a"), command=order),
        CommandIssued(at=START, id=CommandId("b"), command=limit),
        CommandIssued(at=START, id=CommandId("c"), command=Replan(reasons=("a train is late",))),
    )
    # No stop: the process is gone.
    second, sent = HubLoop(hub(), store, clock), Sent()
    second.route((DispatchTruck, SetChargingProfile, Replan), sent)
    await second.start()
    assert (CommandId("a"), order) in sent.commands
    assert CommandId("b") not in second.state.commands
    assert "a train is late" in second.state.replanning.reasons
    await first.stop()
    await second.stop()


async def test_listeners_get_what_was_committed(loop: HubLoop) -> None:
    heard: list[tuple[int, int]] = []
    stop = loop.listen(lambda events, state: heard.append((len(events), state.seq)))
    await loop.record(reported(1), reported(2))
    stop()
    await loop.record(reported(3))
    assert heard == [(2, loop.state.seq - 1)]


async def test_a_changed_hub_file_is_recorded(store: CountingStore, clock: VirtualClock) -> None:
    first = HubLoop(hub(), store, clock)
    await first.start()
    await first.stop()
    second = HubLoop(hub(grid_kw=900), store, clock)
    await second.start()
    assert second.state.hub.grid.connection.as_kw == 900
    assert len([e for e in await logged(store) if isinstance(e, HubOpened)]) == 2
    await second.stop()
