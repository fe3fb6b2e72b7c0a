"""The command line: says plainly what is wrong, ends with the status that fits, does the main jobs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portwatt import __version__
from portwatt.cli import app

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
runner = CliRunner()


def plan_arguments(out: Path, **files: Path) -> list[str]:
    tables = {name: files.get(name, EXAMPLES / f"{name}.csv") for name in ("trains", "moves", "trucks")}
    given = [part for name, path in tables.items() for part in (f"--{name}", str(path))]
    return ["plan", str(EXAMPLES / "dry-port.toml"), *given, "-o", str(out), "--budget", "0"]


def test_it_says_its_version() -> None:
    assert runner.invoke(app, ["--version"]).output == f"portwatt {__version__}\n"


@pytest.mark.parametrize("command", ["serve", "demo", "simulate", "plan", "replay"])
def test_every_command_explains_itself(command: str) -> None:
    answer = runner.invoke(app, [command, "--help"])
    assert answer.exit_code == 0
    assert "Usage" in answer.output


def test_a_day_is_planned_from_spreadsheets(tmp_path: Path) -> None:
    answer = runner.invoke(app, plan_arguments(tmp_path))
    assert answer.exit_code == 0, answer.output
    assert {p.name for p in tmp_path.iterdir()} == {"plan.json", "plan.csv", "plan.html"}
    assert json.loads((tmp_path / "plan.json").read_text())["violations"] == []


def test_faults_of_all_tables_are_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    trains, trucks = tmp_path / "trains.csv", tmp_path / "trucks.csv"
    trains.write_text((EXAMPLES / "trains.csv").read_text().replace("outbound", "sideways"))
    trucks.write_text((EXAMPLES / "trucks.csv").read_text() + "T-9,no-such-model,X,NOWHERE,400\n")
    answer = runner.invoke(app, plan_arguments(out, trains=trains, trucks=trucks))
    assert answer.exit_code == 2
    assert "trains.csv: row 3, column direction" in answer.stderr
    assert "trucks.csv: row 8, column model" in answer.stderr
    assert "trucks.csv: row 8, column soc_percent" in answer.stderr
    assert not out.exists()


@pytest.mark.parametrize("now", ["tomorrow", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:00"])
def test_a_beginning_that_is_no_time_of_ours_is_refused(tmp_path: Path, now: str) -> None:
    answer = runner.invoke(app, [*plan_arguments(tmp_path / "out"), "--now", now])
    assert answer.exit_code == 2
    assert f"--now {now!r} is not" in answer.output


def test_a_file_that_is_not_there_is_named() -> None:
    answer = runner.invoke(app, ["serve", "nowhere.toml"])
    assert answer.exit_code == 2
    assert "nowhere.toml" in answer.stderr


def test_a_hub_file_with_faults_starts_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "hub.toml"
    broken.write_text('id = "X"\nnmae = "Y"\n')
    answer = runner.invoke(app, ["serve", str(broken), "--data-dir", str(tmp_path / "data")])
    assert answer.exit_code == 2
    assert f"{broken}: nmae: " in answer.stderr
    assert f"{broken}: grid: " in answer.stderr
    assert not (tmp_path / "data").exists()


def test_only_the_loopback_and_known_databases_are_taken(tmp_path: Path) -> None:
    hub = str(EXAMPLES / "dry-port.toml")
    answer = runner.invoke(app, ["serve", hub, "--database-url", "mysql://root:secret@db/x"])
    assert answer.exit_code == 2
    assert "secret" not in answer.output + answer.stderr


def test_an_unknown_scenario_names_those_there_are() -> None:
    answer = runner.invoke(app, ["simulate", "atlantis"])
    assert answer.exit_code == 2
    assert "guangzhou, ningbo, qingdao" in answer.stderr


def test_a_day_is_simulated_and_its_log_replayed(tmp_path: Path) -> None:
    scenario = ROOT / "tests" / "simulator" / "small.toml"
    log, result = tmp_path / "log.jsonl", tmp_path / "out.json"
    done = runner.invoke(app, ["simulate", str(scenario), "--hours", "2", "--json", str(result), "--log", str(log)])
    assert done.exit_code == 0, done.output
    found = json.loads(result.read_text())
    assert found["violations"]["count"] == 0
    assert found["events"] > 100
    replayed = runner.invoke(app, ["replay", str(log)])
    assert replayed.exit_code == 0, replayed.output
    assert "equal to: live state" in replayed.output


def test_a_log_that_was_changed_is_told_apart(tmp_path: Path) -> None:
    scenario = ROOT / "tests" / "simulator" / "small.toml"
    log = tmp_path / "log.jsonl"
    runner.invoke(app, ["simulate", str(scenario), "--hours", "1", "--log", str(log)])
    lines = log.read_text().splitlines()
    lines[5] = lines[5].replace('"at":"2026', '"at":"2027', 1)
    log.write_text("\n".join(lines) + "\n")
    answer = runner.invoke(app, ["replay", str(log)])
    assert answer.exit_code == 1
    assert "5" in answer.stderr or "6" in answer.stderr


@pytest.mark.parametrize("arguments", [["replay"], ["replay", "x.jsonl", "--hub", "X"]])
def test_replay_wants_one_log(arguments: list[str]) -> None:
    assert runner.invoke(app, arguments).exit_code == 2
