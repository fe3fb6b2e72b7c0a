"""Stations for bench_sockets.py, in a process of their own: each boots, starts a transaction and reports on it.

    python -m benchmarks.stations ws://127.0.0.1:9000/ocpp COUNT SECONDS WINDOW NAME

Every station sends a TransactionEvent, waits for its answer and sends the next, as real ones do (OCPP-J 2.1 part 4
section 4.1.1); WINDOW is how many it leaves unanswered. NAME is that of the transactions, new for each run. Commands of
the hub are accepted at once. On standard output: JSON with what was acknowledged and how long each answer took.
"""

import asyncio
import sys
import time
from collections import deque
from datetime import UTC, datetime

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.frames import call, transaction_event

CALL, RESULT = 2, 3
ACCEPTED = {"status": "Accepted"}


class Report(msgspec.Struct):
    """`acknowledged`: last acknowledged seqNo of each transaction; `latencies`: seconds from report to answer."""

    seconds: float
    cpu_seconds: float
    acknowledged: dict[str, int]
    latencies: list[float]


class Station:
    """One station on one socket."""

    def __init__(self, number: int, name: str, socket: ClientConnection) -> None:
        self.number = number
        self.transaction = f"{name}-{number}"
        self.acknowledged = -1
        self.latencies: list[float] = []
        self._socket = socket
        self._seq = 0
        self._sent: deque[float] = deque()

    async def begin(self) -> None:
        """Boot, say that the outlet is free, start a transaction."""
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        boot = {"reason": "PowerUp", "chargingStation": {"model": "bench", "vendorName": "bench"}}
        status = {"timestamp": at, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
        for name, action, payload in (("b", "BootNotification", boot), ("s", "StatusNotification", status)):
            await self._socket.send(call(name, action, payload))
            while not await self._answered():
                pass
        await self._report("Started")
        while not await self._answered():
            pass
        self._take_answer()

    async def end(self) -> None:
        """End the transaction."""
        await self._report("Ended")
        while not await self._answered():
            pass
        self._take_answer()

    async def report_until(self, end: float, window: int) -> None:
        """Report until a moment of the performance counter, then wait for what is still unanswered."""
        for _ in range(window):
            await self._report("Updated")
        while self._sent:
            if await self._answered():
                self._take_answer()
                self.latencies.append(self._took)
                if time.perf_counter() < end:
                    await self._report("Updated")

    async def _report(self, kind: str) -> None:
        token = f"TOKEN{self.number:02}" if kind == "Started" else ""
        name, seq = f"m{self._seq}", self._seq
        frame = transaction_event(name, self.transaction, seq, datetime.now(UTC), kind=kind, token=token)
        self._seq += 1
        self._sent.append(time.perf_counter())
        await self._socket.send(frame)

    def _take_answer(self) -> None:
        """Answers come in the order of the requests."""
        self._took = time.perf_counter() - self._sent.popleft()
        self.acknowledged += 1

    async def _answered(self) -> bool:
        """Take one frame: True for an answer to us; a command of the hub is accepted."""
        frame = msgspec.json.decode(await self._socket.recv())
        if frame[0] == CALL:
            await self._socket.send(msgspec.json.encode([RESULT, frame[1], ACCEPTED]).decode())
            return False
        if frame[0] != RESULT:
            raise SystemExit(f"station {self.number} was refused: {frame}")
        return True


async def run(url: str, count: int, seconds: float, window: int, name: str) -> Report:
    """Connect all, start all, report for some seconds."""
    sockets = [
        await connect(f"{url}/S{n:02}", subprotocols=[Subprotocol("ocpp2.1")], compression=None, open_timeout=60)
        for n in range(1, count + 1)
    ]
    stations = [Station(n, name, socket) for n, socket in enumerate(sockets, 1)]
    await asyncio.gather(*(station.begin() for station in stations))
    began, began_cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(station.report_until(began + seconds, window) for station in stations))
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    await asyncio.gather(*(station.end() for station in stations))
    report = Report(
        seconds=wall,
        cpu_seconds=cpu,
        acknowledged={f"S{s.number:02}:{s.transaction}": s.acknowledged for s in stations},
        latencies=[taken for s in stations for taken in s.latencies],
    )
    for socket in sockets:
        socket.transport.abort()
    return report


if __name__ == "__main__":
    url, count, seconds, window, name = sys.argv[1:]
    done = asyncio.run(run(url, int(count), float(seconds), int(window), name))
    sys.stdout.buffer.write(msgspec.json.encode(done))
