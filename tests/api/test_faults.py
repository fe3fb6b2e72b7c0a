"""Whose fault it is decides the status; the words reach the one who asked."""

from __future__ import annotations

import httpx2
import pytest
from fastapi import FastAPI

from portwatt.api.faults import FaultyBodyError, install
from portwatt.errors import BugError, NotFoundError, PortwattError, StoreError, UsageError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (FaultyBodyError([(("moves", 3, "id"), "is known already")]), 422),
        (UsageError("a departure before the arrival"), 422),
        (NotFoundError("no such train"), 404),
        (StoreError("disk full"), 503),
        (BugError("ours"), 500),
    ],
)
async def test_each_kind_of_error_has_its_status(error: PortwattError, status: int) -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://here") as client:
        answer = await client.get("/")
    assert answer.status_code == status
    assert str(error) in answer.text


def test_a_faulty_body_keeps_the_place_of_every_fault() -> None:
    error = FaultyBodyError([(("a",), "first"), (("b", 0), "second")])
    assert error.faults == ((("a",), "first"), (("b", 0), "second"))
    assert str(error) == "first; second"
