"""The application describes itself; every endpoint says what it is for."""

from __future__ import annotations

import httpx2
import pytest
from fastapi import FastAPI


def test_every_endpoint_is_described(app: FastAPI) -> None:
    described = app.openapi()["paths"]
    assert "/api/hubs/{hub}/moves" in described
    silent = [(path, verb) for path, verbs in described.items() for verb, op in verbs.items() if not op["description"]]
    assert silent == []


def test_it_says_that_there_is_no_log_in_yet(app: FastAPI) -> None:
    assert "No log-in yet" in app.openapi()["info"]["description"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
async def test_a_page_elsewhere_cannot_reach_it_by_a_name_of_its_own(client: httpx2.AsyncClient, host: str) -> None:
    assert (await client.get("/api/hubs", headers={"host": host})).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "localhost:1"])
async def test_this_machine_reaches_it(client: httpx2.AsyncClient, host: str) -> None:
    assert (await client.get("/api/hubs", headers={"host": host})).status_code == 200


async def test_a_form_of_another_page_is_not_taken_for_a_fact(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/api/hubs/test/grid-limit", content='{"limit_kw": 1}', headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 422
