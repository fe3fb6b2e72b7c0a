"""The glossary, the KPIs and "where is …?" name what there is, and miss nothing they promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doc_pages import ROOT
from msgspec.structs import fields

from portwatt.commands import StationCommand
from portwatt.kpi.hub import ContainerFigures, HubFigures, MoveFigures
from portwatt.kpi.trains import TrainStanding

DOCS = ROOT / "docs"
PACKAGE = ROOT / "src" / "portwatt"
_NOT_NOUNS = {"__init__.py"}


def rows(page: str) -> list[list[str]]:
    """The rows of the page's tables, without heads."""
    text = (DOCS / page).read_text(encoding="utf-8")
    lines = re.findall(r"^\| (.+) \|$", text, re.MULTILINE)
    return [re.split(r" ?(?<!\\)\| ?", line) for line in lines]


def words() -> list[list[str]]:
    return [row for row in rows("glossary.md") if row[0] != "word"]


@pytest.mark.parametrize("row", words(), ids=lambda row: row[0])
def test_a_word_lives_where_the_glossary_says(row: list[str]) -> None:
    assert (PACKAGE / row[2].strip("`")).is_file()


def test_no_word_stands_twice() -> None:
    names = [row[0] for row in words()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("floor", ["model", "state"])
def test_every_noun_has_a_line(floor: str) -> None:
    there = {f"{floor}/{p.name}" for p in (PACKAGE / floor).glob("*.py") if p.name not in _NOT_NOUNS}
    assert there <= {row[2].strip("`") for row in words()}


def test_where_is_names_files_that_exist() -> None:
    text = (DOCS / "where-is.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:src|tests|scenarios)/[^`]*|pyproject\.toml)`", text))
    assert len(paths) > 60
    assert [p for p in sorted(paths) if not (ROOT / p).exists()] == []


@pytest.mark.parametrize("page", sorted((DOCS / "why").glob("[0-9]*.md")), ids=lambda page: page.stem)
def test_files_a_decision_names_exist(page: Path) -> None:
    named = re.findall(r"`([a-z_]+(?:/[a-z_0-9]+)*\.py)`", page.read_text(encoding="utf-8"))
    gone = {"cli.py", "config.py"}  # as the design called them
    assert [p for p in named if p not in gone and not any(PACKAGE.rglob(p))] == []


def test_decisions_are_numbered_once_and_listed() -> None:
    pages = sorted((DOCS / "why").glob("[0-9]*.md"))
    listed = (DOCS / "why" / "README.md").read_text(encoding="utf-8")
    assert [int(p.name[:3]) for p in pages] == list(range(1, len(pages) + 1))
    assert all(p.name in listed for p in pages)


def test_every_figure_is_defined() -> None:
    nested = {"moves": MoveFigures, "containers": ContainerFigures}
    wanted = {f.name for f in fields(HubFigures) if f.name not in nested}
    wanted |= {f"{key}.{f.name}" for key, kind in nested.items() for f in fields(kind)}
    wanted |= {f.name for f in fields(TrainStanding) if f.name != "train"}
    said = {row[0].strip("`") for row in rows("reference/kpis.md")} - {"figure"}
    assert said == wanted


def test_commands_no_rule_issues_are_named() -> None:
    page = (DOCS / "reference" / "ocpp.md").read_text(encoding="utf-8")
    section = re.search(r"## Asked for by no rule yet\n(.*?)\n\n", page, re.DOTALL)
    assert section is not None
    said = {"SendDataTransfer" if n == "DataTransfer" else n for n in re.findall(r"`(\w+)`", section[1])}
    rules = "\n".join(p.read_text(encoding="utf-8") for p in (PACKAGE / "rules").glob("*.py"))
    kinds = {kind.__name__ for kind in StationCommand.__subclasses__()}
    assert said & kinds == {kind for kind in kinds if f"{kind}(" not in rules}
