"""The grid limit holds at every instant, whatever stations do; where they cooperate, its power is used."""

from __future__ import annotations

import hypothesis.strategies as st
import small_hub as small
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from power_world import PowerWorld

from portwatt.ids import station_of
from portwatt.rules.load import load_points
from portwatt.units import Power

STATIONS = (small.CCS, small.GBT, small.SWAP)
EVSES = (small.CCS1, small.CCS2, small.GBT1, small.GBT2)
TRUCKS = {small.CCS1: small.T1, small.CCS2: small.T2, small.GBT1: small.T3, small.GBT2: small.T4}
_NOISE_W = 5_000 * 6
"""What hysteresis may leave unused over the five load points, and a grain each."""


class GridLimitHolds(RuleBasedStateMachine):
    """`PowerWorld.check` is the promise; it runs after every event and at every limit a station takes in."""

    @initialize(grid=st.integers(100, 2_000))
    def open(self, grid: int) -> None:
        self.world = PowerWorld(grid)

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
