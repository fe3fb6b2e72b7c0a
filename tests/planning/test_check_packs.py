"""Packs followed through a swap that is under way, where state and plan overlap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from portwatt.ids import ActivityId, PackId, TruckId
from portwatt.model.plan import Activity, ActivityKind, PackCharge, Plan, PowerStep, Route
from portwatt.planning.cases import START, Size, day
from portwatt.planning.check_packs import check_packs
from portwatt.planning.greedy import plan
from portwatt.planning.problem import PackInSlot
from portwatt.planning.violations import ViolationKind
from portwatt.units import Power, SoC, Window

MINUTE = timedelta(minutes=1)
PROBLEM = day(Size(moves=0, trucks=1, evses=0, slots=4, packs=2), 3)
OFFER = PROBLEM.swap_stations[0]
FULL_SOC = SoC(10_000)
FULL, MINE = OFFER.packs[0].pack, PackId("P-T000")


def swap(begin: timedelta, pack: PackId = FULL) -> Activity:
    window = Window(START + begin, START + begin + OFFER.swap_time)
    return Activity(
        ActivityId("T000/1"),
        ActivityKind.SWAP,
        window,
        OFFER.place,
        SoC(2_000),
        SoC(10_000),
        station=OFFER.id,
        lane=0,
        pack=pack,
    )


def stocked(*packs: tuple[PackId, int, int]):
    """The problem with these packs (name, slot, state of charge) in the station."""
    held = tuple(PackInSlot(name, OFFER.slots[slot], SoC(bp)) for name, slot, bp in packs)
    return replace(PROBLEM, swap_stations=(replace(OFFER, packs=held),))


def answer(problem, *activities: Activity) -> Plan:
    return Plan(problem.plan, problem.hub, problem.horizon, (Route(TruckId("T000"), activities),))


def test_a_full_pack_that_is_there_may_go() -> None:
    problem = stocked((FULL, 0, 10_000))
    assert list(check_packs(problem, answer(problem, swap(30 * MINUTE)))) == []


def test_one_that_is_not_full_enough_may_not() -> None:
    problem = stocked((FULL, 0, 8_999))
    found = {v.kind for v in check_packs(problem, answer(problem, swap(30 * MINUTE)))}
    assert found == {ViolationKind.PACK, ViolationKind.SOC_JUMP}


def charge(begin: timedelta, minutes: int) -> PackCharge:
    """Nothing is charged in it: what counts is when it is."""
    window = Window(START + begin, START + begin + minutes * MINUTE)
    steps = (PowerStep(window.start, Power(0)),)
    return PackCharge(
        pack=FULL, slot=OFFER.slots[0], window=window, profile=steps, soc_before=FULL_SOC, soc_after=FULL_SOC
    )


def test_a_pack_does_not_go_while_it_charges() -> None:
    problem = stocked((FULL, 0, 10_000))
    made = answer(problem, swap(30 * MINUTE))
    texts = [v.message for v in check_packs(problem, replace(made, pack_charges=(charge(20 * MINUTE, 20),)))]
    assert any("is handed out while it charges" in text for text in texts)
    assert not any(
        "handed out" in v.message for v in check_packs(problem, replace(made, pack_charges=(charge(20 * MINUTE, 10),)))
    )


def test_a_pack_has_one_charge_at_a_time() -> None:
    problem = stocked((FULL, 0, 10_000))
    for second, wrong in ((charge(15 * MINUTE, 10), True), (charge(20 * MINUTE, 10), False)):
        made = replace(answer(problem), pack_charges=(charge(10 * MINUTE, 10), second))
        assert any("charges twice at once" in v.message for v in check_packs(problem, made)) is wrong


@pytest.mark.parametrize(
    ("packs", "holds"),
    [
        (((FULL, 0, 10_000),), MINE),
        (((FULL, 0, 10_000), (MINE, 1, 2_000)), None),
        (((MINE, 1, 2_000),), None),
    ],
    ids=["nothing has moved yet", "the old pack is in", "the new pack is out"],
)
def test_a_swap_under_way_is_followed_however_far_it_is(packs, holds: PackId | None) -> None:
    under_way = swap(-MINUTE)
    problem = stocked(*packs)
    truck = replace(problem.trucks[0], pack=holds, place=OFFER.place, ready_at=START - MINUTE, fixed=(under_way,))
    problem = replace(problem, trucks=(truck,))
    made = plan(problem, timedelta(0), 1)
    assert list(check_packs(problem, made)) == []
    assert MINE in {charge.pack for charge in made.pack_charges}
