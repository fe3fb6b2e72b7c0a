"""One simulated swap station (OCPP 2.1 block S) against a central system that speaks real frames."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fake_central import START, TOKEN_BAD, Asks, Bench
from simulated import swap_station

from portwatt.errors import UsageError
from portwatt.ids import IdToken, PackId
from portwatt.simulator.notices import PackGiven, PackNotCollected, PackTaken, SwapRefused
from portwatt.simulator.swap_station import SimulatedSwapStation
from portwatt.units import Power, SoC
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp import v2x_enums as e2
from portwatt.wire.ocpp.versions import OcppVersion

A, B = IdToken("truck-a"), IdToken("truck-b")
MINE = PackId("mine")
MINUTE = timedelta(minutes=1)
ASKS = Asks(OcppVersion.V21)


def bench_of(station: SimulatedSwapStation) -> Bench:
    made = Bench(station)
    made.connect()
    return made


@pytest.fixture
def bench() -> Bench:
    return bench_of(swap_station())


def the_station(bench: Bench) -> SimulatedSwapStation:
    assert isinstance(bench.station, SimulatedSwapStation)
    return bench.station


def swap(bench: Bench, pack: PackId | None = MINE, percent: float = 20, token: IdToken = A) -> None:
    bench.deliver(the_station(bench).swap(pack, SoC.percent(percent), token, bench.now))


def held(bench: Bench) -> list[str | None]:
    return [entry[0] if entry else None for entry in the_station(bench).packs().values()]


def story(bench: Bench) -> list[str]:
    """Block S in one line per message."""
    lines = []
    for m in bench.central.heard:
        if isinstance(m, v2x.BatterySwapRequest):
            data = m.battery_data[0]
            lines.append(f"{m.event_type.value} {m.request_id} {data.serial_number} slot {data.evse_id} {data.soc:g} %")
        elif isinstance(m, v2x.NotifyEventRequest):
            state = m.event_data[0]
            lines.append(f"slot {state.component.evse.id if state.component.evse else 0} {state.actual_value}")
        elif isinstance(m, v2x.TransactionEventRequest) and m.event_type.value != "Updated":
            lines.append(m.event_type.value)
    return lines


def test_it_boots_and_says_what_stands_in_its_slots(bench: Bench) -> None:
    assert bench.statuses()[:4] == [(1, "Occupied"), (2, "Occupied"), (3, "Occupied"), (4, "Available")]
    first = bench.heard(v2x.NotifyEventRequest)[2]
    said = [(d.component.name, d.variable.name, d.actual_value) for d in first.event_data]
    assert said == [
        ("EVSE", "AvailabilityState", "Occupied"),
        ("BatteryCartridge", "SerialNumber", "p3"),
        ("BatteryCartridge", "SoC", "30.00"),
    ]
    assert [m.event_data[0].actual_value for m in bench.heard(v2x.NotifyEventRequest)] == ["Occupied"] * 3 + [
        "Available"
    ]


def test_packs_charge_in_their_slots_as_transactions_for_nobody(bench: Bench) -> None:
    started = [m for m in bench.heard(v2x.TransactionEventRequest) if m.event_type.value == "Started"]
    assert [(m.evse.id, m.id_token.id_token, m.id_token.type) for m in started if m.evse and m.id_token] == [
        (n, "", "NoAuthorization") for n in (1, 2, 3)
    ]
    assert {m.trigger_reason.value for m in started} == {"CablePluggedIn"}
    assert bench.station.total_power() == Power.kw(560)
    bench.run(timedelta(hours=1))
    assert {entry[1] for entry in the_station(bench).packs().values() if entry} == {SoC.percent(100)}
    last = bench.heard(v2x.TransactionEventRequest)[-1].transaction_info.charging_state
    assert last is e2.ChargingState.SUSPENDED_EVSE
    assert "EnergyLimitReached" in {trigger for _, _, trigger in bench.events()}


def test_slots_share_what_the_station_may_draw() -> None:
    bench = bench_of(swap_station(charges=(10, 10, 10, None), max_kw=300))
    assert bench.station.total_power() == Power.kw(300)
    assert bench.ask(ASKS.limit(0, "ChargingStationMaxProfile", 90_000)) == "Accepted"
    assert bench.station.total_power() == Power.kw(90)
    assert bench.ask(ASKS.limit(1, "TxDefaultProfile", 0)) == "Accepted"
    assert bench.station.total_power() == Power.kw(90)


def test_a_truck_swaps_on_its_own_word(bench: Bench) -> None:
    bench.forget()
    swap(bench)
    assert the_station(bench).lanes_busy == 1
    bench.run(4 * MINUTE)
    assert story(bench) == [
        "slot 4 Occupied",
        "Started",
        "BatteryIn 1000001 mine slot 4 20 %",
        "Ended",
        "slot 1 Available",
        "BatteryOut 1000001 p1 slot 1 100 %",
    ]
    taken, given = bench.notices
    assert isinstance(taken, PackTaken)
    assert isinstance(given, PackGiven)
    assert (taken.at, taken.pack, taken.soc, taken.slot) == (START + 2 * MINUTE, MINE, SoC.percent(20), "w1/4")
    assert (given.at, given.pack, given.soc, given.slot) == (START + 4 * MINUTE, "p1", SoC.percent(100), "w1/1")
    assert held(bench) == [None, "p2", "p3", "mine"]
    assert (1, "Available") in bench.statuses()


def test_the_central_system_asks_first(bench: Bench) -> None:
    assert bench.ask(ASKS.swap(A, 7)) == "Accepted"
    bench.forget()
    swap(bench)
    bench.run(4 * MINUTE)
    assert bench.heard(v2x.AuthorizeRequest) == []
    assert {m.request_id for m in bench.heard(v2x.BatterySwapRequest)} == {7}


def test_a_pack_is_promised_once() -> None:
    bench = bench_of(swap_station(charges=(100, 10, None)))
    assert bench.ask(ASKS.swap(A, 7)) == "Accepted"
    assert bench.ask(ASKS.swap(B, 8)) == "Rejected"
    swap(bench, token=B)
    assert bench.notices == [SwapRefused(START, bench.station.id, B, None, "NoBatteryAvailable")]
    assert bench.ask(ASKS.swap(A, 9)) == "Accepted"
    swap(bench)
    bench.run(4 * MINUTE)
    assert {m.request_id for m in bench.heard(v2x.BatterySwapRequest)} == {9}


def test_a_promise_is_kept_for_half_an_hour() -> None:
    bench = bench_of(swap_station(charges=(100, 0, None)))
    bench.ask(ASKS.swap(A, 7))
    bench.run(timedelta(minutes=30))
    assert bench.ask(ASKS.swap(B, 8)) == "Accepted"


def test_a_refused_token_gets_no_pack(bench: Bench) -> None:
    bench.central.scripts["Authorize"] = lambda _: v2x.AuthorizeResponse(id_token_info=TOKEN_BAD)
    swap(bench)
    bench.run(5 * MINUTE)
    assert [type(notice) for notice in bench.notices] == [SwapRefused]
    assert held(bench) == ["p1", "p2", "p3", None]


def test_trucks_wait_for_the_lane(bench: Bench) -> None:
    swap(bench)
    swap(bench, PackId("yours"), 30, B)
    assert the_station(bench).lanes_busy == 1
    bench.run(8 * MINUTE)
    given = [(n.at - START, n.token, n.pack) for n in bench.notices if isinstance(n, PackGiven)]
    assert given == [(4 * MINUTE, A, "p1"), (8 * MINUTE, B, "p2")]
    assert held(bench) == ["yours", None, "p3", "mine"]


def test_two_lanes_and_one_empty_slot() -> None:
    bench = bench_of(swap_station(lanes=2))
    swap(bench)
    swap(bench, PackId("yours"), 30, B)
    bench.run(8 * MINUTE)
    assert len([n for n in bench.notices if isinstance(n, PackGiven)]) == 2
    assert sorted(p for p in held(bench) if p) == ["mine", "p3", "yours"]


def test_without_an_empty_slot_there_is_no_swap() -> None:
    bench = bench_of(swap_station(charges=(100, 100)))
    assert bench.ask(ASKS.swap(A)) == "Rejected"
    swap(bench)
    assert [n.reason for n in bench.notices if isinstance(n, SwapRefused)] == ["no empty slot"]
    swap(bench, None, 0)
    bench.run(4 * MINUTE)
    assert isinstance(bench.notices[-1], PackGiven)


def test_a_pack_nobody_takes_stays(bench: Bench) -> None:
    the_station(bench).fail_next_pickup()
    swap(bench)
    bench.run(5 * MINUTE)
    assert isinstance(bench.notices[-1], PackNotCollected)
    events = [m.event_type.value for m in bench.heard(v2x.BatterySwapRequest)]
    assert events == ["BatteryIn", "BatteryOutTimeout"]
    assert held(bench) == ["p1", "p2", "p3", "mine"]
    swap(bench, None, 0)
    bench.run(4 * MINUTE)
    assert isinstance(bench.notices[-1], PackGiven)


def test_an_unwelcome_pack_goes_back(bench: Bench) -> None:
    refusal = {
        "vendorId": "org.openchargealliance.batteryswapresponse",
        "status": "Rejected",
        "statusInfo": {"reasonCode": "BatteryUnknown"},
    }
    bench.central.scripts["BatterySwap"] = lambda m: v2x.BatterySwapResponse(
        custom_data=refusal if isinstance(m, v2x.BatterySwapRequest) and m.event_type.value == "BatteryIn" else None
    )
    swap(bench)
    bench.run(4 * MINUTE)
    assert [n.reason for n in bench.notices if isinstance(n, SwapRefused)] == ["BatteryUnknown"]
    given = bench.notices[-1]
    assert isinstance(given, PackGiven)
    assert given.pack == MINE
    assert held(bench) == ["p1", "p2", "p3", None]
    assert bench.ask(ASKS.swap(B)) == "Accepted"


def test_a_reset_starts_the_transactions_anew(bench: Bench) -> None:
    bench.forget()
    assert bench.ask(ASKS.reset()) == "Accepted"
    bench.run(MINUTE)
    assert story(bench)[:6] == ["Ended"] * 3 + ["Started"] * 3


def test_a_gentle_reset_waits_for_the_swap_under_way(bench: Bench) -> None:
    swap(bench)
    bench.forget()
    assert bench.ask(ASKS.reset(hard=False)) == "Scheduled"
    bench.run(5 * MINUTE)
    assert isinstance(bench.notices[-1], PackGiven)
    assert len(bench.heard(v2x.BootNotificationRequest)) == 1
    assert story(bench)[-4:] == ["slot 1 Available", "slot 2 Occupied", "slot 3 Occupied", "slot 4 Occupied"]
    assert bench.ask(ASKS.reset(hard=False)) == "Accepted"


def test_a_swap_without_a_socket_is_told_afterwards(bench: Bench) -> None:
    bench.forget()
    bench.disconnect()
    swap(bench)
    bench.run(10 * MINUTE)
    assert isinstance(bench.notices[-1], PackGiven)
    bench.connect()
    assert [m.event_type.value for m in bench.heard(v2x.BatterySwapRequest)] == ["BatteryIn", "BatteryOut"]
    assert story(bench)[-4:] == ["slot 1 Available", "slot 2 Occupied", "slot 3 Occupied", "slot 4 Occupied"]
    assert all(numbers == sorted(set(numbers)) for numbers in bench.seq_nos().values())


def test_a_broken_slot_is_left_alone_until_it_is_repaired(bench: Bench) -> None:
    for slot in (1, 4):
        bench.deliver(bench.station.fault(slot, "InternalError", bench.now))
    assert bench.ask(ASKS.swap(A)) == "Rejected"
    bench.deliver(bench.station.clear(4, bench.now))
    assert bench.ask(ASKS.swap(A)) == "Accepted"
    swap(bench)
    bench.run(4 * MINUTE)
    given = bench.notices[-1]
    assert isinstance(given, PackGiven)
    assert given.pack == "p2"
    bench.deliver(bench.station.clear(1, bench.now))
    bench.run(2 * MINUTE)
    assert story(bench).count("Started") == 3 + 1 + 1


def test_what_a_swap_station_does_not_do(bench: Bench) -> None:
    assert bench.ask(ASKS.remote_start(1, A)) == "Rejected"
    assert bench.ask(ASKS.reserve(1, A, START + MINUTE)) == "Rejected"
    assert bench.ask(ASKS.cancel()) == "Rejected"


@pytest.mark.parametrize("lost", ["nothing", "Authorize"])
def test_one_swap_a_token(bench: Bench, lost: str) -> None:
    bench.central.lost.add(lost)
    swap(bench)
    with pytest.raises(UsageError, match="already has a swap"):
        swap(bench)
