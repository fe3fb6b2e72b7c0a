"""Conformance runs from files to files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import small_hub as small

from portwatt.config.faults import FaultyFileError
from portwatt.errors import UsageError
from portwatt.gateways.conformance_files import check_summary, read_key, run_plan, write_run
from portwatt.interop.conformance import Answer, ConformanceRun
from portwatt.interop.finding import Attempt, Finding, Outcome, Side, StageSpan, Verdict

SECRET = bytes(range(40))


def examined(path: Path) -> Verdict:
    """The verdict a capture's own text asks for: what stands in it is the rule found."""
    rule = path.read_text()
    found = (Finding(rule, Side.STATION, 1.0, (1,), "late", "hurry"),) if rule else ()
    span = StageSpan("charging", small.START, small.START, (1, 2))
    attempt = Attempt(1, 1, "GB/T 27930-2015", Outcome.PASS, (span,), found)
    return Verdict(path.name, Outcome.PASS, (attempt,))


def captures(folder: Path, **texts: str) -> list[Path]:
    paths = [folder / f"{name}.log" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    return paths


def made(folder: Path, **texts: str) -> ConformanceRun:
    return run_plan("gbt27930-charger", captures(folder, **texts), examined, small.START)


def test_a_plan_that_comes_along_is_named_by_its_id(tmp_path: Path) -> None:
    run = made(tmp_path, good="", bad="G09")
    answers = {result.case.id: result.answer for result in run.results}
    assert answers["DP.3001"] is Answer.FAIL
    assert answers["DP.4002"] is Answer.PASS
    assert answers["DP.1001"] is Answer.INCONCLUSIVE
    assert run.captures["bad.log"] == hashlib.sha256(b"G09").hexdigest()


def test_a_signed_run_holds_until_a_file_is_changed(tmp_path: Path) -> None:
    (tmp_path / "lab.key").write_bytes(SECRET)
    key = read_key(tmp_path / "lab.key")
    assert "lab.key" in repr(key)
    assert str(SECRET) not in repr(key)
    report, short = write_run(made(tmp_path, good=""), tmp_path / "out", key)
    assert check_summary(short, key)
    assert json.loads(short.read_bytes())["signature"]["key"] == "lab.key"
    report.write_text(report.read_text().replace("gbt27930", "gbt27931"))
    assert not check_summary(short, key)
    report, short = write_run(made(tmp_path, good=""), tmp_path / "out", key)
    short.write_text(short.read_text().replace('"answer":"pass"', '"answer":"fail"'))
    assert not check_summary(short, key)


def test_without_a_key_the_summary_is_not_signed(tmp_path: Path) -> None:
    _, short = write_run(made(tmp_path, good=""), tmp_path / "out")
    assert "signature" not in json.loads(short.read_bytes())


def test_a_plan_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    plan = tmp_path / "mine.toml"
    plan.write_text('id = "mine"\n')
    with pytest.raises(FaultyFileError):
        run_plan(str(plan), captures(tmp_path, a=""), examined, small.START)


@pytest.mark.parametrize("plan", ["nothing-of-the-kind", "no/such.toml"])
def test_a_plan_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path, plan: str) -> None:
    with pytest.raises(UsageError, match="gbt27930-charger"):
        run_plan(plan, captures(tmp_path, a=""), examined, small.START)


def test_captures_have_to_be_there_and_to_have_names_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one capture or more"):
        made(tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        run_plan("gbt27930-charger", [tmp_path / "none"], examined, small.START)
    (path,) = captures(tmp_path, a="")
    with pytest.raises(UsageError, match="two captures"):
        run_plan("gbt27930-charger", [path, path], examined, small.START)


def test_what_cannot_be_written_or_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_run(made(tmp_path, good=""), tmp_path / "file")
    with pytest.raises(UsageError, match="cannot be read"):
        read_key(tmp_path / "none.key")
