"""What two hundred readers of the live stream cost: CPU of a running demo at speed 60 without, with, without them."""

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.server import Server

READERS = 200
SECONDS = 12
SPEED = 60


def share(server: Server) -> float:
    """Share of a core the server uses over some seconds."""
    before, began = server.cpu_seconds(), time.perf_counter()
    time.sleep(SECONDS)
    return (server.cpu_seconds() - before) / (time.perf_counter() - began)


def measure() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(["demo", "--headless", "--speed", str(SPEED)], Path(folder)) as server,
    ):
        port = server.log_until(r"http://[\d.]+:(\d+)/")[1]
        time.sleep(5)
        without = share(server)
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bench_stream", port], stdout=subprocess.PIPE
        ) as readers:
            time.sleep(2)
            with_readers = share(server)
            readers.terminate()
            assert readers.stdout is not None
            received = int(readers.stdout.read())
        time.sleep(1)
        again = share(server)
    base = (without + again) / 2
    yield Figure(
        name=f"live stream to {READERS} readers",
        value=100 * (with_readers - base),
        unit="% of a core",
        against=f"the demo without readers ({100 * without:.0f} and {100 * again:.0f} %)",
        ratio=(with_readers - base) / base,
        note=f"speed {SPEED}, three hubs; {received / READERS / (SECONDS + 2) / 1e3:.0f} kB/s to each reader",
    )


async def read(port: int) -> int:
    """Follow the stream until the end; bytes received."""
    received = 0
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        while data := await reader.read(65_536):
            received += len(data)
    except asyncio.CancelledError:
        pass
    return received


async def read_all(port: int) -> int:
    """Two hundred readers until SIGTERM."""
    tasks = [asyncio.create_task(read(port)) for _ in range(READERS)]
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: [task.cancel() for task in tasks])
    return sum(await asyncio.gather(*tasks))


if __name__ == "__main__":
    print(asyncio.run(read_all(int(sys.argv[1]))))
