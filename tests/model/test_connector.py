"""Connectors and adapters."""

from __future__ import annotations

from portwatt.model.connector import OCPP_CONNECTOR, Adapter, ConnectorStandard, fits

GBT, CCS, CHAOJI = ConnectorStandard.GBT_DC, ConnectorStandard.CCS2, ConnectorStandard.CHAOJI


def test_a_plug_fits_its_own_inlet_or_an_adapter_to_one_the_truck_has():
    assert fits(GBT, (GBT,))
    assert not fits(GBT, (CHAOJI,))
    assert fits(GBT, (CHAOJI,), (Adapter(GBT, CHAOJI),))
    assert not fits(GBT, (CCS,), (Adapter(GBT, CHAOJI),)), "the adapter ends in an inlet the truck has not"
    assert not fits(CCS, (CHAOJI,), (Adapter(GBT, CHAOJI),))


def test_every_family_has_its_ocpp_name():
    assert set(OCPP_CONNECTOR) == set(ConnectorStandard)
