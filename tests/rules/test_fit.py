"""Trucks and outlets: what goes together, and why not."""

from __future__ import annotations

import small_hub as small
from msgspec.structs import replace

from portwatt.model.connector import Adapter, ConnectorStandard
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.station import Connector, VoltageWindow
from portwatt.rules.fit import Mated, Misfit, mate, swap_misfit
from portwatt.units import Power

HUB = small.hub()
EVSE = HUB.evse_by_id[small.CCS1]
CCS_MODEL, GBT_MODEL, SWAPPER = HUB.models


def test_a_cable_gives_its_current_at_the_middle_of_the_battery_s_voltage():
    weak = replace(EVSE, connectors=(Connector(ConnectorStandard.CCS2, 100),))
    fit = mate(HUB, CCS_MODEL, weak)
    assert isinstance(fit, Mated)
    assert fit.power == Power.kw(65)
    assert mate(HUB, CCS_MODEL, EVSE).power == Power.kw(350)


def test_a_plug_that_does_not_fit_is_said_with_what_there_is():
    fit = mate(HUB, GBT_MODEL, EVSE)
    assert fit == Misfit("it has CCS2, the truck's inlet is GBT_DC, without an adapter")


def test_an_adapter_makes_it_fit_and_its_inlet_is_the_pair_that_counts():
    model = replace(GBT_MODEL, adapters=(Adapter(ConnectorStandard.CCS2, ConnectorStandard.GBT_DC),))
    barred = replace(HUB, odds=(HandshakeOdds(ConnectorStandard.CCS2, ConnectorStandard.GBT_DC, 0.1, barred=True),))
    assert isinstance(mate(HUB, model, EVSE), Mated)
    fit = mate(barred, model, EVSE)
    assert fit == Misfit("the pair CCS2 to GBT_DC is barred until its handshake has been proven", barred=True)


def test_a_battery_outside_the_voltage_window_does_not_fit():
    low = replace(EVSE, voltage=VoltageWindow(200, 700))
    fit = mate(HUB, CCS_MODEL, low)
    assert fit == Misfit("it gives 200 to 700 V, the battery needs 550 to 750 V")


def test_pack_families():
    station = HUB.swap_stations[0]
    assert swap_misfit(SWAPPER, station) is None
    assert "cannot swap" in swap_misfit(CCS_MODEL, station).why
    assert "holds packs of heavy" in swap_misfit(replace(SWAPPER, family="light"), station).why
