"""What readers get says the same as the state."""

from __future__ import annotations

from small_hub import CCS, CCS1, IN1, START, SWAP, T1, in_the_morning, token

from portwatt.api import views
from portwatt.events import TransactionStarted, TransactionUpdated
from portwatt.ids import TransactionId
from portwatt.kpi.trains import standings
from portwatt.state import HubState, fold
from portwatt.units import Energy, Power, SoC


def charging() -> HubState:
    """T1 charges at the first EVSE with 150 kW."""
    transaction = TransactionId("ccs:1")
    started = TransactionStarted(
        at=START,
        station=CCS,
        evse=CCS1,
        transaction=transaction,
        token=token(T1),
        truck=T1,
        meter_start=Energy(0),
        reported_at=START,
    )
    updated = TransactionUpdated(
        at=START,
        station=CCS,
        transaction=transaction,
        reported_at=START,
        seq_no=1,
        meter=Energy(2_500),
        power=Power.kw(150),
        soc=SoC.percent(51),
    )
    return fold([started, updated], in_the_morning())


def test_an_evse_shows_its_truck_power_and_limit() -> None:
    state = charging()
    first, second = views.station_out(state, state.hub.station_by_id[CCS]).evses
    assert (first.truck, first.power_kw, first.soc_percent, first.limit_kw) == ("t1", 150.0, 51.0, 0.0)
    assert (second.truck, second.power_kw, second.soc_percent) == (None, 0.0, None)


def test_an_evse_never_told_has_no_limit() -> None:
    fresh = fold([], in_the_morning()).having(limits=type(in_the_morning().limits)())
    assert views.station_out(fresh, fresh.hub.station_by_id[CCS]).evses[0].limit_kw is None


def test_a_swap_station_shows_its_packs_and_how_many_are_ready() -> None:
    state = in_the_morning()
    shown = views.station_out(state, state.hub.station_by_id[SWAP])
    assert [slot.soc_percent for slot in shown.slots] == [100.0, 95.0, 40.0, None]
    assert (shown.packs_ready, shown.lanes, shown.kind) == (2, 1, "swap")


def test_a_transaction_shows_what_went_through() -> None:
    shown = views.transaction_out(charging(), TransactionId("ccs:1"))
    assert (shown.energy_kwh, shown.power_kw, shown.ended_at) == (2.5, 150.0, None)


def test_a_train_shows_what_is_believed_beside_what_was_planned() -> None:
    state = in_the_morning()
    shown = views.train_out(state, IN1, standings(state)[IN1])
    assert shown.arrival == shown.arrival_planned
    assert (shown.direction, shown.containers) == ("inbound", 1)
