"""The commands of the workbench: what they show, write, and end with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portwatt.cli import app
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.interop.twin_gbt import candump, play
from portwatt.interop.twin_sessions import PLAIN, SESSIONS

runner = CliRunner()


def recorded(path: Path, name: str | None = None) -> Path:
    """A GB/T session as a candump log: a plain one, or the one in which a rule speaks."""
    frames = play(PLAIN, load_gbt()) if name is None else SESSIONS[name].speaks.frames(load_gbt())
    path.write_text("\n".join(candump(frames)) + "\n")
    return path


def test_a_good_session_ends_well(tmp_path: Path) -> None:
    out, page = tmp_path / "out.json", tmp_path / "deep" / "out.html"
    answer = runner.invoke(
        app, ["interop", "explain", str(recorded(tmp_path / "a.log")), "--json", str(out), "--html", str(page)]
    )
    assert answer.exit_code == 0, answer.output
    found = json.loads(out.read_text())
    assert (found["verdict"], found["attempts"], found["first_finding"]) in [("pass", 1, None), ("stopped", 1, None)]
    assert found["attempt_list"][0]["stages"]
    assert page.read_text().startswith("<!doctype html>")


def test_a_bad_session_names_its_cause_and_ends_with_one(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["interop", "explain", str(recorded(tmp_path / "bad.log", "G03"))])
    assert answer.exit_code == 1
    assert "G03" in answer.output
    assert "to do:" in answer.output


def test_a_folder_is_sorted_by_cause_and_unreadable_files_do_not_end_it(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    (folder / "below").mkdir(parents=True)
    recorded(folder / "good.log")
    recorded(folder / "below" / "bad.log", "G03")
    (folder / "broken.pcap").write_bytes(b"\x00" * 100)
    out = tmp_path / "triage.json"
    answer = runner.invoke(app, ["interop", "triage", str(folder), "--json", str(out), "--workers", "1"])
    assert answer.exit_code == 1
    rows = {row["file"]: row for row in json.loads(out.read_text())["captures"]}
    assert set(rows) == {"good.log", "below/bad.log", "broken.pcap"}
    assert rows["below/bad.log"]["first_finding"]["rule"] == "G03"
    assert rows["below/bad.log"]["findings"][0]["rule"] == "G03"
    assert rows["broken.pcap"]["verdict"] == "no-session"
    assert rows["broken.pcap"]["remarks"]
    assert answer.output.index("bad.log") < answer.output.index("good.log")


def test_two_sessions_are_compared(tmp_path: Path) -> None:
    good, bad = recorded(tmp_path / "a.log"), recorded(tmp_path / "b.log", "G03")
    assert runner.invoke(app, ["interop", "diff", str(good), str(good)]).exit_code == 0
    answer = runner.invoke(app, ["interop", "diff", str(good), str(bad)])
    assert answer.exit_code == 1
    assert "part" in answer.output


def test_captures_are_held_against_a_plan_and_the_result_written_and_signed(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    capture = recorded(tmp_path / "a.log")
    out = tmp_path / "run"
    answer = runner.invoke(
        app, ["interop", "conformance", "gbt27930-charger", str(capture), "--out", str(out), "--key", str(key)]
    )
    assert answer.exit_code == 0, answer.output
    assert sorted(p.name for p in out.iterdir()) == ["conformance.json", "conformance.xml"]
    assert "signature" in (out / "conformance.json").read_text()


def test_the_twin_writes_what_the_examination_then_finds(tmp_path: Path) -> None:
    for name, capture in (("G03", tmp_path / "g.asc"), ("V06", tmp_path / "v.pcap")):
        assert runner.invoke(app, ["interop", "twin", name, "-o", str(capture)]).exit_code == 0
        answer = runner.invoke(app, ["interop", "explain", str(capture)])
        assert answer.exit_code == 1
        assert f"first cause: {name}" in answer.output


def test_the_sessions_of_the_twin_are_listed() -> None:
    answer = runner.invoke(app, ["interop", "twin"])
    assert answer.exit_code == 0
    assert "V20-silent" in answer.output


def test_one_side_plays_on_a_bus_and_keeps_what_it_saw(tmp_path: Path) -> None:
    log = tmp_path / "bus.log"
    arguments = ["--interface", "virtual", "--channel", "alone", "--seconds", "1", "-o", str(log)]
    answer = runner.invoke(app, ["interop", "live", "charger", *arguments])
    assert answer.exit_code == 0, answer.output
    assert "frames on the bus" in answer.output
    assert log.read_text()


def test_a_report_is_written_as_pdf(tmp_path: Path) -> None:
    out = tmp_path / "report.pdf"
    runner.invoke(app, ["interop", "explain", str(recorded(tmp_path / "a.log")), "--pdf", str(out)])
    assert out.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "nowhere.pcap"],
        ["twin", "no-such-session", "-o", "x.log"],
        ["twin", "G03", "-o", "x.nonsense"],
        ["twin", "G03"],
        ["live", "charger", "--interface", "no-such-interface"],
        ["live", "charger", "--interface", "virtual", "--override", "nonsense"],
        ["triage", "nowhere"],
        ["diff", "nowhere.pcap", "nowhere.pcap"],
        ["conformance", "no-such-plan", __file__],
        ["conformance", "gbt27930-charger", __file__, "--key", __file__],
    ],
)
def test_what_cannot_be_done_is_said_plainly(arguments: list[str]) -> None:
    answer = runner.invoke(app, ["interop", *arguments])
    assert answer.exit_code == 2
    assert answer.stderr.startswith("portwatt: ")
