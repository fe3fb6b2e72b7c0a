"""Reading: what the hub believes, and a clear word where there is nothing."""

from __future__ import annotations

import httpx2
import pytest

READABLE = [
    "/api/hubs",
    "/api/hubs/test",
    "/api/hubs/test/stations",
    "/api/hubs/test/stations/ccs",
    "/api/hubs/test/trucks",
    "/api/hubs/test/trucks/t1",
    "/api/hubs/test/trucks/t1/admission",
    "/api/hubs/test/trains",
    "/api/hubs/test/trains/out1",
    "/api/hubs/test/moves",
    "/api/hubs/test/moves/m1",
    "/api/hubs/test/transactions",
    "/api/hubs/test/kpis",
]


@pytest.mark.parametrize("path", READABLE)
async def test_it_can_be_read(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json()


@pytest.mark.parametrize(
    "path",
    [
        "/api/hubs/nowhere",
        "/api/hubs/test/stations/none",
        "/api/hubs/test/trucks/none",
        "/api/hubs/test/trucks/none/admission",
        "/api/hubs/test/trains/none",
        "/api/hubs/test/moves/none",
        "/api/hubs/test/plan",
    ],
)
async def test_what_is_not_there_is_said_to_be_not_there(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json()["detail"]


async def test_the_status_of_the_hub_and_its_tariff_stays_visible(client: httpx2.AsyncClient) -> None:
    hub = (await client.get("/api/hubs/test")).json()
    assert hub["commissioning"] == "UNDER_CONSTRUCTION"
    assert hub["commissioning_basis"] == "no verified notice"
    assert hub["tariff_verified"] is False


async def test_trucks_can_be_asked_for_by_fleet(client: httpx2.AsyncClient) -> None:
    assert len((await client.get("/api/hubs/test/trucks", params={"fleet": "fleet"})).json()) == 4
    assert (await client.get("/api/hubs/test/trucks", params={"fleet": "other"})).json() == []


async def test_moves_are_filtered_and_paged(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/api/hubs/test/moves", params={"train": "out1", "limit": 1})).json()
    assert page["total"] == 2
    assert len(page["moves"]) == 1
    rest = (await client.get("/api/hubs/test/moves", params={"train": "out1", "offset": 1})).json()
    assert {page["moves"][0]["id"], rest["moves"][0]["id"]} == {"m1", "m2"}


async def test_a_train_counts_its_containers(client: httpx2.AsyncClient) -> None:
    train = (await client.get("/api/hubs/test/trains/out1")).json()
    assert (train["containers"], train["open"], train["delivered"]) == (2, 2, 0)


async def test_admission_says_why_not(client: httpx2.AsyncClient) -> None:
    found = (await client.get("/api/hubs/test/trucks/t3/admission")).json()
    assert {r["station"] for r in found["refused"]} >= {"ccs", "swap"}
    assert all(r["why"] for r in found["refused"])
    assert found["say"]
