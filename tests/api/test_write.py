"""Telling facts: taken whole or refused whole, every fault at once with its place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace
from small_hub import T1

from portwatt.events import MoveRequested
from portwatt.ids import ContainerId, MoveId
from portwatt.runtime.loop import HubLoop
from portwatt.state import HubState
from portwatt.state.moves import MoveStatus
from portwatt.store.memory import MemoryStore
from portwatt.translate.handled import Handled
from portwatt.units import SoC

MOVE = {
    "id": "x1",
    "container": "CSQU3054383",
    "origin": "quay",
    "destination": "yard",
    "release": "2026-11-23T08:00:00+08:00",
    "due": "2026-11-23T12:00:00+08:00",
    "trains": [{"train": "out1", "due": "2026-11-23T12:00:00+08:00"}],
}
FACTS: list[tuple[str, dict[str, Any]]] = [
    (
        "/trains",
        {
            "id": "new",
            "number": "X8155",
            "service": "s",
            "direction": "outbound",
            "yard": "yard",
            "arrival": "2026-11-23T10:00:00Z",
            "departure": "2026-11-23T12:00:00Z",
            "cut_off": "2026-11-23T11:00:00Z",
        },
    ),
    ("/trains/out1/forecast", {"source": "test", "departure": "2026-11-23T07:30:00Z"}),
    ("/trains/in1/arrived", {}),
    ("/trains/out1/departed", {"at": "2026-11-23T05:00:00Z"}),
    ("/trains/out2/cancelled", {"reason": "no locomotive"}),
    ("/moves", {"moves": [MOVE]}),
    ("/moves/m1/withdrawn", {}),
    ("/consignments", {"id": "c1", "forwarder": "Sinotrans", "containers": ["CSQU3054383"]}),
    ("/gate-events", {"place": "quay", "direction": "out", "truck": "t1"}),
    ("/trucks/t1/position", {"soc_percent": 61.5, "lat": 29.9, "lon": 121.8}),
    ("/trucks/t1/unavailable", {"reason": "flat tyre"}),
    ("/trucks/t1/available", {"place": "quay", "soc_percent": 40}),
    ("/stations/ccs/out-of-service", {"evse": 1, "reason": "cable cut"}),
    ("/stations/ccs/in-service", {}),
    ("/grid-limit", {"limit_kw": 500, "reason": "heat wave"}),
]


@pytest.mark.parametrize(("path", "body"), FACTS)
async def test_a_fact_is_durable_when_it_is_accepted(
    client: httpx2.AsyncClient, loop: HubLoop, store: MemoryStore, path: str, body: dict[str, Any]
) -> None:
    before = loop.state.seq
    answer = await client.post(f"/api/hubs/test{path}", json=body)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["seq"] > before
    assert [r async for r in store.read(loop.hub_id, after=before)]


@pytest.mark.parametrize(("path", "body"), FACTS)
async def test_an_unknown_field_is_refused(
    client: httpx2.AsyncClient, loop: HubLoop, path: str, body: dict[str, Any]
) -> None:
    before = loop.state.seq
    answer = await client.post(f"/api/hubs/test{path}", json={**body, "surprise": 1})
    assert answer.status_code == 422
    assert any("surprise" in fault["loc"] for fault in answer.json()["detail"])
    assert loop.state.seq == before


async def test_every_fault_of_a_list_is_said_at_once_and_nothing_is_taken(
    client: httpx2.AsyncClient, loop: HubLoop
) -> None:
    bad = {**MOVE, "id": "m1", "origin": "nowhere", "trains": [{"train": "ghost", "due": MOVE["due"]}]}
    answer = await client.post("/api/hubs/test/moves", json={"moves": [MOVE, bad, MOVE]})
    places = [fault["loc"] for fault in answer.json()["detail"]]
    assert answer.status_code == 422
    assert ["body", "moves", 1, "id"] in places
    assert ["body", "moves", 1, "origin"] in places
    assert ["body", "moves", 1, "trains", 0, "train"] in places
    assert ["body", "moves", 2, "id"] in places
    assert "x1" not in loop.state.moves


def on_its_way(state: HubState, now: datetime) -> Handled[None]:
    """A move x0 of the container of MOVE."""
    known = state.moves[MoveId("m1")].move
    box = replace(known.container, id=ContainerId(str(MOVE["container"])))
    return Handled((MoveRequested(at=now, move=replace(known, id=MoveId("x0"), container=box)),), None)


async def test_what_cannot_be_carried_is_not_taken(client: httpx2.AsyncClient, loop: HubLoop) -> None:
    async def places(*moves: dict[str, Any]) -> list[list[object]]:
        answer = await client.post("/api/hubs/test/moves", json={"moves": moves})
        assert answer.status_code == 422, answer.text
        return [fault["loc"] for fault in answer.json()["detail"]]

    assert await places({**MOVE, "due": MOVE["release"]}) == [["body", "moves", 0, "due"]]
    assert await places({**MOVE, "from_train": "ghost"}) == [["body", "moves", 0, "from_train"]]
    assert await places(MOVE, {**MOVE, "id": "x2"}) == [["body", "moves", 1, "container"]], "one box, two moves"
    await client.post("/api/hubs/test/trains/out1/departed", json={})
    assert await places(MOVE) == [["body", "moves", 0, "trains", 0, "train"]]
    elsewhere = {**MOVE, "trains": []}
    await loop.submit(on_its_way)
    assert await places(elsewhere) == [["body", "moves", 0, "container"]]
    await client.post("/api/hubs/test/moves/x0/withdrawn", json={})
    assert (await client.post("/api/hubs/test/moves", json={"moves": [elsewhere]})).status_code == 201


async def test_only_an_open_move_is_withdrawn(client: httpx2.AsyncClient, loop: HubLoop) -> None:
    assert (await client.post("/api/hubs/test/moves/m1/withdrawn", json={})).status_code == 200
    before = loop.state.seq
    answer = await client.post("/api/hubs/test/moves/m1/withdrawn", json={})
    assert answer.status_code == 422
    assert "move m1 is withdrawn; only an open move can be withdrawn" in answer.text
    assert loop.state.seq == before


async def test_shapes_are_checked_whole(client: httpx2.AsyncClient) -> None:
    bad = {**MOVE, "container": "CSQU3054384", "release": "2026-11-23T08:00:00"}
    answer = await client.post("/api/hubs/test/moves", json={"moves": [bad]})
    words = " ".join(fault["msg"] for fault in answer.json()["detail"])
    assert "last digit should be 3" in words
    assert "timezone" in words


async def test_numbers_out_of_this_world_do_not_pass(client: httpx2.AsyncClient, loop: HubLoop) -> None:
    for text in ('{"limit_kw": NaN}', '{"limit_kw": 1e400}', '{"limit_kw": -1}'):
        answer = await client.post(
            "/api/hubs/test/grid-limit", content=text, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 422, text
    assert loop.state.grid_limit.w > 0


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_time_beyond_the_calendar_is_refused_with_its_place(client: httpx2.AsyncClient, moment: str) -> None:
    answer = await client.post("/api/hubs/test/trains/out1/forecast", json={"source": "x", "arrival": moment})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "arrival"]


async def test_a_forecast_that_moves_nothing_is_no_news(client: httpx2.AsyncClient, loop: HubLoop) -> None:
    body = {"source": "test", "departure": "2026-11-23T09:00:00Z"}
    first = (await client.post("/api/hubs/test/trains/out1/forecast", json=body)).json()
    again = (await client.post("/api/hubs/test/trains/out1/forecast", json=body)).json()
    assert again["seq"] == first["seq"]


async def test_what_was_said_is_believed(client: httpx2.AsyncClient, loop: HubLoop) -> None:
    await client.post("/api/hubs/test/trucks/t1/position", json={"soc_percent": 61.5})
    await client.post("/api/hubs/test/moves/m1/withdrawn", json={})
    assert loop.state.trucks[T1].soc == SoC.percent(61.5)
    assert {m.status for i, m in loop.state.moves.items() if i == "m1"} == {MoveStatus.WITHDRAWN}


async def test_while_the_store_is_down_nothing_is_acknowledged(
    client: httpx2.AsyncClient, loop: HubLoop, store: MemoryStore
) -> None:
    store.trouble = "disk full"
    answer = await client.post("/api/hubs/test/grid-limit", json={"limit_kw": 1})
    assert answer.status_code == 503
    assert "disk full" in answer.json()["detail"]
    health = await client.get("/healthz")
    assert health.status_code == 503
    assert health.json()["faults"] == {"test": "disk full"}
    store.trouble = ""
    assert (await client.post("/api/hubs/test/grid-limit", json={"limit_kw": 1})).status_code == 200
    assert (await client.get("/healthz")).status_code == 200


async def test_a_fallback_cannot_end_a_move_it_was_not_given(client: httpx2.AsyncClient, loop: HubLoop) -> None:
    before = loop.state.seq
    answer = await client.post("/api/hubs/test/fallbacks/shuttle/ended", json={"move": "m1"})
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "move"])
    assert loop.state.seq == before
