"""Every rule has a session in which it speaks and a near one in which it is silent."""

from __future__ import annotations

import pytest

from portwatt.gateways.gbt_tables import load_gbt
from portwatt.interop.examine_gbt import examine_gbt
from portwatt.interop.finding import Finding, Outcome, Verdict
from portwatt.interop.rules_gbt import RULES
from portwatt.interop.twin_sessions import QUIRKS, SESSIONS, Session

LAYOUTS = load_gbt()


def verdict_of(session: Session) -> Verdict:
    return examine_gbt(session.frames(LAYOUTS), "made up", LAYOUTS)


def said(verdict: Verdict) -> list[Finding]:
    return [finding for attempt in verdict.attempts for finding in attempt.findings]


def test_every_rule_has_its_sessions() -> None:
    assert list(SESSIONS) == list(RULES) == [f"G{number:02d}" for number in range(1, 21)]


@pytest.mark.parametrize("rule", SESSIONS)
def test_it_speaks(rule: str) -> None:
    frames = SESSIONS[rule].speaks.frames(LAYOUTS)
    found = [finding for finding in said(examine_gbt(frames, "made up", LAYOUTS)) if finding.rule == rule]
    assert found
    for finding in found:
        assert finding.frames
        assert all(1 <= number <= len(frames) for number in finding.frames)
        assert 0 < finding.confidence <= 1
        assert finding.text.endswith(".")
        assert finding.remedy.endswith(".")
        assert finding.at is not None


@pytest.mark.parametrize("rule", SESSIONS)
def test_it_is_silent(rule: str) -> None:
    assert [finding for finding in said(verdict_of(SESSIONS[rule].silent)) if finding.rule == rule] == []


@pytest.mark.parametrize("rule", ["G02", "G03", "G04", "G06", "G07", "G08", "G09", "G10", "G11", "G12", "G17", "G18"])
def test_a_cause_is_the_first_finding(rule: str) -> None:
    first = verdict_of(SESSIONS[rule].speaks).first_finding
    assert first is not None
    assert (first.rule, first.quirk, first.consequence) == (rule, False, False)


@pytest.mark.parametrize("rule", ["G01", "G05", "G14", "G15", "G16", "G19", "G20"])
def test_a_quirk_does_not_spoil_a_session(rule: str) -> None:
    verdict = verdict_of(SESSIONS[rule].speaks)
    assert verdict.outcome is Outcome.PASS
    assert all(finding.quirk for finding in said(verdict))


@pytest.mark.parametrize("name", QUIRKS)
def test_what_real_logs_show_is_tolerated(name: str) -> None:
    verdict = verdict_of(QUIRKS[name])
    assert verdict.outcome is Outcome.PASS
    assert all(finding.quirk for finding in said(verdict))


def test_what_follows_is_told_from_the_cause() -> None:
    """A charger that clears no BRM: the vehicle's and the charger's errors, and the missing BRM, all follow."""
    findings = verdict_of(SESSIONS["G03"].speaks).attempts[0].findings
    assert [(f.rule, f.consequence) for f in findings] == [("G03", False), ("G06", True), ("G13", True), ("G13", True)]


def test_causes_come_before_consequences_and_quirks_last() -> None:
    for pair in SESSIONS.values():
        for attempt in verdict_of(pair.speaks).attempts:
            ranks = [2 if f.quirk else int(f.consequence) for f in attempt.findings]
            assert ranks == sorted(ranks)
