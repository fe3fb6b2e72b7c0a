"""OCPP 1.6 transactions: repeated, offline, out of order, with meters that lie."""

from typing import Any

import pytest
import small_hub as small
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from talk import Talk

from portwatt.events import HubOpened, PeerFaultSeen, TransactionEnded, TransactionStarted
from portwatt.ids import TransactionId
from portwatt.model.connector import ConnectorStandard
from portwatt.state import fold
from portwatt.state.transactions import TransactionState
from portwatt.units import Energy, Power, SoC
from portwatt.wire.ocpp.versions import OcppVersion

TOKEN = small.token(small.T1)


@pytest.fixture
def talk() -> Talk:
    return Talk(OcppVersion.V16, small.CCS)


def start(talk: Talk, **changes: Any) -> int:
    request = {"connectorId": 1, "idTag": TOKEN, "meterStart": 1_000_000, "timestamp": talk.stamp()} | changes
    number: int = talk.says("StartTransaction", request)["transactionId"]
    return number


def stop(talk: Talk, number: int, **changes: Any) -> dict[str, Any]:
    request = {"transactionId": number, "meterStop": 1_050_000, "timestamp": talk.stamp(minutes=30)} | changes
    return talk.says("StopTransaction", request)


def meter(talk: Talk, number: int | None, *values: dict[str, str], connector: int = 1, **shift: float) -> None:
    request: dict[str, Any] = {
        "connectorId": connector,
        "meterValue": [{"timestamp": talk.stamp(**shift), "sampledValue": list(values)}],
    }
    if number is not None:
        request["transactionId"] = number
    talk.says("MeterValues", request)


def transaction(talk: Talk, number: int) -> TransactionState:
    return talk.state.transactions[TransactionId(f"ccs:{number}")]


@pytest.mark.parametrize(("seq", "number"), [(2**31 - 2, 2**31 - 1), (2**31 - 1, 1), (2**31, 2), (3 * 2**31, 4)])
def test_numbers_stay_within_32_bits_however_long_the_log(talk: Talk, seq: int, number: int) -> None:
    talk.state = replace(talk.state, seq=seq)
    assert start(talk) == number


def test_a_number_that_is_taken_is_passed_over(talk: Talk) -> None:
    first = start(talk)
    talk.state = replace(talk.state, seq=first - 1)
    assert start(talk, connectorId=2) == first + 1


def test_a_whole_transaction(talk: Talk) -> None:
    number = start(talk)
    assert talk.kinds() == ["AuthorizationDecided", "TransactionStarted"]
    meter(
        talk,
        number,
        {"value": "1010.5", "unit": "kWh", "measurand": "Energy.Active.Import.Register"},
        {"value": "180", "unit": "kW", "measurand": "Power.Active.Import"},
        {"value": "42.5", "unit": "Percent", "measurand": "SoC", "location": "EV"},
    )
    running = transaction(talk, number)
    assert (running.energy, running.power, running.soc) == (Energy(10_500), Power.kw(180), SoC.percent(42.5))
    assert [s.measurand for s in talk.samples] == ["Energy.Active.Import.Register", "Power.Active.Import", "SoC"]
    assert {s.transaction for s in talk.samples} == {TransactionId(f"ccs:{number}")}
    assert stop(talk, number, idTag=TOKEN, reason="EVDisconnected") == {"idTagInfo": {"status": "Accepted"}}
    over = transaction(talk, number)
    assert (over.energy, over.reason, over.truck) == (Energy(50_000), "EVDisconnected", small.T1)
    assert talk.state.evses[small.CCS1].transaction is None


def test_a_start_told_again_is_the_same_transaction(talk: Talk) -> None:
    at = talk.stamp()
    first = start(talk, timestamp=at)
    again = start(talk, timestamp=at)
    assert talk.events == ()
    assert again == first
    stop(talk, first)
    assert start(talk, timestamp=at) == first
    assert len(talk.state.transactions) == 1


def test_another_start_is_another_transaction(talk: Talk) -> None:
    first = start(talk)
    assert start(talk, meterStart=1_000_001) != first
    assert start(talk, connectorId=2) not in (first,)


def test_a_refused_token_still_starts(talk: Talk) -> None:
    answer = talk.says(
        "StartTransaction", {"connectorId": 1, "idTag": "thief", "meterStart": 0, "timestamp": talk.stamp()}
    )
    assert answer["idTagInfo"] == {"status": "Invalid"}
    assert transaction(talk, answer["transactionId"]).truck is None
    assert "thief" in transaction(talk, answer["transactionId"]).refused


def test_an_unknown_connector_gets_a_number_and_no_transaction(talk: Talk) -> None:
    start(talk, connectorId=7)
    assert "PeerFaultSeen" in talk.kinds()
    assert not talk.state.transactions


def test_a_stop_told_again_is_no_news(talk: Talk) -> None:
    number, at = start(talk), talk.stamp(minutes=30)
    stop(talk, number, timestamp=at)
    stop(talk, number, timestamp=at)
    assert talk.events == ()


@pytest.mark.parametrize("number", [0, -1, 4711])
def test_offline_stops_are_matched_by_token_and_order(talk: Talk, number: int) -> None:
    first = start(talk)
    stop(talk, first, idTag=TOKEN, timestamp=talk.stamp(minutes=1))
    second = start(talk, timestamp=talk.stamp(minutes=2), meterStart=1_050_000)
    other = start(talk, timestamp=talk.stamp(minutes=1), connectorId=2, idTag=small.token(small.T2))
    at = talk.stamp(minutes=9)
    stop(talk, number, idTag=TOKEN, timestamp=at, meterStop=1_060_000)
    (ended,) = (e for e in talk.events if isinstance(e, TransactionEnded))
    assert ended.transaction == f"ccs:{second}"
    assert transaction(talk, other).running
    stop(talk, number, idTag=TOKEN, timestamp=at, meterStop=1_060_000)
    assert talk.events == ()


def test_two_offline_sessions_of_one_truck_end_in_their_order(talk: Talk) -> None:
    first = start(talk, timestamp=talk.stamp())
    second = start(talk, timestamp=talk.stamp(minutes=40), connectorId=2, meterStart=1_000_100)
    stop(talk, -1, idTag=TOKEN, timestamp=talk.stamp(minutes=30))
    assert (transaction(talk, first).running, transaction(talk, second).running) == (False, True)
    stop(talk, -1, idTag=TOKEN, timestamp=talk.stamp(minutes=60))
    assert not transaction(talk, second).running


def test_a_stop_that_fits_nothing_is_noted_with_its_meter(talk: Talk) -> None:
    assert stop(talk, -1, idTag=TOKEN) == {"idTagInfo": {"status": "Accepted"}}
    fault = talk.events[0]
    assert isinstance(fault, PeerFaultSeen)
    assert "1050000 Wh" in fault.detail


def test_values_without_a_number_belong_to_the_transaction_of_the_connector(talk: Talk) -> None:
    number = start(talk)
    meter(talk, None, {"value": "1000500"})
    assert transaction(talk, number).energy == Energy(500)
    meter(talk, None, {"value": "77"}, connector=0)
    assert talk.events == ()
    assert [s.evse for s in talk.samples] == [None]


def test_values_that_are_none_are_passed_over(talk: Talk) -> None:
    number = start(talk)
    bad = ({"value": text} for text in ("", "n/a", "NaN", "inf", "1e999", "AQID"))
    meter(talk, number, *bad, {"value": "AA==", "format": "SignedData"}, {"value": "1000007"})
    assert transaction(talk, number).energy == Energy(7)
    assert [s.value for s in talk.samples] == [1_000_007]


@pytest.mark.parametrize("value", ["-5", "1e18", "1e300"])
def test_a_register_that_cannot_be_is_noted_and_changes_nothing(talk: Talk, value: str) -> None:
    number = start(talk)
    meter(talk, number, {"value": value}, {"value": "55", "measurand": "SoC"})
    assert transaction(talk, number).energy == Energy(0)
    assert transaction(talk, number).soc == SoC.percent(55)
    assert "PeerFaultSeen" in talk.kinds()


@pytest.mark.parametrize("meter_start", [10**18, -1])
def test_a_start_with_an_impossible_meter_counts_from_the_first_register(talk: Talk, meter_start: int) -> None:
    number = start(talk, meterStart=meter_start)
    for value in ("5000", "6000"):
        meter(talk, number, {"value": value})
    assert transaction(talk, number).energy == Energy(1_000)
    stop(talk, number, meterStop=10**18)
    assert transaction(talk, number).energy == Energy(1_000)
    assert not transaction(talk, number).running


def test_a_register_that_starts_at_zero_with_the_transaction_counts_from_its_start(talk: Talk) -> None:
    number = start(talk)
    meter(talk, number, {"value": "20000"}, minutes=6)
    assert transaction(talk, number).energy == Energy(20_000)
    meter(talk, number, {"value": "999000"}, minutes=7)
    assert transaction(talk, number).energy == Energy(20_000)
    assert "PeerFaultSeen" in talk.kinds()


def test_phases_are_summed(talk: Talk) -> None:
    number = start(talk)
    values = [{"value": "1000", "measurand": "Power.Active.Import", "phase": p} for p in ("L1", "L2", "L3")]
    meter(talk, number, *values)
    assert transaction(talk, number).power == Power(3_000)


@settings(max_examples=40, deadline=None)
@given(repeats=st.lists(st.integers(0, 2), min_size=1, max_size=12))
def test_however_often_starts_are_repeated_each_is_one_transaction(repeats: list[int]) -> None:
    talk = Talk(OcppVersion.V16, small.CCS)
    stamps = [talk.stamp(minutes=n) for n in range(3)]
    numbers: dict[int, set[int]] = {}
    for which in repeats:
        numbers.setdefault(which, set()).add(start(talk, timestamp=stamps[which], meterStart=which))
    assert all(len(given_out) == 1 for given_out in numbers.values())
    assert len(talk.state.transactions) == len(set(repeats))


def test_a_start_after_its_end_completes_it() -> None:
    state = small.in_the_morning()
    hub = small.hub()
    one = small.station(small.CCS, ConnectorStandard.CCS2, evses=1)
    opened = HubOpened(at=state.at, hub=replace(hub, stations=(one, hub.stations[1])))
    talk = Talk(OcppVersion.V16, small.CCS, fold([opened], state))
    began = talk.stamp()
    stop(talk, -1, idTag=TOKEN)
    assert talk.kinds()[:2] == ["TransactionStarted", "TransactionEnded"]
    late = talk.events[0]
    assert isinstance(late, TransactionStarted)
    assert late.late
    number = start(talk, timestamp=began)
    assert late.transaction == f"ccs:{number}"
    over = transaction(talk, number)
    assert (over.energy, over.running, over.late) == (Energy(50_000), False, False)
    assert talk.state.totals.energy == Energy(50_000)
