"""The certification view: evidence by station and interface, dates to the day, nothing hidden."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
import small_hub as small
from hypothesis import given
from msgspec.structs import replace

from portwatt.config.requirements import requirements
from portwatt.interop.certification import Standing, certification, summary
from portwatt.model.certificate import Certificate, Interface, Requirement, interfaces_of

DAY = date(2026, 11, 23)
CCC = Requirement(
    id="CCC",
    title="CCC",
    interfaces=(Interface.CCS2, Interface.GBT_DC),
    applies_to="supply equipment",
    evidence="CCC certificate",
    accepted_from=date(2025, 3, 1),
    mandatory_from=date(2026, 8, 1),
    status="verified_secondary",
)


def certificate(start: date, end: date | None, requirement: str = "CCC") -> Certificate:
    return Certificate(requirement, (small.CCS,), "CCC-1", "CQC", "CCC certificate", start, end)


def standing(*held: Certificate, requirement: Requirement = CCC, day: date = DAY) -> Standing:
    hub = replace(small.hub(), certificates=held)
    rows = {row.station: row for row in certification(hub, (requirement,), day)}
    return rows[small.CCS].standing


def days(n: int) -> date:
    return DAY + timedelta(days=n)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ((days(-10), None), Standing.MET),
        ((days(0), days(0)), Standing.MET),
        ((days(-10), days(-1)), Standing.EXPIRED),
        ((days(1), days(10)), Standing.NOT_YET_VALID),
        (None, Standing.MISSING),
    ],
)
def test_evidence_counts_from_its_first_day_to_its_last(held: tuple[date, date | None] | None, expected: str) -> None:
    assert standing(*([certificate(*held)] if held else [])) == expected


def test_without_evidence_the_requirement_says_what_that_means() -> None:
    assert standing(day=date(2026, 7, 31)) is Standing.NOT_YET_MANDATORY
    assert standing(requirement=replace(CCC, mandatory_from=None)) is Standing.NO_DATE
    assert standing(requirement=replace(CCC, mandatory_from=None, pending=True)) is Standing.PENDING


def test_evidence_for_another_requirement_or_station_does_not_count() -> None:
    assert standing(certificate(days(-1), None, "other")) is Standing.MISSING
    assert standing(replace(certificate(days(-1), None), stations=(small.GBT,))) is Standing.MISSING


@given(st.lists(st.tuples(st.integers(-400, 400), st.none() | st.integers(0, 400)), max_size=4))
def test_any_valid_evidence_is_enough(spans: list[tuple[int, int | None]]) -> None:
    held = [certificate(days(a), None if n is None else days(a + n)) for a, n in spans]
    assert (standing(*held) is Standing.MET) == any(c.valid(DAY) for c in held)


def test_a_new_certificate_stands_in_for_the_one_that_ended() -> None:
    hub = replace(small.hub(), certificates=(certificate(days(-9), days(-1)), certificate(days(-1), days(30))))
    (row,) = [r for r in certification(hub, (CCC,), DAY) if r.station == small.CCS]
    assert (row.standing, row.valid_to) == (Standing.MET, days(30))
    assert str(days(30)) in row.say


def test_what_comes_with_portwatt_covers_every_interface_and_keeps_its_status() -> None:
    rows = certification(small.hub(), requirements(), DAY)
    assert {row.interface for row in rows} == {Interface.CCS2, Interface.GBT_DC, Interface.SWAP}
    assert all(row.requirement.status and row.say for row in rows)
    assert summary(rows)[Interface.CCS2] is Standing.MISSING
    assert summary(rows)[Interface.SWAP] is Standing.PENDING
    swap = small.hub().swap_stations[0]
    assert interfaces_of(swap) == (Interface.SWAP,)


def test_the_worst_station_decides_for_its_interface() -> None:
    met = replace(certificate(days(-1), None), stations=(small.CCS, small.GBT))
    hub = replace(small.hub(), certificates=(met,))
    assert set(summary(certification(hub, (CCC,), DAY)).values()) == {Standing.MET}
    one = replace(hub, certificates=(certificate(days(-1), None),))
    assert summary(certification(one, (CCC,), DAY)) == {
        Interface.GBT_DC: Standing.MISSING,
        Interface.CCS2: Standing.MET,
    }
