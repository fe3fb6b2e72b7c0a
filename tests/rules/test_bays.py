"""Which bays fit a truck before it comes."""

from __future__ import annotations

import small_hub as small
from msgspec.structs import replace

from portwatt.events import TakenOutOfService
from portwatt.model.connector import ConnectorStandard
from portwatt.model.station import VoltageWindow
from portwatt.rules.bays import bays, say, visitor
from portwatt.rules.fit import Mated, mate
from portwatt.state import HubState, fold

UP = fold(small.morning())
CCS, GBT = ConnectorStandard.CCS2, ConnectorStandard.GBT_DC


def test_a_visitor_gets_the_same_answer_as_a_model_of_the_hub() -> None:
    model = small.hub().models[0]
    visiting = visitor(model.inlets, model.voltage)
    assert [(b.evse, b.fits, b.power) for b in bays(UP, visiting)] == [
        (b.evse, b.fits, b.power) for b in bays(UP, model)
    ]
    fit = mate(UP.hub, model, UP.hub.evse_by_id[small.CCS1])
    assert isinstance(fit, Mated)
    assert bays(UP, visiting)[0].power == fit.power


def test_what_is_out_of_service_today_still_fits_tomorrow() -> None:
    away = TakenOutOfService(at=small.START, station=small.CCS, evse=None, reason="paint")
    found = bays(fold([away], UP), visitor((CCS,), VoltageWindow(550, 750)))
    assert [b.evse for b in found if b.fits] == [small.CCS1, small.CCS2]


def test_the_strongest_bay_comes_first_and_the_sentence_says_its_power() -> None:
    stations = small.hub().stations
    weak, strong = (
        replace(e, max_power=e.max_power.scaled(f)) for e, f in zip(stations[0].evses, (0.1, 1), strict=True)
    )
    hub = replace(small.hub(), stations=(replace(stations[0], evses=(weak, strong)), stations[1]))
    state: HubState = UP.having(hub=hub)
    found = bays(state, visitor((CCS,), VoltageWindow(550, 750)))
    assert [b.evse for b in found][:2] == [small.CCS2, small.CCS1]
    assert say(found) == "2 of 5 bays fit this truck, up to 350 kW."
    assert say(bays(state, visitor((GBT,), VoltageWindow(100, 900)))).startswith("None of 5 bays fits")
