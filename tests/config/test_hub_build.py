"""What is right in a hub file becomes a hub."""

from __future__ import annotations

from datetime import timedelta

from hub_files import EXAMPLE, broken, good

from portwatt.config.hub import load_hub
from portwatt.model.truck import DailyShift
from portwatt.units import Distance, Energy, Power, SoC


def test_the_example_is_a_hub():
    hub = load_hub(EXAMPLE)
    assert hub.id == "QINGXI"
    assert hub.grid.for_charging == Power.kw(1000)
    assert list(hub.evse_by_id) == ["QX-G-1/1", "QX-G-1/2", "QX-G-2/1", "QX-G-2/2", "QX-CCS/1"]
    assert [t.id for t in hub.trucks] == ["QX-01", "QX-02", "QX-03", "QX-04"]
    assert [t.soc for t in hub.trucks] == [SoC.percent(p) for p in (50, 60, 70, 80)]
    assert hub.trucks[0].shift == DailyShift(5 * 60, 21 * 60, "Asia/Shanghai")
    assert hub.model_by_id[hub.trucks[0].model].battery == Energy.kwh(282)
    assert hub.commissioning == "UNDER_CONSTRUCTION"


def test_packs_stand_in_slots_and_in_trucks():
    hub = load_hub(EXAMPLE)
    slots = {p.id: p.slot for p in hub.packs}
    assert slots["QX-SWAP-P3"] == "QX-SWAP/3"
    assert slots["QX-02-P"] is None
    assert {t.pack for t in hub.trucks} <= slots.keys()
    assert next(p.soc for p in hub.packs if p.id == "QX-02-P") == SoC.percent(60)


def test_every_pair_of_places_has_a_leg():
    hub = load_hub(EXAMPLE)
    assert len(hub.leg_by_ends) == 12
    mill_west = next(leg for leg in hub.legs if (leg.origin, leg.destination) == ("MILL", "WEST"))
    assert (mill_west.distance, mill_west.duration) == (Distance.km(33), timedelta(minutes=44))


def test_a_shift_may_end_on_the_next_day_and_none_is_always():
    hub = good(broken("trucks", 0, "shift_end", value="04:00"))
    assert hub.trucks[0].shift == DailyShift(5 * 60, 28 * 60, "Asia/Shanghai")
    data = broken("trucks", 0, "shift_end")
    del data["trucks"][0]["shift_start"]
    assert good(data).trucks[0].shift is None


def test_packs_may_be_listed_one_by_one():
    pack = {"id": "P-9", "family": "back-of-cab-282", "soc_percent": 40}
    truck = {"id": "ONE", "model": "FOTON-EST", "fleet": "F", "place": "HUB", "soc_percent": 40, "pack": "P-9"}
    data = broken("swap_stations", 0, "packs", packs=[pack, {**pack, "id": "P-8", "slot": "QX-SWAP/2"}], trucks=[truck])
    hub = good(data)
    assert {p.id: p.slot for p in hub.packs} == {"P-9": None, "P-8": "QX-SWAP/2"}
    assert hub.trucks[0].pack == "P-9"


def test_one_way_legs_stay_one_way():
    data = broken("legs", 1, "both_ways", value=False)
    back = {"origin": "WEST", "destination": "HUB", "distance_km": 12, "minutes": 20, "both_ways": False}
    data["legs"].append(back)
    legs = good(data).leg_by_ends
    assert legs["HUB", "WEST"].distance == Distance.km(9)
    assert legs["WEST", "HUB"].distance == Distance.km(12)
