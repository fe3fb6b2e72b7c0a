"""OCPP 2.x transactions: in any order, repeated, offline, in slots; the same facts in the end."""

from typing import Any

import pytest
import small_hub as small
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import Talk

from portwatt.events import StationClockDrifted, TransactionEnded, TransactionStarted, TransactionUpdated
from portwatt.ids import PackId, TransactionId
from portwatt.state.transactions import TransactionState
from portwatt.units import Energy, Power, SoC
from portwatt.wire.ocpp.versions import OcppVersion

TOKEN = {"idToken": small.token(small.T1), "type": "ISO14443"}
NOBODY = {"idToken": "", "type": "NoAuthorization"}
TX = TransactionId("ccs:a")


@pytest.fixture(params=[OcppVersion.V201, OcppVersion.V21])
def talk(request: pytest.FixtureRequest) -> Talk:
    return Talk(request.param, small.CCS)


def register(wh: float, **more: Any) -> dict[str, Any]:
    return {"value": wh, "measurand": "Energy.Active.Import.Register", **more}


def event(talk: Talk, kind: str, seq: int, *values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A TransactionEvent of transaction a at EVSE 1 with these values; None removes a field."""
    stamp = changes.pop("timestamp", talk.stamp())
    info = {"transactionId": "a"} | changes.pop("info", {})
    request: dict[str, Any] = {
        "eventType": kind,
        "timestamp": stamp,
        "triggerReason": "MeterValuePeriodic",
        "seqNo": seq,
        "transactionInfo": info,
        "evse": {"id": 1, "connectorId": 1},
    }
    if values:
        request["meterValue"] = [{"timestamp": stamp, "sampledValue": list(values)}]
    request |= changes
    return talk.says("TransactionEvent", {k: v for k, v in request.items() if v is not None})


def known(talk: Talk, name: TransactionId = TX) -> TransactionState:
    return talk.state.transactions[name]


def test_a_whole_transaction(talk: Talk) -> None:
    answer = event(talk, "Started", 0, register(1_000), idToken=TOKEN, info={"chargingState": "EVConnected"})
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    assert talk.kinds() == ["AuthorizationDecided", "TransactionStarted", "TransactionUpdated"]
    values = (
        register(1.5, unitOfMeasure={"unit": "kWh"}),
        {"value": 1.8, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW", "multiplier": 2}},
        {"value": 61.5, "measurand": "SoC", "location": "EV"},
    )
    assert event(talk, "Updated", 1, *values, info={"chargingState": "Charging"}) == {}
    (updated,) = talk.events
    assert isinstance(updated, TransactionUpdated)
    assert (updated.meter, updated.power, updated.soc) == (Energy(1_500), Power.kw(180), SoC.percent(61.5))
    assert [(s.value, s.unit) for s in talk.samples] == [(1.5, "kWh"), (180.0, "kW"), (61.5, "Percent")]
    event(talk, "Ended", 2, register(9_000), info={"stoppedReason": "EVDisconnected"})
    assert (known(talk).energy, known(talk).reason) == (Energy(8_000), "EVDisconnected")


def test_a_repeated_message_is_no_news_and_gets_the_same_answer(talk: Talk) -> None:
    first = event(talk, "Started", 0, register(0), idToken=TOKEN)
    assert event(talk, "Started", 0, register(0), idToken=TOKEN) == first
    assert talk.events == ()
    event(talk, "Updated", 1, register(5))
    event(talk, "Updated", 1, register(5))
    assert talk.events == ()
    event(talk, "Ended", 2, register(9))
    event(talk, "Ended", 2, register(9))
    assert talk.events == ()


def test_an_end_without_a_start_makes_one(talk: Talk) -> None:
    event(talk, "Ended", 7, register(9_000))
    assert talk.kinds() == ["TransactionStarted", "TransactionEnded"]
    (started, _) = talk.events
    assert isinstance(started, TransactionStarted)
    assert started.late
    event(talk, "Started", 0, register(2_000), idToken=TOKEN)
    assert (known(talk).energy, known(talk).truck) == (Energy(7_000), small.T1)
    assert not known(talk).running
    assert talk.state.totals.energy == Energy(7_000)
    event(talk, "Updated", 3, register(5_000))
    assert talk.kinds() == ["TransactionUpdated"]
    assert known(talk).energy == Energy(7_000)


def test_an_end_that_repeats_the_register_of_its_start_needs_no_start(talk: Talk) -> None:
    early = {"timestamp": talk.stamp(hours=-1), "sampledValue": [register(2_000, context="Transaction.Begin")]}
    now = {"timestamp": talk.stamp(), "sampledValue": [register(9_000, context="Transaction.End")]}
    event(talk, "Ended", 7, meterValue=[early, now], info={"transactionId": "b"})
    assert known(talk, TransactionId("ccs:b")).energy == Energy(7_000)


def test_a_start_that_is_late_by_very_much_is_still_taken(talk: Talk) -> None:
    event(talk, "Updated", 2**31 - 1, register(9_000))
    event(talk, "Started", 0, register(2_000), idToken=TOKEN)
    assert known(talk).energy == Energy(7_000)


def test_a_station_that_never_counts_still_ends_its_transaction(talk: Talk) -> None:
    for kind in ("Started", "Updated", "Ended"):
        event(talk, kind, 0, register(1_000))
    assert not known(talk).running


def test_the_card_may_come_after_the_cable(talk: Talk) -> None:
    assert event(talk, "Started", 0, register(0)) == {}
    assert event(talk, "Updated", 1, idToken=TOKEN) == {"idTokenInfo": {"status": "Accepted"}}
    assert talk.kinds() == ["AuthorizationDecided", "TransactionUpdated"]
    assert known(talk).truck == small.T1
    event(talk, "Updated", 2, idToken=TOKEN)
    assert talk.kinds() == ["TransactionUpdated"]


def test_whoever_ends_needs_no_right_to_start(talk: Talk) -> None:
    event(talk, "Started", 0, register(0), idToken=TOKEN)
    assert event(talk, "Ended", 1, idToken=TOKEN) == {"idTokenInfo": {"status": "Accepted"}}
    assert talk.kinds() == ["TransactionEnded"]


def test_a_refused_token_is_refused_and_the_transaction_a_fact(talk: Talk) -> None:
    answer = event(talk, "Started", 0, register(0), idToken={"idToken": "thief", "type": "ISO14443"})
    assert answer["idTokenInfo"]["status"] == "Unknown"
    assert known(talk).running
    assert "thief" in known(talk).refused
    event(talk, "Updated", 1, idToken=TOKEN)
    assert known(talk).refused == ""


def test_without_a_register_at_the_start_the_lowest_later_one_counts(talk: Talk) -> None:
    event(talk, "Started", 0, idToken=TOKEN)
    for seq, wh in ((1, 123_456_000), (3, 123_460_000), (2, 123_458_000)):
        event(talk, "Updated", seq, register(wh))
    assert known(talk).energy == Energy(4_000)


@pytest.mark.parametrize("wh", [-1, 1e18, 1e300])
def test_a_register_that_cannot_be_changes_nothing(talk: Talk, wh: float) -> None:
    event(talk, "Started", 0, register(1_000), idToken=TOKEN)
    event(talk, "Updated", 1, register(wh))
    assert talk.kinds() == ["PeerFaultSeen", "TransactionUpdated"]
    event(talk, "Ended", 2, register(wh))
    assert (known(talk).energy, known(talk).running) == (Energy(0), False)


def test_an_unknown_evse_is_answered_and_noted(talk: Talk) -> None:
    before = set(talk.state.evses)
    assert event(talk, "Started", 0, register(0), evse={"id": 9}, idToken=TOKEN)["idTokenInfo"]
    assert talk.kinds() == ["AuthorizationDecided", "PeerFaultSeen"]
    assert event(talk, "Updated", 1, register(0), evse=None) == {}
    assert talk.kinds() == ["PeerFaultSeen"]
    assert set(talk.state.evses) == before
    assert not talk.state.transactions


def test_an_old_stamp_is_drift_unless_the_message_was_offline(talk: Talk) -> None:
    event(talk, "Started", 0, register(0), timestamp=talk.stamp(hours=-3), offline=True)
    assert not [e for e in talk.events if isinstance(e, StationClockDrifted)]
    assert known(talk).offline
    assert known(talk).started_at < talk.now
    event(talk, "Updated", 1, register(0), timestamp=talk.stamp(hours=-3))
    assert [e for e in talk.events if isinstance(e, StationClockDrifted)]


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_the_calendar_do_no_harm(talk: Talk, stamp: str) -> None:
    for seq, kind in enumerate(("Started", "Updated", "Ended")):
        event(talk, kind, seq, register(1_000 * seq), timestamp=stamp)
    assert known(talk).energy == Energy(2_000)


def test_a_transaction_told_late_does_not_push_out_the_one_that_runs(talk: Talk) -> None:
    event(talk, "Started", 0, register(5_000), idToken=TOKEN)
    event(
        talk, "Ended", 9, register(4_000), info={"transactionId": "old"}, timestamp=talk.stamp(hours=-1), offline=True
    )
    assert talk.state.evses[small.CCS1].transaction == TX
    assert not known(talk, TransactionId("ccs:old")).running


def test_a_power_of_ten_beyond_all_numbers_is_passed_over(talk: Talk) -> None:
    event(talk, "Started", 0, register(1_000), idToken=TOKEN)
    wild = {"value": 1.7e308, "measurand": "Voltage", "unitOfMeasure": {"multiplier": 1}}
    event(talk, "Updated", 1, wild, register(2_000, unitOfMeasure={"multiplier": 99}))
    assert (talk.samples, known(talk).energy) == ((), Energy(0))


def test_values_outside_transactions_are_telemetry(talk: Talk) -> None:
    values = [{"timestamp": talk.stamp(), "sampledValue": [{"value": 20.5, "measurand": "Voltage"}]}]
    assert talk.says("MeterValues", {"evseId": 2, "meterValue": values}) == {}
    assert talk.events == ()
    assert [(s.evse, s.measurand, s.value) for s in talk.samples] == [(small.CCS2, "Voltage", 20.5)]
    talk.says("MeterValues", {"evseId": 8, "meterValue": values})
    assert talk.kinds() == ["PeerFaultSeen"]


# ── slots (OCPP 2.1 S03, S04) ───────────────────────────────────────────────────────────────────────────────────────


def test_a_slot_charges_its_pack_without_a_token() -> None:
    talk = Talk(OcppVersion.V21, small.SWAP)
    answer = event(talk, "Started", 0, register(0), idToken=NOBODY, info={"chargingState": "EVConnected"})
    assert answer == {"idTokenInfo": {"status": "Accepted"}}
    name = TransactionId("swap:a")
    assert known(talk, name).pack == "p1"
    event(talk, "Updated", 1, register(9_000), {"value": 77, "measurand": "SoC"})
    assert talk.state.packs[PackId("p1")].soc == SoC.percent(77)
    assert event(talk, "Started", 0, register(0), info={"transactionId": "b"}, evse={"id": 2}) == answer


def test_the_transaction_of_a_slot_is_that_of_the_pack_in_it() -> None:
    talk = Talk(OcppVersion.V21, small.SWAP)
    event(talk, "Started", 0, register(0), idToken=NOBODY)
    battery = {"evseId": 1, "serialNumber": "p4", "soC": 30, "soH": 95}
    talk.says("BatterySwap", {"eventType": "BatteryIn", "requestId": 1, "idToken": TOKEN, "batteryData": [battery]})
    event(talk, "Updated", 1, {"value": 35, "measurand": "SoC"})
    assert talk.state.packs[PackId("p4")].soc == SoC.percent(35)
    assert talk.state.packs[PackId("p1")].soc == SoC.percent(100)


def test_a_slot_may_name_its_pack_after_the_start() -> None:
    talk = Talk(OcppVersion.V21, small.SWAP)
    event(talk, "Started", 0, register(0), idToken=NOBODY, evse={"id": 4})
    name = TransactionId("swap:a")
    assert known(talk, name).pack is None
    battery = {"evseId": 4, "serialNumber": "p4", "soC": 30, "soH": 95}
    swap = {"eventType": "BatteryIn", "requestId": 1, "idToken": TOKEN, "batteryData": [battery]}
    talk.says("BatterySwap", swap)
    assert known(talk, name).pack == "p4"


# ── any order ───────────────────────────────────────────────────────────────────────────────────────────────────────


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Registers of a transaction by seqNo, and the order in which its messages come, some of them more than once."""
    steps = draw(st.lists(st.integers(0, 50_000), min_size=2, max_size=8))
    registers = [sum(steps[: n + 1]) for n in range(len(steps))]
    every = list(range(len(registers)))
    return registers, draw(st.permutations(every + draw(st.lists(st.sampled_from(every), max_size=5))))


@settings(max_examples=80, deadline=None)
@given(case=shuffled(), metered_start=st.booleans())
def test_any_order_with_repetitions_comes_to_the_same_transaction(
    case: tuple[list[int], list[int]], metered_start: bool
) -> None:
    registers, order = case
    last = len(registers) - 1
    talk = Talk(OcppVersion.V201, small.CCS)
    stamps = [talk.stamp(seconds=n) for n in range(len(registers))]
    for seq in order:
        kind = "Started" if seq == 0 else "Ended" if seq == last else "Updated"
        values = [register(registers[seq])] if seq or metered_start else []
        event(talk, kind, seq, *values, timestamp=stamps[seq], idToken=TOKEN if seq == 0 else None)
    over = known(talk)
    energy = Energy(registers[last] - registers[0 if metered_start else 1])
    assert (over.energy, over.running, over.truck) == (energy, False, small.T1)
    assert talk.state.totals.energy == energy
    assert talk.state.totals.transactions == 1
    assert talk.state.evses[small.CCS1].transaction is None
    assert len(talk.state.transactions) == 1


def test_ended_carries_the_soc(talk: Talk) -> None:
    event(talk, "Started", 0, register(0), idToken=TOKEN)
    event(talk, "Ended", 1, {"value": 88, "measurand": "SoC"})
    (ended,) = talk.events
    assert isinstance(ended, TransactionEnded)
    assert (ended.soc, ended.meter_stop, ended.reason) == (SoC.percent(88), None, "Local")


def test_another_trucks_card_neither_takes_a_transaction_over_nor_stops_its_power(talk: Talk) -> None:
    event(talk, "Started", 0, register(0), idToken=TOKEN)
    owner = known(talk).truck
    event(talk, "Updated", 1, idToken={"idToken": "token-t3", "type": "ISO14443"})
    event(talk, "Updated", 2, idToken={"idToken": "thief", "type": "ISO14443"})
    assert (known(talk).truck, known(talk).refused) == (owner, "")
    event(talk, "Ended", 3, register(9), idToken={"idToken": "token-t3", "type": "ISO14443"})
    assert (known(talk).truck, known(talk).running) == (owner, False)
