"""Every known capture of real sessions, where they are at hand: PORTWATT_TRACES, or shared/traces beside the checkout.

They come from the public repository EVerest/logfiles (Apache-2.0); the causes are those their recorders state, or what
the trace shows.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portwatt.gateways.captures import open_capture
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.examine import examine
from portwatt.interop.finding import Outcome, Side, Verdict

TRACES = Path(os.environ.get("PORTWATT_TRACES", Path(__file__).parents[3] / "shared" / "traces"))
FILES = sorted(TRACES.glob("*.pcap")) if TRACES.is_dir() else []
CAUSES = {
    "Mercedes-Benz_EQC__iso-15118-2-DC": ("V06", Side.CONFIGURATION),
    "Opel_Ampera-E__2023-01-13-iso-15118-2-AC": ("V06", Side.CONFIGURATION),
    "Hyundai_Ioniq5__iso15118-2-AC": ("V15", Side.CONFIGURATION),
    "VW_id.3__iso-15118-2-AC": ("V09", Side.STATION),
    "Opel_Ampera-E__2023-01-13-din-spec-70121-ampera-dc-din-1": ("V11", Side.STATION),
    "Opel_Ampera-E__2023-01-13-din-spec-70121-ampera-dc-din-2": ("V10", Side.STATION),
    "Opel_Ampera-E__2023-01-13-din-spec-70121-ampera-dc-din-3": ("V10", Side.STATION),
    "Opel_Ampera-E__2023-01-13-din-spec-70121-ampera-dc-din.": ("V11", Side.STATION),
    "MG_MG4_electric__iso-2-DC": ("V10", Side.STATION),
    "BYD_Atto3__2023-10-04-dinspec-DC": ("V01", Side.LINK),
}
WELL = (Outcome.PASS, Outcome.STOPPED)

pytestmark = pytest.mark.skipif(not FILES, reason="no directory of captures is at hand (PORTWATT_TRACES)")


def verdict_of(file: Path) -> Verdict:
    return examine(open_capture(file), file.name, load_gbt(), load_v2g())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_capture(file: Path) -> None:
    verdict = verdict_of(file)
    assert verdict.attempts
    for name, cause in CAUSES.items():
        if file.name.startswith(name):
            found = verdict.first_finding
            assert found is not None
            assert (found.rule, found.side) == cause
    for attempt in verdict.attempts:
        stopped = [stage for stage in attempt.stages if stage.stage == "session stop" and stage.completed]
        charged = any(stage.stage == "charging" for stage in attempt.stages)
        if stopped and charged:
            assert attempt.outcome in WELL, attempt.findings
