"""Meter values: units, phases, places, and what cannot be."""

from datetime import timedelta

import pytest
import small_hub as small
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from portwatt.events import TransactionStarted
from portwatt.ids import IdToken, TransactionId
from portwatt.model.meter import Sample
from portwatt.state import fold
from portwatt.state.transactions import StartMeter, TransactionState
from portwatt.translate.meters import MOST_TAKEN, POWER, REGISTER, STATE_OF_CHARGE, default_unit, number, read, taken_in
from portwatt.units import Energy, Power, SoC

PLATE = Power.kw(350)
TX = TransactionId("ccs:1")
BEGAN = TransactionStarted(
    at=small.START,
    station=small.CCS,
    evse=small.CCS1,
    transaction=TX,
    token=IdToken(""),
    truck=None,
    meter_start=Energy(500_000),
    reported_at=small.START,
)


def begun(**changes: object) -> TransactionState:
    return replace(fold([*small.morning(), BEGAN]).transactions[TX], **changes)


def sample(measurand: str, value: float, unit: str | None = None, **more: object) -> Sample:
    known = Sample(small.CCS, small.CCS1, None, small.START, measurand, value, unit or default_unit(measurand))
    return replace(known, **more)


def test_units_are_brought_to_one() -> None:
    told = read([sample(REGISTER, 1.2345, "kWh"), sample(POWER, 99.5, "kW"), sample(STATE_OF_CHARGE, 55.55, "Percent")])
    assert (told.register, told.power, told.soc) == (Energy(1_234), Power(99_500), SoC(5_555))


def test_a_unit_of_something_else_is_passed_over() -> None:
    told = read([sample(REGISTER, 5, "kvarh"), sample(POWER, 5, "A"), sample("Voltage", 5, "V")])
    assert (told.register, told.power, told.soc, told.odd) == (None, None, None, ())


def test_the_newest_counts() -> None:
    later = small.minutes(1)
    assert read([sample(REGISTER, 7, measured_at=later), sample(REGISTER, 5)]).register == Energy(7)


def test_what_is_measured_at_the_outlet_counts_for_energy_and_in_the_vehicle_for_soc() -> None:
    told = read([sample(REGISTER, 9, location="Inlet"), sample(STATE_OF_CHARGE, 9, location="EV")])
    assert (told.register, told.soc) == (None, SoC.percent(9))


def test_a_meter_at_rest_may_show_a_little_below_zero() -> None:
    assert read([sample(POWER, -0.4, "kW")]).power == Power(0)
    told = read([sample(POWER, -2, "kW")])
    assert (told.power, len(told.odd)) == (None, 1)


def test_all_phases_together_come_before_their_sum() -> None:
    parts = [sample(POWER, 1, "kW", phase=p) for p in ("L1", "L2", "L3", "L3")]
    assert read(parts).power == Power.kw(3)
    assert read([*parts, sample(POWER, 5, "kW")]).power == Power.kw(5)


@given(
    value=st.floats(allow_nan=True, allow_infinity=True),
    measurand=st.sampled_from([REGISTER, POWER, STATE_OF_CHARGE]),
    unit=st.sampled_from(["Wh", "kWh", "W", "kW", "Percent", ""]),
)
def test_no_value_is_ever_negative_or_no_number(value: float, measurand: str, unit: str) -> None:
    told = read([sample(measurand, value, unit)])
    found = [told.register and told.register.wh, told.power and told.power.w, told.soc and told.soc.bp]
    assert all(quantity is None or quantity >= 0 for quantity in found)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), (" -2.5e3 ", -2_500.0), ("nan", None), ("1e999", None), ("0x1", None)],
)
def test_numbers_in_text(text: str, value: float | None) -> None:
    assert number(text) == value


def test_units_that_go_without_saying() -> None:
    assert [default_unit(m) for m in (REGISTER, POWER, STATE_OF_CHARGE, "Power.Factor", "Voltage")] == [
        "Wh",
        "W",
        "Percent",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        (500_000, 500_000),
        (500_000 + MOST_TAKEN.wh, 500_000 + MOST_TAKEN.wh),
        (500_001 + MOST_TAKEN.wh, None),
        (20_000, 520_000),
        (0, 500_000),
        (499_000, None),
    ],
)
def test_a_register_fits_its_start_or_began_at_zero(told: int, counts: int | None) -> None:
    taken = taken_in(begun(), Energy(told), small.START + timedelta(hours=1), PLATE)
    assert taken == (None if counts is None else Energy(counts))


def test_without_a_start_registers_may_lie_only_so_far_apart() -> None:
    lowest = begun(start_meter=StartMeter.LOWEST)
    assert taken_in(lowest, Energy(1), small.START, PLATE) == Energy(1)
    assert taken_in(lowest, MOST_TAKEN + Energy(600_000), small.START, PLATE) is None
    assert taken_in(begun(start_meter=StartMeter.UNKNOWN), Energy(9), small.START, PLATE) == Energy(9)
    assert taken_in(None, Energy(9), small.START, PLATE) == Energy(9)
