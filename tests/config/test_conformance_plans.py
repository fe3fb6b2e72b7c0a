"""Test plans as TOML."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portwatt.config.conformance_plans import parse_plan, shelf_plans
from portwatt.config.faults import FaultyFileError
from portwatt.interop.finding import Outcome, Side
from portwatt.interop.rules_gbt import RULES as GBT_RULES

HEAD = 'id = "p"\ntitle = "t"\nstandard = "s"\nunit = "station"\nbasis = "assumption"\n'
CASE = '[[cases]]\nid = "D.1"\ntitle = "x"\nforbids = ["V10"]\n'


def test_a_plan_is_read_with_its_cases() -> None:
    more = (
        'outcomes = ["pass"]\nwithin_seconds = { "cable check" = 40.5 }\nprotocols = ["DIN 70121"]\nany_side = true\n'
    )
    plan = parse_plan(HEAD + CASE + more, "p.toml")
    assert plan.unit is Side.STATION
    (case,) = plan.cases
    assert (case.forbids, case.outcomes, case.protocols) == (("V10",), (Outcome.PASS,), ("DIN 70121",))
    assert case.within == {"cable check": timedelta(seconds=40.5)}
    assert case.any_side
    assert case.captures == "*"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (HEAD, "cases", "missing"),
        (HEAD + '[[cases]]\nid = "D.1"\ntitle = "x"\n', "cases[0]", "asks nothing"),
        (HEAD + CASE + CASE, "cases[1].id", "already there"),
        (HEAD + CASE + 'forbid = ["V11"]\n', "cases[0].forbid", "did you mean"),
        (HEAD + CASE.replace("V10", "W10"), "cases[0].forbids[0]", "like"),
        (HEAD.replace("station", "charger") + CASE, "unit", "station"),
        (HEAD.replace('basis = "assumption"', 'basis = ""') + CASE, "basis", "at least 1"),
        ("id = x", "line 1", "TOML"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_with_its_place(text: str, place: str, said: str) -> None:
    with pytest.raises(FaultyFileError) as caught:
        parse_plan(text, "p.toml")
    (fault,) = caught.value.faults
    assert place in fault.place
    assert said in fault.message


def test_the_plans_that_come_along_say_that_the_standards_were_not_read() -> None:
    plans = {name: parse_plan(text, name) for name, text in shelf_plans().items()}
    assert set(plans) == {"ccs2-dc-station", "gbt27930-charger"}
    for name, plan in plans.items():
        assert plan.id == name
        assert "not read" in plan.basis
    used = {rule for case in plans["gbt27930-charger"].cases for rule in case.forbids}
    assert used <= set(GBT_RULES)
    used = {rule for case in plans["ccs2-dc-station"].cases for rule in case.forbids}
    assert used <= {f"V{number:02}" for number in range(1, 21)}
