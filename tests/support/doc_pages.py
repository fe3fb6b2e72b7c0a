"""The pages people read, and what is in them: fenced blocks, links, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HERE_DOCUMENT = re.compile(r"<<'(\w+)'\n.*?^\1$", re.MULTILINE | re.DOTALL)


def name(page: Path) -> str:
    """The page as people call it."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return [body for kind, body in _FENCE.findall(page.read_text(encoding="utf-8")) if kind == language]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def shell_lines(page: Path) -> Iterator[str]:
    """The commands of shell blocks and of indented blocks, continued lines joined."""
    indented = "\n".join(re.findall(r"^ {4}(\S.*(?:(?<=\\)\n.*)*)", prose(page), re.MULTILINE))
    for block in [*blocks(page, "sh"), indented]:
        joined = _HERE_DOCUMENT.sub("", block).replace("\\\n", " ")
        yield from (line.strip() for line in joined.splitlines() if line.strip())
