"""The rules of the problem that planner and checker share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.model.connector import Adapter, ConnectorStandard
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.station import Connector, VoltageWindow
from portwatt.planning.cases import START, Size, day
from portwatt.planning.problem import TrainOption, best_fit, cable_power
from portwatt.units import Power

PROBLEM = day(Size(moves=5, trucks=3, evses=3), 1)
SWAPPER, CCS, CHAOJI = PROBLEM.models
GBT_EVSE, CCS_EVSE, CHAOJI_EVSE = PROBLEM.evses
GBT, CCS2 = ConnectorStandard.GBT_DC, ConnectorStandard.CCS2


def test_deadlines_are_the_cut_offs_where_there_are_trains() -> None:
    move = replace(PROBLEM.moves[0], due=START, trains=())
    assert (move.deadline, move.last_deadline) == (START, START)
    trains = tuple(TrainOption(f"X{n}", START + timedelta(hours=n)) for n in (2, 5, 3))
    booked = replace(move, trains=trains)
    assert (booked.deadline, booked.last_deadline) == (trains[0].cut_off, trains[1].cut_off)


def test_a_cable_carries_its_current_at_the_middle_of_the_voltage_window() -> None:
    assert cable_power(Connector(CCS2, 400), replace(CCS, voltage=VoltageWindow(500, 700))) == Power.kw(240)


@pytest.mark.parametrize(("model", "evse"), [(SWAPPER, GBT_EVSE), (CCS, CCS_EVSE), (CHAOJI, CHAOJI_EVSE)])
def test_a_plug_fits_its_inlet(model, evse) -> None:
    fit = best_fit(model, evse, ())
    assert fit is not None
    assert fit.power == min(evse.max_power, cable_power(fit.connector, model))


def test_another_plug_does_not_fit_without_an_adapter() -> None:
    assert best_fit(CCS, GBT_EVSE, ()) is None
    with_adapter = replace(CCS, adapters=(Adapter(GBT, CCS2),))
    assert best_fit(with_adapter, GBT_EVSE, ()) is not None


def test_the_adapter_of_the_standard_lets_chaoji_take_gbt() -> None:
    assert best_fit(CHAOJI, GBT_EVSE, ()) is not None


def test_the_evse_must_cover_the_battery() -> None:
    assert best_fit(CCS, replace(CCS_EVSE, voltage=VoltageWindow(200, 700)), ()) is None


def test_a_barred_pair_is_refused() -> None:
    barred = (HandshakeOdds(CCS2, CCS2, 0.9, barred=True),)
    assert best_fit(CCS, CCS_EVSE, barred) is None


def test_the_strongest_connector_is_taken() -> None:
    both = replace(CCS_EVSE, connectors=(Connector(CCS2, 200), Connector(CCS2, 400)))
    fit = best_fit(CCS, both, ())
    assert fit is not None
    assert fit.connector.max_a == 400


def test_a_certain_handshake_costs_only_plugging_in() -> None:
    assert PROBLEM.allowance(HandshakeOdds(CCS2, CCS2, 1.0)) == PROBLEM.connect


def test_half_the_handshakes_cost_one_retry() -> None:
    odds = HandshakeOdds(CCS2, CCS2, 0.5, retry=timedelta(minutes=3))
    assert PROBLEM.allowance(odds) == PROBLEM.connect + timedelta(minutes=3)


@given(st.floats(0, 1), st.integers(0, 600))
def test_the_allowance_is_finite_and_falls_with_success(success: float, retry_s: int) -> None:
    retry = timedelta(seconds=retry_s)
    here = PROBLEM.allowance(HandshakeOdds(CCS2, CCS2, success, retry=retry))
    better = PROBLEM.allowance(HandshakeOdds(CCS2, CCS2, min(1.0, success + 0.1), retry=retry))
    assert PROBLEM.connect <= better <= here <= PROBLEM.connect + 19 * retry
    assert not here.microseconds
