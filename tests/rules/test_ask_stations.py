"""What the plan asks of stations."""

from __future__ import annotations

from datetime import timedelta

import small_hub as small
from msgspec.structs import replace

from portwatt.commands import (
    CancelReservation,
    DispatchTruck,
    Outcome,
    RequestBatterySwap,
    RequestStopTransaction,
    ReserveEvse,
    TriggerMessage,
)
from portwatt.events import (
    ActivityStarted,
    ClockTicked,
    CommandAnswered,
    CommandIssued,
    PlanAdopted,
    StationConnected,
    StationDisconnected,
    TransactionStarted,
    TransactionUpdated,
)
from portwatt.ids import ActivityId, CommandId, PlanId, ReservationId, TransactionId
from portwatt.model.plan import Activity, ActivityKind, Plan, Route
from portwatt.state import HubState, apply, fold
from portwatt.units import Energy, SoC, Window

UP = small.in_the_morning()


def charge(truck, start: float, evse=small.CCS1, number: int = 1) -> Activity:
    return Activity(
        id=ActivityId(f"{truck}/{number}"),
        kind=ActivityKind.CHARGE,
        window=Window(small.minutes(start), small.minutes(start + 40)),
        place=small.CHARGING,
        soc_before=SoC.percent(50),
        soc_after=SoC.percent(80),
        evse=evse,
    )


def adopted(*routes: Route, at=small.START) -> PlanAdopted:
    horizon = Window(small.START, small.START + timedelta(hours=36))
    return PlanAdopted(at=at, plan=Plan(PlanId("p"), UP.hub.id, horizon, routes), reasons=(), changes=())


def tick(state: HubState, minute: float, kind: type) -> tuple[HubState, list]:
    state, commands = small.run(state, [ClockTicked(at=small.minutes(minute))])
    return state, [(name, c) for name, c in commands if isinstance(c, kind)]


def test_an_evse_is_reserved_before_its_truck_comes_and_once():
    state = apply(UP, adopted(Route(small.T1, (charge(small.T1, 60),))))
    state, none = tick(state, 44, ReserveEvse)
    assert none == []
    state, ((name, reserve),) = tick(state, 45, ReserveEvse)
    assert (reserve.evse, reserve.truck, reserve.until) == (small.CCS1, small.T1, small.minutes(75))
    assert reserve.reservation == state.next_number - 1
    state, none = tick(state, 46, ReserveEvse)
    assert none == []
    state = apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.ACCEPTED))
    assert tick(state, 47, ReserveEvse)[1] == []


def test_numbers_count_up_and_the_first_truck_comes_first():
    state = apply(
        UP,
        adopted(
            Route(small.T1, (charge(small.T1, 50),)),
            Route(small.T2, (charge(small.T2, 40), charge(small.T2, 90, number=2))),
            Route(small.T3, (charge(small.T3, 40, small.GBT1),)),
        ),
    )
    state, found = tick(state, 36, ReserveEvse)
    assert {(c.evse, c.truck) for _, c in found} == {(small.CCS1, small.T2), (small.GBT1, small.T3)}
    numbers = [c.reservation for _, c in found]
    assert len(set(numbers)) == 2
    assert state.next_number == max(numbers) + 1


def test_a_reservation_the_plan_no_longer_wants_is_cancelled():
    state = apply(UP, adopted(Route(small.T1, (charge(small.T1, 10),))))
    state, ((name, reserve),) = tick(state, 1, ReserveEvse)
    state = apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.ACCEPTED))
    state, commands = small.run(state, [adopted(Route(small.T1, (charge(small.T1, 300, small.CCS2),)), at=state.at)])
    assert [c for _, c in commands if isinstance(c, CancelReservation)] == [
        CancelReservation(station=small.CCS, reservation=ReservationId(reserve.reservation))
    ]
    assert tick(state, 3, CancelReservation)[1] == [], "not asked again while the answer is out"


def swapping() -> HubState:
    """t4 has begun to swap: the state just before it says so."""
    swap = Activity(
        id=ActivityId("t4/1"),
        kind=ActivityKind.SWAP,
        window=Window(small.minutes(0), small.minutes(5)),
        place=small.CHARGING,
        soc_before=SoC.percent(50),
        soc_after=SoC.percent(100),
        station=small.SWAP,
        lane=0,
        pack="p1",
    )
    order = CommandIssued(at=small.START, id=CommandId("o"), command=DispatchTruck(truck=small.T4, activities=(swap,)))
    return fold([adopted(), order], UP)


BEGUN = ActivityStarted(at=small.minutes(1), truck=small.T4, activity=ActivityId("t4/1"), started_at=small.minutes(1))


def test_the_swap_station_is_asked_when_the_truck_is_there():
    state, commands = small.run(swapping(), [BEGUN])
    ((_name, asked),) = commands
    assert asked == RequestBatterySwap(
        station=small.SWAP, token=small.token(small.T4), truck=small.T4, request_id=state.next_number - 1
    )
    assert small.run(state, [BEGUN])[1] == [], "said twice, asked once"


def test_a_refused_swap_is_asked_for_again_once_a_minute():
    state, ((name, asked),) = small.run(swapping(), [BEGUN])
    assert tick(state, 2, RequestBatterySwap)[1] == []
    state = apply(state, CommandAnswered(at=state.at, id=name, outcome=Outcome.REFUSED))
    state, ((_, again),) = tick(state, 2, RequestBatterySwap)
    assert again.request_id == asked.request_id + 1


def test_a_full_truck_is_ended_where_the_next_one_is_due():
    mine, next_one = charge(small.T1, 0), charge(small.T2, 30)
    order = CommandIssued(at=small.START, id=CommandId("o"), command=DispatchTruck(truck=small.T1, activities=(mine,)))
    started = TransactionStarted(
        at=small.START,
        station=small.CCS,
        evse=small.CCS1,
        transaction=TransactionId("ccs:1"),
        token=small.token(small.T1),
        truck=small.T1,
        meter_start=Energy(0),
        reported_at=small.START,
    )
    state = fold([adopted(Route(small.T1, (mine,)), Route(small.T2, (next_one,))), order, started], UP)

    def ends(soc: float, minute: float) -> list:
        update = TransactionUpdated(
            at=small.minutes(minute - 1),
            station=small.CCS,
            transaction=TransactionId("ccs:1"),
            reported_at=small.minutes(minute - 1),
            seq_no=1,
            soc=SoC.percent(soc),
        )
        return [c for _, c in tick(apply(state, update), minute, RequestStopTransaction)[1]]

    stop = RequestStopTransaction(station=small.CCS, transaction=TransactionId("ccs:1"))
    assert ends(80, 30) == [stop]
    assert ends(79, 30) == []
    assert ends(80, 29) == []


def test_a_station_that_comes_back_without_booting_is_asked_how_it_is():
    gone = apply(UP, StationDisconnected(at=UP.at, station=small.CCS, reason="radio"))
    _, commands = small.run(gone, [StationConnected(at=UP.at, station=small.CCS, version="ocpp2.1")])
    assert [c for _, c in commands] == [
        TriggerMessage(station=small.CCS, message="StatusNotification", evse=e) for e in (small.CCS1, small.CCS2)
    ]
    never = replace(gone, stations=gone.stations.delete(small.CCS))
    assert small.run(never, [StationConnected(at=UP.at, station=small.CCS, version="ocpp2.1")])[1] == []
