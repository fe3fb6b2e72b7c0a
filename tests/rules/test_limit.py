"""The grid limit holds at every instant, whatever stations do; where they cooperate, its power is used."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import small_hub as small
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec.structs import replace
from power_world import PowerWorld

from portwatt.commands import SetChargingProfile
from portwatt.events import ClockTicked, GridLimitChanged
from portwatt.ids import ActivityId, station_of
from portwatt.model.plan import Activity, ActivityKind
from portwatt.rules.limit import FIRST_RETRY, LONGEST_RETRY, may_tell
from portwatt.rules.load import committed, load_points
from portwatt.state.limits import InFlight, LoadLimit
from portwatt.state.stations import StationState
from portwatt.units import Power, SoC, Window

STATIONS = (small.CCS, small.GBT, small.SWAP)
EVSES = (small.CCS1, small.CCS2, small.GBT1, small.GBT2)
TRUCKS = {small.CCS1: small.T1, small.CCS2: small.T2, small.GBT1: small.T3, small.GBT2: small.T4}
_NOISE_W = 5_000 * 6
"""What hysteresis may leave unused over the five load points, and a grain each."""


class GridLimitHolds(RuleBasedStateMachine):
    """`PowerWorld.check` is the promise; it runs after every event and at every limit a station takes in."""

    @initialize(grid=st.integers(100, 2_000), running=st.booleans())
    def open(self, grid: int, running: bool) -> None:
        """Half of the worlds are at rest already, so that the others' steps do not all go into getting there."""
        self.world = PowerWorld(grid)
        if running:
            for name in STATIONS:
                self.world.connect(name)
            self.world.settle(rounds=3)

    @rule(name=st.sampled_from(STATIONS), boots=st.booleans())
    def connect(self, name, boots: bool) -> None:
        if not self.world.stations[name].online:
            self.world.connect(name, boots)

    @rule(name=st.sampled_from(STATIONS))
    def disconnect(self, name) -> None:
        if self.world.stations[name].online:
            self.world.disconnect(name)

    @rule(name=st.sampled_from(STATIONS), how=st.sampled_from(["accepts", "refuses", "accepts in silence"]))
    def take(self, name, how: str) -> None:
        if self.world.stations[name].inbox:
            self.world.take(name, refuse=how == "refuses", answer=how != "accepts in silence")

    @rule()
    def all_take_and_answer(self) -> None:
        for name, station in self.world.stations.items():
            while station.inbox:
                self.world.take(name)
        while self.world.answers:
            self.world.answer(0)

    @rule(name=st.sampled_from(STATIONS))
    def give_up(self, name) -> None:
        if self.world.stations[name].inbox:
            self.world.give_up(name)

    @precondition(lambda self: self.world.answers)
    @rule(data=st.data())
    def answer(self, data) -> None:
        self.world.answer(data.draw(st.integers(0, len(self.world.answers) - 1)))

    @rule(evse=st.sampled_from(EVSES))
    def plug_or_unplug(self, evse) -> None:
        if self.world.stations[station_of(evse)].outlets[evse].transaction:
            self.world.unplug(evse)
        else:
            self.world.plug(evse, TRUCKS[evse])

    @rule(name=st.sampled_from(STATIONS))
    def tell(self, name) -> None:
        station = self.world.stations[name]
        if station.online and station.outbox:
            self.world.tell(name)

    @rule(kw=st.integers(0, 2_500))
    def cut(self, kw: int) -> None:
        self.world.cut(Power.kw(kw))

    @rule(seconds=st.integers(1, 400))
    def wait(self, seconds: int) -> None:
        self.world.wait(seconds)

    def teardown(self) -> None:
        """In the end everybody cooperates: the limit is kept, its power is used, and the hub falls silent."""
        if not hasattr(self, "world"):
            return
        for name, station in self.world.stations.items():
            if not station.online:
                self.world.connect(name)
        self.world.settle()
        points = load_points(self.world.state)
        limit = self.world.state.grid_limit.w
        drawn = sum(s.draw for s in self.world.stations.values())
        assert drawn <= limit
        assert drawn >= min(limit, sum(p.demand for p in points)) - _NOISE_W
        assert all(p.worst for p in points if p.demand > 10_000 and limit > 100_000), "somebody is starved"
        before = self.world.sent
        self.world.settle(rounds=12)
        assert self.world.sent == before, "limits are sent although nothing changes"


GridLimitHolds.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None, derandomize=True)
TestGridLimitHolds = GridLimitHolds.TestCase


def plugged(grid_kw: float, *evses) -> PowerWorld:
    """A world at rest with trucks charging at these EVSEs."""
    world = PowerWorld(grid_kw)
    for name in STATIONS:
        world.connect(name)
    world.settle(rounds=3)
    for evse in evses:
        assert world.plug(evse, TRUCKS[evse])
        world.settle(rounds=3)
    return world


def sent(world: PowerWorld) -> list[SetChargingProfile]:
    """What the hub sent and no station has taken in."""
    return [command for s in world.stations.values() for _, command in s.inbox]


def test_idle_evses_are_told_to_give_nothing_and_a_swap_station_what_its_packs_need():
    world = plugged(2_000)
    assert {p: limit.default for p, limit in world.state.limits.items()} == {
        **dict.fromkeys(EVSES, Power(0)),
        small.SWAP: Power.kw(240),
    }


def test_a_transaction_is_given_what_its_truck_takes():
    world = plugged(2_000, small.CCS1)
    assert world.state.limits[small.CCS1].transaction == Power.kw(300)


def test_the_answer_to_a_lowering_raises_another_at_once():
    world = plugged(540, small.CCS1)
    assert world.plug(small.GBT1, small.T3)
    world.tell(small.GBT)
    assert {c.evse or c.station for c in sent(world)} == {small.CCS1, small.SWAP}
    for name in (small.CCS, small.SWAP):
        world.take(name)
    world.answer(0)
    assert [(c.evse, c.limit) for c in sent(world)] == [(small.GBT1, Power.kw(120))], "two thirds of it have room"
    world.answer(0)
    world.take(small.GBT)
    world.answer(0)
    assert [(c.evse, c.limit) for c in sent(world)] == [(small.GBT1, Power.kw(180))]


def test_two_newcomers_do_not_both_get_the_room_that_one_answer_makes():
    world = plugged(540, small.CCS1)
    for evse in (small.GBT1, small.GBT2):
        assert world.plug(evse, TRUCKS[evse])
    while world.stations[small.GBT].outbox:
        world.tell(small.GBT)
    world.take(small.SWAP)
    world.answer(0)
    raised = [c for c in sent(world) if c.station == small.GBT]
    assert sum(c.limit.w for c in raised) > 0
    assert committed(world.state) <= Power.kw(540)


def test_an_excess_below_the_noise_is_brought_down_too():
    world = plugged(540, small.CCS1)
    world.cut(Power.kw(539))
    world.settle(rounds=2)
    assert committed(world.state) <= Power.kw(539)


def test_where_room_is_short_what_the_plan_counts_on_comes_first():
    world = plugged(540, small.CCS1)
    window = Window(world.now, world.now + timedelta(hours=1))
    name = ActivityId(f"{small.T4}/1")
    charge = Activity(name, ActivityKind.CHARGE, window, small.CHARGING, SoC(5_000), SoC(9_000), evse=small.GBT2)
    truck = replace(world.state.trucks[small.T4], queue=(charge,))
    world.state = world.state.having(trucks=world.state.trucks.set(small.T4, truck))
    for evse in (small.GBT1, small.GBT2):
        assert world.plug(evse, TRUCKS[evse])
    while world.stations[small.GBT].outbox:
        world.tell(small.GBT)
    world.settle(rounds=5)
    limits = world.state.limits
    assert limits[small.GBT2].transaction == Power.kw(300)
    assert (limits[small.GBT1].transaction or Power(0)) < Power.kw(180)


def test_noise_does_not_starve_a_newcomer():
    """Nobody's share changes by enough to be worth a message, and yet the newcomer's is not nothing."""
    world = plugged(14, small.CCS1, small.CCS2, small.GBT1)
    assert world.plug(small.GBT2, small.T4)
    world.settle(rounds=3)
    assert world.state.limits[small.GBT2].transaction >= Power(1_400)


def test_a_cut_lowers_at_once_and_raises_nothing():
    world = plugged(2_000, small.CCS1, small.GBT1)
    world.cut(Power.kw(300))
    assert {(c.evse or c.station, c.limit) for c in sent(world)} == {
        (small.CCS1, Power.kw(100)),
        (small.GBT1, Power.kw(100)),
        (small.SWAP, Power.kw(100)),
    }
    assert committed(world.state) == Power.kw(840)
    world.settle(rounds=1)
    assert committed(world.state) == Power.kw(300)


def test_others_make_up_for_a_station_that_is_silent():
    world = plugged(2_000, small.CCS1, small.GBT1)
    world.disconnect(small.CCS)
    world.cut(Power.kw(400))
    assert {(c.evse or c.station, c.limit) for c in sent(world)} == {
        (small.GBT1, Power.kw(50)),
        (small.SWAP, Power.kw(50)),
    }


def test_a_refused_lowering_is_tried_again_after_a_pause_and_the_others_go_lower():
    world = plugged(2_000, small.CCS1, small.GBT1)
    world.cut(Power.kw(400))
    world.take(small.CCS, refuse=True)
    world.answer(0)
    assert not [c for c in sent(world) if c.station == small.CCS]
    for _ in range(3):
        for name in (small.GBT, small.SWAP):
            while world.stations[name].inbox:
                world.take(name)
        while world.answers:
            world.answer(0)
    assert world.state.limits[small.GBT1].transaction == world.state.limits[small.SWAP].default == Power.kw(50)
    world.wait(6)
    assert [(c.evse, c.limit) for c in sent(world) if c.station == small.CCS]


def test_the_pause_doubles_up_to_a_bound_and_ends_when_the_station_comes_back():
    at = small.minutes(60)
    here = StationState(connected=True, booted_at=small.START, since=small.START)

    def free_after(failures: int) -> timedelta:
        limit = LoadLimit(failures=failures, failed_at=at)
        seconds = next(s for s in range(3600) if may_tell(limit, here, at + timedelta(seconds=s)))
        return timedelta(seconds=seconds)

    assert [free_after(n) for n in (1, 2, 3, 30)] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY, LONGEST_RETRY]
    back = StationState(connected=True, booted_at=small.START, since=at + timedelta(seconds=1))
    assert may_tell(LoadLimit(failures=9, failed_at=at), back, at + timedelta(seconds=1))


def test_nothing_is_told_to_a_station_that_is_away_has_not_booted_or_owes_an_answer():
    here = StationState(connected=True, booted_at=small.START)
    assert may_tell(LoadLimit(), here, small.START)
    assert not may_tell(LoadLimit(), None, small.START)
    assert not may_tell(LoadLimit(), StationState(booted_at=small.START), small.START)
    assert not may_tell(LoadLimit(), StationState(connected=True), small.START)
    assert not may_tell(LoadLimit(in_flight=(InFlight("1", Power(0), False),)), here, small.START)


def test_a_station_that_boots_is_told_once_more():
    world = plugged(2_000)
    world.disconnect(small.CCS)
    world.connect(small.CCS)
    assert {(c.evse, c.limit) for c in sent(world)} == {(small.CCS1, Power(0)), (small.CCS2, Power(0))}


def test_a_tick_within_the_same_minute_sends_nothing():
    state = plugged(2_000, small.CCS1).state
    for seconds in (1, 2):
        before = state
        at = state.at.replace(second=0, microsecond=0) + timedelta(seconds=seconds)
        state, commands = small.run(state, [ClockTicked(at=at)])
        assert commands == []
        assert before.limits is state.limits


def test_more_power_is_used_when_the_limit_rises():
    world = plugged(300, small.CCS1)
    world.hear(GridLimitChanged(at=world.now, limit=Power.kw(2_000)))
    world.settle(rounds=2)
    assert committed(world.state) == Power.kw(540)
