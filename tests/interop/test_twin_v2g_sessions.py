"""Each rule of CCS2 has a session in which it speaks and a near one in which it is silent."""

from __future__ import annotations

import pytest

from portwatt.gateways.gbt_tables import load_gbt
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.examine import examine
from portwatt.interop.finding import Outcome, Verdict
from portwatt.interop.rules_v2g import V2G_RULES
from portwatt.interop.twin_v2g_script import V2gScript
from portwatt.interop.twin_v2g_sessions import PLAIN, PLAIN_DIN, V2G_SESSIONS, V2gSession


def judged(session: V2gSession) -> Verdict:
    return examine(session.frames(load_v2g()), "made up", load_gbt(), load_v2g())


def rules(verdict: Verdict) -> list[str]:
    return [finding.rule for attempt in verdict.attempts for finding in attempt.findings]


def test_every_rule_has_a_pair() -> None:
    assert set(V2G_SESSIONS) == set(V2G_RULES)


@pytest.mark.parametrize("rule", V2G_SESSIONS)
def test_rule_is_the_first_cause_in_its_session(rule: str) -> None:
    verdict = judged(V2G_SESSIONS[rule].speaks)
    assert verdict.first_finding is not None
    assert verdict.first_finding.rule == rule
    assert verdict.outcome in (Outcome.FAILED, Outcome.ABNORMAL)


@pytest.mark.parametrize("rule", V2G_SESSIONS)
def test_nothing_is_found_in_the_near_session(rule: str) -> None:
    assert rules(judged(V2G_SESSIONS[rule].silent)) == []


@pytest.mark.parametrize("script", [PLAIN, PLAIN_DIN], ids=["ISO 15118-2", "DIN 70121"])
def test_plain_sessions_pass(script: V2gScript) -> None:
    verdict = judged(V2gSession("", script))
    assert (verdict.outcome, rules(verdict), verdict.remarks) == (Outcome.PASS, [], ())
