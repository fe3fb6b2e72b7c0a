"""A lock file passes when everything in it comes from the public index, and only then."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from doc_pages import ROOT

GATE = runpy.run_path(str(ROOT / "tools" / "lock_gate.py"))
FILE = "https://files.pythonhosted.org/packages/aa/bb/thing-1.0"


def locked(**changes: Any) -> dict[str, object]:
    """A lock file of two packages; `changes` are of the one that is not ours."""
    package = {
        "name": "thing",
        "version": "1.0",
        "source": {"registry": "https://pypi.org/simple"},
        "sdist": {"url": f"{FILE}.tar.gz"},
        "wheels": [{"url": f"{FILE}-py3-none-any.whl"}],
    }
    own = {"name": "portwatt", "version": "0.1.0", "source": {"editable": "."}}
    return {"version": 1, "package": [own, package | changes]}


def test_a_clean_lock_passes() -> None:
    assert GATE["faults"](locked()) == []


@pytest.mark.parametrize(
    "source",
    [
        {"registry": "https://pypi.example.com/simple"},
        {"registry": "https://pypi.org/simple/../private"},
        {"url": "https://example.com/thing-1.0.tar.gz"},
        {"git": "https://github.com/someone/thing?rev=main#0123456789abcdef"},
        {"path": "../thing"},
        {"editable": "../thing"},
    ],
    ids=["private index", "an index like it", "direct URL", "git", "path", "editable elsewhere"],
)
def test_another_source_is_named(source: dict[str, str]) -> None:
    (fault,) = GATE["faults"](locked(source=source))
    assert fault.startswith("thing: comes from")


@pytest.mark.parametrize(
    "changes",
    [
        {"wheels": [{"url": "https://mirror.example.com/thing-1.0-py3-none-any.whl"}]},
        {"sdist": {"url": "https://mirror.example.com/thing-1.0.tar.gz"}},
        {"sdist": {"url": "https://files.pythonhosted.org.example.com/thing-1.0.tar.gz"}},
    ],
    ids=["wheel", "source", "a host that begins like it"],
)
def test_a_file_on_another_host_is_named(changes: dict[str, object]) -> None:
    (fault,) = GATE["faults"](locked(**changes))
    assert "is not on the public registry" in fault


def test_every_fault_is_told() -> None:
    lock = locked(source={"git": "https://example.com/x"}, sdist={"url": "https://example.com/x.tar.gz"})
    assert len(GATE["faults"](lock)) == 2


def test_the_project_s_own_lock_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lock_gate.py", str(ROOT / "uv.lock")])
    assert GATE["main"]() == 0


def test_a_bad_lock_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text('[[package]]\nname = "thing"\nsource = { registry = "https://pypi.example.com/simple" }\n')
    monkeypatch.setattr(sys, "argv", ["lock_gate.py", str(lock)])
    assert GATE["main"]() == 1
    assert "thing: comes from" in capsys.readouterr().err
