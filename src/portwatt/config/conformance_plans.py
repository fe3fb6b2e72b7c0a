"""Test plans of conformance runs as TOML: one file a plan; those that come with Portwatt may be named by their id."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Annotated, Any

from pydantic import Field, ValidationError

from portwatt.config.faults import Fault, FaultyFileError, faults_of
from portwatt.config.hub_file import Entry, Words
from portwatt.config.toml import parse_toml
from portwatt.interop.conformance import ConformanceCase, ConformancePlan
from portwatt.interop.finding import Outcome, Side
from portwatt.units import whole

CaseId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]*$", max_length=80)]
RuleId = Annotated[str, Field(pattern=r"^[VG][0-9]{2}$")]
Stage = Annotated[str, Field(min_length=1, max_length=60)]
Rules = Annotated[list[RuleId], Field(max_length=60)]
Stages = Annotated[list[Stage], Field(max_length=30)]


class CaseEntry(Entry):
    id: CaseId = Field(description="number of the case")
    title: Annotated[str, Field(min_length=1, max_length=300)] = Field(description="what it asks, in one line")
    clause: Words = Field(default="", description="where the standard asks for it")
    protocols: Annotated[list[Words], Field(max_length=20)] = Field(
        default=[], description="beginnings of the protocols it applies to; none: any"
    )
    applies_from: Words = Field(default="", description="stage an attempt has to reach for it to apply")
    captures: Words = Field(default="*", description="names of the captures it is held against (* and ? as in a shell)")
    completes: Stages = Field(default=[], description="stages that have to be completed")
    within_seconds: dict[Stage, Annotated[float, Field(gt=0, le=86_400)]] = Field(
        default={}, description="longest time of stages"
    )
    forbids: Rules = Field(default=[], description="rules that may find nothing against the unit under test")
    requires: Rules = Field(default=[], description="rules that have to find something: a fault was put in on purpose")
    outcomes: list[Annotated[Outcome, Field(strict=False)]] = Field(default=[], description="how it may end")
    any_side: bool = Field(default=False, description="true: findings count whoever is responsible")
    strict: bool = Field(default=False, description="true: tolerated departures from the standard count too")


class PlanEntry(Entry):
    id: CaseId = Field(description="name of the plan")
    title: Words = Field(description="title of the plan")
    standard: Words = Field(description="standard the cases are taken from or made after")
    unit: Annotated[Side, Field(strict=False)] = Field(description="side under test")
    basis: Annotated[str, Field(min_length=1, max_length=500)] = Field(description="what the cases rest on")
    cases: Annotated[list[CaseEntry], Field(min_length=1, max_length=2_000)] = Field(description="the cases")


def parse_plan(text: str, name: str) -> ConformancePlan:
    """The plan of a TOML text; `name` is what its faults are told under. Raises FaultyFileError with every fault."""
    data = parse_toml(text, name)
    try:
        entry = PlanEntry.model_validate(data)
    except ValidationError as error:
        raise FaultyFileError(name, tuple(faults_of(error, PlanEntry))) from error
    faults = tuple(_faults(entry))
    if faults:
        raise FaultyFileError(name, faults)
    return ConformancePlan(
        id=entry.id,
        title=entry.title,
        standard=entry.standard,
        unit=entry.unit,
        basis=entry.basis,
        cases=tuple(_case(case) for case in entry.cases),
    )


@cache
def shelf_plans() -> dict[str, str]:
    """The plans that come with Portwatt, as TOML, by id."""
    folder = resources.files("portwatt") / "data" / "conformance"
    texts = (file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".toml"))
    return dict(sorted((parse_plan(text, "plan").id, text) for text in texts))


def _faults(entry: PlanEntry) -> list[Fault]:
    found = []
    seen: dict[str, int] = {}
    for number, case in enumerate(entry.cases):
        at = f"cases[{number}]"
        if case.id in seen:
            found.append(Fault(f"{at}.id", f"{case.id!r} is already there (cases[{seen[case.id]}])"))
        seen.setdefault(case.id, number)
        if not (case.completes or case.within_seconds or case.forbids or case.requires or case.outcomes):
            found.append(Fault(at, "asks nothing; give completes, within_seconds, forbids, requires or outcomes"))
    return found


def _case(case: CaseEntry) -> ConformanceCase:
    values: dict[str, Any] = case.model_dump(exclude={"within_seconds"})
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    within = {stage: timedelta(milliseconds=whole(s * 1000)) for stage, s in case.within_seconds.items()}
    return ConformanceCase(**{**values, **lists, "within": within})
