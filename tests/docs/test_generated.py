"""The pages on commands, HTTP, events, OCPP and limits say what the program does."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from doc_pages import ROOT

SCRIPT = ROOT / "docs" / "reference" / "generate_interfaces.py"
GENERATED = runpy.run_path(str(SCRIPT))
PAGES = GENERATED["pages"]()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_as_the_program_is(page: Path) -> None:
    fresh = page.read_text(encoding="utf-8") == PAGES[page]
    assert fresh, "run: uv run python docs/reference/generate_interfaces.py"


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(SystemExit, match="begin"):
        GENERATED["_filled"]("# A page", {"limits": "…"})
