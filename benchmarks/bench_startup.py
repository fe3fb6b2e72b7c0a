"""From `portwatt demo` on the command line to the first station with an open socket, as a user starts it.

The very first start after an installation (`make setup` compiles the libraries) also compiles our own modules; that is
measured with a bytecode cache that has only the libraries. Beside it: importing the libraries alone.
"""

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.server import Server, environment

TARGET_S = 5
ROUNDS = 3
LIBRARIES = (
    "fastapi, uvicorn, sqlalchemy.ext.asyncio, websockets.asyncio.server, pydantic, rich, msgspec, jsonschema_rs"
)


def first_station(cache: Path) -> tuple[float, float]:
    """Seconds until a station is connected, and CPU seconds until then."""
    with tempfile.TemporaryDirectory() as folder, Server(["demo", "--headless"], Path(folder), cache) as server:
        url = server.log_until(r"http://[\d.:]+/")[0] + "metrics"
        while True:
            with urllib.request.urlopen(url) as answer:  # our own loopback
                text = answer.read().decode()
            if re.search(r"^portwatt_stations_connected\{.*\} [1-9]", text, re.M):
                return time.perf_counter() - server.began, server.cpu_seconds()
            time.sleep(0.02)


def imports(cache: Path) -> float:
    """Seconds Python takes to import the libraries."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], env=environment(cache), check=True)
    return time.perf_counter() - began


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name)
        imports(cache)
        cold, cold_cpu = first_station(cache)
        warm, warm_cpu = min(first_station(cache) for _ in range(ROUNDS))
        libraries = min(imports(cache) for _ in range(ROUNDS))
    yield Figure(
        name="start-up of the demo",
        value=warm,
        unit="s to the first station",
        target=TARGET_S,
        at_most=True,
        against=f"importing its libraries ({libraries:.2f} s)",
        ratio=warm / libraries,
        note=f"{warm_cpu:.1f} s CPU; best of {ROUNDS}",
    )
    yield Figure(
        name="start-up, the first after installing",
        value=cold,
        unit="s to the first station",
        target=TARGET_S,
        at_most=True,
        note=f"{cold_cpu:.1f} s CPU",
    )
