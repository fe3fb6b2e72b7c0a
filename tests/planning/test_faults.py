"""Impossible inputs are named, all at once; hard ones are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from portwatt.ids import ActivityId, EvseId, MoveId, PackFamilyId, PackId, PlaceId, StationId, TruckModelId
from portwatt.model.connector import ConnectorStandard
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.plan import Activity, ActivityKind, PowerStep
from portwatt.planning.cases import Size, day
from portwatt.planning.faults import broken, faults, hopeless
from portwatt.planning.problem import PackInSlot, PlanningProblem
from portwatt.units import Consumption, Energy, Power, Window

NOWHERE = PlaceId("nowhere")
GOOD = day(Size(moves=3, trucks=3, evses=3), 1)

WAITING = Activity(
    ActivityId("T000/1"), ActivityKind.WAIT, GOOD.horizon, GOOD.trucks[0].place, GOOD.trucks[0].soc, GOOD.trucks[0].soc
)


def first(problem: PlanningProblem, group: str, **fields: object) -> PlanningProblem:
    """The problem with the first of a group changed."""
    one, *rest = getattr(problem, group)
    return replace(problem, **{group: (replace(one, **fields), *rest)})


def twice(problem: PlanningProblem, group: str) -> PlanningProblem:
    members = getattr(problem, group)
    return replace(problem, **{group: (*members, members[0])})


BROKEN: dict[str, tuple[Callable[[PlanningProblem], PlanningProblem], str]] = {
    "a place given twice": (lambda p: twice(p, "places"), "place quay is given 2 times"),
    "a truck given twice": (lambda p: twice(p, "trucks"), "truck T000 is given 2 times"),
    "a move given twice": (lambda p: twice(p, "moves"), "move M0000 is given 2 times"),
    "an EVSE given twice": (lambda p: twice(p, "evses"), "EVSE S1/1 is given 2 times"),
    "a leg to nowhere": (lambda p: first(p, "legs", destination=NOWHERE), "nowhere is not known"),
    "a truck nowhere": (lambda p: first(p, "trucks", place=NOWHERE), "truck T000: the place nowhere"),
    "a move to nowhere": (lambda p: first(p, "moves", destination=NOWHERE), "destination of move M0000: the place"),
    "a move from nowhere": (lambda p: first(p, "moves", origin=NOWHERE), "origin of move M0000: the place nowhere"),
    "an EVSE nowhere": (lambda p: first(p, "evses", place=NOWHERE), "EVSE S1/1: the place nowhere"),
    "a station nowhere": (lambda p: first(p, "swap_stations", place=NOWHERE), "swap station W1: the place nowhere"),
    "a fallback nowhere": (lambda p: first(p, "fallbacks", place=NOWHERE), "fallback diesel: the place nowhere"),
    "an unknown model": (lambda p: first(p, "trucks", model=TruckModelId("ox")), "model ox, which is not known"),
    "an unknown load": (lambda p: first(p, "trucks", carrying=MoveId("M9")), "carries move M9, which is not among"),
    "work on an unknown move": (
        lambda p: first(p, "trucks", fixed=(replace(WAITING, move=MoveId("M9")),)),
        "at work on move M9, which is not among",
    ),
    "work in an unknown place": (
        lambda p: first(p, "trucks", fixed=(replace(WAITING, place=NOWHERE),)),
        "wait of truck T000: the place nowhere",
    ),
    "an unknown family": (
        lambda p: first(p, "swap_stations", family=PackFamilyId("AA")),
        "packs of family AA, which is not known",
    ),
    "a pack in no slot": (
        lambda p: first(p, "swap_stations", packs=(PackInSlot(PackId("P"), EvseId("W9/1"), p.trucks[0].soc),)),
        "pack P is in W9/1, which is no slot",
    ),
    "a provider without a place": (
        lambda p: replace(p, fallbacks=(replace(p.fallbacks[1], place=None),)),
        "other-swaps needs a place and a pack family",
    ),
    "negative energy": (
        lambda p: first(p, "models", consumption_loaded=Consumption(-1)),
        "a truck gains no energy by driving",
    ),
    "no battery": (lambda p: first(p, "models", battery=Energy(0)), "a battery of 0.0 kWh holds nothing"),
    "no curve": (lambda p: first(p, "models", curve=()), "charging curve is empty"),
    "a curve the wrong way round": (
        lambda p: first(p, "models", curve=p.models[0].curve[::-1]),
        "not sorted by state of charge",
    ),
    "a negative leg": (lambda p: first(p, "legs", duration=-timedelta(minutes=1)), "negative distance or time"),
    "a slot without power": (lambda p: first(p, "families", slot_power=Power(0)), "must be above zero"),
    "an EVSE that feeds back": (lambda p: first(p, "evses", max_power=Power.kw(-1)), "negative power or current"),
    "a station without lanes": (lambda p: first(p, "swap_stations", lanes=0), "swap station W1: needs a lane"),
    "a station without slots": (lambda p: first(p, "swap_stations", slots=(), packs=()), "swap station W1: needs"),
    "a negative capacity": (lambda p: first(p, "fallbacks", capacity=-1), "fallback diesel: its capacity is negative"),
    "odds above one": (
        lambda p: replace(p, odds=(HandshakeOdds(ConnectorStandard.CCS2, ConnectorStandard.CCS2, 1.5),)),
        "1.5 is no probability",
    ),
    "odds that are no number": (
        lambda p: replace(p, odds=(HandshakeOdds(ConnectorStandard.CCS2, ConnectorStandard.CCS2, float("nan")),)),
        "nan is no probability",
    ),
    "an empty horizon": (
        lambda p: replace(p, horizon=Window(p.horizon.start, p.horizon.start)),
        "the horizon is empty",
    ),
    "no slot length": (lambda p: replace(p, slot=timedelta(0)), "slot of the power balance"),
    "no grid limit": (lambda p: replace(p, grid=()), "says nothing about the start"),
    "a grid limit that begins late": (
        lambda p: replace(p, grid=(PowerStep(p.horizon.end, Power.kw(1)),)),
        "says nothing about the start",
    ),
    "grid steps out of order": (
        lambda p: replace(p, grid=(*p.grid, PowerStep(p.horizon.end, Power(1)), *p.grid)),
        "not in order of time",
    ),
    "a negative grid limit": (
        lambda p: replace(p, grid=(PowerStep(p.horizon.start, Power.kw(-1)),)),
        "the grid limit is negative",
    ),
}

HOPELESS: dict[str, tuple[Callable[[PlanningProblem], PlanningProblem], str]] = {
    "released after it is due": (
        lambda p: first(p, "moves", trains=(), due=p.moves[0].release - timedelta(seconds=1)),
        "but not to be fetched before",
    ),
    "no leg": (lambda p: replace(p, legs=()), "move M0000: there is no leg from"),
    "no truck has the range": (
        lambda p: replace(
            p,
            fallbacks=(),
            models=tuple(replace(m, consumption_loaded=Consumption.kwh_per_km(90)) for m in p.models),
        ),
        "no truck carries it on a full battery",
    ),
    "a truck nothing fits": (
        lambda p: replace(p, evses=(), swap_stations=(), fallbacks=p.fallbacks[:1]),
        "truck T000: no EVSE, swap station or provider fits it",
    ),
    "an EVSE nobody can use": (
        lambda p: first(p, "evses", connectors=()),
        "EVSE S1/1: no truck model of the hub can use it",
    ),
    "a swap station nobody can use": (
        lambda p: replace(p, models=tuple(replace(m, family=None) for m in p.models)),
        "no truck model of the hub swaps packs of family",
    ),
}


def test_a_good_problem_has_none() -> None:
    assert faults(GOOD) == ()


@pytest.mark.parametrize(("turn", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_names_what_is_broken(turn: Callable[[PlanningProblem], PlanningProblem], words: str) -> None:
    found = broken(turn(GOOD))
    assert any(words in fault for fault in found), found


@pytest.mark.parametrize(("turn", "words"), HOPELESS.values(), ids=HOPELESS.keys())
def test_names_what_is_hopeless_and_still_plans_the_rest(
    turn: Callable[[PlanningProblem], PlanningProblem], words: str
) -> None:
    problem = turn(GOOD)
    assert broken(problem) == ()
    assert any(words in fault for fault in hopeless(problem)), hopeless(problem)


def test_all_faults_at_once() -> None:
    problem = first(first(first(GOOD, "moves", origin=NOWHERE), "trucks", place=NOWHERE), "evses", place=NOWHERE)
    assert len(faults(problem)) == 3


def test_names_the_station_by_its_id() -> None:
    problem = first(GOOD, "swap_stations", id=StationId("W7"), place=NOWHERE)
    assert any("W7" in fault for fault in faults(problem))
