"""Fails when uv.lock names any registry but the public one, or any source that is not a registry."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

PUBLIC_INDEX = "https://pypi.org/simple"
PUBLIC_FILES = "files.pythonhosted.org"


def faults(lock: dict[str, object]) -> list[str]:
    """One sentence for every package that does not come from the public index."""
    found: list[str] = []
    packages = lock.get("package", [])
    assert isinstance(packages, list)
    for package in packages:
        name, source = package["name"], package["source"]
        if source == {"editable": "."}:
            continue
        if source.get("registry") != PUBLIC_INDEX:
            found.append(f"{name}: comes from {source}; lock again without UV_INDEX or --index")
        files = [package["sdist"]] if "sdist" in package else []
        urls = [file["url"] for file in [*files, *package.get("wheels", [])]]
        foreign = [url for url in urls if urlsplit(url).hostname != PUBLIC_FILES]
        found += [f"{name}: file {url} is not on the public registry" for url in foreign]
    return found


def main() -> int:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "uv.lock")
    found = faults(tomllib.loads(path.read_text()))
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
