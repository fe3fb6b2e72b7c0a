"""What keys of a hub file do not agree on is told, whole and with its place."""

from __future__ import annotations

from datetime import date

import pytest
from hub_files import GOOD, broken, faults, model, only, point, tariff

EVSE = ("stations", 0, "evses", 0)
YEAR = list(range(1, 13))
DAY = ("00:00", "24:00")


def season(months: list[int]) -> dict[str, object]:
    return dict(tariff([DAY], months)["seasons"][0])


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        (broken("name"), "name", "is missing"),
        (broken("nmae", value="x"), "nmae", "did you mean 'name'"),
        (broken("timezone", value="Asia/Nowhere"), "timezone", "IANA"),
        (broken("timezone", value="../../etc/passwd"), "timezone", "IANA"),
        (broken("tariff", value="ZJ-2026-113"), "tariff", "did you mean 'ZJ-2026-112'"),
        (broken("grid", "connection_kw", value=float("nan")), "grid.connection_kw", "finite"),
        (broken("grid", "connection_kw", value=float("inf")), "grid.connection_kw", "finite"),
        (broken("grid", "connection_kw", value=-5), "grid.connection_kw", "greater"),
        (broken("grid", "connection_kw", value=1e30), "grid.connection_kw", "less"),
        (broken("grid", "connection_kw", value="1200"), "grid.connection_kw", "valid number"),
        (broken("grid", "connection_kw", value=True), "grid.connection_kw", "valid number"),
        (broken("grid", "other_load_kw", value=1200.0), "grid.other_load_kw", "leave nothing"),
        (broken(*EVSE, "max_power_kw", value=0), "stations[0].evses[0].max_power_kw", "greater"),
        (broken(*EVSE, "connectors", value=[]), "stations[0].evses[0].connectors", "at least 1"),
        (broken(*EVSE, "voltage_low_v", value=1000), "stations[0].evses[0].voltage_high_v", "above voltage_low_v"),
        (broken("stations", 1, "place", value="HUBB"), "stations[1].place", "did you mean 'HUB'"),
        (broken("stations", 1, "id", value="QX/CCS"), "stations[1].id", "without spaces"),
        (broken("stations", 1, "id", value="QX-充电"), "stations[1].id", "OCPP identity"),
        (broken("stations", 1, "id", value=".."), "stations[1].id", "OCPP identity"),
        (broken("stations", 1, "id", value="QX-#"), "stations[1].id", "needs `count`"),
        (broken("stations", 1, "id", value="C" * 49), "stations[1].id", "48"),
        (broken("stations", 0, "id", value="QX-G"), "stations[0].id", "needs # signs"),
        (broken("stations", 1, "id", value="QX-G-2"), "stations[1]", "already there (stations[0])"),
        (broken("swap_stations", 0, "family", value="CATL-75#"), "swap_stations[0].family", "not among the families"),
        (broken("swap_stations", 0, "packs", value=4), "swap_stations[0].packs", "none free"),
        (broken("places", 1, "id", value="MILL"), "places[2]", "already there (places[1])"),
        (broken("places", 0, "kind", value="rail"), "places[0].kind", "rail_yard"),
        (broken("places", 0, "lat", value=91), "places[0].lat", "less"),
        (broken("legs", 1, "minutes", value=0.5), "legs[1]", "km/h"),
        (broken("legs", 3, "destination", value="YARD"), "legs[3]", "joins two places"),
        (broken("legs", 3, "destination", value="HUB"), "legs[3]", "already there (legs[0])"),
        (broken("legs", 2), "places[2]", "no leg joins 'MILL'"),
        (broken("legs", 2, "both_ways", value=False), "places[2]", "from 'MILL' to 'YARD'"),
        (broken("trucks", 0, "model", value="FOTON"), "trucks[0].model", "did you mean 'FOTON-EST'"),
        (broken("trucks", 0, "soc_percent", value=5), "trucks[0].soc_percent", "below the reserve"),
        (broken("trucks", 0, "token", value="T-##-of-a-very-long-name"), "trucks[0].token", "20"),
        (broken("trucks", 0, "token", value="ALL"), "trucks[0].token", "needs # signs"),
        (broken("trucks", 0, "shift_end"), "trucks[0]", "give both"),
        (broken("trucks", 0, "shift_start", value="5:00"), "trucks[0].shift_start", "HH:MM"),
        (broken("trucks", 0, "shift_end", value="05:00"), "trucks[0].shift_end", "is the start"),
        (broken("trucks", 0, "pack", value="P-##"), "trucks[0].pack", "not among the packs"),
        (broken("day", value=date(2026, 11, 24)), "day", "not a known key"),
        (broken("trucks", 0, "count", value=0), "trucks[0].count", "greater"),
        (broken("handshakes", 0, "success", value=1.2), "handshakes[0].success", "less"),
        (broken("models", value=["FOTON-EST", "SCANIA-46"]), "models[1]", "did you mean"),
        (broken("fallbacks", 0, "kind", value="diesel"), "fallbacks[0].kind", "diesel_shuttle"),
        (broken("trucks", value=[{**GOOD["trucks"][0], "count": 1999}] * 11), "trucks", "more than one hub takes"),
    ],
)
def test_each_fault_is_told_with_its_place(data, place, said):
    found = faults(data)
    assert any(f.place == place and said in f.message for f in found), found


def test_a_third_party_swap_needs_to_say_where_what_and_who():
    data = broken("fallbacks", 0, "kind", value="third_party_swap")
    assert [f.place for f in faults(data)] == [f"fallbacks[0].{key}" for key in ("place", "family", "certificate")]


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"curve": [point(10), point(100)]}, "models[0].curve", "from 0 to 100"),
        ({"curve": [point(0), point(60), point(40), point(100)]}, "models[0].curve[2].soc_percent", "does not come"),
        ({"curve": [point(0), point(50, 0), point(100)]}, "models[0].curve[1].power_kw", "never get past"),
        ({"consumption_empty_kwh_per_km": 1.5}, "models[0].consumption_empty_kwh_per_km", "above"),
        ({"family": "back-of-cab-282", "battery_kwh": 171}, "models[0].battery_kwh", "has 282"),
        ({"adapters": [{"plug": "GBT_DC", "inlet": "CHAOJI"}]}, "models[0].adapters[0].inlet", "no CHAOJI inlet"),
        ({"voltage_high_v": 500}, "models[0].voltage_high_v", "above voltage_low_v"),
    ],
)
def test_a_truck_model_is_checked_in_itself(changes, place, said):
    found_place, message = only(broken("models", value=[model(**changes)], trucks=[]))
    assert found_place == place
    assert said in message


def test_a_truck_nothing_here_charges_is_told():
    truck = {"id": "T", "model": "CJ", "fleet": "F", "place": "HUB", "soc_percent": 50}
    data = broken("models", value=[model(id="CJ", inlets=["CHAOJI"])], trucks=[truck])
    assert only(data) == ("trucks[0].model", "nothing at this hub charges or swaps a 'CJ'; add a station that does")


@pytest.mark.parametrize(
    ("packs", "truck", "place", "said"),
    [
        ([{"slot": "QX-SWAP/9"}], {}, "packs[0].slot", "there is no slot"),
        ([{"slot": "QX-SWAP/1"}], {}, "packs[0].slot", "holds a pack already (swap_stations[0].packs)"),
        ([{"slot": "QX-SWAP/4"}], {}, "packs[0].slot", "fills the last slot"),
        ([{}], {}, "packs[0]", "in no slot and in no truck"),
        ([{"soc_percent": 60}], {"pack": "P0"}, "trucks[0].soc_percent", "says 60"),
        ([{}], {"pack": "P0", "model": "EACTROS-600"}, "trucks[0].pack", "cannot swap"),
    ],
)
def test_packs_are_where_one_can_be(packs, truck, place, said):
    base = {"id": "T", "model": "FOTON-EST", "fleet": "F", "place": "HUB", "soc_percent": 50}
    listed = [{"id": f"P{i}", "family": "back-of-cab-282", "soc_percent": 50, **p} for i, p in enumerate(packs)]
    found = faults(broken("trucks", value=[{**base, **truck}], packs=listed))
    assert any(f.place == place and said in f.message for f in found), found


@pytest.mark.parametrize(
    ("table", "place", "said"),
    [
        (tariff([("00:00", "12:00"), ("13:00", "24:00")], YEAR), "tariff.seasons[0].periods[1].start", "gap"),
        (tariff([("00:00", "12:00"), ("11:00", "24:00")], YEAR), "tariff.seasons[0].periods[1].start", "overlaps"),
        (tariff([("00:00", "23:00")], YEAR), "tariff.seasons[0].periods", "24:00"),
        (tariff([("00:00", "24:00")], YEAR[:10]), "tariff.seasons", "month 11"),
        (tariff([DAY], YEAR, seasons=[season(YEAR), season([11])]), "tariff.seasons[1].months", "already"),
        (tariff([("00:00", "24:00")], YEAR, multipliers={"peak": 2.0}), "tariff.seasons[0].periods[0].band", "flat"),
        (tariff([("00:00", "24:00")], YEAR, timezone="Mars"), "tariff.timezone", "IANA"),
    ],
)
def test_a_tariff_covers_every_day_of_the_year(table, place, said):
    found_place, message = only(broken("tariff", value=table))
    assert found_place == place
    assert said in message


def test_a_broken_entry_does_not_hide_what_else_is_wrong_in_it():
    data = broken("trucks", 0, "soc_percent", value=True)
    data["trucks"][0]["place"] = "HUBB"
    assert [f.place for f in faults(data)] == ["trucks[0].soc_percent", "trucks[0].place"]


def test_faults_of_shape_and_of_reference_are_told_together_and_none_twice():
    data = broken("places", 1, "kind", value="shed")
    data["stations"][0]["evses"][0]["max_power_kw"] = -1
    data["trucks"][0]["place"] = "HUBB"
    assert [f.place for f in faults(data)] == [
        "places[1].kind", "stations[0].evses[0].max_power_kw", "trucks[0].place",
    ]  # fmt: skip
