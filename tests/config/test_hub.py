"""The hub file from end to end: what is right becomes a hub, what is wrong is told whole."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portwatt.config.faults import Fault, FaultyFileError
from portwatt.config.hub import hub_of, load_hub, parse_hub
from portwatt.config.hub_build import ALWAYS
from portwatt.model.hub import Hub
from portwatt.units import Distance, Energy, Power, SoC

EXAMPLE = Path(__file__).parents[2] / "examples" / "dry-port.toml"
GOOD = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def broken(*path: str | int, value: Any = None, **more: Any) -> dict[str, Any]:
    """The good file with one value put at a place; None takes it away."""
    data = deepcopy(GOOD)
    spot: Any = data
    for step in path[:-1]:
        spot = spot[step]
    if value is None:
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    return {**data, **more}


def faults(data: dict[str, Any], day: date | None = None) -> tuple[Fault, ...]:
    hub, found = hub_of(data, day)
    assert (hub is None) == bool(found)
    return found


def only(data: dict[str, Any]) -> tuple[str, str]:
    (fault,) = faults(data)
    return fault.place, fault.message


def good(data: dict[str, Any]) -> Hub:
    hub, found = hub_of(data)
    assert hub is not None, found
    return hub


# ── what is right ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_example_is_a_hub():
    hub = load_hub(EXAMPLE)
    assert hub.id == "QINGXI"
    assert hub.grid.for_charging == Power.kw(1000)
    assert list(hub.evse_by_id) == ["QX-G-1/1", "QX-G-1/2", "QX-G-2/1", "QX-G-2/2", "QX-CCS/1"]
    assert [t.id for t in hub.trucks] == ["QX-01", "QX-02", "QX-03", "QX-04"]
    assert [t.soc for t in hub.trucks] == [SoC.percent(p) for p in (50, 60, 70, 80)]
    assert hub.trucks[0].shift_start == datetime(2026, 11, 23, 21, tzinfo=UTC)
    assert hub.trucks[0].shift_end == datetime(2026, 11, 24, 13, tzinfo=UTC)
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


def test_the_day_that_is_told_goes_before_that_of_the_file():
    assert load_hub(EXAMPLE, date(2026, 12, 1)).trucks[0].shift_start == datetime(2026, 11, 30, 21, tzinfo=UTC)


def test_a_shift_may_end_on_the_next_day_and_none_is_always():
    hub = good(broken("trucks", 0, "shift_end", value="04:00"))
    assert hub.trucks[0].shift_end == datetime(2026, 11, 24, 20, tzinfo=UTC)
    data = broken("trucks", 0, "shift_end")
    del data["trucks"][0]["shift_start"], data["day"]
    truck = good(data).trucks[0]
    assert (truck.shift_start, truck.shift_end) == ALWAYS


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


# ── what is wrong ───────────────────────────────────────────────────────────────────────────────────────────────────

EVSE = ("stations", 0, "evses", 0)


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
        (broken("day"), "trucks[0].shift_start", "of which day"),
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


def model(**changes: Any) -> dict[str, Any]:
    points = [{"soc_percent": 0, "power_kw": 100}, {"soc_percent": 100, "power_kw": 0}]
    return {
        "id": "M", "battery_kwh": 282, "inlets": ["GBT_DC"], "curve": points, "voltage_low_v": 500,
        "voltage_high_v": 700, "consumption_loaded_kwh_per_km": 1.4, "consumption_empty_kwh_per_km": 0.9, **changes,
    }  # fmt: skip


def point(soc: float, power: float = 10) -> dict[str, float]:
    return {"soc_percent": soc, "power_kw": power}


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


def tariff(periods: list[tuple[str, str]], months: list[int], **more: Any) -> dict[str, Any]:
    rows = [{"start": start, "end": end, "band": "flat"} for start, end in periods]
    return {
        "id": "T", "timezone": "Asia/Shanghai", "floating_per_kwh": 0.5, "multipliers": {"flat": 1.0},
        "seasons": [{"months": months, "periods": rows}], **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "place", "said"),
    [
        (tariff([("00:00", "12:00"), ("13:00", "24:00")], [11]), "tariff.seasons[0].periods[1].start", "gap"),
        (tariff([("00:00", "12:00"), ("11:00", "24:00")], [11]), "tariff.seasons[0].periods[1].start", "overlaps"),
        (tariff([("00:00", "23:00")], [11]), "tariff.seasons[0].periods", "24:00"),
        (tariff([("00:00", "24:00")], [10]), "tariff.seasons", "month 11"),
        (tariff([("00:00", "24:00")], [11, 11]), "tariff.seasons[0].months", "already"),
        (tariff([("00:00", "24:00")], [11], multipliers={"peak": 2.0}), "tariff.seasons[0].periods[0].band", "flat"),
        (tariff([("00:00", "24:00")], [11], timezone="Mars"), "tariff.timezone", "IANA"),
    ],
)
def test_a_tariff_covers_the_day(table, place, said):
    found_place, message = only(broken("tariff", value=table))
    assert found_place == place
    assert said in message


def test_without_a_day_a_tariff_covers_the_year():
    data = broken("day", trucks=[], tariff=tariff([("00:00", "24:00")], [11]))
    assert "month 1, 2," in only(data)[1]


def test_faults_of_shape_and_of_reference_are_told_together_and_none_twice():
    data = broken("places", 1, "kind", value="shed")
    data["stations"][0]["evses"][0]["max_power_kw"] = -1
    data["trucks"][0]["place"] = "HUBB"
    assert [f.place for f in faults(data)] == [
        "places[1].kind", "stations[0].evses[0].max_power_kw", "trucks[0].place",
    ]  # fmt: skip


def test_the_error_carries_name_and_faults():
    with pytest.raises(FaultyFileError) as caught:
        parse_hub('id = "X"', "x.toml")
    assert caught.value.name == "x.toml"
    assert {f.place for f in caught.value.faults} >= {"name", "timezone", "grid", "tariff", "places"}


# ── anything ────────────────────────────────────────────────────────────────────────────────────────────────────────

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.sampled_from(
        ["HUB", "QX-##", "CHAOJI", "00:00", 10**400, -1, 0, {}, [], [[]], [{}], {"id": "HUB"}]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The place of every value in a file."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] * bool(path) + [found for key, value in items for found in places(value, (*path, key))]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(places(GOOD)), VALUES), min_size=1, max_size=3))
def test_any_value_at_any_place_gives_a_hub_or_faults(changes):
    data = deepcopy(GOOD)
    for path, value in changes:
        spot: Any = data
        for step in path[:-1]:
            if not (isinstance(spot, dict) and step in spot) and not (
                isinstance(spot, list) and isinstance(step, int) and step < len(spot)
            ):
                break
            spot = spot[step]
        else:
            if (isinstance(spot, dict) and isinstance(path[-1], str)) or (
                isinstance(spot, list) and isinstance(path[-1], int) and path[-1] < len(spot)
            ):
                spot[path[-1]] = value
    hub, found = hub_of(data)
    assert (hub is None) == bool(found)
    assert all(fault.message for fault in found)
