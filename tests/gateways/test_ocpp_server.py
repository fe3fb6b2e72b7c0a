"""The OCPP endpoint over real sockets: who gets in, whose socket counts, what is answered and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET
from socket import socket as Socket

import pytest
import websockets
from small_hub import CCS, T1, hub, token
from websockets.asyncio.client import ClientConnection

from portwatt.commands import Outcome, TriggerMessage
from portwatt.events import (
    AnyEvent,
    CommandAnswered,
    HeartbeatReceived,
    StationConnected,
    StationDisconnected,
    TransactionStarted,
)
from portwatt.gateways import ocpp_server
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.gateways.ocpp_server import OcppServer
from portwatt.ids import CommandId, HubId
from portwatt.runtime import loop as loop_module
from portwatt.runtime.clock import SystemClock
from portwatt.runtime.loop import HubLoop
from portwatt.store.memory import MemoryStore
from portwatt.wire.ocpp.frames import MAX_FRAME_BYTES

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


@pytest.fixture
async def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def loop(store: MemoryStore) -> AsyncIterator[HubLoop]:
    made = HubLoop(hub(), store, SystemClock())
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def url(loop: HubLoop) -> AsyncIterator[str]:
    server = OcppServer(loop, load_schemas(), command_timeout=timedelta(seconds=1))
    port = await server.start("127.0.0.1", 0)
    yield f"ws://127.0.0.1:{port}/ocpp"
    await server.stop()


async def plug(url: str, station: str = "ccs", version: str = "ocpp1.6") -> ClientConnection:
    return await websockets.connect(f"{url}/{station}", subprotocols=[websockets.Subprotocol(version)])


async def ask(socket: ClientConnection, action: str, body: object, message_id: str = "1") -> list[object]:
    """Send a call and return its answer; calls of the hub in between are accepted."""
    await socket.send(json.dumps([2, message_id, action, body]))
    return await answer(socket, message_id)


async def answer(socket: ClientConnection, message_id: str) -> list[object]:
    async with asyncio.timeout(10):
        while True:
            frame = json.loads(await socket.recv())
            if frame[0] == 2:
                await socket.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
            elif frame[1] == message_id:
                found: list[object] = frame
                return found


async def closed_without(socket: ClientConnection, message_id: str) -> None:
    """The hub closes the socket, and has not answered this message before."""
    answered: list[object] = []
    async with asyncio.timeout(10):
        async for frame in _frames(socket):
            answered += [frame[1]] if frame[0] == 3 else []
    assert message_id not in answered


@contextmanager
def small_buffers(server: OcppServer, port: int) -> Iterator[Socket]:
    """A line to the server that holds little, so that a peer that does not read is noticed soon."""
    assert server._server is not None
    for listening in server._server.sockets:
        listening.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
    with Socket() as line:
        line.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        line.setblocking(False)
        line.connect_ex(("127.0.0.1", port))
        yield line


async def _frames(socket: ClientConnection) -> AsyncIterator[list[object]]:
    while True:
        try:
            yield json.loads(await socket.recv())
        except websockets.ConnectionClosed:
            return


async def until(true: object) -> None:
    async with asyncio.timeout(10):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def logged(store: MemoryStore) -> list[AnyEvent]:
    return [record.event async for record in store.read(HubId("test"))]


async def test_a_target_that_is_no_path_is_refused_with_404(url: str) -> None:
    port = int(url.split(":")[2].removesuffix("/ocpp"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    headers = (
        "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
    )
    writer.write(f"GET //[ HTTP/1.1\r\n{headers}\r\n".encode())
    assert await reader.readline() == b"HTTP/1.1 404 Not Found\r\n"
    writer.close()


async def test_a_web_page_cannot_speak_for_a_station(url: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(
            f"{url}/ccs", subprotocols=[websockets.Subprotocol("ocpp1.6")], origin=websockets.Origin("http://evil")
        )
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/ocpp/nobody", "/ocpp/", "/ocpp/ccs/extra", "/other/ccs", "/ocpp/..%2fccs"])
async def test_an_unknown_station_is_refused_with_404(url: str, path: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url.removesuffix("/ocpp") + path, subprotocols=[websockets.Subprotocol("ocpp1.6")])
    assert refused.value.response.status_code == 404


async def test_nobody_gets_in_while_nothing_can_be_acknowledged(url: str, loop: HubLoop) -> None:
    loop.fault = "disk full"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await plug(url)
    assert refused.value.response.status_code == 503
    loop.fault = ""


async def test_a_boot_is_answered_before_the_station_is_asked_anything(url: str) -> None:
    async with await plug(url) as socket:
        await socket.send(json.dumps([2, "1", "BootNotification", BOOT]))
        first = json.loads(await socket.recv())
        second = json.loads(await socket.recv())
    assert first[:2] == [3, "1"]
    assert second[0] == 2


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "garbage",
        "[" * 100_000,
        "[2]",
        '[2,"x",["BootNotification"],{}]',
        '[2,"x","BootNotification",' + "9" * 5_000 + "]",
        '[2,"' + "i" * 37 + '","Heartbeat",{}]',
        '[9,"x",{}]',
        '[3,"nobody asked",{}]',
        '[4,"nobody asked","GenericError","",{}]',
        '[2,"x","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"x","sampledValue":[]}]}]',
        b"\xff\xfe\x00",
        '[2,"x","Heartbeat",{"padding":"' + "x" * (2 * MAX_FRAME_BYTES) + '"}]',
    ],
)
async def test_a_hostile_frame_ends_neither_connection_nor_process(url: str, hostile: str | bytes) -> None:
    async with await plug(url) as socket:
        await socket.send(hostile)
        heard = await ask(socket, "Heartbeat", {}, "after")
    assert heard[0] == 3


async def test_the_newest_socket_wins_and_both_ends_are_recorded_in_order(
    url: str, loop: HubLoop, store: MemoryStore
) -> None:
    async with await plug(url) as old:
        await ask(old, "BootNotification", BOOT)
        async with await plug(url) as new:
            assert (await ask(new, "BootNotification", BOOT))[2]["status"] == "Accepted"  # type: ignore[index,call-overload]
            await closed_without(old, "nothing that is forbidden")
            assert loop.state.stations[CCS].connected
            ends = [type(e) for e in await logged(store) if isinstance(e, StationConnected | StationDisconnected)]
            assert ends == [StationConnected, StationDisconnected, StationConnected]
    await until(lambda: not loop.state.stations[CCS].connected)


async def talk(socket: ClientConnection) -> None:
    while True:
        await socket.send(json.dumps([2, "1", "N" * 50, {}]))


async def test_a_station_that_never_reads_is_cut_off(
    loop: HubLoop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocpp_server, "MAX_OUTBOX", 20)
    monkeypatch.setattr(ocpp_server, "CLOSE_S", 0.1)
    server = OcppServer(loop, load_schemas())
    port = await server.start("127.0.0.1", 0)
    with small_buffers(server, port) as line:
        deaf = await websockets.connect(
            f"ws://127.0.0.1:{port}/ocpp/ccs", subprotocols=[websockets.Subprotocol("ocpp1.6")], sock=line
        )
        await until(lambda: CCS in loop.state.stations)
        deaf.transport.pause_reading()
        async with asyncio.timeout(20):
            with pytest.raises(websockets.ConnectionClosed):
                await talk(deaf)
        await until(lambda: not loop.state.stations[CCS].connected)
    await server.stop()


async def test_what_could_not_be_stored_is_not_acknowledged_and_taken_in_when_it_is_sent_again(
    url: str, loop: HubLoop, store: MemoryStore
) -> None:
    start = {
        "connectorId": 1,
        "idTag": token(T1),
        "meterStart": 5,
        "timestamp": datetime.now(UTC).isoformat(),
    }
    async with await plug(url) as socket:
        await ask(socket, "BootNotification", BOOT)
        store.trouble = "disk full"
        await socket.send(json.dumps([2, "start", "StartTransaction", start]))
        await closed_without(socket, "start")
    assert loop.fault == "disk full"
    store.trouble = ""
    await until(lambda: not loop.fault)
    async with await plug(url) as socket:
        number = (await ask(socket, "StartTransaction", start, "start"))[2]["transactionId"]  # type: ignore[index,call-overload]
        again = (await ask(socket, "StartTransaction", start, "other id"))[2]["transactionId"]  # type: ignore[index,call-overload]
    assert number == again > 0
    assert len([e for e in await logged(store) if isinstance(e, TransactionStarted)]) == 1


async def test_an_end_that_could_not_be_stored_in_time_does_not_hide_that_the_station_is_back(
    url: str, loop: HubLoop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "RETRY_S", 0.5)
    async with await plug(url) as socket:
        await ask(socket, "BootNotification", BOOT)
        store.trouble = "disk full"
    await until(lambda: loop.fault)
    store.trouble = ""
    await loop.record(HeartbeatReceived(at=datetime.now(UTC), station=CCS))
    async with await plug(url) as socket:
        await ask(socket, "BootNotification", BOOT)
        await asyncio.sleep(0.7)
        assert loop.state.stations[CCS].connected


async def test_a_command_to_a_station_away_is_undeliverable(url: str, loop: HubLoop, store: MemoryStore) -> None:
    command = TriggerMessage(station=CCS, message="Heartbeat")
    loop._send(CommandId("away"), command)
    await until(lambda: loop.waiting == 0)
    await asyncio.sleep(0.05)
    ends = [e for e in await logged(store) if isinstance(e, CommandAnswered)]
    assert [(e.id, e.outcome) for e in ends] == [("away", Outcome.UNDELIVERABLE)]


async def test_a_command_that_is_not_answered_times_out(url: str, loop: HubLoop, store: MemoryStore) -> None:
    async with await plug(url) as socket:
        await socket.send(json.dumps([2, "1", "BootNotification", BOOT]))

        async def timed_out() -> bool:
            ends = [e for e in await logged(store) if isinstance(e, CommandAnswered)]
            return any(e.outcome is Outcome.TIMED_OUT for e in ends)

        async with asyncio.timeout(10):
            while not await timed_out():
                await asyncio.sleep(0.1)
