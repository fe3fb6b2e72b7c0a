"""Handshake odds."""

from __future__ import annotations

from portwatt.ids import TruckModelId
from portwatt.model.connector import ConnectorStandard
from portwatt.model.handshake import HandshakeOdds, odds_for

GBT, CCS, CHAOJI = ConnectorStandard.GBT_DC, ConnectorStandard.CCS2, ConnectorStandard.CHAOJI


def test_the_best_row_that_is_not_barred_counts():
    barred = HandshakeOdds(GBT, CHAOJI, 0.99, barred=True)
    allowed = HandshakeOdds(GBT, GBT, 0.8)
    assert odds_for((barred, allowed), GBT, (GBT, CHAOJI)) is allowed
    assert odds_for((barred,), GBT, (CHAOJI,)) is barred


def test_without_a_row_the_pair_is_certain_and_says_that_nothing_is_known():
    odds = odds_for((), CCS, (CCS,))
    assert (odds.success, odds.barred, odds.basis) == (1.0, False, "no data")


def test_a_row_of_this_truck_model_goes_before_a_row_of_any():
    any_model = HandshakeOdds(CCS, CCS, 0.9)
    own = HandshakeOdds(CCS, CCS, 0.5, model=TruckModelId("mine"))
    for table in ((any_model, own), (own, any_model)):
        assert odds_for(table, CCS, (CCS,), TruckModelId("mine")) is own
        assert odds_for(table, CCS, (CCS,), TruckModelId("other")) is any_model
        assert odds_for(table, CCS, (CCS,)) is any_model
