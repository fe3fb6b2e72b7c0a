"""The Python of the documentation runs: the tutorial's station charges at a real hub."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from conftest import Served
from doc_pages import PAGES, ROOT, blocks, name

SNIPPETS = [(page, text) for page in PAGES for text in blocks(page, "python")]


@pytest.mark.parametrize(("page", "text"), SNIPPETS, ids=[name(page) for page, _ in SNIPPETS])
def test_a_snippet_compiles(page: Path, text: str) -> None:
    compile(text, name(page), "exec")


@pytest.mark.slow
@pytest.mark.xdist_group("acceptance")
async def test_the_station_of_the_tutorial_charges(tmp_path: Path) -> None:
    script = tmp_path / "charge.py"
    script.write_text(next(text for page, text in SNIPPETS if page.name == "tutorial.md"))
    served = Served(tmp_path / "data", hub_file=ROOT / "examples" / "dry-port.toml")
    await served.start()
    try:
        charging = await asyncio.create_subprocess_exec(
            *(sys.executable, str(script), served.ocpp_url, "QX-G-1", "QX-01"), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(charging.communicate(), 30)
        page = await served.get("/api/hubs/QINGXI/transactions")
    finally:
        served.stop()
    lines = said.decode().splitlines()
    assert lines[:2] == ["told: EVSE 1 TxDefaultProfile 0 W", "told: EVSE 2 TxDefaultProfile 0 W"]
    assert "QX-01: Accepted" in lines
    assert isinstance(page, dict)
    assert [(t["truck"], t["energy_kwh"]) for t in page["transactions"]] == [("QX-01", 20.0)]
