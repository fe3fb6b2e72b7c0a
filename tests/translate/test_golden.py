"""Every golden frame a station sends is handled and answered as the schema wants, whatever the station is."""

import json
from pathlib import Path

import pytest
import small_hub as small
from talk import Talk

from portwatt.ids import StationId
from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.versions import OcppVersion, Role

GOLDEN = Path(__file__).parents[1] / "golden" / "ocpp"


@pytest.mark.parametrize("station", [small.CCS, small.SWAP])
@pytest.mark.parametrize("version", list(OcppVersion))
def test_golden_frames(version: OcppVersion, station: StationId) -> None:
    talk = Talk(version, station)
    evses = set(talk.state.evses)
    seen = set()
    for line in (GOLDEN / f"{version}.jsonl").read_text("utf-8").splitlines():
        kind, _, action, *rest = json.loads(line)
        known = ACTIONS[version].get(action) if kind == 2 else None
        if known is not None and known.direction.reaches(Role.CENTRAL):
            talk.says(action, rest[0])
            seen.add(action)
    served = {a.name for a in ACTIONS[version].values() if a.direction.reaches(Role.CENTRAL) and a.response}
    assert seen == served
    assert set(talk.state.evses) == evses
