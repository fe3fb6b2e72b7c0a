"""The composition root: everything starts, listens, and stops again; the log outlives it."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
import websockets
from small_hub import hub

from portwatt.config.settings import Config
from portwatt.errors import StoreError, UsageError
from portwatt.runtime.clock import SystemClock
from portwatt.wiring import running


def config(folder: Path, **options: object) -> Config:
    return Config(data_dir=folder, hub_files=(Path("hub.toml"),), http_port=0, ocpp_port=0, **options)


async def test_a_system_listens_for_people_and_stations_and_stops(tmp_path: Path) -> None:
    async with running(config(tmp_path), [hub()], SystemClock()) as system:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{system.http_port}") as client:
            assert (await client.get("/healthz")).json()["status"] == "ok"
            assert "portwatt_ocpp_sockets" in (await client.get("/metrics")).text
        url = f"ws://127.0.0.1:{system.ocpp_ports[hub().id]}/ocpp/ccs"
        async with websockets.connect(url, subprotocols=[websockets.Subprotocol("ocpp2.1")]) as socket:
            assert socket.subprotocol == "ocpp2.1"
    with pytest.raises(OSError, match="onnect"):
        await websockets.connect(url)
    assert (tmp_path / "portwatt.db").exists()


async def test_what_was_recorded_is_there_after_a_restart(tmp_path: Path) -> None:
    async with running(config(tmp_path), [hub()], SystemClock()) as system:
        seq = system.loops[hub().id].state.seq
    async with running(config(tmp_path), [hub()], SystemClock()) as system:
        assert system.loops[hub().id].state.seq > seq


async def test_one_log_has_one_writer(tmp_path: Path) -> None:
    async with running(config(tmp_path), [hub()], SystemClock()):
        with pytest.raises(StoreError, match="open"):
            async with running(config(tmp_path), [hub()], SystemClock()):
                pytest.fail("two processes must not write one log")


async def test_a_port_that_is_taken_is_said_and_nothing_stays_behind(tmp_path: Path) -> None:
    async with running(config(tmp_path / "a"), [hub()], SystemClock()) as system:
        taken = config(tmp_path / "b").model_copy(update={"ocpp_port": system.ocpp_ports[hub().id]})
        with pytest.raises(
            UsageError, match=f"port {system.ocpp_ports[hub().id]}: another program has it.*--ocpp-port"
        ):
            async with running(taken, [hub()], SystemClock()):
                pytest.fail("the port is taken")
        taken = config(tmp_path / "b").model_copy(update={"http_port": system.http_port})
        with pytest.raises(UsageError, match=f"port {system.http_port}: another program has it.*--http-port"):
            async with running(taken, [hub()], SystemClock()):
                pytest.fail("the port is taken")
    async with running(config(tmp_path / "b"), [hub()], SystemClock()) as system:
        assert system.loops[hub().id].state.seq >= 1
