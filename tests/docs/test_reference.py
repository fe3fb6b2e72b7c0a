"""The reference pages say what the program does: made from its schemas, and their examples run."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "reference"
PAGES = runpy.run_path(str(DOCS / "generate.py"))["pages"]()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_as_the_schemas_make_it(page):
    assert page.read_text(encoding="utf-8") == PAGES[page], "run: uv run python docs/reference/generate.py"


def test_every_key_of_the_example_files_is_explained():
    text = (DOCS / "hub-file.md").read_text(encoding="utf-8")
    for key in ("swap_stations", "slot_power_kw", "both_ways", "soc_to_percent", "budget_seconds"):
        assert f"`{key}`" in text
