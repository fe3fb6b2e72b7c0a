"""Whatever happens, in whatever order, some things stay true of every simulated station."""

from __future__ import annotations

from datetime import timedelta

from fake_central import Asks, Bench
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import station, swap_station, truck

from portwatt.ids import IdToken, PackId
from portwatt.simulator.notices import PackGiven, PackTaken
from portwatt.simulator.plant import StationSettings
from portwatt.simulator.station import SimulatedStation
from portwatt.simulator.swap_station import SimulatedSwapStation
from portwatt.simulator.vehicle import Vehicle
from portwatt.units import SoC
from portwatt.wire.ocpp import v2x, v16
from portwatt.wire.ocpp.versions import OcppVersion

EVSES = 2
VERSIONS = list(OcppVersion)

OPS = st.one_of(
    st.tuples(st.just("plug"), st.integers(1, EVSES), st.integers(1, 100), st.booleans()),
    st.tuples(st.just("unplug"), st.integers(1, EVSES)),
    st.tuples(st.just("run"), st.integers(1, 4000)),
    st.tuples(st.just("socket")),
    st.tuples(st.just("cut"), st.integers(1, EVSES)),
    st.tuples(st.just("limit"), st.integers(0, EVSES), st.integers(0, 400_000)),
    st.tuples(st.just("clear"), st.integers(0, EVSES)),
    st.tuples(st.just("fault"), st.integers(1, EVSES)),
    st.tuples(st.just("repair"), st.integers(1, EVSES)),
    st.tuples(st.just("reserve"), st.integers(1, EVSES), st.integers(1, 60)),
    st.tuples(st.just("start"), st.integers(1, EVSES)),
    st.tuples(st.just("stop")),
    st.tuples(st.just("available"), st.integers(0, EVSES), st.booleans()),
    st.tuples(st.just("reset"), st.booleans()),
)


def the_station(bench: Bench) -> SimulatedStation:
    assert isinstance(bench.station, SimulatedStation)
    return bench.station


class Yard:
    """A charging station to which things happen."""

    def __init__(self, version: OcppVersion) -> None:
        self.station: SimulatedStation = station(version, EVSES)
        self.bench = Bench(self.station)
        self.asks = Asks(version)
        self.online = False
        self.plugged: dict[int, Vehicle] = {}
        self.given_uj = 0
        self.trucks: list[tuple[Vehicle, int]] = []
        self.limits: dict[int, int] = {}
        self.registers = dict.fromkeys(range(1, EVSES + 1), 0)

    def do(self, op: tuple[object, ...]) -> None:
        name, rest = op[0], op[1:]
        getattr(self, f"_{name}")(*rest)
        self.check()

    def check(self) -> None:
        loads = {n: self.station._outlets[n].load for n in self.registers}
        for number, load in loads.items():
            assert load.register_uj >= self.registers[number], "a meter went back"
            self.registers[number] = load.register_uj
            assert load.draw_w <= min(300_000, self.limits.get(number, 300_000)), "more than the EVSE may"
            if number not in self.plugged:
                assert load.draw_w == 0, "power without a truck"
        if 0 in self.limits:
            assert self.station.total_power().w <= self.limits[0], "more than the station may"
        stored = sum(vehicle.battery.stored_uj - before for vehicle, before in self.trucks)
        assert stored == sum(self.registers.values()), "energy came from nowhere, or went there"

    def _plug(self, evse: int, percent: int, handshake_ok: bool) -> None:
        if evse in self.plugged:
            return
        vehicle = truck(percent)
        self.trucks.append((vehicle, vehicle.battery.stored_uj))
        self.plugged[evse] = vehicle
        token = IdToken(f"truck-{evse}")
        self.bench.deliver(self.station.plug(evse, vehicle, token, self.bench.now, handshake_ok))

    def _unplug(self, evse: int) -> None:
        self.plugged.pop(evse, None)
        self.bench.deliver(self.station.unplug(evse, self.bench.now))

    def _run(self, seconds: int) -> None:
        self.bench.run(timedelta(seconds=seconds), step=timedelta(seconds=97) if seconds % 2 else None)

    def _socket(self) -> None:
        if self.online:
            self.bench.disconnect()
        else:
            self.bench.connect()
        self.online = not self.online

    def _cut(self, evse: int) -> None:
        """The socket goes while a truck is plugged in: what the station says is lost on the way."""
        if self.online and evse not in self.plugged:
            vehicle = truck(40)
            self.trucks.append((vehicle, vehicle.battery.stored_uj))
            self.plugged[evse] = vehicle
            self.station.plug(evse, vehicle, IdToken(f"truck-{evse}"), self.bench.now)
            self._socket()

    def _limit(self, evse: int, watts: int) -> None:
        if self.online:
            purpose = "TxDefaultProfile" if evse else "ChargingStationMaxProfile"
            assert self.bench.ask(self.asks.limit(evse, purpose, watts)) == "Accepted"
            self.limits[evse] = watts

    def _clear(self, evse: int) -> None:
        if self.online:
            self.bench.ask(self.asks.clear(evse))
            self.limits.pop(evse, None)

    def _fault(self, evse: int) -> None:
        self.bench.deliver(self.station.fault(evse, "GroundFailure", self.bench.now))

    def _repair(self, evse: int) -> None:
        self.bench.deliver(self.station.clear(evse, self.bench.now))

    def _reserve(self, evse: int, minutes: int) -> None:
        if self.online:
            until = self.bench.now + timedelta(minutes=minutes)
            self.bench.ask(self.asks.reserve(evse, f"truck-{evse}", until, number=evse))

    def _start(self, evse: int) -> None:
        if self.online:
            self.bench.ask(self.asks.remote_start(evse, f"truck-{evse}"))

    def _stop(self) -> None:
        if self.online:
            running = [o.transaction for o in self.station._outlets.values() if o.transaction is not None]
            for transaction in running[:1]:
                name = str(transaction.number) if self.asks.old else transaction.key
                assert self.bench.ask(self.asks.remote_stop(name)) == "Accepted"

    def _available(self, evse: int, operative: bool) -> None:
        if self.online:
            self.bench.ask(self.asks.available(evse, operative))

    def _reset(self, hard: bool) -> None:
        if self.online:
            self.bench.ask(self.asks.reset(hard=hard))

    def close(self) -> None:
        """Everybody leaves, and everything that was kept is told."""
        if not self.online:
            self._socket()
        for evse in list(self.plugged):
            self._unplug(evse)
        self.bench.run(timedelta(minutes=5))
        assert self.station.line.waiting == self.station.line.given_up == 0


def told_once_in_order(bench: Bench) -> None:
    """2.x: every transaction from Started to Ended, its numbers without gap or repetition, one at a time per EVSE."""
    open_at: dict[int, str] = {}
    where: dict[str, int] = {}
    for m in bench.heard(v2x.TransactionEventRequest):
        name = m.transaction_info.transaction_id
        if m.event_type.value == "Started":
            assert m.evse is not None
            assert m.evse.id not in open_at, "two transactions at one EVSE"
            open_at[m.evse.id], where[name] = name, m.evse.id
        elif m.event_type.value == "Ended":
            assert open_at.pop(where[name]) == name
    for numbers in bench.seq_nos().values():
        assert numbers == list(range(len(numbers)))
    meters: dict[int, float] = {}
    for m in bench.heard(v2x.TransactionEventRequest):
        assert m.meter_value is not None
        evse, value = where[m.transaction_info.transaction_id], m.meter_value[0].sampled_value[0].value
        assert value >= meters.get(evse, 0)
        meters[evse] = value


def told_once_in_order_16(bench: Bench) -> None:
    starts, stops = bench.heard(v16.StartTransactionRequest), bench.heard(v16.StopTransactionRequest)
    assert len(starts) == len(stops)
    numbers = [m.transaction_id for m in stops if m.transaction_id >= 0]
    assert len(numbers) == len(set(numbers))
    for evse in range(1, EVSES + 1):
        begun = [(m.timestamp, m.meter_start) for m in starts if m.connector_id == evse]
        assert begun == sorted(begun)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(VERSIONS), st.lists(OPS, max_size=25))
def test_a_charging_station_keeps_its_books(version: OcppVersion, ops: list[tuple[object, ...]]) -> None:
    yard = Yard(version)
    yard.do(("socket",))
    for op in ops:
        yard.do(op)
    yard.close()
    yard.check()
    if version is OcppVersion.V16:
        told_once_in_order_16(yard.bench)
    else:
        told_once_in_order(yard.bench)


SWAP_OPS = st.one_of(
    st.tuples(st.just("swap"), st.integers(1, 3), st.integers(0, 100)),
    st.tuples(st.just("ask"), st.integers(1, 3)),
    st.tuples(st.just("run"), st.integers(1, 1500)),
    st.tuples(st.just("socket")),
    st.tuples(st.just("fail")),
    st.tuples(st.just("reset")),
    st.tuples(st.just("fault"), st.integers(1, 5)),
    st.tuples(st.just("repair"), st.integers(1, 5)),
    st.tuples(st.just("limit"), st.integers(0, 500_000)),
)


class SwapYard:
    """A swap station and three trucks, each with a pack or without."""

    def __init__(self) -> None:
        self.station: SimulatedSwapStation = swap_station((100, 60, 95, None, None), lanes=2, max_kw=500)
        self.bench = Bench(self.station)
        self.asks = Asks(OcppVersion.V21)
        self.trucks: dict[IdToken, PackId | None] = {IdToken(f"t{n}"): PackId(f"q{n}") for n in (1, 2, 3)}
        self.inside: set[IdToken] = set()
        self.packs = {p[0] for p in self.station.packs().values() if p} | {p for p in self.trucks.values() if p}
        self.limit_w = 500_000
        self.online = False
        self.socket()

    def do(self, op: tuple[object, ...]) -> None:
        getattr(self, f"{op[0]}")(*op[1:])
        self._notice()
        inside = [entry[0] for entry in self.station.packs().values() if entry]
        outside = [pack for pack in self.trucks.values() if pack]
        assert sorted(inside + outside) == sorted(self.packs), "a pack was lost or doubled"
        assert self.station.total_power().w <= self.limit_w

    def _notice(self) -> None:
        for notice in self.bench.notices:
            if isinstance(notice, PackTaken):
                assert self.trucks[notice.token] == notice.pack
                self.trucks[notice.token] = None
            elif isinstance(notice, PackGiven):
                assert self.trucks[notice.token] is None
                self.trucks[notice.token] = notice.pack
        self.bench.notices.clear()
        self.inside = {job.token for job in self.station._jobs}

    def swap(self, number: int, percent: int) -> None:
        token = IdToken(f"t{number}")
        if token not in self.inside:
            self.bench.deliver(self.station.swap(self.trucks[token], SoC.percent(percent), token, self.bench.now))

    def ask(self, number: int) -> None:
        if self.online:
            self.bench.ask(self.asks.swap(f"t{number}", number))

    def run(self, seconds: int) -> None:
        self.bench.run(timedelta(seconds=seconds))

    def socket(self) -> None:
        if self.online:
            self.bench.disconnect()
        else:
            self.bench.connect()
        self.online = not self.online

    def fail(self) -> None:
        self.station.fail_next_pickup()

    def reset(self) -> None:
        if self.online:
            self.bench.ask(self.asks.reset())

    def fault(self, slot: int) -> None:
        self.bench.deliver(self.station.fault(slot, "InternalError", self.bench.now))

    def repair(self, slot: int) -> None:
        self.bench.deliver(self.station.clear(slot, self.bench.now))

    def limit(self, watts: int) -> None:
        if self.online:
            assert self.bench.ask(self.asks.limit(0, "ChargingStationMaxProfile", watts)) == "Accepted"
            self.limit_w = min(watts, 500_000)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(SWAP_OPS, max_size=25))
def test_a_swap_station_loses_no_pack(ops: list[tuple[object, ...]]) -> None:
    yard = SwapYard()
    for op in ops:
        yard.do(op)
    if not yard.online:
        yard.do(("socket",))
    yard.do(("run", 3600))
    assert yard.station.line.waiting == 0
    assert yard.station.lanes_busy == 0
    open_at: dict[int, str] = {}
    for numbers in yard.bench.seq_nos().values():
        assert numbers == list(range(len(numbers)))
    for m in yard.bench.heard(v2x.TransactionEventRequest):
        if m.event_type.value == "Started":
            assert m.evse is not None
            assert m.evse.id not in open_at
            open_at[m.evse.id] = m.transaction_info.transaction_id
        elif m.event_type.value == "Ended":
            open_at = {e: t for e, t in open_at.items() if t != m.transaction_info.transaction_id}


def test_results_do_not_depend_on_how_often_anybody_looks() -> None:
    told = []
    for step in (None, timedelta(seconds=7), timedelta(seconds=29)):
        bench = Bench(station(OcppVersion.V201, settings=StationSettings(meter_interval=timedelta(minutes=5))))
        bench.connect()
        bench.deliver(the_station(bench).plug(1, truck(30), IdToken("a"), bench.now))
        bench.run(timedelta(seconds=77))
        bench.deliver(the_station(bench).plug(2, truck(60), IdToken("b"), bench.now))
        bench.run(timedelta(hours=2), step)
        told.append([m.meter_value for m in bench.heard(v2x.TransactionEventRequest)])
    assert told[0] == told[1] == told[2]
