"""Every command of the documentation exists, with these options and arguments; every body of the API would be taken."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import typer.main
from doc_pages import PAGES, ROOT, blocks, name, prose, shell_lines

from portwatt.api.app import create_app
from portwatt.cli import app

GROUP: Any = typer.main.get_command(app)
_POST = re.compile(
    r"(?:curl -s -X POST\s+\S*?(?:\$HUB|/api/hubs/\w+)/(\S+).*?-d|^tell (\S+)) '(\{.*?\})'$", re.MULTILINE | re.DOTALL
)


def portwatt_lines() -> list[tuple[str, str]]:
    """Whole commands of `portwatt`, with their page."""
    found = []
    for page in PAGES:
        lines = [re.sub(r"^(uv run|\.uv/bin/uv run) ", "", line) for line in shell_lines(page)]
        found += [(name(page), line) for line in lines if re.match(r"portwatt [a-z\-]", line)]
    return found


def mentions() -> list[tuple[str, str]]:
    """What running text says of `portwatt`: perhaps only the part it is about."""
    return [(name(page), line) for page in PAGES for line in re.findall(r"`(portwatt [a-z][^`]*)`", prose(page))]


@pytest.mark.parametrize(("page", "line"), portwatt_lines())
def test_a_command_parses(page: str, line: str) -> None:
    first, *rest = shlex.split(line, comments=True)[1:]
    assert first in GROUP.commands, f"{page}: there is no command {first}"
    GROUP.commands[first].make_context(first, rest)


@pytest.mark.parametrize(("page", "line"), mentions())
def test_what_is_mentioned_exists(page: str, line: str) -> None:
    command = GROUP.commands.get(line.split()[1])
    assert command is not None, f"{page}: there is no command {line}"
    command = getattr(command, "commands", {}).get((*line.split(), "")[2], command)
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in line.split() if word.startswith("-")} <= options


def test_commands_were_found() -> None:
    assert {line.split()[1] for _, line in portwatt_lines()} >= set(GROUP.commands)
    assert len(mentions()) > 10


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = set(re.findall(r"^make ([a-z]+)", "\n".join(shell_lines(page)), re.MULTILINE))
    used |= set(re.findall(r"`make ([a-z]+)", prose(page)))
    assert used <= targets


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "sh")], ids=name)
def test_shell_blocks_are_shell(page: Path) -> None:
    for block in blocks(page, "sh"):
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def posts() -> list[tuple[str, str, str]]:
    found = []
    for page in PAGES:
        for block in blocks(page, "sh"):
            joined = block.replace("\\\n", " ")
            found += [(name(page), told or path, body) for path, told, body in _POST.findall(joined)]
    return found


@cache
def described() -> dict[str, Any]:
    return create_app({}).openapi()


@pytest.mark.parametrize(("page", "path", "body"), posts())
def test_a_body_would_be_taken(page: str, path: str, body: str) -> None:
    for template, methods in described()["paths"].items():
        pattern = re.sub(r"\{\w+\}", r"[\\w.\\-]+", template)
        if "post" in methods and re.fullmatch(pattern, f"/api/hubs/QINGXI/{path}"):
            schema = methods["post"]["requestBody"]["content"]["application/json"]["schema"]
            whole = {**schema, "components": described()["components"]}
            jsonschema_rs.validator_for(whole).validate(json.loads(body))
            return
    raise AssertionError(f"{page}: there is no POST of {path}")


def test_bodies_were_found() -> None:
    assert len(posts()) >= 15


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_addresses_exist(page: Path) -> None:
    templates = [re.sub(r"\{\w+\}", r"[\\w.{}\\-]+", path) for path in described()["paths"]]
    used = re.findall(r"(/api/[\w/{}.\-]*[\w}]|/healthz|/metrics)\b", page.read_text(encoding="utf-8"))
    used = [path for path in used if not path.endswith(".py")]
    assert [path for path in used if not any(re.fullmatch(template, path) for template in templates)] == []
