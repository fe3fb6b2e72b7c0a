"""One simulated charging station against a central system that speaks real frames, in every version."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from fake_central import IDTAG_BAD, START, TOKEN_BAD, Asks, Bench
from simulated import station, truck

from portwatt.errors import UsageError
from portwatt.ids import EvseId, IdToken
from portwatt.simulator.notices import BatteryFull, Charging, Finished, HandshakeFailed, Refused, Suspended
from portwatt.simulator.plant import StationSettings
from portwatt.simulator.station import SimulatedStation
from portwatt.units import Energy, Power, SoC
from portwatt.wire.ocpp import v2x, v16
from portwatt.wire.ocpp import v2x_enums as e2
from portwatt.wire.ocpp import v16_enums as e1
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import ErrorCode, OcppVersion

A, B = IdToken("truck-a"), IdToken("truck-b")
MINUTE = timedelta(minutes=1)
NEWER = (OcppVersion.V201, OcppVersion.V21)


@pytest.fixture(params=list(OcppVersion))
def version(request: pytest.FixtureRequest) -> OcppVersion:
    assert isinstance(request.param, OcppVersion)
    return request.param


@pytest.fixture
def bench(version: OcppVersion) -> Bench:
    made = Bench(station(version))
    made.connect()
    return made


@pytest.fixture
def asks(version: OcppVersion) -> Asks:
    return Asks(version)


def the_station(bench: Bench) -> SimulatedStation:
    assert isinstance(bench.station, SimulatedStation)
    return bench.station


def plug(bench: Bench, evse: int = 1, percent: float = 50, token: IdToken = A, handshake_ok: bool = True) -> None:
    bench.deliver(the_station(bench).plug(evse, truck(percent), token, bench.now, handshake_ok))


def unplug(bench: Bench, evse: int = 1) -> None:
    bench.deliver(the_station(bench).unplug(evse, bench.now))


def transaction_of(bench: Bench) -> str:
    """Name on the wire of the newest transaction."""
    started = [m for m in bench.heard(v2x.TransactionEventRequest) if m.event_type.value == "Started"]
    return (
        started[-1].transaction_info.transaction_id if started else str(len(bench.heard(v16.StartTransactionRequest)))
    )


def reasons(bench: Bench) -> list[str]:
    """Why transactions ended, as the wire has it."""
    old = [m.reason.value for m in bench.heard(v16.StopTransactionRequest) if m.reason]
    new = [r.value for m in bench.heard(v2x.TransactionEventRequest) if (r := m.transaction_info.stopped_reason)]
    return old + new


def kinds(bench: Bench) -> list[type]:
    return [type(notice) for notice in bench.notices]


# ── boot ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_boots_then_tells_its_statuses(bench: Bench, version: OcppVersion) -> None:
    assert bench.frames[0][2] == "BootNotification"
    first = [(0, "Available")] if version is OcppVersion.V16 else []
    assert bench.statuses() == [*first, (1, "Available"), (2, "Available")]


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_until_it_is_accepted_it_says_nothing_but_boots(version: OcppVersion, status: str) -> None:
    bench = Bench(station(version))
    answers = iter([status, status, "Accepted"])

    def boot(request: Message) -> Message:
        old = isinstance(request, v16.BootNotificationRequest)
        word = next(answers)
        if old:
            return v16.BootNotificationResponse(status=e1.RegistrationStatus(word), current_time=START, interval=20)
        return v2x.BootNotificationResponse(status=e2.RegistrationStatus(word), current_time=START, interval=20)

    bench.central.scripts["BootNotification"] = boot
    bench.connect()
    bench.run(timedelta(seconds=39))
    assert [frame[2] for frame in bench.frames] == ["BootNotification"] * 2
    bench.run(timedelta(seconds=1))
    assert [frame[2] for frame in bench.frames[:4]] == ["BootNotification"] * 3 + ["StatusNotification"]


def test_it_sends_heartbeats_when_it_has_nothing_else_to_say(bench: Bench) -> None:
    bench.run(timedelta(minutes=11))
    assert sum(frame[2] == "Heartbeat" for frame in bench.frames) == 2
    plug(bench)
    bench.run(timedelta(minutes=20))
    assert sum(frame[2] == "Heartbeat" for frame in bench.frames) == 2


def test_a_central_system_that_is_silent_or_refuses_does_not_stop_it(bench: Bench) -> None:
    bench.central.lost.add("Heartbeat")
    bench.run(timedelta(minutes=6))
    bench.central.lost.clear()
    bench.central.scripts["Heartbeat"] = lambda _: ErrorCode.INTERNAL_ERROR
    bench.run(timedelta(minutes=6))
    del bench.central.scripts["Heartbeat"]
    plug(bench)
    assert kinds(bench) == [Charging]


# ── charging ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_truck_charges_until_it_is_full_and_leaves(bench: Bench, version: OcppVersion) -> None:
    plug(bench)
    assert the_station(bench).power(1) == bench.station.total_power() == Power.kw(240)
    bench.run(timedelta(hours=1))
    unplug(bench)
    assert kinds(bench) == [Charging, BatteryFull, Finished]
    finished = bench.notices[-1]
    assert isinstance(finished, Finished)
    assert finished.energy == Energy.kwh(150)
    assert reasons(bench) == ["EVDisconnected"]
    full = "SuspendedEV" if version is OcppVersion.V16 else "Occupied"
    assert bench.statuses()[-2:] == [(1, full), (1, "Available")]


@pytest.mark.parametrize("version", NEWER)
def test_a_transaction_is_reported_from_start_to_end_without_gaps(bench: Bench) -> None:
    plug(bench)
    bench.run(3 * MINUTE)
    unplug(bench)
    assert bench.events() == [
        ("Started", 0, "Authorized"),
        ("Updated", 1, "ChargingStateChanged"),
        ("Updated", 2, "MeterValuePeriodic"),
        ("Updated", 3, "MeterValuePeriodic"),
        ("Updated", 4, "MeterValuePeriodic"),
        ("Ended", 5, "EVCommunicationLost"),
    ]
    report = bench.heard(v2x.TransactionEventRequest)[3]
    assert report.meter_value is not None
    values = {v.measurand.value: v.value for v in report.meter_value[0].sampled_value if v.measurand}
    assert values == {
        "Energy.Active.Import.Register": 8000,
        "Power.Active.Import": 240_000,
        "SoC": 52.66,
        "Voltage": 600,
        "Current.Import": 400,
    }


def test_16_reports_meter_values_with_its_transaction() -> None:
    bench = Bench(station(OcppVersion.V16))
    bench.connect()
    plug(bench)
    bench.run(2 * MINUTE)
    unplug(bench)
    (start,) = bench.heard(v16.StartTransactionRequest)
    (stop,) = bench.heard(v16.StopTransactionRequest)
    values = bench.heard(v16.MeterValuesRequest)
    assert (start.meter_start, stop.meter_stop, stop.transaction_id) == (0, 8000, 1)
    assert [(m.transaction_id, m.meter_value[0].sampled_value[0].value) for m in values] == [(1, "4000"), (1, "8000")]


def test_the_meter_is_never_reset(bench: Bench) -> None:
    for _ in range(2):
        plug(bench)
        bench.run(3 * MINUTE)
        unplug(bench)
    finished = [n.energy for n in bench.notices if isinstance(n, Finished)]
    assert finished == [Energy.kwh(12), Energy.kwh(12)]
    if bench.station.version is OcppVersion.V16:
        assert [m.meter_start for m in bench.heard(v16.StartTransactionRequest)] == [0, 12_000]


def test_a_refused_token_does_not_charge(bench: Bench) -> None:
    bench.central.scripts["Authorize"] = _blocked
    plug(bench)
    assert bench.notices == [Refused(START, EvseId("s1/1"), A, "Blocked")]
    assert reasons(bench) == []
    unplug(bench)
    assert bench.statuses()[-1] == (1, "Available")


def test_a_token_refused_at_the_start_stops_the_transaction(bench: Bench, version: OcppVersion) -> None:
    action = "StartTransaction" if version is OcppVersion.V16 else "TransactionEvent"
    bench.central.scripts[action] = _blocked
    plug(bench)
    assert kinds(bench)[-1] is Finished
    assert reasons(bench) == ["DeAuthorized"]
    assert bench.station.total_power() == Power(0)


def test_an_error_to_authorize_refuses_the_truck(bench: Bench) -> None:
    bench.central.scripts["Authorize"] = lambda _: ErrorCode.INTERNAL_ERROR
    plug(bench)
    assert kinds(bench) == [Refused]


def test_an_answer_for_a_truck_that_left_starts_nothing(bench: Bench) -> None:
    bench.central.lost.add("Authorize")
    plug(bench)
    unplug(bench)
    bench.central.lost.clear()
    plug(bench, token=B)
    bench.run(2 * MINUTE)
    assert [n.token for n in bench.notices if isinstance(n, Charging)] == [B]


def test_a_failed_handshake_gives_no_energy(bench: Bench, version: OcppVersion) -> None:
    plug(bench, handshake_ok=False)
    assert HandshakeFailed in kinds(bench)
    assert bench.station.total_power() == Power(0)
    if version is OcppVersion.V16:
        assert bench.heard(v16.StartTransactionRequest) == []
        assert bench.heard(v16.StatusNotificationRequest)[-1].error_code.value == "EVCommunicationError"
    else:
        assert [name for name, _, _ in bench.events()] == ["Started", "Ended"]
        assert reasons(bench) == ["Other"]
    unplug(bench)
    plug(bench)
    assert bench.station.total_power() == Power.kw(240)


def test_a_truck_stops_by_itself_at_its_target(bench: Bench) -> None:
    vehicle = truck(50, target=60)
    bench.deliver(the_station(bench).plug(2, vehicle, A, bench.now))
    bench.run(timedelta(hours=1))
    assert vehicle.soc == SoC.percent(60)
    assert kinds(bench) == [Charging, BatteryFull]


def test_mistakes_of_the_world_are_named(bench: Bench) -> None:
    plug(bench)
    with pytest.raises(UsageError, match="s1/1 already has a truck"):
        plug(bench)
    with pytest.raises(UsageError, match="no outlet 3"):
        plug(bench, evse=3)


# ── remote start and stop ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_remote_start_waits_for_its_truck(bench: Bench, asks: Asks) -> None:
    assert bench.ask(asks.remote_start(1, A)) == "Accepted"
    plug(bench, token=B)
    unplug(bench)
    assert bench.notices == [Refused(START, EvseId("s1/1"), B, "waiting for another truck")]
    plug(bench)
    assert Charging in kinds(bench)
    assert not any(frame[2] == "Authorize" for frame in bench.frames)
    if not asks.old:
        started = bench.heard(v2x.TransactionEventRequest)[0]
        assert (started.trigger_reason.value, started.transaction_info.remote_start_id) == ("RemoteStart", 5)


def test_a_remote_start_gives_up_waiting(bench: Bench, asks: Asks) -> None:
    bench.ask(asks.remote_start(1, A))
    assert bench.ask(asks.remote_start(1, B)) == "Rejected"
    bench.run(2 * MINUTE)
    plug(bench, token=B)
    assert kinds(bench) == [Charging]


def test_a_remote_start_lets_a_refused_truck_charge(bench: Bench, asks: Asks) -> None:
    bench.central.scripts["Authorize"] = _blocked
    plug(bench, evse=2)
    assert bench.ask(asks.remote_start(None, A)) == "Accepted"
    assert kinds(bench) == [Refused, Charging]
    assert bench.ask(asks.remote_start(2, A)) == "Rejected"


def test_a_remote_start_brings_its_profile(bench: Bench, asks: Asks) -> None:
    bench.ask(asks.remote_start(1, A, limit_w=50_000))
    plug(bench)
    assert bench.station.total_power() == Power.kw(50)


def test_a_remote_stop_ends_the_transaction(bench: Bench, asks: Asks, version: OcppVersion) -> None:
    assert bench.ask(asks.remote_stop("77")) == "Rejected"
    plug(bench)
    bench.run(MINUTE)
    assert bench.ask(asks.remote_stop(transaction_of(bench))) == "Accepted"
    assert reasons(bench) == ["Remote"]
    assert bench.station.total_power() == Power(0)
    resting = "Finishing" if version is OcppVersion.V16 else "Occupied"
    assert bench.statuses()[-1] == (1, resting)
    unplug(bench)
    assert bench.statuses()[-1] == (1, "Available")


def test_the_answer_goes_before_what_follows_from_it(bench: Bench, asks: Asks) -> None:
    plug(bench)
    (text,) = bench.central.ask(asks.remote_stop(transaction_of(bench)), bench.now)
    frames = [json.loads(reply) for reply in bench.station.receive(text, bench.now)]
    assert [frame[0] for frame in frames] == [3, 2]


# ── reservations ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reserved_evse_takes_only_its_truck(bench: Bench, asks: Asks) -> None:
    assert bench.ask(asks.reserve(1, A, START + 30 * MINUTE)) == "Accepted"
    assert bench.statuses()[-1] == (1, "Reserved")
    assert bench.ask(asks.reserve(1, B, START + 30 * MINUTE, number=10)) == "Occupied"
    plug(bench, token=B)
    assert bench.notices == [Refused(START, EvseId("s1/1"), B, "reserved for another truck")]
    unplug(bench)
    assert bench.statuses()[-1] == (1, "Reserved")
    plug(bench)
    unplug(bench)
    assert bench.statuses()[-1] == (1, "Available")
    kept = [m.reservation_id for m in bench.heard(v16.StartTransactionRequest)]
    kept += [m.reservation_id for m in bench.heard(v2x.TransactionEventRequest)]
    assert kept[0] == 9


def test_a_reservation_expires(bench: Bench, asks: Asks) -> None:
    bench.ask(asks.reserve(1, A, START + 30 * MINUTE))
    bench.run(30 * MINUTE)
    assert bench.statuses()[-1] == (1, "Available")
    updates = [(m.reservation_id, m.reservation_update_status) for m in bench.heard(v2x.ReservationStatusUpdateRequest)]
    assert updates == ([] if asks.old else [(9, "Expired")])
    assert bench.ask(asks.cancel()) == "Rejected"


def test_a_reservation_is_cancelled(bench: Bench, asks: Asks) -> None:
    bench.ask(asks.reserve(1, A, START + 30 * MINUTE))
    assert bench.ask(asks.cancel()) == "Accepted"
    assert bench.statuses()[-1] == (1, "Available")
    plug(bench, token=B)
    assert Charging in kinds(bench)


def test_a_reservation_moves_to_another_evse(bench: Bench, asks: Asks) -> None:
    bench.ask(asks.reserve(1, A, START + 30 * MINUTE))
    assert bench.ask(asks.reserve(2, A, START + 30 * MINUTE)) == "Accepted"
    assert bench.statuses()[-2:] == [(1, "Available"), (2, "Reserved")]


def test_what_cannot_be_reserved_is_not(bench: Bench, asks: Asks) -> None:
    assert bench.ask(asks.reserve(7, A, START + MINUTE)) == "Rejected"
    assert bench.ask(asks.reserve(1, A, START)) == "Rejected"
    plug(bench)
    assert bench.ask(asks.reserve(1, B, START + MINUTE)) == "Occupied"
    bench.deliver(bench.station.fault(2, "GroundFailure", bench.now))
    assert bench.ask(asks.reserve(2, B, START + MINUTE)) == "Faulted"


# ── limits ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_limit_holds_at_once_and_ends_with_its_transaction(bench: Bench, asks: Asks) -> None:
    plug(bench)
    running = transaction_of(bench)
    assert bench.ask(asks.limit(1, "TxProfile", 100_000, transaction=running)) == "Accepted"
    assert bench.station.total_power() == Power.kw(100)
    bench.run(3 * MINUTE)
    unplug(bench)
    plug(bench)
    assert bench.station.total_power() == Power.kw(240)
    finished = next(n for n in bench.notices if isinstance(n, Finished))
    assert finished.energy == Energy.kwh(5)


def test_a_default_limits_the_next_transaction(bench: Bench, asks: Asks) -> None:
    assert bench.ask(asks.limit(1, "TxDefaultProfile", 80_000)) == "Accepted"
    plug(bench)
    assert bench.station.total_power() == Power.kw(80)
    assert bench.ask(asks.clear(1)) == "Accepted"
    assert bench.station.total_power() == Power.kw(240)
    assert bench.ask(asks.clear(1)) == "Unknown"


def test_the_limit_of_the_station_is_shared(bench: Bench, asks: Asks) -> None:
    plug(bench)
    plug(bench, evse=2, percent=95, token=B)
    assert bench.station.total_power() == Power.kw(240 + 105)
    assert bench.ask(asks.limit(0, "ChargingStationMaxProfile", 200_000)) == "Accepted"
    assert the_station(bench).power(1) == the_station(bench).power(2) == Power.kw(100)
    unplug(bench, 2)
    assert the_station(bench).power(1) == Power.kw(200)


def test_zero_watts_suspend_and_more_resume(bench: Bench, asks: Asks, version: OcppVersion) -> None:
    plug(bench)
    bench.ask(asks.limit(1, "TxDefaultProfile", 0))
    assert kinds(bench) == [Charging, Suspended]
    if version is OcppVersion.V16:
        assert bench.statuses()[-1] == (1, "SuspendedEVSE")
    else:
        last = bench.heard(v2x.TransactionEventRequest)[-1]
        assert last.transaction_info.charging_state is e2.ChargingState.SUSPENDED_EVSE
    bench.run(10 * MINUTE)
    bench.ask(asks.limit(1, "TxDefaultProfile", 10_000))
    assert kinds(bench)[-1] is Charging
    assert bench.station.total_power() == Power.kw(10)


def test_limits_that_make_no_sense_are_refused(bench: Bench, asks: Asks, version: OcppVersion) -> None:
    assert bench.ask(asks.limit(5, "TxDefaultProfile", 1)) == "Rejected"
    assert bench.ask(asks.limit(1, "ChargingStationMaxProfile", 1)) == "Rejected"
    assert bench.ask(asks.limit(1, "TxProfile", 1, transaction="5")) == "Rejected"
    plug(bench, 2)
    assert bench.ask(asks.limit(1, "TxProfile", 1, transaction=transaction_of(bench))) == "Rejected"
    bench.ask(asks.limit(1, "TxDefaultProfile", 1, id=1))
    other = bench.ask(asks.limit(1, "TxDefaultProfile", 1, id=2))
    assert other == ("Accepted" if version is OcppVersion.V16 else "Rejected")


# ── availability, reset, trigger, the rest ──────────────────────────────────────────────────────────────────────────


def test_out_of_service_takes_no_truck(bench: Bench, asks: Asks) -> None:
    assert bench.ask(asks.available(1, operative=False)) == "Accepted"
    assert bench.statuses()[-1] == (1, "Unavailable")
    plug(bench)
    assert [n.reason for n in bench.notices if isinstance(n, Refused)] == ["out of service"]
    unplug(bench)
    assert bench.ask(asks.remote_start(1, A)) == "Rejected"
    assert bench.ask(asks.reserve(1, A, START + MINUTE)) == "Unavailable"
    assert bench.ask(asks.available(1, operative=True)) == "Accepted"
    assert bench.statuses()[-1] == (1, "Available")


def test_out_of_service_waits_for_the_transaction(bench: Bench, asks: Asks) -> None:
    plug(bench)
    assert bench.ask(asks.available(0, operative=False)) == "Scheduled"
    assert bench.statuses()[-1] == (2, "Unavailable")
    bench.run(MINUTE)
    assert bench.station.total_power() == Power.kw(240)
    unplug(bench)
    assert bench.statuses()[-1] == (1, "Unavailable")
    assert bench.ask(asks.available(4, operative=False)) == "Rejected"


def test_a_hard_reset_ends_transactions_and_boots(bench: Bench, asks: Asks, version: OcppVersion) -> None:
    plug(bench)
    bench.forget()
    assert bench.ask(asks.reset()) == "Accepted"
    assert reasons(bench) == ["HardReset" if version is OcppVersion.V16 else "ImmediateReset"]
    assert kinds(bench) == [Finished]
    bench.run(MINUTE)
    boots = [*bench.heard(v16.BootNotificationRequest), *bench.heard(v2x.BootNotificationRequest)]
    assert len(boots) == 1
    resting = "Finishing" if version is OcppVersion.V16 else "Occupied"
    assert (1, resting) in bench.statuses()
    unplug(bench)
    plug(bench)
    assert bench.station.total_power() == Power.kw(240)


def test_a_gentle_reset(bench: Bench, asks: Asks, version: OcppVersion) -> None:
    plug(bench)
    bench.forget()
    answer = bench.ask(asks.reset(hard=False))
    if version is OcppVersion.V16:
        assert (answer, reasons(bench)) == ("Accepted", ["SoftReset"])
        return
    assert (answer, reasons(bench)) == ("Scheduled", [])
    bench.run(2 * MINUTE)
    assert bench.heard(v2x.BootNotificationRequest) == []
    unplug(bench)
    bench.run(MINUTE)
    (boot,) = bench.heard(v2x.BootNotificationRequest)
    assert boot.reason is e2.BootReason.REMOTE_RESET


def test_a_reset_with_resume_keeps_the_transaction() -> None:
    bench = Bench(station(OcppVersion.V21))
    bench.connect()
    plug(bench)
    assert bench.ask(v2x.ResetRequest(type=e2.ResetType.IMMEDIATE_AND_RESUME)) == "Accepted"
    bench.run(2 * MINUTE)
    assert ("Updated", "TxResumed") in [(kind, trigger) for kind, _, trigger in bench.events()]
    assert bench.station.total_power() == Power.kw(240)


def test_what_is_asked_for_comes(bench: Bench, asks: Asks, version: OcppVersion) -> None:
    plug(bench)
    bench.forget()
    assert bench.ask(asks.trigger("StatusNotification")) == "Accepted"
    assert [number for number, _ in bench.statuses()] == [1, 2]
    assert bench.ask(asks.trigger("Heartbeat")) == "Accepted"
    assert bench.ask(asks.trigger("MeterValues", 2)) == "Accepted"
    heard = [type(m).__name__ for m in bench.central.heard[2:]]
    assert heard == ["HeartbeatRequest", "MeterValuesRequest"]
    again = bench.ask(asks.trigger("BootNotification"))
    assert again == ("Accepted" if version is OcppVersion.V16 else "Rejected")
    assert bench.ask(asks.trigger("FirmwareStatusNotification")) == "NotImplemented"
    assert bench.ask(asks.trigger("MeterValues", 8)) == "Rejected"
    if version is not OcppVersion.V16:
        assert bench.ask(asks.trigger("TransactionEvent", 1)) == "Accepted"
        assert bench.events()[-1][2] == "Trigger"


def test_it_knows_no_vendor(bench: Bench, asks: Asks) -> None:
    assert bench.ask(asks.data()) == "UnknownVendorId"


def test_other_requests_get_the_error_of_the_version(bench: Bench) -> None:
    for action, code in (("UnlockConnector", "NotSupported"), ("MakeCoffee", "NotImplemented")):
        (reply,) = bench.station.receive(json.dumps([2, "x" + action, action, {}]), bench.now)
        assert json.loads(reply)[:3] == [4, "x" + action, code]


def test_a_charging_station_swaps_no_batteries() -> None:
    bench = Bench(station(OcppVersion.V21))
    bench.connect()
    assert bench.ask(Asks(OcppVersion.V21).swap(A)) == "NotSupported"


def test_nonsense_is_answered_and_forgotten(bench: Bench) -> None:
    for text in ("", "[", "[2]", '[3,"nobody",{}]', "null"):
        for reply in bench.station.receive(text, bench.now):
            assert json.loads(reply)[0] == 4
    plug(bench)
    assert kinds(bench) == [Charging]


# ── faults ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fault_ends_the_transaction_and_the_reservation(bench: Bench, asks: Asks) -> None:
    plug(bench)
    bench.ask(asks.reserve(2, B, START + 30 * MINUTE))
    for evse in (1, 2):
        bench.deliver(bench.station.fault(evse, "OverVoltage", bench.now))
    assert reasons(bench) == ["Other"]
    assert bench.statuses()[-2:] == [(1, "Faulted"), (2, "Faulted")]
    if asks.old:
        assert bench.heard(v16.StatusNotificationRequest)[-1].error_code is e1.ChargePointErrorCode.OVER_VOLTAGE
    else:
        assert [m.reservation_update_status for m in bench.heard(v2x.ReservationStatusUpdateRequest)] == ["Removed"]
        problem = bench.heard(v2x.NotifyEventRequest)[0].event_data[0]
        assert (problem.variable.name, problem.actual_value, problem.tech_code) == ("Problem", "true", "OverVoltage")
    unplug(bench)
    for evse in (1, 2):
        bench.deliver(bench.station.clear(evse, bench.now))
    assert bench.statuses()[-2:] == [(1, "Available"), (2, "Available")]
    plug(bench)
    assert bench.station.total_power() == Power.kw(240)


def test_an_error_without_a_name_in_16_is_the_makers_own() -> None:
    bench = Bench(station(OcppVersion.V16))
    bench.connect()
    bench.deliver(bench.station.fault(1, "PumpDry", bench.now))
    status = bench.heard(v16.StatusNotificationRequest)[-1]
    assert (status.error_code.value, status.vendor_error_code) == ("OtherError", "PumpDry")


# ── offline ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_transaction_goes_on_without_a_socket(bench: Bench, version: OcppVersion) -> None:
    plug(bench)
    bench.run(2 * MINUTE)
    bench.disconnect()
    bench.run(3 * MINUTE)
    assert bench.station.total_power() == Power.kw(240)
    before = len(bench.frames)
    bench.connect()
    assert bench.frames[before][2] == "BootNotification"
    after = [frame[2] for frame in bench.frames[before:]]
    assert after.index("StatusNotification") < after.index(
        "MeterValues" if version is OcppVersion.V16 else "TransactionEvent"
    )
    bench.run(MINUTE)
    unplug(bench)
    if version is OcppVersion.V16:
        assert len(bench.heard(v16.MeterValuesRequest)) == 6
        assert bench.heard(v16.StopTransactionRequest)[0].transaction_id == 1
    else:
        reports = bench.heard(v2x.TransactionEventRequest)
        assert [m.seq_no for m in reports] == list(range(9))
        assert [m.seq_no for m in reports if m.offline] == [4, 5, 6]


def test_a_transaction_wholly_offline_is_told_afterwards(bench: Bench, version: OcppVersion) -> None:
    bench.disconnect()
    plug(bench)
    bench.run(2 * MINUTE)
    unplug(bench)
    assert kinds(bench) == [Charging, Finished]
    bench.forget()
    bench.run(MINUTE)
    bench.connect()
    if version is OcppVersion.V16:
        (start,) = bench.heard(v16.StartTransactionRequest)
        (stop,) = bench.heard(v16.StopTransactionRequest)
        assert (start.timestamp, stop.timestamp) == (START, START + 2 * MINUTE)
        assert (stop.transaction_id, stop.meter_stop) == (-1, 8000)
        assert [m.transaction_id for m in bench.heard(v16.MeterValuesRequest)] == [None, None]
    else:
        reports = bench.heard(v2x.TransactionEventRequest)
        assert [m.seq_no for m in reports] == list(range(len(reports)))
        assert all(m.offline for m in reports)


def test_a_request_cut_off_is_sent_again_as_it_was(bench: Bench, version: OcppVersion) -> None:
    action = "StartTransaction" if version is OcppVersion.V16 else "TransactionEvent"
    bench.central.lost.add(action)
    plug(bench)
    bench.disconnect()
    bench.central.lost.clear()
    bench.connect()
    sent = [frame for frame in bench.frames if frame[2] == action]
    assert sent[0] == sent[1]


def test_a_token_shown_when_the_socket_goes_is_taken_on_trust(bench: Bench) -> None:
    bench.central.lost.add("Authorize")
    plug(bench)
    bench.disconnect()
    assert bench.station.total_power() == Power.kw(240)


def test_a_station_that_must_ask_refuses_when_it_cannot(version: OcppVersion) -> None:
    bench = Bench(station(version, settings=StationSettings(offline_starts=False)))
    plug(bench)
    assert [n.reason for n in bench.notices if isinstance(n, Refused)] == ["nobody can be asked"]


def test_a_message_nobody_takes_is_given_up_after_three_tries(bench: Bench, version: OcppVersion) -> None:
    action = "StartTransaction" if version is OcppVersion.V16 else "TransactionEvent"
    plug(bench, evse=2)
    bench.central.scripts[action] = lambda _: ErrorCode.INTERNAL_ERROR
    plug(bench, token=B)
    bench.run(timedelta(minutes=3, seconds=1))
    assert bench.station.line.given_up == 1
    del bench.central.scripts[action]
    bench.run(5 * MINUTE)
    assert bench.station.line.waiting == 0


def _blocked(request: Message) -> Message:
    match request:
        case v16.AuthorizeRequest():
            return v16.AuthorizeResponse(id_tag_info=IDTAG_BAD)
        case v16.StartTransactionRequest():
            return v16.StartTransactionResponse(id_tag_info=IDTAG_BAD, transaction_id=1)
        case v2x.AuthorizeRequest():
            return v2x.AuthorizeResponse(id_token_info=TOKEN_BAD)
        case _:
            return v2x.TransactionEventResponse(id_token_info=TOKEN_BAD)
