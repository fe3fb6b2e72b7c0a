"""G03: long messages."""

from __future__ import annotations

from gbt import examined, found, frames

from portwatt.interop.finding import Side
from portwatt.interop.twin_script import LostPacket, NotCleared


def test_no_clearance_at_all_is_the_chargers() -> None:
    (finding,) = found("G03", NotCleared("BRM"))
    assert (finding.side, finding.quirk, finding.confidence) == (Side.STATION, False, 0.9)
    assert "BRM was announced (RTS) and not cleared (no CTS)" in finding.text
    assert "given up by the vehicle with reason 3" in finding.text


def test_a_try_that_comes_through_makes_a_quirk() -> None:
    (finding,) = found("G03", NotCleared("BCP", 1))
    assert finding.quirk
    assert finding.text.endswith("a later try came through.")


def test_a_packet_sent_again_is_no_failure() -> None:
    assert found("G03", LostPacket("BRM", 2)) == []


def test_a_status_that_is_never_cleared_ends_charging() -> None:
    verdict = examined(frames(NotCleared("BCS")))
    assert verdict.first_finding is not None
    assert (verdict.first_finding.rule, verdict.first_finding.side) == ("G03", Side.STATION)


def test_packets_missing_from_the_log_are_the_links() -> None:
    """Acknowledged, so the charger had them: the recorder or its tap did not."""
    kept = [f for f in frames() if not (f.can_id == 0x1CEB56F4 and f.data[0] == 2)]
    findings = [f for f in examined(kept).attempts[0].findings if f.rule == "G03"]
    assert {f.side for f in findings} == {Side.LINK}
    assert any("packets 2 missing" in f.text for f in findings)


def test_a_recording_cut_within_a_message_says_nothing() -> None:
    whole = frames()
    start = next(i for i, f in enumerate(whole) if f.can_id == 0x1CEC56F4)
    for length in (1, 3, 5):
        cut = whole[: start + length]
        assert [f for f in examined(cut).attempts[0].findings if f.rule == "G03"] == []
