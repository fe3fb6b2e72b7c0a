from __future__ import annotations

from portwatt.interop.finding import Attempt, Finding, Outcome, Side, Verdict, deciding_outcome


def attempt(number: int, plug_in: int, outcome: Outcome, *rules: str, quirk: bool = False) -> Attempt:
    findings = tuple(Finding(rule, Side.EV, 0.9, (1,), "", "", quirk=quirk) for rule in rules)
    return Attempt(number, plug_in, "", outcome, (), findings)


def verdict(*attempts: Attempt) -> Verdict:
    return Verdict("file", deciding_outcome(attempts), attempts)


def first(given: Verdict) -> str | None:
    return given.first_finding.rule if given.first_finding else None


def test_retry_fails_for_what_came_before() -> None:
    given = verdict(attempt(1, 1, Outcome.FAILED, "V15"), attempt(2, 1, Outcome.FAILED, "V01"))
    assert (given.outcome, first(given)) == (Outcome.FAILED, "V15")


def test_retry_that_went_well_names_what_it_was_needed_for() -> None:
    given = verdict(attempt(1, 1, Outcome.FAILED, "V01"), attempt(2, 1, Outcome.PASS))
    assert (given.outcome, first(given)) == (Outcome.PASS, "V01")


def test_earlier_plug_in_does_not_count() -> None:
    given = verdict(attempt(1, 1, Outcome.FAILED, "V06"), attempt(2, 2, Outcome.PASS))
    assert (given.outcome, first(given)) == (Outcome.PASS, None)


def test_quirks_are_no_cause() -> None:
    assert first(verdict(attempt(1, 1, Outcome.PASS, "V10", quirk=True))) is None


def test_attempt_at_another_station_does_not_decide() -> None:
    given = verdict(attempt(1, 1, Outcome.FAILED, "V15"), attempt(2, 2, Outcome.NO_SESSION, "V01"))
    assert (given.outcome, first(given)) == (Outcome.FAILED, "V15")
    alone = verdict(attempt(1, 1, Outcome.NO_SESSION, "V01"))
    assert (alone.outcome, first(alone)) == (Outcome.NO_SESSION, "V01")
