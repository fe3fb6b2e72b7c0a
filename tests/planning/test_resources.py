"""What is fixed is booked before anything is planned."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from portwatt.ids import ActivityId
from portwatt.model.plan import Activity, ActivityKind, PowerStep
from portwatt.planning.cases import START, Size, day
from portwatt.planning.resources import Hired, Resources
from portwatt.planning.tables import Tables
from portwatt.units import Power, SoC, Window

PROBLEM = day(Size(moves=5, trucks=3, evses=3, grid_kw=1_000, swap_stations=0), 1)
MINUTE = timedelta(minutes=1)


def test_a_fixed_charge_holds_its_bay_and_its_power() -> None:
    window = Window(START - 5 * MINUTE, START + 20 * MINUTE)
    evse = replace(PROBLEM.evses[1], closed=())
    charge = Activity(
        ActivityId("T001/1"),
        ActivityKind.CHARGE,
        window,
        evse.place,
        SoC(2_000),
        SoC(4_000),
        evse=evse.id,
        profile=(PowerStep(window.start, Power.kw(300)),),
    )
    truck = replace(PROBLEM.trucks[1], fixed=(charge,))
    resources = Resources(Tables(replace(PROBLEM, trucks=(truck,), evses=(evse,))))
    assert resources.bays[0].earliest(0, 60) == 1_200
    assert resources.hub.free[:3] == [700_000, 700_000, 1_000_000]


def test_a_slot_has_the_least_of_the_limits_in_it() -> None:
    cut = (
        PowerStep(START, Power.kw(900)),
        PowerStep(START + 20 * MINUTE, Power.kw(300)),
        PowerStep(START + 40 * MINUTE, Power.kw(600)),
    )
    resources = Resources(Tables(replace(PROBLEM, grid=cut)))
    assert resources.hub.free[:4] == [900_000, 300_000, 300_000, 600_000]


def test_a_fallback_serves_as_many_as_it_has_vehicles() -> None:
    hired = Hired(PROBLEM.fallbacks[0])
    for _ in range(hired.offer.capacity):
        start, unit = hired.earliest(0, 600) or (None, None)
        assert start == 0
        assert unit is not None
        hired.units[unit].take(0, 600)
    assert hired.earliest(0, 600) == (600, 0)


def test_a_fallback_without_vehicles_serves_nobody() -> None:
    assert Hired(replace(PROBLEM.fallbacks[0], capacity=0)).earliest(0, 600) is None
