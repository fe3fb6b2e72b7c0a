from __future__ import annotations

import tomllib
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hub_files import VALUES, altered, places
from hypothesis import given, settings
from hypothesis import strategies as st

from portwatt.config.faults import FaultyFileError
from portwatt.model.connector import ConnectorStandard
from portwatt.simulator.demand import demand
from portwatt.simulator.scenario import Disturbance, Scenario, load_scenario, scenario_of

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").glob("*.toml"))
NINGBO = tomllib.loads((ROOT / "scenarios" / "ningbo.toml").read_text(encoding="utf-8"))
SCENARIOS = {path.stem: load_scenario(path) for path in FILES}


def told(data: dict[str, Any]) -> list[str]:
    with pytest.raises(FaultyFileError) as caught:
        scenario_of(data, "x.toml")
    return [str(fault) for fault in caught.value.faults]


def changed(*path: str | int, value: Any) -> dict[str, Any]:
    data = deepcopy(NINGBO)
    spot: Any = data
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value
    return data


# ── the three ports ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_three_ports_are_as_large_as_promised():
    hubs = [scenario.hub for scenario in SCENARIOS.values()]
    assert {hub.id for hub in hubs} == {"NINGBO", "QINGDAO", "GUANGZHOU"}
    assert sum(len(hub.trucks) for hub in hubs) >= 300
    assert sum(len(hub.evse_by_id) for hub in hubs) >= 60
    assert sum(len(hub.swap_stations) for hub in hubs) >= 6
    corridors = [c for scenario in SCENARIOS.values() for c in scenario.demand.corridors]
    lanes = [lane for scenario in SCENARIOS.values() for lane in scenario.demand.lanes]
    assert sum(c.trains for c in corridors) >= 40
    assert sum(c.trains * c.boxes.least for c in corridors) + sum(lane.moves for lane in lanes) >= 1_500


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_port_has_every_kind_of_equipment_and_says_what_is_assumed(scenario: Scenario):
    hub = scenario.hub
    plugs = {c.standard for e in hub.evse_by_id.values() for c in e.connectors}
    assert plugs == set(ConnectorStandard)
    assert {e.max_power.as_kw for e in hub.evse_by_id.values()} == {250, 400, 500, 600, 1200, 1440}
    assert {s.family for s in hub.swap_stations} == {"back-of-cab-282", "CATL-75#"}
    assert all("assum" in model.basis for model in hub.models)
    assert all(place.basis for place in hub.places)
    assert hub.commissioning == "UNDER_CONSTRUCTION"
    assert "no verified notice" in hub.commissioning_basis
    assert not hub.tariff.verified


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_grid_is_far_too_small_for_everything_at_once(scenario: Scenario):
    hub = scenario.hub
    nameplate = sum(e.max_power.w for e in hub.evse_by_id.values()) + sum(s.max_power.w for s in hub.swap_stations)
    assert hub.grid.for_charging.w * 3 < nameplate


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_every_truck_fits_some_evse_in_plug_and_voltage(scenario: Scenario):
    hub = scenario.hub
    for truck in hub.trucks:
        model = hub.model_by_id[truck.model]
        inlets = {*model.inlets, *(a.plug for a in model.adapters)}
        assert any(
            evse.voltage.covers(model.voltage) and any(c.standard in inlets for c in evse.connectors)
            for evse in hub.evse_by_id.values()
        ), model.id


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_trucks_drive_at_the_speeds_assumed(scenario: Scenario):
    for leg in scenario.hub.legs:
        speed = leg.distance.as_km / leg.duration.total_seconds() * 3600
        assert 10 <= speed <= 61, leg


def test_the_field_speaks_all_three_versions():
    for scenario in SCENARIOS.values():
        assert set(scenario.versions.values()) == {"ocpp1.6", "ocpp2.0.1", "ocpp2.1"}
        assert all(scenario.versions[s.id] == "ocpp2.1" for s in scenario.hub.swap_stations)


def test_the_day_begins_at_local_midnight():
    scenario = SCENARIOS["ningbo"]
    assert scenario.start == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert scenario.at("24:00") == datetime(2026, 11, 24, 16, tzinfo=UTC)


def test_handshakes_fail_as_believed_and_never_when_undisturbed():
    scenario = SCENARIOS["ningbo"]
    ccs = (ConnectorStandard.CCS2, (ConnectorStandard.CCS2,))
    assert scenario.handshake_failure(*ccs) == pytest.approx(0.08)
    assert scenario.undisturbed().handshake_failure(*ccs) == 0
    assert scenario.undisturbed().disturbance == Disturbance()


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scenario_may_name_its_hub_file(tmp_path):
    hub = (ROOT / "examples" / "dry-port.toml").read_text(encoding="utf-8")
    (tmp_path / "hub.toml").write_text(hub, encoding="utf-8")
    spans = "[demand]\ncollect_hours = { least = 2, most = 4 }\ndeliver_hours = { least = 2, most = 4 }\n"
    (tmp_path / "day.toml").write_text(f'hub = "hub.toml"\n{spans}[day]\ndate = 2026-11-25\n', encoding="utf-8")
    scenario = load_scenario(tmp_path / "day.toml")
    assert scenario.hub.id == "QINGXI"
    assert scenario.start == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert scenario.disturbance == Disturbance()


def test_a_hub_in_another_file_is_not_also_here(tmp_path):
    for text, said in (
        ('hub = "none.toml"', "cannot be read"),
        ("hub = 3", "hub: must be the name"),
        ('hub = "x.toml"\nname = "X"', "name: is of the hub"),
    ):
        (tmp_path / "day.toml").write_text(text, encoding="utf-8")
        with pytest.raises(FaultyFileError, match=said):
            load_scenario(tmp_path / "day.toml")


CORRIDOR = ("demand", "corridors", 0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (changed(*CORRIDOR, "yard", value="NGB-BEILUM"), "corridors[0].yard: 'NGB-BEILUM' is not among the places"),
        (changed(*CORRIDOR, "ends", 0, "place", value="Q"), "demand.corridors[0].ends[0].place: 'Q' is not among"),
        (changed(*CORRIDOR, "direction", value="up"), "demand.corridors[0].direction: should be 'outbound'"),
        (changed(*CORRIDOR, "last", value="00:30"), "demand.corridors[0].last: 00:30 is before the first"),
        (changed(*CORRIDOR, "number", value="X860"), "demand.corridors[0].number: 'X860' needs #"),
        (changed(*CORRIDOR, "number", value="X861#"), "'X8611' is already a train of demand.corridors[0]"),
        (changed(*CORRIDOR, "number", value="LONGER##"), "did not"),
        (changed(*CORRIDOR, "capacity_teu", value=50), "demand.corridors[0].boxes: 36.0 containers of 2 TEU exceed 50"),
        (changed(*CORRIDOR, "boxes", value={"least": 9, "most": 3}), "corridors[0].boxes: most (3.0) is below least"),
        (changed("demand", "corridors", 1, "first", value="03:00"), "cut-off of the 03:00 train is before the day"),
        (changed("demand", "lanes", 0, "origin", value="X"), "demand.lanes[0].origin: 'X' is not among"),
        (changed("demand", "customs_share", value=1.5), "demand.customs_share: should be less"),
        (changed("disturbance", "drop_ofs", value=1), "disturbance.drop_ofs: is not a known key"),
        (changed("disturbance", "handshake_scale", value=float("nan")), "disturbance.handshake_scale: should be"),
        (changed("field", "versions", value={"NGB-X*": "ocpp1.6"}), "field.versions.NGB-X*: is no station"),
        (changed("field", "versions", value={"*": "ocpp1.6"}), "which only ocpp2.1 knows"),
        (changed("field", "default", value="ocpp3"), "field.default: should be"),
        (changed("day", "date", value="today"), "day.date: should be a valid date"),
        (changed("day", value=3), "day: "),
    ],
)
def test_each_fault_is_told_with_its_place(data, said):
    if said == "did not":
        assert scenario_of(data, "x").demand.corridors[0].number == "LONGER##"
        return
    found = told(data)
    assert any(said in fault for fault in found), found


def test_faults_of_hub_and_day_are_told_together():
    data = changed("demand", "customs_share", value=-1)
    data["grid"]["connection_kw"] = 0
    assert {fault.partition(":")[0] for fault in told(data)} == {"grid.connection_kw", "demand.customs_share"}


OWN = [path for path in places(NINGBO) if path[0] in {"day", "demand", "disturbance", "field"}]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(OWN), VALUES), min_size=1, max_size=3))
def test_any_value_at_any_place_gives_a_scenario_or_faults(changes):
    with suppress(FaultyFileError):
        made = scenario_of(altered(NINGBO, changes), "x")
        assert len(demand(made, 1).truths) >= sum(c.trains for c in made.demand.corridors)
